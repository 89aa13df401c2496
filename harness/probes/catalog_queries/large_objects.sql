-- Pages without their trailing zeros: a restore fills in the holes that the original had.
SELECT format('oid %% 64 = %s', one.oid::bigint & 63),
       format('%s large objects of %s bytes; digest %s; owners %s', count(*), sum(one.size),
              sum(one.digest), string_agg(DISTINCT one.owner, ', '))
FROM (
  SELECT m.oid, m.lomowner::regrole || ' granting '
           || coalesce(nullif(m.lomacl, acldefault('L', m.lomowner))::text, 'nothing') AS owner,
         coalesce(max(p.pageno * 2048::bigint + length(p.data)), 0) AS size,
         coalesce(sum(hash.bits), 0) AS digest
  FROM pg_largeobject_metadata AS m
  LEFT JOIN pg_largeobject AS p ON p.loid = m.oid
  LEFT JOIN LATERAL (
    SELECT ('x' || left(md5(concat(m.oid, ':', p.pageno, ':', rtrim(p.data, '\x00'))), 16))
             ::bit(64)::bigint::numeric AS bits
    WHERE rtrim(p.data, '\x00') <> ''
  ) AS hash ON true
  GROUP BY m.oid, m.lomowner, m.lomacl
) AS one
GROUP BY one.oid::bigint & 63
