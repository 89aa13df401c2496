SELECT quote_ident(p.pubname), concat_ws('; ',
  CASE WHEN p.puballtables THEN 'all tables' END,
  'publishes ' || concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
    CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
    CASE WHEN p.pubtruncate THEN 'truncate' END),
  CASE WHEN p.pubviaroot THEN 'via the partition root' END,
  (SELECT 'schemas ' || string_agg(n.pnnspid::regnamespace::text, ', '
                                   ORDER BY n.pnnspid::regnamespace::text)
   FROM pg_publication_namespace AS n WHERE n.pnpubid = p.oid))
FROM pg_publication AS p
UNION ALL
SELECT format('%I: %s', p.pubname, pr.prrelid::regclass), concat_ws(' ', 'table',
  (SELECT '(' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) || ')'
   FROM pg_attribute AS a WHERE a.attrelid = pr.prrelid AND a.attnum = ANY (pr.prattrs)),
  'WHERE ' || pg_get_expr(pr.prqual, pr.prrelid))
FROM pg_publication_rel AS pr JOIN pg_publication AS p ON p.oid = pr.prpubid
