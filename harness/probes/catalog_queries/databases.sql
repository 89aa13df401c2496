-- The other databases of the server.
SELECT quote_ident(d.datname), concat_ws('; ',
  'owner ' || d.datdba::regrole,
  'encoding ' || pg_encoding_to_char(d.encoding),
  concat_ws(' ', 'locale', d.datlocprovider, d.datcollate, d.datctype,
            coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
            to_jsonb(d) ->> 'daticurules'),
  CASE WHEN d.datistemplate THEN 'a template' END,
  CASE WHEN NOT d.datallowconn THEN 'refuses connections' END,
  'connection limit ' || d.datconnlimit,
  (SELECT 'tablespace ' || s.spcname FROM pg_tablespace AS s WHERE s.oid = d.dattablespace),
  (SELECT 'settings ' || string_agg(setting, '; ' ORDER BY setting)
   FROM pg_db_role_setting AS s, unnest(s.setconfig) AS setting
   WHERE s.setdatabase = d.oid AND s.setrole = 0),
  (SELECT 'grants ' || string_agg(a.text, ', ' ORDER BY a.text)
   FROM (SELECT concat_ws(' ', x.privilege_type, CASE WHEN x.is_grantable THEN 'grantable' END, 'to',
                  CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END) AS text
         FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS x) AS a),
  'comment ' || shobj_description(d.oid, 'pg_database'))
FROM pg_database AS d WHERE d.datname <> current_database()
