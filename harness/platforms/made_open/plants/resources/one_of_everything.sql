-- One of every kind of object that the platform's own schema lacks, so that each kind can be lost
-- or changed. What is made here must come back from pg_dump as it was.

CREATE SCHEMA extra;
COMMENT ON SCHEMA extra IS 'It''s  one of everything.';

CREATE SCHEMA extra_empty;

CREATE TYPE extra.unused AS ENUM ('a', 'b');
CREATE TYPE extra.mood AS ENUM ('low', 'fair', 'high');
CREATE DOMAIN extra.percentage AS numeric(5, 2) DEFAULT 0 NOT NULL
  CONSTRAINT percentage_is_within CHECK (VALUE BETWEEN 0 AND 100);
CREATE TYPE extra.point_in_plan AS (x integer, y integer, label text COLLATE "C");
CREATE COLLATION extra.by_codepoint (provider = builtin, locale = 'C');

CREATE FUNCTION extra.double(value integer) RETURNS integer
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 RETURN value * 2;
CREATE FUNCTION extra.mood_of(value integer) RETURNS extra.mood
  LANGUAGE plpgsql STABLE SET search_path = '' AS $$
  BEGIN
    RETURN CASE WHEN value < 10 THEN 'low' WHEN value < 90 THEN 'fair' ELSE 'high' END;
  END
  $$;
CREATE PROCEDURE extra.nothing() LANGUAGE sql AS 'SELECT';
CREATE FUNCTION extra.larger(a integer, b integer) RETURNS integer
  LANGUAGE sql IMMUTABLE AS 'SELECT greatest($1, $2)';
CREATE AGGREGATE extra.largest(integer) (sfunc = extra.larger, stype = integer, initcond = '0');
CREATE FUNCTION extra.near(a integer, b integer) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 3';
CREATE OPERATOR extra.~~~ (
  leftarg = integer, rightarg = integer, function = extra.near, commutator = OPERATOR(extra.~~~)
);
CREATE OPERATOR FAMILY extra.number_ops USING hash;
CREATE OPERATOR CLASS extra.integer_ops FOR TYPE integer USING hash FAMILY extra.number_ops AS
  OPERATOR 1 pg_catalog.=, FUNCTION 1 hashint4(integer);
CREATE FUNCTION extra.mood_number(extra.mood) RETURNS integer
  LANGUAGE sql IMMUTABLE AS $$ SELECT CASE $1 WHEN 'low' THEN 1 WHEN 'fair' THEN 2 ELSE 3 END $$;
CREATE CAST (extra.mood AS integer) WITH FUNCTION extra.mood_number(extra.mood) AS ASSIGNMENT;
CREATE CONVERSION extra.to_latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
CREATE ACCESS METHOD extra_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE FUNCTION extra.language_handler() RETURNS language_handler
  LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE extra_language HANDLER extra.language_handler;

