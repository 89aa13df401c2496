"""What changes nothing that matters: no check may fail for it."""

from harness.core.progress import Unwatched
from harness.drill.writing import WRITE_BATCH, write
from harness.platforms.made_open import rows
from harness.platforms.made_open.cache import contact_key
from harness.platforms.made_open.plants.cache import caching
from harness.platforms.made_open.plants.streams import asking
from harness.prove.plant import Damage, by_sql, near_misses
from harness.prove.workshop import Clone

_SERVER_SETTINGS = {
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "DateStyle": "German",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Kathmandu",
    "bytea_output": "escape",
    "extra_float_digits": "-5",
    "xmlbinary": "hex",
    "lc_messages": "C",
    "search_path": "extra",
    "default_transaction_isolation": "serializable",
    "enable_seqscan": "off",
    "enable_indexscan": "off",
    "enable_hashjoin": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "64kB",
    "jit": "off",
    "default_statistics_target": "7",
    "lock_timeout": "9s",
    "idle_in_transaction_session_timeout": "60s",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "client_min_messages": "error",
    "log_statement": "all",
    "synchronous_commit": "local",
}
"""Settings that change how a server prints, plans or logs."""

_REWRITES = {
    "nothing at all": "SELECT",
    "vacuumed": "VACUUM",
    "vacuumed in full": "VACUUM FULL",
    "frozen": "VACUUM FREEZE",
    "analyzed": "ANALYZE",
    "indexes made anew": "REINDEX DATABASE postgres",
    "catalogs' indexes made anew": "REINDEX SYSTEM postgres",
    "checkpointed": "CHECKPOINT",
    "log switched": "SELECT pg_switch_wal()",
    "clustered": "CLUSTER extra.things USING things_pkey;"
    " ALTER TABLE extra.things SET WITHOUT CLUSTER",
    "a table rewritten": "ALTER TABLE extra.notes ALTER body TYPE text USING body || ''",
    "statistics forgotten": "SELECT pg_stat_reset()",
    "a materialized view refreshed": "REFRESH MATERIALIZED VIEW extra.mood_counts",
    "a materialized view refreshed beside readers": "REFRESH MATERIALIZED VIEW CONCURRENTLY"
    " public.contact_counts",
    "rows updated to what they are": "UPDATE extra.parts SET amount = amount",
    "contacts updated to what they are": "UPDATE public.contacts SET email = email",
    "audit rows updated to what they are": "UPDATE public.audit_log SET actor = actor",
    "rows deleted and put back": "WITH gone AS (DELETE FROM extra.tokens RETURNING *)"
    " INSERT INTO extra.tokens SELECT * FROM gone WHERE false;"
    " INSERT INTO extra.tokens SELECT md5('token ' || n)::uuid, 'value ' || n"
    " FROM generate_series(1, 25) AS n",
    "rows in another order": "CREATE TABLE extra.kept AS SELECT * FROM extra.notes;"
    " DELETE FROM extra.notes; INSERT INTO extra.notes SELECT * FROM extra.kept"
    " ORDER BY body DESC; DROP TABLE extra.kept",
    "a table made and dropped": "CREATE TABLE extra.passing (id serial PRIMARY KEY);"
    " DROP TABLE extra.passing",
    "a role made and dropped": "CREATE ROLE passing; DROP ROLE passing",
    "a temporary table": "CREATE TEMPORARY TABLE passing (id integer)",
    "a transaction rolled back": "BEGIN; DELETE FROM extra.parts; ROLLBACK",
    "a prepared statement": "PREPARE passing AS SELECT 1",
    "an index dropped and made again": "DROP INDEX extra.things_mood_hash;"
    " CREATE INDEX things_mood_hash ON extra.things USING hash (mood)",
    "a constraint dropped and made again": "ALTER TABLE extra.things DROP CONSTRAINT"
    " things_id_is_positive; ALTER TABLE extra.things ADD CONSTRAINT things_id_is_positive"
    " CHECK (id > 0) NO INHERIT; COMMENT ON CONSTRAINT things_id_is_positive ON extra.things"
    " IS 'Counted from one.'",
    "a trigger off and on": "ALTER TABLE extra.things DISABLE TRIGGER things_stay;"
    " ALTER TABLE extra.things ENABLE TRIGGER things_stay",
    "a view made again": "CREATE OR REPLACE VIEW extra.open_things WITH (security_barrier = true)"
    " AS SELECT id, name, mood FROM extra.things WHERE done < 50 WITH CASCADED CHECK OPTION",
    "a function made again": "CREATE OR REPLACE FUNCTION extra.near(a integer, b integer)"
    " RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 3'",
    "a condition written otherwise": "ALTER POLICY things_low ON extra.things"
    " USING (((mood) <> ('low')))",
    "a default written otherwise": "ALTER TABLE extra.things ALTER mood"
    " SET DEFAULT 'fair'::extra.mood",
    "a table renamed and back": "ALTER TABLE extra.notes RENAME TO passing;"
    " ALTER TABLE extra.passing RENAME TO notes",
    "a column renamed and back": "ALTER TABLE extra.notes RENAME body TO passing;"
    " ALTER TABLE extra.notes RENAME passing TO body",
    "a role renamed and back": "ALTER ROLE extra_reader RENAME TO passing;"
    " ALTER ROLE passing RENAME TO extra_reader",
    "a schema renamed and back": "ALTER SCHEMA extra_empty RENAME TO passing;"
    " ALTER SCHEMA passing RENAME TO extra_empty",
    "a privilege given and taken": "GRANT INSERT ON extra.notes TO auditor;"
    " REVOKE INSERT ON extra.notes FROM auditor",
    "an owner changed and back": "ALTER TABLE extra.notes OWNER TO hub_app;"
    " ALTER TABLE extra.notes OWNER TO postgres",
    "a comment taken and put back": "COMMENT ON SCHEMA extra IS NULL;"
    " COMMENT ON SCHEMA extra IS 'It''s  one of everything.'",
    "a partition detached and attached": "ALTER TABLE extra.kept_by_list DETACH PARTITION"
    " extra.kept_north; ALTER TABLE extra.kept_by_list ATTACH PARTITION extra.kept_north"
    " FOR VALUES IN ('north')",
    "a large object written as it is": "SELECT lo_put(4300001, 0, '\\x00010203')",
    "an enum value used": "SELECT 'low'::extra.mood",
    "an advisory lock": "SELECT pg_advisory_lock(7)",
    "a notification": "NOTIFY passing, 'by'",
    "sequence advanced": "SELECT nextval('public.audit_log_id_seq')",
    "sequence advanced far": "SELECT setval('public.contacts_number_seq', 5000)",
}
"""What leaves every row and object as it was, or only advances."""


