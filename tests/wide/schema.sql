-- One of everything that a database may hold and a superuser's pg_dump brings back, beside the
-- platform's own schema.

CREATE SCHEMA wide;
CREATE EXTENSION file_fdw WITH SCHEMA wide;
CREATE EXTENSION hstore WITH SCHEMA wide;

-- Types and their casts
CREATE TYPE wide.box;
CREATE FUNCTION wide.box_in(cstring) RETURNS wide.box LANGUAGE internal IMMUTABLE STRICT AS 'box_in';
CREATE FUNCTION wide.box_out(wide.box) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT
  AS 'box_out';
CREATE TYPE wide.box (
  INPUT = wide.box_in, OUTPUT = wide.box_out, INTERNALLENGTH = 32, ALIGNMENT = double,
  CATEGORY = 'W', PREFERRED = true, DEFAULT = '(0,0),(1,1)', DELIMITER = ';'
);
CREATE TYPE wide.mood AS ENUM ('it''s  fine', 'bad');
CREATE DOMAIN wide.code AS text COLLATE "C" DEFAULT 'a  b' NOT NULL
  CONSTRAINT code_is_short CHECK (length(VALUE) < 9);
CREATE TYPE wide.pair AS (first integer, second text COLLATE "C");
CREATE TYPE wide.loose AS (first integer, second text COLLATE "C");
CREATE TYPE wide.floats AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = float8mi);
CREATE FUNCTION wide.mood_to_integer(wide.mood) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  RETURN 1;
CREATE CAST (wide.mood AS integer) WITH FUNCTION wide.mood_to_integer(wide.mood) AS ASSIGNMENT;
CREATE COLLATION wide.plain (PROVIDER = libc, LOCALE = 'C');
CREATE CONVERSION wide.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;

-- Functions of every kind
CREATE FUNCTION wide.sum_all(VARIADIC numbers integer[]) RETURNS bigint LANGUAGE sql IMMUTABLE
  LEAKPROOF PARALLEL SAFE COST 7 AS $$ SELECT sum(n) FROM unnest(numbers) AS n $$;
CREATE FUNCTION wide.pairs(OUT a integer, OUT b text) RETURNS SETOF record LANGUAGE plpgsql
  STABLE STRICT SECURITY DEFINER ROWS 5 SET search_path = '' SET work_mem = '5MB'
  AS $$ BEGIN RETURN; END $$;
CREATE FUNCTION wide.either(a boolean, b boolean DEFAULT (true OR false) OR true) RETURNS boolean
  LANGUAGE sql RETURN (a OR b) OR a;
CREATE PROCEDURE wide.nothing(INOUT a integer) LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE FUNCTION wide.row_number_too() RETURNS bigint LANGUAGE internal WINDOW
  AS 'window_row_number';
CREATE FUNCTION wide.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE AGGREGATE wide.total(integer) (
  SFUNC = int4pl, STYPE = integer, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE,
  MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = integer, MINITCOND = '0', SSPACE = 8
);
CREATE AGGREGATE wide.middle(double precision ORDER BY double precision) (
  SFUNC = ordered_set_transition, STYPE = internal,
  FINALFUNC = percentile_cont_float8_final, FINALFUNC_EXTRA = false
);

-- Operators and what indexes make of them
CREATE FUNCTION wide.less(wide.mood, wide.mood) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
  RETURN wide.mood_to_integer($1) < wide.mood_to_integer($2);
