SELECT format('%s in %s', m.member::regrole, m.roleid::regrole), string_agg(concat_ws(', ',
  CASE WHEN m.admin_option THEN 'ADMIN' ELSE 'NO ADMIN' END,
  -- Options since PostgreSQL 16; before, it follows from the roles.
  CASE (to_jsonb(m) ->> 'inherit_option')::boolean
    WHEN true THEN 'INHERIT' WHEN false THEN 'NO INHERIT' END,
  CASE (to_jsonb(m) ->> 'set_option')::boolean WHEN true THEN 'SET' WHEN false THEN 'NO SET' END,
  'granted by ' || m.grantor::regrole), '; ' ORDER BY m.grantor::regrole::text)
FROM pg_auth_members AS m
GROUP BY m.member, m.roleid