def _made_and_dropped(clone: Clone) -> None:
    with clone.site.postgres.connect() as connection:
        connection.execute("CREATE DATABASE passing")
        connection.execute("DROP DATABASE passing")


def _written(table: str, count: int) -> Damage:
    return lambda clone: write(clone.site, table, count, WRITE_BATCH, Unwatched())


def _written_everywhere(clone: Clone) -> None:
    for table in ("audit_log", "credentials", "events"):
        write(clone.site, table, 5, WRITE_BATCH, Unwatched())


def _restarted(*stores: str) -> Damage:
    def act(clone: Clone) -> None:
        for store in stores:
            clone.restart(store)

    return act


def _killed(*stores: str) -> Damage:
    def act(clone: Clone) -> None:
        for store in stores:
            clone.site.service(store).kill()
            clone.site.start(store)

    return act


def _published_twice(clone: Clone) -> None:
    number = clone.site.ledger.next_number("events")
    write(clone.site, "events", 1, WRITE_BATCH, Unwatched())
    # The server knows it by its id, and stores it once.
    clone.site.nats.publish(rows.messages(clone.site.ledger.random, number, number))


def _put_back(clone: Clone) -> None:
    with clone.site.redis.connect() as cache:
        for key in (contact_key(8), "session:3"):
            kept = cache.dump(key)
            assert kept is not None
            expires = cache.pexpiretime(key)
            cache.delete(key)
            cache.restore(key, expires, kept, absttl=True)


