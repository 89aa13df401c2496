SELECT i.type || ' ' || i.identity, d.description
FROM pg_description AS d, pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
WHERE (d.objoid >= 16384
    OR d.classoid = 'pg_namespace'::regclass AND d.objoid = to_regnamespace('public')
    -- Large objects keep the number they were given, whatever it is.
    OR d.classoid = 'pg_largeobject'::regclass)
  AND NOT EXISTS (SELECT FROM member WHERE classid = d.classoid AND objid = d.objoid)
UNION ALL
SELECT 'role ' || s.objoid::regrole, s.description
FROM pg_shdescription AS s
WHERE s.classoid = 'pg_authid'::regclass
UNION ALL
SELECT 'the database', s.description
FROM pg_shdescription AS s JOIN pg_database AS d ON d.oid = s.objoid
WHERE s.classoid = 'pg_database'::regclass AND d.datname = current_database()
