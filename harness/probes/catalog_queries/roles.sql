SELECT quote_ident(r.rolname), concat_ws('; ',
  concat_ws(' ',
    CASE WHEN r.rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END,
    CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
    CASE WHEN r.rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
    CASE WHEN r.rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
    CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
    CASE WHEN r.rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
    CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
    'CONNECTION LIMIT', r.rolconnlimit),
  -- Whether there is a password is the platform's; what it is, is nobody's business here.
  CASE WHEN r.rolpassword IS NULL THEN 'no password' ELSE 'a password' END,
  'valid until ' || r.rolvaliduntil,
  -- A setting of one database is another than the same setting of all.
  (SELECT string_agg(
            concat_ws(' ', 'SET ' || setting, CASE WHEN d.datname = current_database()
              THEN 'in this database' ELSE 'in the database ' || quote_ident(d.datname) END),
            '; ' ORDER BY setting, d.datname)
   FROM pg_db_role_setting AS s
   LEFT JOIN pg_database AS d ON d.oid = s.setdatabase, unnest(s.setconfig) AS setting
   WHERE s.setrole = r.oid))
FROM pg_authid AS r
UNION ALL
SELECT 'ALL', string_agg('SET ' || setting, '; ' ORDER BY setting)
FROM pg_db_role_setting AS s, unnest(s.setconfig) AS setting
WHERE s.setrole = 0 AND s.setdatabase = 0
HAVING count(*) > 0
