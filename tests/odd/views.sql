-- Views whose answer is another whenever, or wherever, they are asked.

CREATE SCHEMA seen;
CREATE TABLE seen.rows (id integer PRIMARY KEY, at timestamptz, n numeric);
INSERT INTO seen.rows SELECT n, timestamptz '2026-01-01' + n * interval '1 day', n / 7.0
  FROM generate_series(1, 12) AS n;
CREATE MATERIALIZED VIEW seen.now AS SELECT id, now() AS at FROM seen.rows;
CREATE MATERIALIZED VIEW seen.clock AS SELECT clock_timestamp() AS at, statement_timestamp() AS st;
CREATE MATERIALIZED VIEW seen.words AS SELECT current_timestamp(3) AS a, localtime AS b, current_date AS c;
CREATE MATERIALIZED VIEW seen.dice AS SELECT id, random() AS eyes, gen_random_uuid() AS u FROM seen.rows;
CREATE MATERIALIZED VIEW seen.transaction AS SELECT txid_current() AS x, pg_current_xact_id() AS y;
CREATE MATERIALIZED VIEW seen.process AS SELECT pg_backend_pid() AS pid;
CREATE MATERIALIZED VIEW seen.server AS SELECT pg_postmaster_start_time() AS up, pg_conf_load_time() AS c;
CREATE MATERIALIZED VIEW seen.wal AS SELECT pg_current_wal_lsn() AS lsn;
CREATE MATERIALIZED VIEW seen.size AS SELECT pg_database_size(current_database()) AS bytes,
  pg_total_relation_size('seen.rows') AS of_rows;
CREATE MATERIALIZED VIEW seen.address AS SELECT inet_client_port() AS port, inet_server_port() AS server;
CREATE MATERIALIZED VIEW seen.setting AS SELECT current_setting('application_name') AS app,
  current_setting('TimeZone') AS zone, current_setting('port') AS port;
CREATE MATERIALIZED VIEW seen.zoned AS SELECT id, at::text AS said, at::date AS day, to_char(at, 'TZ') AS tz
  FROM seen.rows;
CREATE MATERIALIZED VIEW seen.printed AS SELECT id, (n::float8)::text AS f, interval '1 day 2 h'::text AS i,
  '\xff'::bytea::text AS b, 3.5::money::text AS m FROM seen.rows;
CREATE MATERIALIZED VIEW seen.age AS SELECT id, age(at) AS old FROM seen.rows;
CREATE MATERIALIZED VIEW seen.catalog AS SELECT oid, relname, relpages, reltuples, relfilenode FROM pg_class;
CREATE MATERIALIZED VIEW seen.activity AS SELECT pid, state FROM pg_stat_activity;
CREATE MATERIALIZED VIEW seen.columns AS SELECT table_name, column_name FROM information_schema.columns;
CREATE MATERIALIZED VIEW seen.physical AS SELECT ctid AS at, xmin AS by, tableoid AS of, id FROM seen.rows;
CREATE MATERIALIZED VIEW seen.sample AS SELECT id FROM seen.rows TABLESAMPLE bernoulli (50);
CREATE MATERIALIZED VIEW seen.unordered AS SELECT (array_agg(id ORDER BY n))[1:3] AS few FROM seen.rows;
CREATE FUNCTION seen.today() RETURNS date STABLE LANGUAGE sql AS 'SELECT current_date';
CREATE FUNCTION seen.stamp(n integer) RETURNS text STABLE LANGUAGE plpgsql
  AS 'BEGIN RETURN n || clock_timestamp()::text; END';
CREATE FUNCTION seen.lies(n integer) RETURNS text IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN RETURN n || clock_timestamp()::text; END';
CREATE MATERIALIZED VIEW seen.by_function AS SELECT id, seen.stamp(id) AS s, seen.today() AS t FROM seen.rows;
CREATE MATERIALIZED VIEW seen.by_liar AS SELECT id, seen.lies(id) AS s FROM seen.rows;
CREATE VIEW seen.between AS SELECT id, pg_backend_pid() AS pid FROM seen.rows;
CREATE MATERIALIZED VIEW seen.through AS SELECT * FROM seen.between;
CREATE MATERIALIZED VIEW seen.of_matview AS SELECT max(at) AS at FROM seen.now;
CREATE MATERIALIZED VIEW seen.who AS SELECT current_user AS u, session_user AS s, current_database() AS d,
  current_schema() AS c, version() AS v;
CREATE MATERIALIZED VIEW seen.empty_one AS SELECT id FROM seen.rows WITH NO DATA;
CREATE MATERIALIZED VIEW seen.stale AS SELECT sum(n) AS s FROM seen.rows;
CREATE MATERIALIZED VIEW seen.steady AS SELECT id, n FROM seen.rows;
CREATE UNIQUE INDEX ON seen.steady (id);
INSERT INTO seen.rows VALUES (100, NULL, 'NaN');
CREATE VIEW seen."Odd ""view""" AS SELECT id AS "I d", random() < 2 AS ok FROM seen.rows;
CREATE VIEW seen.ruled AS SELECT id FROM seen.rows;
CREATE RULE put AS ON INSERT TO seen.ruled DO INSTEAD INSERT INTO seen.rows VALUES (NEW.id);
CREATE VIEW seen.recursive AS WITH RECURSIVE r (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 5)
  SELECT n FROM r;
