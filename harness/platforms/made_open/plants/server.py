"""What belongs to the server and not to one database, and what the system itself brings."""

from harness.platforms.made_open.plants.catalog import Kind
from harness.prove.plant import by_sql
from harness.prove.workshop import Clone


def _rules(clone: Clone, old: bytes, new: bytes) -> None:
    """Put other words in the place of some; of none, before all rules."""
    volume = clone.site.service("postgres").volume
    rules = volume.read("pg_hba.conf")
    if old not in rules:
        raise RuntimeError("pg_hba.conf holds no such rule")

    def write() -> None:
        volume.write("pg_hba.conf", rules.replace(old, new) if old else new + rules)

    clone.restart("postgres", write)


KINDS: dict[str, Kind] = {
    "settings": Kind(
        "server_settings",
        made={"a setting": "ALTER SYSTEM SET work_mem = '9MB'"},
        other={"a setting that loses commits": "ALTER SYSTEM SET fsync = off"},
    ),
    "access rules": Kind(
        "server_access_rules",
        made={"a rule that trusts": lambda c: _rules(c, b"", b"host all all all trust\n")},
        gone={"replication": lambda c: _rules(c, b"\nhost    replication", b"\n#host")},
        other={"the method": lambda c: _rules(c, b"scram-sha-256", b"password")},
    ),
    "databases": Kind(
        "server_databases",
        made={"a database": "CREATE DATABASE another"},
        gone={
            "a template": by_sql(
                "ALTER DATABASE template1 IS_TEMPLATE false", "DROP DATABASE template1"
            )
        },
        other={"connection limit": "ALTER DATABASE template1 CONNECTION LIMIT 3"},
    ),
    "tablespaces": Kind(
        "server_tablespaces",
        made={
            "a tablespace": by_sql(
                "SET allow_in_place_tablespaces = on", "CREATE TABLESPACE another LOCATION ''"
            )
        },
        other={"cost": "ALTER TABLESPACE pg_default SET (random_page_cost = 2)"},
    ),
    "replication": Kind(
        "server_replication",
        made={
            "a slot": "SELECT pg_create_physical_replication_slot('another', true)",
            "an origin": "SELECT pg_replication_origin_create('another')",
        },
    ),
    "builtins": Kind(
        "server_builtins",
        other={
            "volatility": "UPDATE pg_proc SET provolatile = 'v' WHERE proname = 'pi'",
            "body": "CREATE OR REPLACE FUNCTION pg_catalog.lpad(text, integer) RETURNS text"
            " LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
        },
    ),
    "system grants": Kind(
        "server_grants",
        made={
            "SELECT of passwords": "GRANT SELECT ON pg_catalog.pg_authid TO auditor",
            "EXECUTE of reading files": "GRANT EXECUTE ON FUNCTION"
            " pg_catalog.pg_read_file(text) TO auditor",
            "USAGE of a language": "GRANT USAGE ON LANGUAGE plpgsql TO auditor",
            "SET of a parameter": "GRANT SET ON PARAMETER log_statement TO auditor",
        },
        gone={"SELECT of roles": "REVOKE SELECT ON pg_catalog.pg_roles FROM PUBLIC"},
        other={
            "grant option": "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text)"
            " TO pg_read_server_files WITH GRANT OPTION"
        },
    ),
    "extension members": Kind(
        "schema_extension_members",
        gone={
            "a function": "ALTER EXTENSION citext DROP FUNCTION"
            " extensions.citext_eq(extensions.citext, extensions.citext)"
        },
        made={"a table": "ALTER EXTENSION citext ADD TABLE extra.notes"},
        other={"volatility": "ALTER FUNCTION extensions.citextin(cstring) VOLATILE"},
    ),
    "security labels": Kind(
        "schema_security_labels",
        made={
            "a label": "INSERT INTO pg_seclabel VALUES ('extra.notes'::regclass,"
            " 'pg_class'::regclass, 0, 'nobody', 'secret')"
        },
    ),
}

PLANTS = [
    plant
    for kind, of in KINDS.items()
    for plant in Kind(
        of.check, of.made, of.gone, of.other, ("schema_*", "server_*", "table_rows")
    ).plants(kind)
]