_STREAMS: dict[str, Damage] = {
    "streams: restarted": _restarted("nats"),
    "streams: killed": _killed("nats"),
    "streams: asked": asking(lambda js: js.ask("STREAM.INFO.EVENTS")),
    "streams: updated to what they are": asking(
        lambda js: js.ask("STREAM.UPDATE.EVENTS", js.ask("STREAM.INFO.EVENTS")["config"])
    ),
    "streams: a message published again": _published_twice,
    "streams: new events acknowledged": _written("events", 7),
    "streams: a message read": asking(lambda js: js.ask("STREAM.MSG.GET.EVENTS", {"seq": 3})),
    "streams: made and removed": asking(
        lambda js: (
            js.ask("STREAM.CREATE.PASSING", {"name": "PASSING", "subjects": ["passing"]}),
            js.ask("STREAM.DELETE.PASSING"),
        )
    ),
    "streams: made again by the hub where they are": lambda clone: clone.site.nats.ensure_streams(),
}

_CACHE: dict[str, Damage] = {
    "cache: restarted": _restarted("redis"),
    "cache: killed": _killed("redis"),
    "cache: files written anew": caching(lambda c: c.bgrewriteaof()),
    "cache: read": caching(lambda c: [c.type(key) for key in c.scan_iter()]),
    "cache: a key renamed and back": caching(
        lambda c: (c.rename("session:7", "passing"), c.rename("passing", "session:7"))
    ),
    "cache: entries taken out and put back": _put_back,
    "cache: set in another order": caching(lambda c: c.sadd("online:1", *c.smembers("online:1"))),
    "cache: hash written as it is": caching(
        lambda c: c.hset("session:3", "user", str(c.hget("session:3", "user")))
    ),
    "cache: a key made and removed": caching(lambda c: (c.set("passing", 1), c.delete("passing"))),
}

_HUB: dict[str, Damage] = {
    "hub: everything as it was": lambda _: None,
    "hub: restarted": _restarted("hub"),
    "hub: asked for contacts": lambda clone: (
        [clone.site.hub.read("contacts", n) for n in (1, 4, 7)]
    ),
    "hub: a contact that is not there": lambda clone: clone.site.hub.read("contacts", 4711),
    "hub: a write of every kind": _written_everywhere,
}

PLANTS = [
    *near_misses(
        "postgres",
        (
            # That they are other settings is for the checks of settings to say.
            (
                f"server: {name} = {value}",
                by_sql(f"ALTER SYSTEM SET {name} = '{value}'", "SELECT pg_reload_conf()"),
            )
            for name, value in _SERVER_SETTINGS.items()
        ),
        companions=("server_settings",),
    ),
    *near_misses(
        "postgres",
        (
            (f"PostgreSQL: {name}", by_sql(*script.split("; ")))
            for name, script in _REWRITES.items()
        ),
    ),
    *near_misses(
        "postgres",
        (
            ("PostgreSQL: restarted", _restarted("postgres")),
            ("PostgreSQL: a database made and dropped", _made_and_dropped),
            ("PostgreSQL: new audit rows acknowledged", _written("audit_log", 7)),
            ("PostgreSQL: new credentials acknowledged", _written("credentials", 2)),
        ),
    ),
    *near_misses(
        "postgres",
        [("PostgreSQL: new contacts acknowledged", _written("contacts", 3))],
        # A view over contacts that a dump refreshed shows neither then nor now.
        companions=("matview_rows",),
    ),
    *near_misses("nats", _STREAMS.items()),
    *near_misses("redis", _CACHE.items(), "postgres", "redis"),
    *near_misses("hub", _HUB.items()),
]
