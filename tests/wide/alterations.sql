-- Each alteration of the wide schema, and the checks that must tell it.

-- schema_types
ALTER TYPE wide.box SET (STORAGE = plain, TYPMOD_IN = numerictypmodin);
-- schema_types
ALTER TYPE wide.mood RENAME VALUE 'it''s  fine' TO 'it''s fine';
-- schema_types
ALTER DOMAIN wide.code SET DEFAULT 'a b';
-- schema_types
ALTER TYPE wide.loose ALTER ATTRIBUTE second TYPE text COLLATE "POSIX";
-- schema_types
DROP TYPE wide.floats;
CREATE TYPE wide.floats AS RANGE (SUBTYPE = double precision);
-- schema_others
DROP CAST (wide.mood AS integer);
CREATE CAST (wide.mood AS integer) WITH FUNCTION wide.mood_to_integer(wide.mood) AS IMPLICIT;
COMMENT ON CAST (wide.mood AS integer) IS 'one';
-- schema_others
DROP COLLATION wide.plain;
CREATE COLLATION wide.plain (PROVIDER = libc, LOCALE = 'POSIX');
-- schema_others
DROP CONVERSION wide.latin;
CREATE DEFAULT CONVERSION wide.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
-- schema_others
ALTER OPERATOR wide.<~ (wide.mood, wide.mood) SET (RESTRICT = NONE);
-- schema_others
ALTER OPERATOR FAMILY wide.moods USING btree ADD OPERATOR 2 wide.>~ (wide.mood, wide.mood);
-- schema_others
CREATE OPERATOR CLASS wide.more_ops DEFAULT FOR TYPE wide.mood USING btree FAMILY wide.moods
  AS STORAGE wide.mood;
-- schema_others
ALTER TEXT SEARCH DICTIONARY wide.exact (accept = 'true');
-- schema_others
ALTER TEXT SEARCH CONFIGURATION wide.search ALTER MAPPING FOR word WITH pg_catalog.simple;
-- schema_others
DROP TEXT SEARCH CONFIGURATION wide.search;
-- schema_others
CREATE TEXT SEARCH PARSER wide.more (START = prsd_start, GETTOKEN = prsd_nexttoken,
  END = prsd_end, LEXTYPES = prsd_lextype);
-- schema_others
CREATE TEXT SEARCH TEMPLATE wide.more (LEXIZE = dsimple_lexize);
-- schema_others
CREATE ACCESS METHOD wide_more TYPE TABLE HANDLER heap_tableam_handler;
-- schema_others
ALTER FOREIGN DATA WRAPPER wide_wrapper NO VALIDATOR;
-- schema_others
ALTER SERVER wide_server VERSION '9.10';
-- schema_others
ALTER SERVER wide_server OPTIONS (SET dbname 'its  far');
-- schema_others
ALTER USER MAPPING FOR PUBLIC SERVER wide_server OPTIONS (SET user 'writer');
-- schema_others
CREATE USER MAPPING FOR auditor SERVER wide_server;
-- schema_others
ALTER FOREIGN TABLE wide.far OPTIONS (SET filename '/dev/zero');
-- schema_others
ALTER SUBSCRIPTION wide_subscription SET (binary = false);
-- schema_others
ALTER SUBSCRIPTION wide_subscription CONNECTION 'host=192.0.2.2 password=hidden';
-- schema_functions
DROP AGGREGATE wide.total(integer);
CREATE AGGREGATE wide.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '1');
-- schema_functions
ALTER FUNCTION wide.pairs() COST 9;
-- schema_functions
ALTER FUNCTION wide.pairs() ROWS 6;
-- schema_functions
ALTER FUNCTION wide.pairs() SUPPORT generate_series_int4_support;
-- schema_functions
ALTER FUNCTION wide.pairs() SECURITY INVOKER;
-- schema_functions
ALTER FUNCTION wide.pairs() LEAKPROOF;
-- schema_functions
ALTER FUNCTION wide.pairs() CALLED ON NULL INPUT;
-- schema_functions
ALTER FUNCTION wide.pairs() VOLATILE;
-- schema_functions
ALTER FUNCTION wide.pairs() PARALLEL SAFE;
-- schema_functions
ALTER FUNCTION wide.pairs() RESET work_mem;
-- schema_functions
ALTER FUNCTION wide.pairs() RENAME TO couples;
-- schema_functions
DROP FUNCTION wide.pairs();
CREATE FUNCTION wide.pairs() RETURNS integer TRANSFORM FOR TYPE integer LANGUAGE sql RETURN 1;
-- schema_functions
DROP FUNCTION wide.sum_all(integer[]);
CREATE FUNCTION wide.sum_all(numbers integer[], more integer DEFAULT 1) RETURNS bigint
  LANGUAGE sql IMMUTABLE LEAKPROOF PARALLEL SAFE COST 7
  AS $$ SELECT sum(n) FROM unnest(numbers) AS n $$;
