SELECT r.name, concat_ws('; ', pg_get_viewdef(r.oid),
  (SELECT 'options ' || string_agg(o, ', ' ORDER BY o) FROM unnest(r.reloptions) AS o),
  (SELECT string_agg(format('default of %I: %s', a.attname, pg_get_expr(d.adbin, d.adrelid)), '; '
                     ORDER BY a.attnum)
   FROM pg_attribute AS a JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = r.oid))
FROM relation AS r WHERE r.relkind = 'v'
