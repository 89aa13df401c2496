-- Where it lies is the machine's affair.
SELECT quote_ident(t.spcname), concat_ws('; ',
  'owner ' || t.spcowner::regrole,
  (SELECT 'options ' || string_agg(o, ', ' ORDER BY o) FROM unnest(t.spcoptions) AS o),
  (SELECT 'grants ' || string_agg(a.text, ', ' ORDER BY a.text)
   FROM (SELECT concat_ws(' ', x.privilege_type, CASE WHEN x.is_grantable THEN 'grantable' END, 'to',
                  CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END) AS text
         FROM aclexplode(coalesce(t.spcacl, acldefault('t', t.spcowner))) AS x) AS a),
  'comment ' || shobj_description(t.oid, 'pg_tablespace'))
FROM pg_tablespace AS t