-- schema_functions
DROP FUNCTION wide.row_number_too();
CREATE FUNCTION wide.row_number_too() RETURNS bigint LANGUAGE c WINDOW
  AS '$libdir/plpgsql', 'plpgsql_call_handler';
-- schema_functions
CREATE OR REPLACE FUNCTION wide.touch() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN  RETURN NULL; END $$;
-- schema_columns
ALTER FOREIGN TABLE wide.far ALTER COLUMN b OPTIONS (SET force_not_null 'false');
-- schema_columns
ALTER TABLE wide.things ALTER COLUMN large SET STORAGE MAIN;
-- schema_columns
ALTER TABLE wide.things ALTER COLUMN large SET COMPRESSION DEFAULT;
-- schema_columns
ALTER TABLE wide.things ALTER COLUMN a SET STATISTICS 78;
-- schema_columns
ALTER TABLE wide.things ALTER COLUMN b SET (n_distinct = -0.6);
-- schema_tables
ALTER TABLE wide.things SET (fillfactor = 72);
-- schema_tables
ALTER TABLE wide.things SET (toast.autovacuum_enabled = true);
-- schema_tables
ALTER TABLE wide.heap SET ACCESS METHOD heap;
-- schema_tables
ALTER TABLE wide.child NO INHERIT wide.parent;
-- schema_indexes
ALTER TABLE wide.things SET WITHOUT CLUSTER;
-- schema_indexes
ALTER INDEX wide.things_mood ALTER COLUMN 2 SET STATISTICS 56;
-- schema_indexes
DROP INDEX wide.things_mood;
CREATE UNIQUE INDEX things_mood ON wide.parent (b COLLATE "C" text_pattern_ops) INCLUDE (a)
  NULLS NOT DISTINCT;
-- schema_constraints
ALTER TABLE wide.parts ALTER CONSTRAINT parts_b_fkey DEFERRABLE INITIALLY DEFERRED;
-- schema_constraints
ALTER TABLE wide.parts DROP CONSTRAINT parts_b_fkey;
ALTER TABLE wide.parts ADD CONSTRAINT parts_b_fkey FOREIGN KEY (a) REFERENCES public.numbers (n);
-- schema_constraints
ALTER TABLE wide.things VALIDATE CONSTRAINT things_later;
-- schema_constraints
ALTER TABLE wide.things DROP CONSTRAINT things_a_fits;
ALTER TABLE wide.things ADD CONSTRAINT things_a_fits CHECK (a > 1 OR a < 0);
-- schema_constraints
ALTER TABLE wide.parts_low DISABLE TRIGGER ALL;
ALTER TABLE wide.parts_low ENABLE TRIGGER USER;
ALTER TABLE wide.parts_low DISABLE TRIGGER parts_touched;
-- schema_statistics
ALTER STATISTICS wide.things_together SET STATISTICS 34;
-- schema_statistics
DROP STATISTICS wide.things_together;
CREATE STATISTICS wide.things_together (ndistinct) ON a, b FROM wide.parent;
ALTER STATISTICS wide.things_together SET STATISTICS 33;
-- schema_views
ALTER VIEW wide.seen ALTER COLUMN a SET DEFAULT 8;
-- schema_views
ALTER VIEW wide.seen SET (check_option = cascaded);
-- schema_matviews
ALTER MATERIALIZED VIEW wide.kept ALTER COLUMN large SET STATISTICS 45;
-- schema_matviews
ALTER MATERIALIZED VIEW wide.kept ALTER COLUMN large SET STORAGE MAIN;
-- schema_matviews
ALTER MATERIALIZED VIEW wide.kept SET ACCESS METHOD wide_heap;
-- schema_rules
DROP RULE forget ON wide.parent;
CREATE RULE forget AS ON UPDATE TO wide.parent DO ALSO NOTIFY somebody;
-- schema_rules
ALTER TABLE wide.parent ENABLE ALWAYS RULE forget;
-- schema_triggers
DROP TRIGGER checked ON wide.parent;
CREATE TRIGGER checked BEFORE UPDATE OF a ON wide.parent FOR EACH ROW
  EXECUTE FUNCTION suppress_redundant_updates_trigger('one');
