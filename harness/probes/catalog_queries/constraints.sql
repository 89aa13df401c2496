SELECT coalesce(t.name, own_type.name) || ': ' || quote_ident(con.conname),
       concat_ws('; ', pg_get_constraintdef(con.oid),
         -- DISABLE TRIGGER ALL switches off foreign keys and leaves their definition as it was;
         -- on a partition, the copies there.
         (WITH RECURSIVE copy AS (
            SELECT con.oid
            UNION ALL SELECT c.oid FROM pg_constraint AS c JOIN copy ON c.conparentid = copy.oid
          ) SELECT 'its triggers are off on ' || string_agg(off.state, ', ' ORDER BY off.state)
          FROM (SELECT DISTINCT concat_ws(' ', tg.tgrelid::regclass, CASE tg.tgenabled
                  WHEN 'R' THEN 'but in a replica' WHEN 'A' THEN 'or always on' END) AS state
                FROM pg_trigger AS tg JOIN copy ON copy.oid = tg.tgconstraint
                WHERE tg.tgisinternal AND tg.tgenabled <> 'O') AS off))
FROM pg_constraint AS con
LEFT JOIN stored AS t ON t.oid = con.conrelid
LEFT JOIN own_type ON own_type.oid = con.contypid
WHERE coalesce(t.oid, own_type.oid) IS NOT NULL
  -- NOT NULL is a property of the column; a foreign key's copies on partitions follow it.
  AND con.contype NOT IN ('n', 't') AND NOT (con.contype = 'f' AND con.conparentid <> 0)