CREATE FUNCTION wide.compare(wide.mood, wide.mood) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  RETURN wide.mood_to_integer($1) - wide.mood_to_integer($2);
CREATE OPERATOR wide.<~ (
  LEFTARG = wide.mood, RIGHTARG = wide.mood, FUNCTION = wide.less, COMMUTATOR = OPERATOR(wide.>~),
  RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR wide.>~ (
  LEFTARG = wide.mood, RIGHTARG = wide.mood, FUNCTION = wide.less,
  COMMUTATOR = OPERATOR(wide.<~)
);
CREATE OPERATOR FAMILY wide.moods USING btree;
CREATE OPERATOR CLASS wide.mood_ops FOR TYPE wide.mood USING btree FAMILY wide.moods AS
  OPERATOR 1 wide.<~, FUNCTION 1 wide.compare(wide.mood, wide.mood);

-- Text search
CREATE TEXT SEARCH TEMPLATE wide.like_simple (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH PARSER wide.words (
  START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype,
  HEADLINE = prsd_headline
);
CREATE TEXT SEARCH DICTIONARY wide.exact (TEMPLATE = wide.like_simple, accept = 'false');
CREATE TEXT SEARCH CONFIGURATION wide.search (PARSER = wide.words);
ALTER TEXT SEARCH CONFIGURATION wide.search ADD MAPPING FOR asciiword, word
  WITH wide.exact, pg_catalog.simple;

-- Languages, access methods, transforms
CREATE FUNCTION wide.call() RETURNS language_handler LANGUAGE c
  AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION wide.inline(internal) RETURNS void LANGUAGE c
  AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION wide.validate(oid) RETURNS void LANGUAGE c
  AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE TRUSTED LANGUAGE wide_sql HANDLER wide.call INLINE wide.inline VALIDATOR wide.validate;
CREATE ACCESS METHOD wide_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TRANSFORM FOR integer LANGUAGE sql (
  FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal)
);

-- Foreign data, subscriptions
CREATE FOREIGN DATA WRAPPER wide_wrapper VALIDATOR postgresql_fdw_validator;
CREATE SERVER wide_server TYPE 'far' VERSION '9.9' FOREIGN DATA WRAPPER wide_wrapper
  OPTIONS (host '192.0.2.1', dbname 'it''s  far');
CREATE USER MAPPING FOR PUBLIC SERVER wide_server OPTIONS (user 'reader', password 'hidden');
CREATE SERVER wide_files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE wide.far (
  a integer NOT NULL,
  b text OPTIONS (force_not_null 'true')
) SERVER wide_files OPTIONS (filename '/dev/null', format 'csv');
CREATE SUBSCRIPTION wide_subscription CONNECTION 'host=192.0.2.1 password=hidden' PUBLICATION far
  WITH (connect = false, enabled = false, slot_name = NONE, streaming = on, binary = true);

-- Tables with everything that a column, a constraint or an index may have
CREATE TABLE wide.things (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 7 INCREMENT BY 3 CYCLE) PRIMARY KEY,
  code wide.code,
  mood wide.mood,
  large text COMPRESSION pglz,
  box wide.box,
  a integer DEFAULT 1,
  b integer,
  doubled integer GENERATED ALWAYS AS (a * 2) STORED,
  CONSTRAINT things_a_fits CHECK ((a > 1 OR a < 0) OR a = 1) NO INHERIT,
  CONSTRAINT things_b_is_unique UNIQUE NULLS NOT DISTINCT (b) INCLUDE (a) DEFERRABLE
    INITIALLY DEFERRED,
  CONSTRAINT things_apart EXCLUDE USING btree (a WITH =) WHERE (b > 3)
) WITH (fillfactor = 71, toast.autovacuum_enabled = false);
ALTER TABLE wide.things ADD CONSTRAINT things_later CHECK (b < 1000) NOT VALID;
ALTER TABLE wide.things ALTER COLUMN large SET STORAGE EXTERNAL;
ALTER TABLE wide.things ALTER COLUMN a SET STATISTICS 77;
ALTER TABLE wide.things ALTER COLUMN b SET (n_distinct = -0.5);
ALTER TABLE wide.things ALTER COLUMN b SET NOT NULL;
CREATE INDEX things_mood ON wide.things (mood wide.mood_ops DESC NULLS LAST, lower(large))
  WITH (fillfactor = 60) WHERE (a > 5 AND b > 3);
ALTER INDEX wide.things_mood ALTER COLUMN 2 SET STATISTICS 55;
CREATE UNIQUE INDEX things_identity ON wide.things (a, b);
ALTER TABLE wide.things ALTER COLUMN a SET NOT NULL;
ALTER TABLE wide.things REPLICA IDENTITY USING INDEX things_identity;
ALTER TABLE wide.things CLUSTER ON things_pkey;
CREATE STATISTICS wide.things_together (ndistinct, dependencies, mcv) ON a, b, (a + b)
  FROM wide.things;