-- schema_triggers
DROP TRIGGER touched ON wide.things;
CREATE TRIGGER touched AFTER UPDATE ON wide.things FOR EACH STATEMENT
  EXECUTE FUNCTION wide.touch('it''s', 'two blanks');
-- schema_triggers
ALTER TABLE wide.parts_low ENABLE TRIGGER parts_touched;
-- schema_sequences
ALTER SEQUENCE wide.counter CACHE 4;
-- schema_comments
COMMENT ON TABLE wide.things IS 'It''s two blanks, (a) bracket and "quotes"';
-- schema_comments
COMMENT ON OPERATOR wide.<~ (wide.mood, wide.mood) IS NULL;
-- schema_owners
ALTER OPERATOR wide.<~ (wide.mood, wide.mood) OWNER TO dashboard;
-- schema_owners
ALTER FOREIGN DATA WRAPPER wide_wrapper OWNER TO postgres;
ALTER SUBSCRIPTION wide_subscription OWNER TO wide_owner;
-- schema_grants
GRANT USAGE ON LANGUAGE wide_sql TO dashboard;
-- schema_grants
REVOKE USAGE ON FOREIGN DATA WRAPPER wide_wrapper FROM auditor;
-- schema_extension_members
ALTER FUNCTION wide.hstore(text, text) COST 12;
-- schema_extension_members
ALTER OPERATOR wide.@> (wide.hstore, wide.hstore) SET (RESTRICT = NONE);
-- schema_extension_members
COMMENT ON FUNCTION wide.hstore(text, text) IS 'by hand';
-- schema_extension_members
ALTER EXTENSION hstore DROP FUNCTION wide.akeys(wide.hstore);
DROP FUNCTION wide.akeys(wide.hstore);
-- server_builtins
CREATE OR REPLACE FUNCTION pg_catalog.obj_description(oid) RETURNS text LANGUAGE sql STABLE STRICT
  AS 'SELECT ''replaced''::text';
-- server_builtins
ALTER OPERATOR pg_catalog.= (integer, integer) SET (RESTRICT = NONE);
-- server_builtins
ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree
  ADD OPERATOR 1 wide.<~ (wide.mood, wide.mood);
-- server_builtins
ALTER TABLE information_schema.sql_features ADD COLUMN wide integer;
-- server_grants
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO auditor;
-- server_grants
REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC;
-- server_grants
GRANT SELECT (rolname) ON pg_catalog.pg_authid TO auditor;
-- server_grants
GRANT ALTER SYSTEM ON PARAMETER work_mem TO auditor;
-- server_grants
GRANT EXECUTE ON FUNCTION wide.hstore(text, text) TO dashboard;
-- schema_memberships
GRANT pg_monitor TO auditor;
-- schema_memberships
GRANT pg_read_server_files TO pg_monitor;
-- schema_roles
ALTER ROLE auditor IN DATABASE postgres SET work_mem = '9MB';
-- schema_database
ALTER DATABASE wide CONNECTION LIMIT 9;
-- server_databases
ALTER DATABASE template1 CONNECTION LIMIT 9;
-- server_replication
SELECT pg_replication_origin_create('wide_more');
-- server_tablespaces
ALTER TABLESPACE pg_default SET (random_page_cost = 3);
-- schema_others
DROP TRANSFORM FOR integer LANGUAGE sql;
-- schema_tables
DROP TABLE wide.lists;
CREATE TABLE wide.lists (a text, b integer) PARTITION BY LIST (b);
-- schema_constraints schema_indexes
ALTER TABLE wide.things DROP CONSTRAINT things_apart;
ALTER TABLE wide.things ADD CONSTRAINT things_apart EXCLUDE USING btree (id WITH =) WHERE (b > 3);
-- server_builtins
CREATE FUNCTION pg_catalog.one_more() RETURNS integer LANGUAGE sql RETURN 1;
-- schema_roles
ALTER ROLE ALL SET work_mem = '9MB';
-- schema_others
CREATE OPERATOR wide.@@@ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl);
-- schema_functions
DROP AGGREGATE wide.middle(double precision ORDER BY double precision);
-- schema_others
DROP USER MAPPING FOR PUBLIC SERVER wide_server;
-- schema_database
ALTER DATABASE wide SET work_mem = '9MB';
-- server_databases
ALTER DATABASE postgres SET work_mem = '9MB';
-- schema_types
ALTER TYPE wide.box SET (ANALYZE = range_typanalyze);
-- schema_extension_members
ALTER FUNCTION wide.hstore(text, text) OWNER TO dashboard;
-- schema_extension_members
ALTER EXTENSION hstore DROP CAST (text[] AS wide.hstore);
DROP CAST (text[] AS wide.hstore);
