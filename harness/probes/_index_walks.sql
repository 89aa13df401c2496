-- For each index its table, and a query in two forms: as it is walked, and as it is scanned.
-- A larger table than 256 MB is not sorted to compare the order of its B-trees.
SELECT CASE WHEN tn.nspname = 'pg_toast'
  THEN format('TOAST index of %s', (SELECT o.oid::regclass FROM pg_class AS o
                                    WHERE o.reltoastrelid = t.oid))
  ELSE i.oid::regclass::text END,
  i.oid, i.relname, t.oid, format('%s of operator class %s', am.amname, first.opclass),
  walk.query, coalesce(walk.scan, walk.query), am.amname <> 'brin' AND walk.query LIKE '% UNION ALL %'
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid AND i.relkind = 'i'
JOIN pg_class AS t ON t.oid = x.indrelid
JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
JOIN pg_am AS am ON am.oid = i.relam
CROSS JOIN LATERAL (
  SELECT format('ONLY %s', t.oid::regclass) AS rows,
         coalesce(pg_get_expr(x.indpred, x.indrelid), 'true') AS included
) AS target
CROSS JOIN LATERAL (
  SELECT format('(%s)', pg_get_indexdef(i.oid, 1, true)) AS key, oc.opcname AS opclass,
         oc.opcfamily AS family, oc.opcintype AS type
  FROM pg_opclass AS oc WHERE oc.oid = x.indclass[0]
) AS first
-- Each operator of the first column's operator family on its own type, by its number.
CROSS JOIN LATERAL (
  SELECT jsonb_object_agg(o.amopstrategy, called.text) AS by_number,
         jsonb_object_agg(p.oprname, called.text) AS by_name
  FROM pg_amop AS o JOIN pg_operator AS p ON p.oid = o.amopopr
  JOIN pg_namespace AS n ON n.oid = p.oprnamespace
  CROSS JOIN LATERAL format('OPERATOR(%I.%s)', n.nspname, p.oprname) AS called (text)
  WHERE o.amopfamily = first.family AND o.amoplefttype = first.type
    AND (o.amoprighttype = first.type OR am.amname = 'gin') AND o.amoppurpose = 's'
) AS op
CROSS JOIN LATERAL (
  SELECT string_agg(format('%s%s USING OPERATOR(%I.%s) NULLS %s',
      format('(%s)', pg_get_indexdef(i.oid, k.n::integer, true)),
      (SELECT format(' COLLATE %I.%I', cn.nspname, c.collname) FROM pg_collation AS c
       JOIN pg_namespace AS cn ON cn.oid = c.collnamespace
       WHERE c.oid = x.indcollation[k.n::integer - 1]),
      n.nspname, p.oprname,
      CASE WHEN x.indoption[k.n::integer - 1] & 2 <> 0 THEN 'FIRST' ELSE 'LAST' END), ', '
    ORDER BY k.n) AS by
  FROM generate_series(1, x.indnkeyatts) AS k (n)
  JOIN pg_opclass AS oc ON oc.oid = x.indclass[k.n::integer - 1]
  JOIN pg_amop AS o ON o.amopfamily = oc.opcfamily AND o.amoplefttype = oc.opcintype
    AND o.amoprighttype = oc.opcintype AND o.amoppurpose = 's'
    AND o.amopstrategy = CASE WHEN x.indoption[k.n::integer - 1] & 1 <> 0 THEN 5 ELSE 1 END
  JOIN pg_operator AS p ON p.oid = o.amopopr
  JOIN pg_namespace AS n ON n.oid = p.oprnamespace
) AS ordered
-- A condition on the first column that holds for every row with a value there.
CROSS JOIN LATERAL (
  SELECT CASE WHEN am.amname <> 'gin' THEN ''
    WHEN first.opclass IN ('array_ops', 'gin__int_ops') THEN (op.by_name ->> '@>') || ' ''{}'''
    WHEN first.opclass IN ('jsonb_ops', 'jsonb_path_ops')
      THEN (op.by_name ->> '@?') || ' ''$'''
    WHEN first.opclass = 'tsvector_ops' THEN (op.by_name ->> '@@') || ' ''!~nowhere~'''
    WHEN first.opclass LIKE '%trgm_ops' THEN (op.by_name ->> '~~') || ' ''%'''
    WHEN first.opclass = 'gin_hstore_ops' THEN (op.by_name ->> '@>') || ' '''''
    ELSE format('%s (SELECT min(%s) FROM %s)', op.by_number ->> '4', first.key, target.rows)
    END AS text
) AS always
CROSS JOIN LATERAL (
  SELECT am.amname = 'btree' AND pg_relation_size(t.oid) <= 268435456 AS is_sorted,
    target.rows || CASE WHEN pg_relation_size(t.oid) > 268435456
      THEN ' TABLESAMPLE SYSTEM (2) REPEATABLE (1)' ELSE '' END AS tried,
    format('SELECT ctid FROM %s WHERE (%s) AND ', target.rows, target.included) AS part
) AS form
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN form.is_sorted THEN format(
      'SELECT ctid, rank() OVER (ORDER BY %s) FROM %s WHERE %s',
      ordered.by, target.rows, target.included)
    WHEN am.amname = 'btree' THEN format(
      'SELECT ctid, 0 FROM (SELECT ctid FROM %s WHERE %s ORDER BY %s OFFSET 0) AS walked',
      target.rows, target.included, ordered.by)
    WHEN am.amname = 'gin' THEN format('SELECT ctid, 0 FROM %s WHERE (%s) AND %s %s',
      target.rows, target.included, first.key, always.text)
    -- What no summary of a BRIN index covers shows by the extremes of the pages it is about. A probe
    -- reads all summaries, so of many values only some are tried, and of a large table those of
    -- some pages: the same in both forms.
    WHEN am.amname = 'brin' AND coalesce(op.by_name ->> '=', op.by_name ->> '~=') IS NOT NULL
    THEN format(
      'SELECT ctid, 0 FROM (SELECT given FROM (%5$s) AS of_row (given) GROUP BY given'
      ' ORDER BY hashtext(given::text) LIMIT 2000) AS part, %2$s WHERE (%3$s) AND %1$s %4$s given',
      first.key, target.rows, target.included, coalesce(op.by_name ->> '=', op.by_name ->> '~='),
      CASE WHEN first.opclass LIKE '%minmax%' THEN (
        SELECT string_agg(format(
          '(SELECT DISTINCT ON (%5$s) %1$s FROM %2$s WHERE %3$s ORDER BY %5$s, %1$s %4$s)',
          first.key, form.tried, target.included, direction,
          format('(ctid::text::point)[0]::bigint / %s', coalesce((
            SELECT option_value FROM pg_options_to_table(i.reloptions)
            WHERE option_name = 'pages_per_range'), '128'))), ' UNION ALL ')
        FROM unnest(ARRAY['ASC NULLS LAST', 'DESC NULLS LAST']) AS direction)
      ELSE format('SELECT %s FROM %s WHERE %s', first.key, form.tried, target.included) END)
    WHEN pg_index_column_has_property(i.oid, 1, 'search_nulls') THEN format(
      '%1$s %2$s IS NOT NULL UNION ALL %1$s %2$s IS NULL',
      replace(form.part, 'SELECT ctid', 'SELECT ctid, 0'), first.key)
    WHEN op.by_number ? '1' THEN format(
      'SELECT ctid, 0 FROM (SELECT DISTINCT %1$s AS given FROM %2$s WHERE %3$s OFFSET 0) AS part'
      ', %2$s WHERE (%3$s) AND %1$s %4$s part.given',
      first.key, target.rows, target.included, op.by_number ->> '1') END AS query,
    CASE WHEN am.amname = 'btree' AND NOT form.is_sorted THEN
      format('SELECT ctid, 0 FROM %s WHERE %s', target.rows, target.included) END AS scan
) AS walk
-- A materialized view that was never populated cannot be scanned, and its index holds nothing.
WHERE x.indisvalid AND x.indisready AND x.indislive AND t.relpersistence <> 't' AND t.relispopulated
ORDER BY 1
