SELECT r.name, concat_ws('; ',
  format('%s from %s by %s, %s to %s, %s, cache %s', s.seqtypid::regtype, s.seqstart,
         s.seqincrement, s.seqmin, s.seqmax, CASE WHEN s.seqcycle THEN 'cycles' ELSE 'ends' END,
         s.seqcache),
  CASE r.relpersistence WHEN 'u' THEN 'unlogged' END,
  (SELECT format('owned by %s.%I', d.refobjid::regclass, a.attname)
   FROM pg_depend AS d
   JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i')
     AND d.refclassid = 'pg_class'::regclass))
FROM relation AS r JOIN pg_sequence AS s ON s.seqrelid = r.oid
