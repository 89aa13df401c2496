-- Privileges on what came with the server or an extension, where they are not those it came with.
SELECT concat(i.type, ' ', i.identity, ' to ', CASE
         WHEN a.grantee IS NULL THEN 'nobody' WHEN a.grantee = 0 THEN 'PUBLIC'
         ELSE a.grantee::regrole::text END),
       coalesce(string_agg(
         a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END,
         ', ' ORDER BY a.privilege_type), 'nothing')
FROM (
  SELECT object.class, object.oid, object.part, coalesce(object.acl, object.usual) AS acl,
         coalesce(i.initprivs, object.usual) AS first
  FROM (
    SELECT 'pg_class'::regclass, oid, 0, relacl,
           acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)
      FROM pg_class WHERE relkind NOT IN ('i', 'I', 't', 'c')
    UNION ALL SELECT 'pg_class'::regclass, attrelid, attnum, attacl, NULL FROM pg_attribute
      WHERE NOT attisdropped
    UNION ALL SELECT 'pg_proc'::regclass, oid, 0, proacl, acldefault('f', proowner) FROM pg_proc
    UNION ALL SELECT 'pg_type'::regclass, oid, 0, typacl, acldefault('T', typowner) FROM pg_type
    UNION ALL SELECT 'pg_language'::regclass, oid, 0, lanacl, acldefault('l', lanowner)
      FROM pg_language
    UNION ALL SELECT 'pg_namespace'::regclass, oid, 0, nspacl, acldefault('n', nspowner)
      FROM pg_namespace WHERE nspname !~ '^pg_t' AND nspname <> 'public'
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwacl,
                     acldefault('F', fdwowner)
      FROM pg_foreign_data_wrapper
  ) AS object (class, oid, part, acl, usual)
  LEFT JOIN pg_init_privs AS i
    ON i.classoid = object.class AND i.objoid = object.oid AND i.objsubid = object.part
  WHERE object.acl IS DISTINCT FROM i.initprivs
    AND (object.oid < 16384 OR EXISTS (
      SELECT FROM member WHERE classid = object.class AND objid = object.oid))
  OFFSET 0
) AS held
CROSS JOIN pg_identify_object(held.class, held.oid, held.part) AS i
LEFT JOIN aclexplode(held.acl) AS a ON true
WHERE ARRAY(SELECT x::text FROM aclexplode(held.acl) AS x ORDER BY 1)
   <> ARRAY(SELECT x::text FROM aclexplode(held.first) AS x ORDER BY 1)
GROUP BY i.type, i.identity, a.grantee
UNION ALL
SELECT concat('parameter ', p.parname, ' to ',
         CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END),
       string_agg(
         a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END,
         ', ' ORDER BY a.privilege_type)
FROM pg_parameter_acl AS p, aclexplode(p.paracl) AS a
-- The superuser that initdb makes has them anyhow.
WHERE a.grantee <> 10
GROUP BY p.parname, a.grantee
