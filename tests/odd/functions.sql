-- Functions that take anything, fail, write, wait, or say something else each time.

CREATE SCHEMA calls;
CREATE TABLE calls.log (id serial PRIMARY KEY, said text);
INSERT INTO calls.log (said) VALUES ('before');
CREATE TYPE calls.spans AS RANGE (subtype = float8);
CREATE TYPE calls.pair AS (a integer, b text);
CREATE DOMAIN calls.positive AS integer NOT NULL CHECK (VALUE > 0);
CREATE FUNCTION calls.variadic(VARIADIC n integer[]) RETURNS integer LANGUAGE sql AS 'SELECT n[1]';
CREATE FUNCTION calls.variadic_any(VARIADIC n "any") RETURNS text LANGUAGE internal AS 'pg_num_nulls';
DROP FUNCTION calls.variadic_any(VARIADIC "any");
CREATE FUNCTION calls.variadic_any(a text, VARIADIC n "any") RETURNS text
  LANGUAGE internal STABLE AS 'text_format';
CREATE FUNCTION calls.variadic_poly(a anyelement, VARIADIC n anyarray) RETURNS anyarray
  LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION calls.variadic_default(a text DEFAULT 'x', VARIADIC n text[] DEFAULT '{}') RETURNS text
  LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION calls.ranges(r anyrange, e anyelement) RETURNS anymultirange
  LANGUAGE sql AS 'SELECT multirange(r)';
CREATE FUNCTION calls.multiranges(m anymultirange) RETURNS anyrange LANGUAGE sql AS 'SELECT range_merge(m)';
CREATE FUNCTION calls.compatible(a anycompatible, r anycompatiblerange, m anycompatiblearray)
  RETURNS anycompatible LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION calls.compatible_multi(m anycompatiblemultirange) RETURNS anycompatiblerange
  LANGUAGE sql AS 'SELECT range_merge(m)';
CREATE FUNCTION calls.own_range(s calls.spans, m calls.spans[]) RETURNS float8
  LANGUAGE sql AS 'SELECT upper(s)';
CREATE FUNCTION calls.enums(e anyenum) RETURNS anyenum LANGUAGE sql AS 'SELECT e';
CREATE FUNCTION calls.of_domain(d calls.positive) RETURNS calls.positive LANGUAGE sql AS 'SELECT d';
CREATE FUNCTION calls.of_row(p calls.pair, l calls.log) RETURNS SETOF calls.log
  LANGUAGE sql AS 'SELECT * FROM calls.log';
CREATE FUNCTION calls."Odd ""Name""(x)"(a integer, OUT "B c" text, INOUT d integer) RETURNS record
  LANGUAGE plpgsql AS 'BEGIN "B c" := a; END';
CREATE FUNCTION calls.table_of(n integer DEFAULT 3) RETURNS TABLE (i integer, "t T" text)
  LANGUAGE sql AS 'SELECT g, g::text FROM generate_series(1, $1) AS g';
