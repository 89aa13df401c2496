-- Who is admitted: the first rule that fits decides, so each is told with the one before it.
SELECT concat_ws(' ', 'rule', listed.text, 'again ' || nullif(listed.number, 1)),
       coalesce('after ' || lag(listed.text) OVER (ORDER BY listed.place), 'the first')
FROM (
  SELECT rule.*, row_number() OVER (PARTITION BY rule.text ORDER BY rule.place) AS number
  FROM (
    SELECT concat_ws(' ', h.type, array_to_string(h.database, ','),
             array_to_string(h.user_name, ','), h.address, h.netmask, h.auth_method,
             (SELECT string_agg(CASE WHEN o ~* '^[^=]*(pass|secret)'
                                     THEN split_part(o, '=', 1) || '=…' ELSE o END,
                                ' ' ORDER BY o) FROM unnest(h.options) AS o),
             'error: ' || h.error) AS text,
           -- A number since PostgreSQL 16, where rules may come from several files.
           coalesce((to_jsonb(h) ->> 'rule_number')::integer, h.line_number) AS place
    FROM pg_hba_file_rules AS h
    -- The one by which the harness admits its own replication: the first of the file that it wrote.
    WHERE NOT (coalesce((to_jsonb(h) ->> 'rule_number')::integer, h.line_number) = 1
      AND current_setting('hba_file') LIKE '%/drill\_hba.conf'
      AND (h.type, h.database, h.address, h.auth_method)
        IS NOT DISTINCT FROM ('host', ARRAY['replication'], 'samehost', 'scram-sha-256')
      AND cardinality(h.user_name) = 1 AND h.options IS NULL)
  ) AS rule
) AS listed
UNION ALL
SELECT concat_ws(' ', 'mapping', m.map_name, m.sys_name), string_agg(
         concat_ws(' ', m.pg_username, 'error: ' || m.error), ', ' ORDER BY m.line_number)
FROM pg_ident_file_mappings AS m
GROUP BY m.map_name, m.sys_name
