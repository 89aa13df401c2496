SELECT concat_ws(' ',
    CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                         WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END,
    'of', d.defaclrole::regrole, 'in ' || nullif(d.defaclnamespace, 0)::regnamespace::text,
    'to', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END),
  string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END,
             ', ' ORDER BY a.privilege_type)
FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS a
GROUP BY d.defaclobjtype, d.defaclrole, d.defaclnamespace, a.grantee
