"""Every kind of index is walked on a real server; one that hides or misplaces a row is named."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from ours import OURS
from psycopg import sql
from real_servers import NewDatabase

from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import Endpoint
from harness.kinds import Look
from harness.observations.postgres_integrity import Integrity
from harness.probes import postgres_integrity
from harness.site import Site
from harness.stores.postgres import PostgresStore

SCHEMA = """
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE things (
  id integer PRIMARY KEY, name text NOT NULL, "Odd ""name" text COLLATE "C", tags text[] NOT NULL,
  doc jsonb, span int4range NOT NULL, at point NOT NULL, words tsvector, address inet NOT NULL,
  mood mood, big text STORAGE EXTERNAL
);
INSERT INTO things VALUES (0, '', NULL, '{}', '{}', 'empty', '(0,0)', '', '::1', NULL, NULL);
INSERT INTO things
SELECT n, 'thing ' || n % 50, nullif(n % 7, 0)::text, ARRAY[(n % 3)::text], jsonb_build_array(n),
  int4range(n, n + 1 + n % 3), point(n, -n), to_tsvector('simple', 'word' || n % 9),
  '10.0.0.0'::inet + n, 'sad', repeat(md5(n::text), 200)
FROM generate_series(1, 300) AS n;
CREATE INDEX many ON things (name DESC NULLS LAST, "Odd ""name" NULLS FIRST) INCLUDE (mood);
CREATE INDEX same_again ON things (name DESC NULLS LAST);
CREATE INDEX by_pattern ON things (name text_pattern_ops);
CREATE INDEX partial ON things (id) WHERE mood = 'sad';
CREATE INDEX by_expression ON things (lower(name), (id % 10));
CREATE INDEX by_mood ON things (mood);
CREATE INDEX by_tags ON things (tags);
CREATE INDEX by_hash ON things USING hash ("Odd ""name");
CREATE INDEX gin_array ON things USING gin (tags);
CREATE INDEX gin_jsonb ON things USING gin (doc);
CREATE INDEX gin_path ON things USING gin (doc jsonb_path_ops);
CREATE INDEX gin_words ON things USING gin (words);
CREATE INDEX gin_trgm ON things USING gin (name public.gin_trgm_ops);
CREATE INDEX gist_span ON things USING gist (span);
CREATE INDEX gist_at ON things USING gist (at);
CREATE INDEX gist_words ON things USING gist (words);
CREATE INDEX gist_id ON things USING gist (id, span);
CREATE INDEX sp_address ON things USING spgist (address);
CREATE INDEX sp_name ON things USING spgist (name) WHERE id > 5;
CREATE INDEX brin_id ON things USING brin (id) WITH (pages_per_range = 1);
CREATE INDEX brin_span ON things USING brin (span range_inclusion_ops) WITH (pages_per_range = 1);
CREATE INDEX brin_bloom ON things USING brin (name text_bloom_ops) WITH (pages_per_range = 1);
CREATE MATERIALIZED VIEW never AS SELECT 1 AS id WITH NO DATA;
CREATE INDEX of_nothing ON never (id);
CREATE TABLE "Part ed" (id integer, at date, UNIQUE (at, id)) PARTITION BY RANGE (at);
CREATE TABLE "one.part" PARTITION OF "Part ed" DEFAULT;
INSERT INTO "Part ed" VALUES (1, '2026-01-01'), (2, NULL);
CREATE MATERIALIZED VIEW seen AS SELECT id, name FROM things;
CREATE UNIQUE INDEX seen_id ON seen (id);
CREATE TABLE empty_one (id integer PRIMARY KEY, tags text[]);
CREATE INDEX ON empty_one USING gin (tags);
"""


@pytest.fixture
def things(new_postgres_database: NewDatabase) -> PostgresStore:
    """Give a database with an index of every kind."""
    store = new_postgres_database()
    with store.connect() as connection:
        connection.execute(SCHEMA)
    return store


def observe(store: PostgresStore) -> Integrity:
    """Look at a database at the end of a drill."""
    site = cast(Site, SimpleNamespace(postgres=store, platform=OURS))
    return postgres_integrity.observe(Look(site, Ledger(1), History(), Observations()))


def disagreeing(store: PostgresStore) -> set[str]:
    """Return the indexes that lead to other rows than a scan."""
    return {name for name, count in observe(store).index_counts.items() if not count.agrees}


def test_every_kind_of_index_is_walked_and_agrees(things: PostgresStore) -> None:
    """None is passed over: not the second of two alike, not those of partitions and of TOAST. Only
    the index of a view that was never populated holds nothing to walk to.
    """
    seen = observe(things)
    assert {} == seen.unforced
    with things.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid"
            " JOIN pg_class AS t ON t.oid = x.indrelid WHERE c.relkind = 'i' AND t.relispopulated"
        ).fetchone()
    assert row is not None
    assert row[0] == len(seen.index_counts)
    assert {} == {name: count for name, count in seen.index_counts.items() if not count.agrees}
    assert 301 == seen.index_counts["public.gist_span"].by_index
    assert 300 == seen.index_counts["public.partial"].by_index
    assert seen.index_counts["TOAST index of public.things"].by_index > 300


HIDDEN = """
UPDATE pg_index SET indisready = false WHERE indrelid = 'things'::regclass;
INSERT INTO things SELECT 999, 'else', 'else', '{else}', '"else"', '(999,9999)', '(7,999)', 'else',
  '99.0.0.0', 'glad', NULL;
