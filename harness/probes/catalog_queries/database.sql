SELECT property.name, property.value
FROM pg_database AS d, LATERAL (VALUES
  ('encoding', pg_encoding_to_char(d.encoding)),
  ('collation', d.datcollate),
  ('character classes', d.datctype),
  ('locale provider', d.datlocprovider::text),
  ('locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')),
  -- Indexes over text are in the order of the library that built them.
  ('collation version', CASE
     WHEN d.datcollversion IS NOT DISTINCT FROM pg_database_collation_actual_version(d.oid)
     THEN 'as the server has it' ELSE 'not as the server has it' END),
  ('ICU rules', to_jsonb(d) ->> 'daticurules'),
  ('connections', CASE WHEN d.datallowconn THEN 'allowed' ELSE 'refused' END),
  ('connection limit', d.datconnlimit::text),
  ('template', CASE WHEN d.datistemplate THEN 'a template' ELSE 'no template' END),
  ('tablespace', (SELECT s.spcname::text FROM pg_tablespace AS s WHERE s.oid = d.dattablespace)),
  ('settings', (
     SELECT string_agg(setting, '; ' ORDER BY setting)
     FROM pg_db_role_setting AS s, unnest(s.setconfig) AS setting
     WHERE s.setdatabase = d.oid AND s.setrole = 0))
) AS property (name, value)
WHERE d.datname = current_database() AND property.value IS NOT NULL