CREATE TEXT SEARCH DICTIONARY extra.plain (TEMPLATE = pg_catalog.simple, stopwords = english);
CREATE TEXT SEARCH CONFIGURATION extra.words (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION extra.words ALTER MAPPING FOR asciiword WITH extra.plain;
CREATE TEXT SEARCH TEMPLATE extra.plain_template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH PARSER extra.plain_parser (
  START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype
);

CREATE FOREIGN DATA WRAPPER extra_wrapper OPTIONS (debug 'true');
CREATE FOREIGN DATA WRAPPER extra_spare_wrapper;
CREATE SERVER extra_server TYPE 'ledger' VERSION '1' FOREIGN DATA WRAPPER extra_wrapper
  OPTIONS (host 'elsewhere.example');
CREATE USER MAPPING FOR hub_app SERVER extra_server OPTIONS (user 'hub');
CREATE FOREIGN TABLE extra.elsewhere (id integer NOT NULL, body text)
  SERVER extra_server OPTIONS (table_name 'there');
GRANT USAGE ON FOREIGN SERVER extra_server TO hub_app;

CREATE TABLE extra.things (
  id integer PRIMARY KEY,
  name text NOT NULL UNIQUE,
  mood extra.mood NOT NULL DEFAULT 'fair',
  done extra.percentage,
  place extra.point_in_plan,
  tags text[] NOT NULL DEFAULT '{}',
  body text COMPRESSION pglz,
  seen numrange,
  doubled integer GENERATED ALWAYS AS (extra.double(id)) STORED,
  CONSTRAINT things_id_is_positive CHECK (id > 0) NO INHERIT
) WITH (fillfactor = 80);
COMMENT ON CONSTRAINT things_id_is_positive ON extra.things IS 'Counted from one.';
INSERT INTO extra.things (id, name, mood, done, place, tags, body, seen)
  SELECT n, 'thing ' || n, extra.mood_of(n), n, ROW(n, -n, 'p' || n)::extra.point_in_plan,
         ARRAY['a' || n % 3, 'b'], repeat('body ', n), numrange(n, n + 0.5)
  FROM generate_series(1, 40) AS n;
CREATE INDEX things_tags ON extra.things USING gin (tags);
CREATE INDEX things_mood_hash ON extra.things USING hash (mood);
CREATE INDEX things_double ON extra.things (extra.double(id)) INCLUDE (name) WHERE id > 3;
CREATE INDEX things_seen ON extra.things USING gist (seen);
CREATE STATISTICS extra.things_name_mood (mcv) ON name, mood FROM extra.things;
ALTER TABLE extra.things REPLICA IDENTITY FULL;
CREATE RULE things_are_not_deleted AS ON DELETE TO extra.things DO INSTEAD NOTHING;
CREATE FUNCTION extra.same_row() RETURNS trigger
  LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER things_stay BEFORE UPDATE OF name ON extra.things
  FOR EACH ROW EXECUTE FUNCTION extra.same_row();
CREATE CONSTRAINT TRIGGER things_checked_late AFTER INSERT ON extra.things
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION extra.same_row();
ALTER TABLE extra.things ENABLE ROW LEVEL SECURITY;
CREATE POLICY things_low ON extra.things AS RESTRICTIVE FOR SELECT TO hub_app
  USING (mood <> 'low');
GRANT SELECT, UPDATE (name) ON extra.things TO auditor WITH GRANT OPTION;

CREATE TABLE extra.parts (
  thing_id integer REFERENCES extra.things ON UPDATE CASCADE ON DELETE SET NULL,
  position smallint,
  amount numeric(12, 3) NOT NULL,
  weight real,
  taken_at timestamp,
  took interval,
  address inet,
  raw bytea,
  PRIMARY KEY (thing_id, position)
);
INSERT INTO extra.parts
  SELECT n, p, n * 1.125, p / 3.0, timestamp '2026-02-01' + n * interval '1 hour',
         p * interval '90 minutes', '10.0.0.0'::inet + n, decode(md5(n::text), 'hex')
  FROM generate_series(1, 40) AS n CROSS JOIN generate_series(1, 2) AS p;

CREATE TABLE extra.notes (body text, written_on date);
INSERT INTO extra.notes
  SELECT 'note ' || n, date '2026-03-01' + n FROM generate_series(1, 20) AS n;

CREATE TABLE extra.tokens (
  id uuid PRIMARY KEY, value text NOT NULL COLLATE "C",
  CONSTRAINT tokens_value_excluded EXCLUDE USING btree (value WITH =)
);
INSERT INTO extra.tokens
  SELECT md5('token ' || n)::uuid, 'value ' || n FROM generate_series(1, 25) AS n;

CREATE TABLE extra.kept_by_list (region text NOT NULL, total bigint) PARTITION BY LIST (region);
CREATE TABLE extra.kept_north PARTITION OF extra.kept_by_list FOR VALUES IN ('north');
CREATE TABLE extra.kept_south PARTITION OF extra.kept_by_list FOR VALUES IN ('south', NULL);
INSERT INTO extra.kept_by_list
  SELECT CASE n % 2 WHEN 0 THEN 'north' ELSE 'south' END, n FROM generate_series(1, 10) AS n;
CREATE TABLE extra.base_rows (id integer, kind text);
CREATE TABLE extra.more_rows (extent integer) INHERITS (extra.base_rows);
INSERT INTO extra.base_rows SELECT n, 'base' FROM generate_series(1, 5) AS n;
INSERT INTO extra.more_rows SELECT n, 'more', n FROM generate_series(6, 9) AS n;
CREATE TABLE extra.plan_points OF extra.point_in_plan (x WITH OPTIONS NOT NULL);
INSERT INTO extra.plan_points VALUES (1, 2, 'start'), (3, 4, 'end');

CREATE SEQUENCE extra.descending AS smallint INCREMENT BY -1 MINVALUE -500 MAXVALUE -1 CYCLE;
SELECT setval('extra.descending', -17);

CREATE VIEW extra.open_things WITH (security_barrier = true) AS
  SELECT id, name, mood FROM extra.things WHERE done < 50 WITH CASCADED CHECK OPTION;
CREATE VIEW extra.as_of_now AS SELECT id, now() - interval '1 day' AS since FROM extra.things;
CREATE MATERIALIZED VIEW extra.mood_counts AS
  SELECT mood, count(*) AS things FROM extra.things GROUP BY mood;

CREATE PUBLICATION extra_feed FOR TABLES IN SCHEMA extra WITH (publish = 'insert');
CREATE SUBSCRIPTION extra_subscription CONNECTION 'host=elsewhere.example dbname=there'
  PUBLICATION there_feed WITH (connect = false, slot_name = NONE);
CREATE FUNCTION extra.nothing_happens() RETURNS event_trigger
  LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER extra_watch ON sql_drop EXECUTE FUNCTION extra.nothing_happens();
ALTER EVENT TRIGGER extra_watch DISABLE;
ALTER DEFAULT PRIVILEGES FOR ROLE hub_app IN SCHEMA extra GRANT SELECT ON TABLES TO auditor;
SELECT lo_from_bytea(4300001, '\x00010203');
ALTER LARGE OBJECT 4300001 OWNER TO hub_app;
CREATE ROLE extra_reader NOLOGIN CONNECTION LIMIT 3 VALID UNTIL '2030-01-01 00:00:00+00';
ALTER ROLE extra_reader SET work_mem = '8MB';
GRANT auditor TO extra_reader WITH ADMIN OPTION;
GRANT USAGE ON SCHEMA extra TO extra_reader;
