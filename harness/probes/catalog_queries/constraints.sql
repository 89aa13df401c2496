SELECT coalesce(t.name, own_type.name) || ': ' || quote_ident(con.conname),
       concat_ws('; ', pg_get_constraintdef(con.oid),
         -- DISABLE TRIGGER ALL switches off foreign keys and leaves their definition as it was.
         (SELECT 'its triggers are off' FROM pg_trigger AS tg
          WHERE tg.tgconstraint = con.oid AND tg.tgisinternal AND tg.tgenabled <> 'O' LIMIT 1))
FROM pg_constraint AS con
LEFT JOIN stored AS t ON t.oid = con.conrelid
LEFT JOIN own_type ON own_type.oid = con.contypid
WHERE coalesce(t.oid, own_type.oid) IS NOT NULL
  -- NOT NULL is a property of the column; a foreign key's copies on partitions follow it.
  AND con.contype NOT IN ('n', 't') AND NOT (con.contype = 'f' AND con.conparentid <> 0)
