SELECT r.name, concat_ws('; ', pg_get_viewdef(r.oid),
  CASE WHEN r.relispopulated THEN 'populated' ELSE 'not populated' END,
  (SELECT 'options ' || string_agg(o, ', ' ORDER BY o) FROM unnest(r.reloptions) AS o))
FROM relation AS r WHERE r.relkind = 'm'
