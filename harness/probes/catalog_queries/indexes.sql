SELECT r.name, concat_ws('; ', pg_get_indexdef(r.oid),
  (SELECT 'part of ' || i.inhparent::regclass FROM pg_inherits AS i WHERE i.inhrelid = r.oid),
  CASE WHEN x.indisclustered THEN 'clustered' END,
  CASE WHEN x.indisreplident THEN 'replica identity' END,
  (SELECT string_agg(format('statistics of column %s: %s', a.attnum, a.attstattarget), '; '
                     ORDER BY a.attnum)
   FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attstattarget >= 0),
  (SELECT 'tablespace ' || s.spcname FROM pg_tablespace AS s WHERE s.oid = r.reltablespace),
  CASE WHEN NOT x.indisvalid THEN 'invalid' END)
FROM relation AS r JOIN pg_index AS x ON x.indexrelid = r.oid
-- An invalid index is not there for queries, and pg_dump leaves it out.
WHERE x.indisvalid AND x.indisready AND x.indislive OR r.relkind = 'I'
