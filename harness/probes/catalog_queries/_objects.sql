-- What every query here draws on: the user's own objects, not the system's nor an extension's.
WITH member AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), space AS (
  SELECT n.* FROM pg_namespace AS n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
      SELECT FROM member WHERE classid = 'pg_namespace'::regclass AND objid = n.oid
    )
), relation AS (
  SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name,
         CASE c.relkind
           WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table'
           WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
           WHEN 'i' THEN 'index' WHEN 'I' THEN 'partitioned index' ELSE 'composite type'
         END AS noun
  FROM pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
  WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = c.oid)
), stored AS (
  SELECT * FROM relation WHERE relkind IN ('r', 'p', 'f')
), routine AS (
  SELECT p.*, p.oid::regprocedure::text AS name
  FROM pg_proc AS p JOIN space AS s ON s.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
    -- The constructors of a range come with its type, with whatever privileges it then gives.
    AND NOT EXISTS (SELECT FROM pg_depend AS d
      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
), own_type AS (
  SELECT t.*, format_type(t.oid, NULL) AS name
  FROM pg_type AS t JOIN space AS s ON s.oid = t.typnamespace
  WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = t.oid)
    -- Arrays and the row types of tables come with what they belong to.
    AND NOT EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = t.oid)
    AND (t.typrelid = 0
      OR EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
)
