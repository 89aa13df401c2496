"""Every kind of object that the catalogs hold: created, altered in each of its aspects, dropped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.prove.plant import Damage, Plant, by_sql


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object as its check knows it. `made` and `gone` map what is created or dropped to
    the statements, `other` what is altered; `also` names the checks that may rightly fail too.
    """

    check: str
    made: Mapping[str, str | Damage] = field(default_factory=dict)
    gone: Mapping[str, str | Damage] = field(default_factory=dict)
    other: Mapping[str, str | Damage] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def plants(self, kind: str) -> Iterator[Plant]:
        """Yield a plant for each statement."""
        for verb, statements in (
            ("created", self.made),
            ("dropped", self.gone),
            ("altered", self.other),
        ):
            for what, done in statements.items():
                yield Plant(
                    f"{kind}: {what} {verb}",
                    "postgres",
                    self.check,
                    by_sql(done) if isinstance(done, str) else done,
                    companions=self.also,
                    needs=("postgres",),
                )


# What hangs on a table or column goes, comes and changes with it.
_OF_A_TABLE = (
    "schema_columns",
    "schema_constraints",
    "schema_indexes",
    "schema_grants",
    "schema_owners",
    "schema_comments",
    "schema_publications",
    "schema_triggers",
    "schema_policies",
    "table_rows",
    "foreign_keys_hold",
    "indexes_agree",
    "sequence*",
    "schema_others",
)
_OF_A_FUNCTION = ("schema_grants", "schema_owners", "functions_callable", "schema_comments")
_OF_A_ROLE = ("schema_grants", "schema_owners", "schema_memberships", "roles_log_in", "schema_*")
_OF_A_RANGE = ("schema_functions", "functions_callable", "schema_grants", "schema_others")

