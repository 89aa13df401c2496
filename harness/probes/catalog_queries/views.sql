SELECT r.name, concat_ws('; ', pg_get_viewdef(r.oid),
  (SELECT 'options ' || string_agg(o, ', ' ORDER BY o) FROM unnest(r.reloptions) AS o))
FROM relation AS r WHERE r.relkind = 'v'
