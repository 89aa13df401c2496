"""What belongs to the server and not to one database."""

from harness.checks import CHECKS
from harness.prove.plant import Damage, Plant, by_sql
from harness.prove.workshop import Clone


def _rule_added(clone: Clone) -> None:
    volume = clone.site.service("postgres").volume
    rules = volume.read("pg_hba.conf")
    clone.restart(
        "postgres", lambda: volume.write("pg_hba.conf", rules + b"host all all all trust\n")
    )


_SERVER: dict[str, dict[str, Damage]] = {
    "server_settings": {
        "a setting": by_sql("ALTER SYSTEM SET work_mem = '9MB'"),
        "a setting that loses commits": by_sql("ALTER SYSTEM SET fsync = off"),
    },
    "server_access_rules": {"a rule that trusts": _rule_added},
    "server_databases": {
        "another database": by_sql("CREATE DATABASE another"),
        "connection limit of a template": by_sql("ALTER DATABASE template1 CONNECTION LIMIT 3"),
    },
    "server_tablespaces": {
        "another tablespace": by_sql(
            "SET allow_in_place_tablespaces = on", "CREATE TABLESPACE another LOCATION ''"
        )
    },
    "server_replication": {
        "a slot": by_sql("SELECT pg_create_physical_replication_slot('another', true)"),
        "an origin": by_sql("SELECT pg_replication_origin_create('another')"),
    },
    "server_builtins": {
        "a function": by_sql("UPDATE pg_proc SET provolatile = 'v' WHERE proname = 'pi'"),
        "a function's body": by_sql(
            "CREATE OR REPLACE FUNCTION pg_catalog.lpad(text, integer) RETURNS text"
            " LANGUAGE sql IMMUTABLE AS 'SELECT $1'"
        ),
    },
    "server_grants": {
        "SELECT of passwords": by_sql("GRANT SELECT ON pg_catalog.pg_authid TO auditor"),
        "EXECUTE of reading files": by_sql(
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO auditor"
        ),
    },
    "schema_extension_members": {
        "one taken out": by_sql(
            "ALTER EXTENSION citext DROP FUNCTION extensions.citext_eq(extensions.citext,"
            " extensions.citext)"
        ),
        "one changed": by_sql("ALTER FUNCTION extensions.citextin(cstring) VOLATILE"),
    },
    "schema_security_labels": {
        "a label": by_sql(
            "INSERT INTO pg_seclabel VALUES ('extra.notes'::regclass, 'pg_class'::regclass, 0,"
            " 'nobody', 'secret')"
        )
    },
}

PLANTS = [
    Plant(
        f"{check}: {name}",
        "postgres",
        check,
        damage,
        companions=("schema_*", "server_*"),
        needs=("postgres",),
    )
    for check, damages in _SERVER.items()
    if check in CHECKS
    for name, damage in damages.items()
]
