SELECT t.name, CASE t.typtype
  WHEN 'e' THEN (
    SELECT 'enum ' || string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
    FROM pg_enum AS e WHERE e.enumtypid = t.oid)
  WHEN 'd' THEN concat_ws(' ', 'domain over', format_type(t.typbasetype, t.typtypmod),
    'COLLATE ' || nullif(t.typcollation,
      (SELECT b.typcollation FROM pg_type AS b WHERE b.oid = t.typbasetype))::regcollation::text,
    CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault)
  WHEN 'c' THEN (
    SELECT 'composite ' || string_agg(concat_ws(' ', quote_ident(a.attname),
             format_type(a.atttypid, a.atttypmod),
             'COLLATE ' || nullif(a.attcollation, type.typcollation)::regcollation::text),
             ', ' ORDER BY a.attnum)
    FROM pg_attribute AS a JOIN pg_type AS type ON type.oid = a.atttypid
    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
  ELSE 'type of kind ' || t.typtype::text
END
FROM own_type AS t
-- Base and range types are read by the row; a multirange comes with its range.
WHERE t.typtype NOT IN ('b', 'r', 'm')
