-- An owner's own privileges go with the object to its next owner.
SELECT concat(granted.name, ' to ', CASE a.grantee
         WHEN 0 THEN 'PUBLIC' WHEN granted.owner THEN 'its owner' ELSE a.grantee::regrole::text
       END),
       string_agg(
         a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END,
         ', ' ORDER BY a.privilege_type)
FROM (
  -- A NULL list of privileges stands for the default one.
  SELECT noun || ' ' || name, coalesce(relacl, acldefault(
           CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)), relowner
    FROM relation WHERE relkind NOT IN ('i', 'I', 'c')
  UNION ALL SELECT format('column %s.%I', r.name, c.attname), c.attacl, r.relowner
    FROM relation AS r JOIN pg_attribute AS c ON c.attrelid = r.oid
    WHERE c.attacl IS NOT NULL AND NOT c.attisdropped
  UNION ALL SELECT 'function ' || name, coalesce(proacl, acldefault('f', proowner)), proowner
    FROM routine
  UNION ALL SELECT 'type ' || name, coalesce(typacl, acldefault('T', typowner)), typowner
    FROM own_type
  UNION ALL SELECT 'schema ' || quote_ident(nspname),
                   coalesce(nspacl, acldefault('n', nspowner)), nspowner
    FROM space
  UNION ALL SELECT 'foreign server ' || quote_ident(srvname),
                   coalesce(srvacl, acldefault('S', srvowner)), srvowner
    FROM pg_foreign_server
  UNION ALL SELECT 'foreign-data wrapper ' || quote_ident(fdwname),
                   coalesce(fdwacl, acldefault('F', fdwowner)), fdwowner
    FROM pg_foreign_data_wrapper AS w WHERE NOT EXISTS (
      SELECT FROM member
      WHERE classid = 'pg_foreign_data_wrapper'::regclass AND objid = w.oid)
  UNION ALL SELECT 'language ' || quote_ident(lanname),
                   coalesce(lanacl, acldefault('l', lanowner)), lanowner
    FROM pg_language AS l WHERE l.oid >= 16384 AND NOT EXISTS (
      SELECT FROM member WHERE classid = 'pg_language'::regclass AND objid = l.oid)
  UNION ALL SELECT 'the database', coalesce(datacl, acldefault('d', datdba)), datdba
    FROM pg_database WHERE datname = current_database()
) AS granted (name, acl, owner), aclexplode(granted.acl) AS a
GROUP BY granted.name, granted.owner, a.grantee
