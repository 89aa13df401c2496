SELECT format('%s in %s', m.member::regrole, m.roleid::regrole),
       CASE WHEN bool_or(m.admin_option) THEN 'ADMIN' ELSE 'NO ADMIN' END
       || CASE WHEN bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true))
            THEN ', INHERIT' ELSE ', NO INHERIT' END
       || CASE WHEN bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))
            THEN ', SET' ELSE ', NO SET' END
FROM pg_auth_members AS m JOIN pg_authid AS r ON r.oid = m.member
WHERE r.rolname !~ '^pg_'
GROUP BY m.member, m.roleid
