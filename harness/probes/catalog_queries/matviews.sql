SELECT r.name, concat_ws('; ', pg_get_viewdef(r.oid),
  CASE WHEN r.relispopulated THEN 'populated' ELSE 'not populated' END,
  (SELECT 'options ' || string_agg(o, ', ' ORDER BY o) FROM unnest(r.reloptions) AS o),
  (SELECT 'access method ' || a.amname FROM pg_am AS a WHERE a.oid = r.relam),
  (SELECT 'tablespace ' || s.spcname FROM pg_tablespace AS s WHERE s.oid = r.reltablespace),
  (SELECT string_agg(concat_ws(' ', quote_ident(a.attname),
            'STORAGE ' || nullif(a.attstorage, type.typstorage)::text,
            'COMPRESSION ' || nullif(a.attcompression::text, ''),
            'STATISTICS ' || nullif(a.attstattarget, -1),
            -- A mark that a server may keep for itself (seen in 15.20); no dump holds it.
            (SELECT 'OPTIONS ' || string_agg(o, ', ' ORDER BY o) FROM unnest(a.attoptions) AS o
             WHERE o NOT LIKE 'pg\_attver=%')), '; ' ORDER BY a.attnum)
   FROM pg_attribute AS a JOIN pg_type AS type ON type.oid = a.atttypid
   WHERE a.attrelid = r.oid AND a.attnum > 0))
FROM relation AS r WHERE r.relkind = 'm'