CREATE FUNCTION calls.of_records() RETURNS SETOF record LANGUAGE sql AS 'VALUES (1, 2)';
CREATE FUNCTION calls.refuses_null(a integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
  IF a IS NULL THEN RAISE EXCEPTION 'never null' USING ERRCODE = 'null_value_not_allowed'; END IF;
  RETURN a; END $$;
CREATE FUNCTION calls.divides() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1 / 0; END';
CREATE FUNCTION calls.asserts() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ASSERT false, 'no'; END $$;
CREATE FUNCTION calls.refers_to_nothing() RETURNS bigint LANGUAGE plpgsql
  AS 'BEGIN RETURN (SELECT count(*) FROM calls.gone); END';
CREATE FUNCTION calls.calls_nothing() RETURNS bigint LANGUAGE plpgsql
  AS 'BEGIN RETURN calls.not_there(1); END';
CREATE FUNCTION calls.no_column() RETURNS text LANGUAGE plpgsql
  AS 'BEGIN RETURN (SELECT nobody FROM calls.log); END';
CREATE FUNCTION calls.no_syntax() RETURNS void LANGUAGE plpgsql
  AS $$ BEGIN EXECUTE 'SELEKT'; END $$;
CREATE FUNCTION calls.recurses(n integer) RETURNS integer LANGUAGE plpgsql
  AS 'BEGIN RETURN calls.recurses(coalesce(n, 0) + 1); END';
CREATE FUNCTION calls.logs() RETURNS void LANGUAGE sql AS $$ INSERT INTO calls.log (said) VALUES ('x') $$;
CREATE FUNCTION calls.logs_by_plpgsql(t text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = calls AS $$ DECLARE i bigint; BEGIN
  INSERT INTO log (said) VALUES (t) RETURNING id INTO i; RETURN i; END $$;
CREATE FUNCTION calls.draws() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('calls.log_id_seq') $$;
CREATE FUNCTION calls.sets() RETURNS text LANGUAGE sql
  AS $$ SELECT set_config('calls.x', 'y', false) $$;
CREATE FUNCTION calls.creates() RETURNS void LANGUAGE plpgsql
  AS 'BEGIN CREATE TABLE calls.made (i integer); DROP TABLE calls.made; END';
CREATE FUNCTION calls.creates_temp() RETURNS void LANGUAGE plpgsql
  AS 'BEGIN CREATE TEMP TABLE IF NOT EXISTS made (i integer) ON COMMIT DROP; END';
CREATE FUNCTION calls.truncates() RETURNS void LANGUAGE sql AS 'TRUNCATE calls.log';
CREATE FUNCTION calls.notifies() RETURNS void LANGUAGE sql AS $$ SELECT pg_notify('calls', 'x') $$;
CREATE FUNCTION calls.locks() RETURNS void LANGUAGE plpgsql
  AS 'BEGIN LOCK TABLE calls.log IN ACCESS EXCLUSIVE MODE; END';
CREATE FUNCTION calls.by_chance() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
  IF random() < 0.5 THEN RETURN (SELECT count(*) FROM calls.gone); END IF; RETURN 1; END $$;
CREATE FUNCTION calls.by_time() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('SELECT 1 FROM calls.log_%s', to_char(clock_timestamp(), 'YYYYMMDD_US')); RETURN 1; END $$;
CREATE FUNCTION calls.needs_setting() RETURNS text LANGUAGE sql
  AS $$ SELECT current_setting('calls.nobody_set_it') $$;
CREATE FUNCTION calls.needs_temp() RETURNS bigint LANGUAGE plpgsql
  AS 'BEGIN RETURN (SELECT count(*) FROM pg_temp.session_rows); END';
CREATE FUNCTION calls.endless() RETURNS SETOF bigint LANGUAGE sql
  AS 'SELECT g FROM generate_series(1, 3000000) AS g';
CREATE FUNCTION calls.starts_over() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION calls.commits() RETURNS void LANGUAGE plpgsql AS 'BEGIN COMMIT; END';
CREATE PROCEDURE calls.proceeds(INOUT n integer) LANGUAGE plpgsql AS 'BEGIN COMMIT; n := 1; END';
CREATE AGGREGATE calls.joined(text) (sfunc = textcat, stype = text, initcond = '');
CREATE FUNCTION calls.windowed() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION calls.transforms(internal) RETURNS internal LANGUAGE internal AS 'int4_avg_combine';
DROP FUNCTION calls.transforms(internal);
CREATE FUNCTION calls.event() RETURNS event_trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE NOTICE 'seen %', tg_tag; END $$;
CREATE EVENT TRIGGER "Odd watch" ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
  EXECUTE FUNCTION calls.event();
ALTER EVENT TRIGGER "Odd watch" DISABLE;
CREATE EVENT TRIGGER replica_watch ON sql_drop EXECUTE FUNCTION calls.event();
ALTER EVENT TRIGGER replica_watch ENABLE REPLICA;
