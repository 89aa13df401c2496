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
  (SELECT string_agg('SET ' || setting, '; ' ORDER BY setting)
   FROM pg_db_role_setting AS s, unnest(s.setconfig) AS setting
   WHERE s.setrole = r.oid AND s.setdatabase IN (
     0, (SELECT oid FROM pg_database WHERE datname = current_database()))))
FROM pg_authid AS r WHERE r.rolname !~ '^pg_'
