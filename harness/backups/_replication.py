"""A base backup and a streamed log are replication connections, which a server has to admit.

The rules of supabase/postgres admit none: their database `all` does not mean replication. Source:
PostgreSQL 17 docs, 20.1 "The pg_hba.conf File" and 52.10 "pg_hba_file_rules".
"""

from harness.core.ports import Service
from harness.site import Site

RULES_FILE = "drill_hba.conf"

_ADMITTED = """
SELECT FROM pg_hba_file_rules
WHERE type <> 'local' AND 'replication' = ANY (database)
  AND user_name && ARRAY['all', current_user]::text[]
"""
_RULES = "SELECT current_setting('data_directory'), pg_read_file(current_setting('hba_file'))"


def rules(site: Site, service: Service) -> tuple[dict[str, str], bytes]:
    """Return the setting by which its own user may replicate from its host, and the rules it names.

    Both are empty where the server admits that already. The rules are the server's, after one more;
    they are to be RULES_FILE of its volume when it starts again.
    """
    from psycopg import sql  # noqa: PLC0415 - a kind is known without its client

    with site.postgres.connect() as connection:
        if connection.execute(_ADMITTED).fetchone() is not None:
            return {}, b""
        row = connection.execute(_RULES).fetchone()
        assert row is not None
        data, own = map(str, row)
        user = sql.Identifier(service.endpoint.user).as_string(connection)
    added = f"host replication {user} samehost scram-sha-256\n"
    return {"hba_file": f"{data}/{RULES_FILE}"}, (added + own).encode()