KINDS: dict[str, Kind] = {
    "schemas": Kind(
        "schema_schemas",
        made={"a schema": "CREATE SCHEMA another"},
        gone={"a schema": "DROP SCHEMA extra_empty"},
        other={"the name of a schema": "ALTER SCHEMA extra_empty RENAME TO extra_void"},
        also=("schema_comments", "schema_grants", "schema_owners"),
    ),
    "tables": Kind(
        "schema_tables",
        made={
            "a table": "CREATE TABLE extra.another (id integer)",
            "an unlogged table": "CREATE UNLOGGED TABLE extra.another (id integer)",
            "a partition": "CREATE TABLE extra.kept_west PARTITION OF extra.kept_by_list"
            " FOR VALUES IN ('west')",
            "a foreign table": "CREATE FOREIGN TABLE extra.another (id integer)"
            " SERVER extra_server",
        },
        gone={
            "a table": "DROP TABLE extra.notes",
            "a partition": "DROP TABLE extra.kept_north",
            "a partitioned table": "DROP TABLE extra.kept_by_list",
            "a foreign table": "DROP FOREIGN TABLE extra.elsewhere",
            "an empty unlogged table": "DROP TABLE public.drafts",
        },
        other={
            "the name of a table": "ALTER TABLE extra.notes RENAME TO remarks",
            "persistence": "ALTER TABLE extra.notes SET UNLOGGED",
            "row security on": "ALTER TABLE extra.parts ENABLE ROW LEVEL SECURITY",
            "row security off": "ALTER TABLE extra.things DISABLE ROW LEVEL SECURITY",
            "row security forced": "ALTER TABLE extra.things FORCE ROW LEVEL SECURITY",
            "row security no longer forced": "ALTER TABLE public.contacts NO FORCE ROW LEVEL"
            " SECURITY",
            "replica identity": "ALTER TABLE extra.things REPLICA IDENTITY DEFAULT",
            "replica identity nothing": "ALTER TABLE extra.parts REPLICA IDENTITY NOTHING",
            "storage parameter": "ALTER TABLE extra.things SET (fillfactor = 90)",
            "storage parameter added": "ALTER TABLE extra.parts SET (autovacuum_enabled = off)",
            "storage parameter removed": "ALTER TABLE extra.things RESET (fillfactor)",
            "toast parameter": "ALTER TABLE extra.notes SET (toast.autovacuum_enabled = off)",
            "access method": "ALTER TABLE extra.notes SET ACCESS METHOD extra_heap",
            "inheritance removed": "ALTER TABLE extra.more_rows NO INHERIT extra.base_rows",
            "partition detached": "ALTER TABLE extra.kept_by_list DETACH PARTITION"
            " extra.kept_north",
            "partition bound": "ALTER TABLE extra.kept_by_list DETACH PARTITION extra.kept_north;"
            " ALTER TABLE extra.kept_by_list ATTACH PARTITION extra.kept_north"
            " FOR VALUES IN ('north', 'north-east')",
            "row type": "ALTER TABLE extra.plan_points NOT OF",
        },
        also=(*_OF_A_TABLE, "unlogged_table_rows", "tenant_isolation", "schema_schemas"),
    ),
    "columns": Kind(
        "schema_columns",
        made={
            "a column": "ALTER TABLE extra.notes ADD COLUMN added integer",
            "a column with a default": "ALTER TABLE extra.notes ADD COLUMN added text DEFAULT 'x'",
        },
        gone={
            "a column": "ALTER TABLE extra.parts DROP COLUMN raw",
            "a generated column": "ALTER TABLE extra.things DROP COLUMN doubled CASCADE",
        },
        other={
            "the name of a column": "ALTER TABLE extra.notes RENAME COLUMN body TO content",
            "type": "ALTER TABLE extra.parts ALTER amount TYPE numeric(13, 3)",
            "length": "ALTER TABLE public.invoices ALTER status TYPE character varying(20)",
            "default": "ALTER TABLE extra.things ALTER mood SET DEFAULT 'low'",
            "default added": "ALTER TABLE extra.notes ALTER body SET DEFAULT ''",
            "default removed": "ALTER TABLE extra.things ALTER tags DROP DEFAULT",
            "not null": "ALTER TABLE extra.things ALTER name DROP NOT NULL",
            "not null added": "ALTER TABLE extra.notes ALTER body SET NOT NULL",
            "generation expression": "ALTER TABLE extra.things ALTER doubled DROP EXPRESSION",
            "identity removed": "ALTER TABLE public.contact_notes ALTER id DROP IDENTITY",
            "identity kind": "ALTER TABLE public.contact_notes ALTER id SET GENERATED BY DEFAULT",
            "storage": "ALTER TABLE extra.notes ALTER body SET STORAGE EXTERNAL",
            "compression": "ALTER TABLE extra.things ALTER body SET COMPRESSION DEFAULT",
            "statistics": "ALTER TABLE extra.notes ALTER body SET STATISTICS 50",
            "option": "ALTER TABLE extra.notes ALTER body SET (n_distinct = 5)",
            "position": "ALTER TABLE extra.notes ADD again text;"
            " UPDATE extra.notes SET again = body;"
            " ALTER TABLE extra.notes DROP body; ALTER TABLE extra.notes RENAME again TO body",
            "collation": 'ALTER TABLE extra.tokens ALTER value TYPE text COLLATE "POSIX"',
            "foreign option": "ALTER FOREIGN TABLE extra.elsewhere ALTER body"
            " OPTIONS (column_name 'text')",
        },
        also=(*_OF_A_TABLE, "generated_columns_recompute", "schema_sequences"),
    ),
    "types": Kind(
        "schema_types",
        made={
            "an enum": "CREATE TYPE extra.another AS ENUM ('a')",
            "a domain": "CREATE DOMAIN extra.another AS text",
            "a composite type": "CREATE TYPE extra.another AS (a integer)",
            "a range type": "CREATE TYPE extra.another AS RANGE (subtype = float8)",
        },
        gone={
            "a composite type": "ALTER TABLE extra.plan_points NOT OF;"
            " ALTER TABLE extra.things DROP place; DROP TYPE extra.point_in_plan",
            "an unused enum": "DROP TYPE extra.unused",
        },
        other={
            "enum value added": "ALTER TYPE extra.mood ADD VALUE 'top'",
            "enum value renamed": "ALTER TYPE extra.unused RENAME VALUE 'a' TO 'aa'",
            "order of an enum": "ALTER TYPE extra.unused ADD VALUE 'aaa' BEFORE 'a'",
            "domain default": "ALTER DOMAIN extra.percentage SET DEFAULT 1",
            "domain not null": "ALTER DOMAIN extra.percentage DROP NOT NULL",
            "composite attribute": "ALTER TYPE extra.point_in_plan ADD ATTRIBUTE z integer CASCADE",
            "the name of a type": "ALTER TYPE extra.unused RENAME TO useless",
        },
        also=(*_OF_A_TABLE, *_OF_A_RANGE, "schema_tables", "schema_functions"),
    ),
    "constraints": Kind(
        "schema_constraints",
        made={
            "a check": "ALTER TABLE extra.notes ADD CONSTRAINT another CHECK (body <> '')",
            "a check on a domain": "ALTER DOMAIN extra.percentage ADD CHECK (VALUE <> 55.5)",
            "a unique key": "ALTER TABLE extra.notes ADD UNIQUE (body)",
            "a foreign key": "ALTER TABLE extra.notes ADD thing integer REFERENCES extra.things",
        },
        gone={
            "a check": "ALTER TABLE extra.things DROP CONSTRAINT things_id_is_positive",
            "a check on a domain": "ALTER DOMAIN extra.percentage DROP CONSTRAINT"
            " percentage_is_within",
            "a primary key": "ALTER TABLE extra.parts DROP CONSTRAINT parts_pkey",
            "a unique key": "ALTER TABLE extra.things DROP CONSTRAINT things_name_key",
            "a foreign key": "ALTER TABLE extra.parts DROP CONSTRAINT parts_thing_id_fkey",
            "an exclusion": "ALTER TABLE public.tenant_plans DROP CONSTRAINT"
            " tenant_plans_one_at_a_time",
        },
        other={
            "the name of a check": "ALTER TABLE extra.things RENAME CONSTRAINT"
            " things_id_is_positive TO things_id_positive",
            "expression": "ALTER TABLE public.contacts DROP CONSTRAINT"
            " contacts_version_is_positive, ADD CONSTRAINT contacts_version_is_positive"
            " CHECK (version >= 0)",
            "literal": "ALTER TABLE public.invoices DROP CONSTRAINT invoices_status_is_known,"
            " ADD CONSTRAINT invoices_status_is_known CHECK"
            " (status IN ('draft', 'sent', 'paid', 'Paid'))",
            "inheritance": "ALTER TABLE extra.things DROP CONSTRAINT things_id_is_positive,"
            " ADD CONSTRAINT things_id_is_positive CHECK (id > 0)",
            "validity": "ALTER TABLE extra.parts DROP CONSTRAINT parts_thing_id_fkey,"
            " ADD CONSTRAINT parts_thing_id_fkey FOREIGN KEY (thing_id) REFERENCES extra.things"
            " ON UPDATE CASCADE ON DELETE SET NULL NOT VALID",
            "action": "ALTER TABLE extra.parts DROP CONSTRAINT parts_thing_id_fkey,"
            " ADD CONSTRAINT parts_thing_id_fkey FOREIGN KEY (thing_id) REFERENCES extra.things"
            " ON UPDATE CASCADE ON DELETE CASCADE",
            "enforcement": "ALTER TABLE extra.parts DISABLE TRIGGER ALL",
            "deferrability": "ALTER TABLE extra.parts ALTER CONSTRAINT parts_thing_id_fkey"
            " DEFERRABLE INITIALLY DEFERRED",
        },
        also=(
            "schema_indexes",
            "schema_columns",
            "schema_types",
            "schema_triggers",
            "schema_comments",
            "table_rows",
            "indexes_agree",
            "foreign_keys_hold",
        ),
    ),
    "indexes": Kind(
        "schema_indexes",
        made={
            "an index": "CREATE INDEX another ON extra.notes (body)",
            "a unique index": "CREATE UNIQUE INDEX another ON extra.notes (body)",
        },
        gone={
            "a gin index": "DROP INDEX extra.things_tags",
            "a hash index": "DROP INDEX extra.things_mood_hash",
            "an index on an expression": "DROP INDEX extra.things_double",
            "a gist index": "DROP INDEX extra.things_seen",
            "a brin index": "DROP INDEX public.audit_log_occurred_at",
            "an index of partitions": "DROP INDEX public.activities_contact_number",
        },
        other={
            "the name of an index": "ALTER INDEX extra.things_tags RENAME TO things_by_tag",
            "parameter": "ALTER INDEX extra.things_mood_hash SET (fillfactor = 60)",
            "predicate": "DROP INDEX extra.things_double; CREATE INDEX things_double"
            " ON extra.things (extra.double(id)) INCLUDE (name) WHERE id > 4",
            "included column": "DROP INDEX extra.things_double; CREATE INDEX things_double"
            " ON extra.things (extra.double(id)) WHERE id > 3",
            "order": "DROP INDEX public.contact_notes_contact_number; CREATE INDEX"
            " contact_notes_contact_number ON public.contact_notes (contact_number DESC)",
            "clustering": "ALTER TABLE extra.things CLUSTER ON things_pkey",
            "validity": "UPDATE pg_index SET indisvalid = false"
            " WHERE indexrelid = 'extra.things_tags'::regclass",
            "statistics": "ALTER INDEX extra.things_double ALTER COLUMN 1 SET STATISTICS 77",
        },
        also=("schema_comments", "indexes_agree"),
    ),
    "statistics": Kind(
        "schema_statistics",
        made={"statistics": "CREATE STATISTICS extra.another ON id, name FROM extra.things"},
        gone={"statistics": "DROP STATISTICS extra.things_name_mood"},
        other={
            "target": "ALTER STATISTICS extra.things_name_mood SET STATISTICS 50",
            "kinds": "DROP STATISTICS extra.things_name_mood;"
            " CREATE STATISTICS extra.things_name_mood (ndistinct) ON name, mood FROM extra.things",
            "the name": "ALTER STATISTICS extra.things_name_mood RENAME TO things_statistics",
        },
        also=("schema_comments", "schema_owners"),
    ),
    "views": Kind(
        "schema_views",
        made={"a view": "CREATE VIEW extra.another AS SELECT 1 AS one"},
        gone={"a view": "DROP VIEW extra.open_things"},
        other={
            "the name of a view": "ALTER VIEW extra.open_things RENAME TO things_open",
            "query": "CREATE OR REPLACE VIEW extra.open_things WITH (security_barrier = true) AS"
            " SELECT id, name, mood FROM extra.things WHERE done < 51 WITH CASCADED CHECK OPTION",
            "option": "ALTER VIEW extra.open_things SET (security_barrier = false)",
            "check option": "ALTER VIEW extra.open_things SET (check_option = local)",
            "whose privileges count": "ALTER VIEW public.contact_directory"
            " RESET (security_invoker)",
            "a literal": "CREATE OR REPLACE VIEW extra.as_of_now AS"
            " SELECT id, now() - interval '2 days' AS since FROM extra.things",
        },
        also=("schema_columns", "schema_grants", "schema_owners", "schema_comments"),
    ),
    "matviews": Kind(
        "schema_matviews",
        made={"a materialized view": "CREATE MATERIALIZED VIEW extra.another AS SELECT 1 AS one"},
        gone={"a materialized view": "DROP MATERIALIZED VIEW extra.mood_counts"},
        other={
            "populated": "REFRESH MATERIALIZED VIEW extra.mood_counts WITH NO DATA",
            "the name": "ALTER MATERIALIZED VIEW extra.mood_counts RENAME TO moods",
            "query": "DROP MATERIALIZED VIEW extra.mood_counts; CREATE MATERIALIZED VIEW"
            " extra.mood_counts AS SELECT mood, count(*) + 0 AS things FROM extra.things"
            " GROUP BY mood",
            "option": "ALTER MATERIALIZED VIEW extra.mood_counts SET (fillfactor = 60)",
        },
        also=("matview_rows", "schema_columns", "schema_grants", "schema_owners"),
    ),
    "rules": Kind(
        "schema_rules",
        made={"a rule": "CREATE RULE another AS ON UPDATE TO extra.notes DO INSTEAD NOTHING"},
        gone={"a rule": "DROP RULE things_are_not_deleted ON extra.things"},
        other={
            "action": "CREATE OR REPLACE RULE things_are_not_deleted AS ON DELETE TO extra.things"
            " DO ALSO NOTHING",
            "switched off": "ALTER TABLE extra.things DISABLE RULE things_are_not_deleted",
            "always on": "ALTER TABLE extra.things ENABLE ALWAYS RULE things_are_not_deleted",
            "the name": "ALTER RULE things_are_not_deleted ON extra.things RENAME TO kept",
        },
        also=("audit_log_append_only",),
    ),
    "functions": Kind(
        "schema_functions",
        made={
            "a function": "CREATE FUNCTION extra.another() RETURNS integer LANGUAGE sql RETURN 1",
            "a procedure": "CREATE PROCEDURE extra.another() LANGUAGE sql AS 'SELECT'",
            "an overload": "CREATE FUNCTION extra.double(value bigint) RETURNS bigint"
            " LANGUAGE sql RETURN value * 2",
            "an aggregate": "CREATE AGGREGATE extra.another(integer)"
            " (sfunc = int4larger, stype = integer)",
        },
        gone={
            "a function": "DROP FUNCTION extra.mood_of",
            "a procedure": "DROP PROCEDURE extra.nothing",
            "an aggregate": "DROP AGGREGATE extra.largest(integer)",
        },
        other={
            "body": "CREATE OR REPLACE FUNCTION extra.mood_of(value integer) RETURNS extra.mood"
            " LANGUAGE plpgsql STABLE SET search_path = '' AS $$BEGIN RETURN 'low'; END$$",
            "a literal in a body": "CREATE OR REPLACE FUNCTION extra.near(a integer, b integer)"
            " RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 4'",
            "white space in a body": "CREATE OR REPLACE FUNCTION extra.near(a integer, b integer)"
            " RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT  abs($1 - $2) < 3'",
            "volatility": "ALTER FUNCTION extra.mood_of VOLATILE",
            "strictness": "ALTER FUNCTION extra.double(integer) CALLED ON NULL INPUT",
            "whose privileges count": "ALTER FUNCTION extra.mood_of SECURITY DEFINER",
            "leakproof": "ALTER FUNCTION extra.near LEAKPROOF",
            "parallel": "ALTER FUNCTION extra.double(integer) PARALLEL UNSAFE",
            "cost": "ALTER FUNCTION extra.double(integer) COST 8",
            "setting": "ALTER FUNCTION extra.mood_of SET search_path = 'public'",
            "setting removed": "ALTER FUNCTION extra.mood_of RESET search_path",
            "the name": "ALTER FUNCTION extra.near RENAME TO close",
            "start of an aggregate": "DROP AGGREGATE extra.largest(integer);"
            " CREATE AGGREGATE extra.largest(integer)"
            " (sfunc = extra.larger, stype = integer, initcond = '1')",
            "parallel of an aggregate": "DROP AGGREGATE extra.largest(integer);"
            " CREATE AGGREGATE extra.largest(integer) (sfunc = extra.larger, stype = integer,"
            " initcond = '0', combinefunc = extra.larger)",
        },
        also=(*_OF_A_FUNCTION, "schema_others"),
    ),
    "triggers": Kind(
        "schema_triggers",
        made={
            "a trigger": "CREATE TRIGGER another BEFORE INSERT ON extra.things"
            " FOR EACH ROW EXECUTE FUNCTION extra.same_row()"
        },
        gone={
            "a trigger": "DROP TRIGGER things_stay ON extra.things",
            "a constraint trigger": "DROP TRIGGER things_checked_late ON extra.things",
        },
        other={
            "switched off": "ALTER TABLE extra.things DISABLE TRIGGER things_stay",
            "only in a replica": "ALTER TABLE extra.things ENABLE REPLICA TRIGGER things_stay",
            "always": "ALTER TABLE extra.things ENABLE ALWAYS TRIGGER things_stay",
            "condition": "CREATE OR REPLACE TRIGGER contacts_bump_version BEFORE UPDATE"
            " ON public.contacts FOR EACH ROW WHEN (OLD.full_name IS DISTINCT FROM NEW.full_name)"
            " EXECUTE FUNCTION public.bump_contact_version()",
            "columns": "CREATE OR REPLACE TRIGGER things_stay BEFORE UPDATE OF mood"
            " ON extra.things FOR EACH ROW EXECUTE FUNCTION extra.same_row()",
            "the name": "ALTER TRIGGER things_stay ON extra.things RENAME TO things_remain",
        },
        also=("schema_constraints", "schema_comments"),
    ),
    "event triggers": Kind(
        "schema_event_triggers",
        made={
            "an event trigger": "CREATE EVENT TRIGGER another ON ddl_command_start"
            " EXECUTE FUNCTION extra.nothing_happens()"
        },
        gone={"an event trigger": "DROP EVENT TRIGGER extra_watch"},
        other={
            "switched on": "ALTER EVENT TRIGGER extra_watch ENABLE",
            "always on": "ALTER EVENT TRIGGER schema_change_watch ENABLE ALWAYS",
            "switched off": "ALTER EVENT TRIGGER schema_change_watch DISABLE",
            "the name": "ALTER EVENT TRIGGER extra_watch RENAME TO extra_look",
            "tags": "DROP EVENT TRIGGER schema_change_watch; CREATE EVENT TRIGGER"
            " schema_change_watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE')"
            " EXECUTE FUNCTION extensions.notify_schema_change()",
        },
        also=("schema_owners", "schema_comments"),
    ),
    "policies": Kind(
        "schema_policies",
        made={"a policy": "CREATE POLICY another ON extra.things USING (true)"},
        gone={"a policy": "DROP POLICY things_low ON extra.things"},
        other={
            "condition": "ALTER POLICY things_low ON extra.things USING (mood <> 'high')",
            "roles": "ALTER POLICY things_low ON extra.things TO hub_app, auditor",
            "everyone": "ALTER POLICY things_low ON extra.things TO PUBLIC",
            "permissive": "DROP POLICY things_low ON extra.things; CREATE POLICY things_low"
            " ON extra.things FOR SELECT TO hub_app USING (mood <> 'low')",
            "command": "DROP POLICY things_low ON extra.things; CREATE POLICY things_low"
            " ON extra.things AS RESTRICTIVE TO hub_app USING (mood <> 'low')",
            "with check": "ALTER POLICY credentials_for_hub ON vault.credentials"
            " WITH CHECK (tenant_id > 0)",
            "the name": "ALTER POLICY things_low ON extra.things RENAME TO things_not_low",
        },
        also=("schema_comments",),
    ),
    "owners": Kind(
        "schema_owners",
        other={
            what: f"ALTER {what} OWNER TO hub_app"
            for what in (
                "TABLE extra.notes",
                "VIEW extra.open_things",
                "MATERIALIZED VIEW extra.mood_counts",
                "FOREIGN TABLE extra.elsewhere",
                "SEQUENCE extra.descending",
                "FUNCTION extra.near(integer, integer)",
                "PROCEDURE extra.nothing()",
                "AGGREGATE extra.largest(integer)",
                "TYPE extra.unused",
                "DOMAIN extra.percentage",
                "SCHEMA extra_empty",
                "PUBLICATION search_feed",
                "SERVER extra_server",
                "STATISTICS extra.things_name_mood",
                "OPERATOR extra.~~~ (integer, integer)",
                "OPERATOR CLASS extra.integer_ops USING hash",
                "OPERATOR FAMILY extra.number_ops USING hash",
                "COLLATION extra.by_codepoint",
                "CONVERSION extra.to_latin",
                "TEXT SEARCH DICTIONARY extra.plain",
                "TEXT SEARCH CONFIGURATION extra.words",
                "LANGUAGE extra_language",
                "DATABASE postgres",
            )
        },
        also=("schema_grants", "schema_others", "schema_policies", "schema_database"),
    ),
    "grants": Kind(
        "schema_grants",
        made={
            what: f"GRANT {what} TO auditor"
            for what in (
                "INSERT ON extra.notes",
                "SELECT (body) ON extra.notes",
                "SELECT ON extra.open_things",
                "SELECT ON extra.mood_counts",
                "USAGE ON SEQUENCE extra.descending",
                "USAGE ON SCHEMA extra",
                "CREATE ON SCHEMA public",
                "USAGE ON FOREIGN SERVER extra_server",
                "USAGE ON FOREIGN DATA WRAPPER extra_wrapper",
                "CREATE ON DATABASE postgres",
            )
        },
        gone={
            what: f"REVOKE {what}"
            for what in (
                "SELECT ON extra.things FROM auditor",
                "UPDATE (name) ON extra.things FROM auditor",
                "USAGE ON FOREIGN SERVER extra_server FROM hub_app",
                "USAGE ON SCHEMA vault FROM hub_app",
                "EXECUTE ON FUNCTION public.record_action FROM hub_app",
                "USAGE ON TYPE extra.mood FROM PUBLIC",
                "CONNECT ON DATABASE postgres FROM PUBLIC",
            )
        },
        other={
            "grant option": "REVOKE GRANT OPTION FOR SELECT ON extra.things FROM auditor",
            "grant option given": "GRANT USAGE ON SCHEMA extra TO extra_reader WITH GRANT OPTION",
        },
        also=(
            "tenant_isolation",
            "audit_log_*",
            "functions_callable",
            "schema_others",
            "schema_database",
            "schema_columns",
            "roles_log_in",
        ),
    ),
    "default privileges": Kind(
        "schema_default_privileges",
        made={
            "for tables": "ALTER DEFAULT PRIVILEGES IN SCHEMA extra GRANT SELECT ON TABLES"
            " TO PUBLIC",
            "for schemas": "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO auditor",
        },
        gone={
            "for sequences": "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE ON SEQUENCES"
            " FROM service_role"
        },
        other={
            "for functions": "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO auditor",
            "a privilege more": "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES"
            " TO service_role",
        },
    ),
    "roles": Kind(
        "schema_roles",
        made={"a role": "CREATE ROLE another"},
        gone={"a role": "DROP OWNED BY extra_reader; DROP ROLE extra_reader"},
        other={
            what: f"ALTER ROLE extra_reader {what}"
            for what in (
                "SUPERUSER",
                "NOINHERIT",
                "CREATEROLE",
                "CREATEDB",
                "LOGIN",
                "REPLICATION",
                "BYPASSRLS",
                "CONNECTION LIMIT 4",
                "PASSWORD 'secret'",
                "VALID UNTIL 'infinity'",
                "SET work_mem = '9MB'",
                "RESET work_mem",
                "RENAME TO extra_writer",
                "IN DATABASE postgres SET work_mem = '5MB'",
            )
        },
        also=_OF_A_ROLE,
    ),
    "memberships": Kind(
        "schema_memberships",
        made={
            "a membership": "GRANT hub_app TO auditor",
            "a membership of a role of the system's": "GRANT pg_read_all_data TO auditor",
        },
        gone={"a membership": "REVOKE auditor FROM extra_reader"},
        other={
            "admin option": "REVOKE ADMIN OPTION FOR auditor FROM extra_reader",
            "inheritance": "GRANT auditor TO extra_reader WITH INHERIT FALSE",
            "set": "GRANT auditor TO extra_reader WITH SET FALSE",
        },
        also=("schema_grants", "audit_log_*", "tenant_isolation", "roles_log_in"),
    ),
    "database": Kind(
        "schema_database",
        other={
            "setting added": "ALTER DATABASE postgres SET work_mem = '16MB'",
            "connection limit": "ALTER DATABASE postgres CONNECTION LIMIT 7",
            "collation version": "UPDATE pg_database SET datcollversion = '0.1'"
            " WHERE datname = current_database()",
            "template": "ALTER DATABASE postgres IS_TEMPLATE true",
        },
        also=("schema_owners", "schema_grants", "schema_*"),
    ),
    "extensions": Kind(
        "schema_extensions",
        made={"an extension": "CREATE EXTENSION hstore WITH SCHEMA extensions"},
        gone={"an extension": "DROP EXTENSION pgcrypto CASCADE"},
        other={
            "version": "UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'citext'",
            "schema": "ALTER EXTENSION pg_trgm SET SCHEMA extra",
        },
        also=("schema_*", "functions_callable", "schema_others", "server_grants"),
    ),
    "sequences": Kind(
        "schema_sequences",
        made={"a sequence": "CREATE SEQUENCE extra.another"},
        gone={"a sequence": "DROP SEQUENCE extra.descending"},
        other={
            "increment": "ALTER SEQUENCE extra.descending INCREMENT BY -2",
            "start": "ALTER SEQUENCE extra.descending START -2",
            "least": "ALTER SEQUENCE extra.descending MINVALUE -600",
            "greatest": "ALTER SEQUENCE extra.descending MAXVALUE -2 START -2",
            "cycle": "ALTER SEQUENCE extra.descending NO CYCLE",
            "cache": "ALTER SEQUENCE extra.descending CACHE 5",
            "type": "ALTER SEQUENCE extra.descending AS integer MINVALUE -500",
            "owner column": "ALTER SEQUENCE public.invoice_number_seq"
            " OWNED BY public.invoices.number",
            "persistence": "ALTER SEQUENCE extra.descending SET UNLOGGED",
        },
        also=("sequence_states", "sequences_advance", "schema_grants", "schema_comments"),
    ),
    "publications": Kind(
        "schema_publications",
        made={"a publication": "CREATE PUBLICATION another FOR TABLE extra.notes"},
        gone={"a publication": "DROP PUBLICATION audit_feed"},
        other={
            "operations": "ALTER PUBLICATION extra_feed SET (publish = 'insert, truncate')",
            "a table more": "ALTER PUBLICATION search_feed ADD TABLE extra.notes",
            "a table fewer": "ALTER PUBLICATION audit_feed DROP TABLE public.audit_log",
            "columns": "ALTER PUBLICATION search_feed SET TABLE public.contacts"
            " (number, id, tenant_id, version, kind)",
            "condition": "ALTER PUBLICATION audit_feed SET TABLE public.audit_log"
            " WHERE (action <> 'session.closed')",
            "schema fewer": "ALTER PUBLICATION extra_feed DROP TABLES IN SCHEMA extra",
            "via the root": "ALTER PUBLICATION search_feed SET (publish_via_partition_root = true)",
        },
        also=("schema_comments", "schema_owners"),
    ),
    "comments": Kind(
        "schema_comments",
        made={
            what: f"COMMENT ON {what} IS 'Another.'"
            for what in (
                "TABLE extra.notes",
                "COLUMN extra.notes.body",
                "ROLE extra_reader",
                "DATABASE postgres",
                "LARGE OBJECT 4300001",
                "OPERATOR extra.~~~ (integer, integer)",
                "SERVER extra_server",
            )
        },
        gone={
            what: f"COMMENT ON {what} IS NULL"
            for what in (
                "SCHEMA vault",
                "TYPE public.contact_kind",
                "CONSTRAINT things_id_is_positive ON extra.things",
                "POLICY contacts_of_own_tenant ON public.contacts",
                "TRIGGER audit_log_no_change ON public.audit_log",
                "COLUMN public.contacts.search_name",
            )
        },
        other={
            "a word": "COMMENT ON TABLE public.contacts IS 'People, firms and teams of each"
            " tenant.'",
            "a blank": "COMMENT ON SCHEMA extra IS 'It''s one of everything.'",
            "an apostrophe": "COMMENT ON SCHEMA extra IS 'Its  one of everything.'",
        },
    ),
    "large objects": Kind(
        "large_objects",
        made={"a large object": "SELECT lo_from_bytea(4399999, 'abc')"},
        gone={"a large object": "SELECT lo_unlink(4200003)"},
        other={
            "a byte": "SELECT lo_put(4200004, 10, '\\x00')",
            "length": "SELECT lo_put(4300001, 4, '\\x01')",
            "owner": "ALTER LARGE OBJECT 4300001 OWNER TO auditor",
            "privilege": "GRANT SELECT ON LARGE OBJECT 4300001 TO auditor",
        },
        also=("schema_comments",),
    ),
    "others": Kind(
        "schema_others",
        made={
            "an access method": "CREATE ACCESS METHOD another TYPE TABLE"
            " HANDLER heap_tableam_handler",
            "a cast": "CREATE CAST (integer AS extra.mood) WITH FUNCTION extra.mood_of(integer)",
            "a collation": "CREATE COLLATION extra.another (provider = builtin, locale = 'C')",
            "a conversion": "CREATE CONVERSION extra.another FOR 'UTF8' TO 'LATIN1'"
            " FROM utf8_to_iso8859_1",
            "a wrapper": "CREATE FOREIGN DATA WRAPPER another",
            "a server": "CREATE SERVER another FOREIGN DATA WRAPPER extra_wrapper",
            "a user mapping": "CREATE USER MAPPING FOR auditor SERVER extra_server",
            "a language": "CREATE LANGUAGE another HANDLER extra.language_handler",
            "an operator": "CREATE OPERATOR extra.~~~~ (leftarg = integer, rightarg = integer,"
            " function = extra.near)",
            "an operator class": "CREATE OPERATOR CLASS extra.another FOR TYPE integer USING btree"
            " AS FUNCTION 1 btint4cmp(integer, integer)",
            "an operator family": "CREATE OPERATOR FAMILY extra.another USING hash",
            "a subscription": "CREATE SUBSCRIPTION another CONNECTION 'host=x' PUBLICATION p"
            " WITH (connect = false, slot_name = NONE)",
            "a dictionary": "CREATE TEXT SEARCH DICTIONARY extra.another"
            " (TEMPLATE = pg_catalog.simple)",
            "a text search configuration": "CREATE TEXT SEARCH CONFIGURATION extra.another"
            " (COPY = pg_catalog.simple)",
            "a text search parser": "CREATE TEXT SEARCH PARSER extra.another (START = prsd_start,"
            " GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)",
            "a text search template": "CREATE TEXT SEARCH TEMPLATE extra.another"
            " (LEXIZE = dsimple_lexize)",
        },
        gone={
            "an access method": "DROP ACCESS METHOD extra_heap",
            "a cast": "DROP CAST (extra.mood AS integer)",
            "a collation": "DROP COLLATION extra.by_codepoint",
            "a conversion": "DROP CONVERSION extra.to_latin",
            "a wrapper": "DROP FOREIGN DATA WRAPPER extra_spare_wrapper",
            "a user mapping": "DROP USER MAPPING FOR hub_app SERVER extra_server",
            "a language": "DROP LANGUAGE extra_language",
            "an operator": "DROP OPERATOR extra.~~~ (integer, integer)",
            "an operator class": "DROP OPERATOR CLASS extra.integer_ops USING hash",
            "an operator family": "DROP OPERATOR FAMILY extra.number_ops USING hash CASCADE",
            "a subscription": "DROP SUBSCRIPTION extra_subscription",
            "a dictionary": "DROP TEXT SEARCH DICTIONARY extra.plain CASCADE",
            "a text search configuration": "DROP TEXT SEARCH CONFIGURATION extra.words",
            "a text search parser": "DROP TEXT SEARCH PARSER extra.plain_parser",
            "a text search template": "DROP TEXT SEARCH TEMPLATE extra.plain_template",
        },
        other={
            "when a cast applies": "UPDATE pg_cast SET castcontext = 'e'"
            " WHERE castsource = 'extra.mood'::regtype",
            "options of a wrapper": "ALTER FOREIGN DATA WRAPPER extra_wrapper"
            " OPTIONS (SET debug 'false')",
            "options of a server": "ALTER SERVER extra_server OPTIONS (SET host 'other.example')",
            "version of a server": "ALTER SERVER extra_server VERSION '2'",
            "options of a user mapping": "ALTER USER MAPPING FOR hub_app SERVER extra_server"
            " OPTIONS (SET user 'else')",
            "options of a foreign table": "ALTER FOREIGN TABLE extra.elsewhere"
            " OPTIONS (SET table_name 'nowhere')",
            "commutator of an operator": "UPDATE pg_operator SET oprcom = 0 WHERE oprname = '~~~'",
            "selectivity of an operator": "ALTER OPERATOR extra.~~~ (integer, integer)"
            " SET (RESTRICT = eqsel)",
            "a member of an operator family": "ALTER OPERATOR FAMILY extra.number_ops USING hash"
            " ADD FUNCTION 1 (bigint, bigint) hashint8(bigint)",
            "connection of a subscription": "ALTER SUBSCRIPTION extra_subscription"
            " CONNECTION 'host=other.example dbname=there'",
            "publications of a subscription": "ALTER SUBSCRIPTION extra_subscription"
            " SET PUBLICATION other_feed WITH (refresh = false)",
            "options of a dictionary": "ALTER TEXT SEARCH DICTIONARY extra.plain (accept = false)",
            "mapping of a configuration": "ALTER TEXT SEARCH CONFIGURATION extra.words"
            " DROP MAPPING FOR asciiword",
            "trust in a language": "UPDATE pg_language SET lanpltrusted = false"
            " WHERE lanname = 'extra_language'",
            "a locale": "DROP COLLATION extra.by_codepoint; CREATE COLLATION extra.by_codepoint"
            " (provider = builtin, locale = 'C.UTF-8')",
        },
        also=("schema_*", "functions_callable"),
    ),
}
"""What the probes read, by kind. A kind of the catalog that is not here fails a test."""

PLANTS = [plant for kind, of in KINDS.items() for plant in of.plants(kind)]