ALTER STATISTICS wide.things_together SET STATISTICS 33;
CREATE TABLE wide.heap (a integer) USING wide_heap;
CREATE TABLE wide.typed OF wide.pair;
CREATE UNLOGGED TABLE wide.unlogged (a integer);
CREATE TABLE wide.parent (a integer, b text);
CREATE TABLE wide.child (c integer) INHERITS (wide.parent);
CREATE TABLE wide.parts (
  a integer NOT NULL,
  b bigint REFERENCES wide.things (id) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL (b)
) PARTITION BY RANGE (abs(a), b);
CREATE TABLE wide.parts_low PARTITION OF wide.parts FOR VALUES FROM (0, 0) TO (10, 10);
CREATE TABLE wide.parts_rest PARTITION OF wide.parts DEFAULT;
CREATE TABLE wide.lists (a text, b integer)
  PARTITION BY RANGE (lower(a) COLLATE "C" text_pattern_ops, b);
CREATE SEQUENCE wide.counter AS smallint INCREMENT BY -2 MAXVALUE 100 MINVALUE -100 CACHE 3 CYCLE;

-- Views, rules, triggers, policies
CREATE VIEW wide.seen WITH (security_barrier = true) AS
  SELECT id, a, b FROM wide.things WHERE (a > 1 OR b > 1) OR a = 0 WITH LOCAL CHECK OPTION;
ALTER VIEW wide.seen ALTER COLUMN a SET DEFAULT 9;
CREATE MATERIALIZED VIEW wide.kept WITH (fillfactor = 80) AS SELECT id, large FROM wide.things;
ALTER MATERIALIZED VIEW wide.kept ALTER COLUMN large SET STATISTICS 44;
ALTER MATERIALIZED VIEW wide.kept ALTER COLUMN large SET STORAGE EXTERNAL;
CREATE TRIGGER of_columns BEFORE UPDATE OF a, b ON wide.things FOR EACH ROW
  EXECUTE FUNCTION wide.touch('it''s', 'two  blanks');
CREATE RULE forget AS ON DELETE TO wide.parent WHERE (OLD.a > 3) DO INSTEAD NOTHING;
CREATE TRIGGER touched AFTER UPDATE ON wide.things
  REFERENCING OLD TABLE AS before NEW TABLE AS later FOR EACH STATEMENT
  EXECUTE FUNCTION wide.touch('it''s', 'two  blanks');
ALTER TABLE wide.things DISABLE TRIGGER touched;
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON wide.parent FROM wide.things DEFERRABLE
  INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION wide.touch();
CREATE TRIGGER parts_touched AFTER INSERT ON wide.parts FOR EACH ROW EXECUTE FUNCTION wide.touch();
ALTER TABLE wide.parts_low DISABLE TRIGGER parts_touched;
CREATE POLICY own ON wide.parent AS RESTRICTIVE FOR UPDATE TO auditor, dashboard
  USING (a > 0) WITH CHECK (a > 1);
CREATE PUBLICATION wide_changes FOR TABLES IN SCHEMA wide
  WITH (publish = 'insert, truncate', publish_via_partition_root = true);
SELECT lo_from_bytea(4300001, '\x0102');
GRANT SELECT ON LARGE OBJECT 4300001 TO auditor;

-- Comments and literals whose every character counts
COMMENT ON TABLE wide.things IS 'It''s  two blanks, (a) bracket and "quotes"';
COMMENT ON OPERATOR wide.<~ (wide.mood, wide.mood) IS 'less';
COMMENT ON CAST (wide.mood AS integer) IS 'one';
COMMENT ON CONSTRAINT code_is_short ON DOMAIN wide.code IS 'short';
COMMENT ON LARGE OBJECT 4300001 IS 'two bytes';

-- Owners and privileges
ALTER OPERATOR wide.<~ (wide.mood, wide.mood) OWNER TO auditor;
ALTER TEXT SEARCH DICTIONARY wide.exact OWNER TO auditor;
GRANT USAGE ON SCHEMA wide TO auditor;
GRANT USAGE ON TYPE wide.mood TO auditor WITH GRANT OPTION;
GRANT USAGE ON LANGUAGE wide_sql TO auditor;
GRANT USAGE ON FOREIGN DATA WRAPPER wide_wrapper TO auditor;
GRANT USAGE ON FOREIGN SERVER wide_server TO auditor;
GRANT SELECT (a), UPDATE (b) ON wide.things TO auditor;
GRANT EXECUTE ON FUNCTION wide.hstore(text, text) TO auditor;
REVOKE EXECUTE ON FUNCTION wide.hstore(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO auditor;
REVOKE SELECT ON pg_catalog.pg_views FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE auditor IN SCHEMA wide GRANT USAGE ON TYPES TO dashboard;
