SELECT concat(i.type, ' ', i.identity, ' by ', l.provider), l.label
FROM pg_seclabel AS l, pg_identify_object(l.classoid, l.objoid, l.objsubid) AS i
UNION ALL
SELECT concat(i.type, ' ', i.identity, ' by ', l.provider), l.label
FROM pg_shseclabel AS l, pg_identify_object(l.classoid, l.objoid, 0) AS i
