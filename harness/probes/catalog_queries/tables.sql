SELECT t.name, concat_ws('; ',
  CASE t.relpersistence WHEN 'u' THEN 'unlogged ' ELSE '' END || t.noun,
  'row security ' || CASE WHEN t.relrowsecurity THEN 'on' ELSE 'off' END
    || CASE WHEN t.relforcerowsecurity THEN ', forced' ELSE '' END,
  'replica identity ' || CASE t.relreplident
    WHEN 'd' THEN 'default' WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' ELSE 'index' END,
  'partition by ' || pg_get_partkeydef(t.oid),
  (SELECT 'inherits ' || string_agg(
            i.inhparent::regclass::text
              || CASE WHEN i.inhdetachpending THEN ', being detached' ELSE '' END,
            ', ' ORDER BY i.inhseqno)
   FROM pg_inherits AS i WHERE i.inhrelid = t.oid),
  pg_get_expr(t.relpartbound, t.oid),
  'of type ' || format_type(nullif(t.reloftype, 0), NULL),
  (SELECT 'access method ' || a.amname FROM pg_am AS a WHERE a.oid = t.relam),
  (SELECT 'options ' || string_agg(o, ', ' ORDER BY o) FROM unnest(t.reloptions) AS o),
  (SELECT 'toast options ' || string_agg(o, ', ' ORDER BY o)
   FROM pg_class AS toast, unnest(toast.reloptions) AS o WHERE toast.oid = t.reltoastrelid),
  (SELECT 'tablespace ' || s.spcname FROM pg_tablespace AS s WHERE s.oid = t.reltablespace))
FROM stored AS t