UPDATE pg_index SET indisready = true WHERE indrelid = 'things'::regclass
"""


def test_a_row_that_no_index_knows_is_missed_by_each(things: PostgresStore) -> None:
    """Whatever the access method; the partial index need not know the row."""
    with things.connect() as connection:
        connection.execute(HIDDEN)
        named = connection.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'things'::regclass"
        ).fetchall()
    expected = {f"public.{name}" for (name,) in named} - {"public.partial"}
    assert expected == disagreeing(things)


def test_rows_in_another_order_than_the_keys_are_found(things: PostgresStore) -> None:
    """As after a change of the collation: every row is there, and look-ups miss them."""
    with things.connect() as connection:
        connection.execute(
            "UPDATE pg_index SET indoption = '3' WHERE indexrelid = 'by_pattern'::regclass"
        )
    assert {"public.by_pattern"} == disagreeing(things)


REPLACED = ("many", "partial", "by_hash", "gin_array", "gist_span", "sp_address")


def test_files_of_indexes_from_before_rows_were_added_are_found(
    things: PostgresStore, postgres_cluster: Endpoint
) -> None:
    """As in a copy of files that were not all copied at one moment."""
    maintenance = PostgresStore(lambda: postgres_cluster)
    copy = replace(postgres_cluster, database="with_old_files")
    with things.connect() as connection:
        row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        data = Path(str(row[0]))
        connection.execute("CHECKPOINT")
        paths = {
            name: str(path)
            for name, path in connection.execute(
                "SELECT relname, pg_relation_filepath(oid) FROM pg_class WHERE relname = ANY (%s)",
                (list(REPLACED),),
            )
        }
        old = {name: (data / path).read_bytes() for name, path in paths.items()}
        connection.execute(
            "INSERT INTO things SELECT id + 1000, name, 'new', tags, doc, span, at, words,"
            " address, mood FROM things WHERE id BETWEEN 1 AND 3"
        )
    with maintenance.connect() as connection:
        # Copied file by file: no page of the copy is in the server's memory yet.
        connection.execute(
            sql.SQL("CREATE DATABASE with_old_files TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(things._endpoint().database)
            )
        )
        try:
            row = connection.execute(
                "SELECT oid FROM pg_database WHERE datname = 'with_old_files'"
            ).fetchone()
            assert row is not None
            for name, path in paths.items():
                (data / "base" / str(row[0]) / Path(path).name).write_bytes(old[name])
            found = disagreeing(PostgresStore(lambda: copy))
        finally:
            connection.execute("DROP DATABASE with_old_files WITH (FORCE)")
    assert {f"public.{name}" for name in REPLACED} == found


def test_an_index_that_the_planner_cannot_be_brought_to_is_on_the_list(
    things: PostgresStore,
) -> None:
    """Who may not touch the catalog gets one of two alike; the other is told with its reason."""
    reader = PostgresStore(lambda: replace(things._endpoint(), user="reader", secret="read"))
    with things.connect() as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'read' IN ROLE pg_read_all_data")
        try:
            seen = observe(reader)
        finally:
            connection.execute("DROP ROLE reader")
    assert (
        "the planner does not walk gist of operator class range_ops"
        == (seen.unforced["public.gist_span"])
    )
    assert set() == {name for name, count in seen.index_counts.items() if not count.agrees}
