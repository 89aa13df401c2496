#!/bin/bash
# Initialise an empty PGDATA and run the server, never as root.
#
# Honours POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS, each also as a file
# by NAME_FILE, PGDATA, and /docker-entrypoint-initdb.d with .sh, .sql and .sql.gz.
set -Eeuo pipefail

from_file() {
    local file="$1_FILE"
    if [ -n "${!file:-}" ]; then
        export "$1=$(<"${!file}")"
    fi
}

initialise() {
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "error: POSTGRES_PASSWORD is not set" >&2
        exit 1
    fi
    eval 'initdb --username="$POSTGRES_USER" --auth-host=scram-sha-256 \
        --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"${POSTGRES_INITDB_ARGS:-}"
    printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    # A server that only answers here is needed for nothing but these.
    if [ "$POSTGRES_DB" != postgres ] || compgen -G '/docker-entrypoint-initdb.d/*' >/dev/null; then
        PGUSER=$POSTGRES_USER pg_ctl --wait --silent -o "-c listen_addresses=''" start
        populate
        PGUSER=$POSTGRES_USER pg_ctl --wait --silent --mode=fast stop
    fi
}

populate() {
    if [ "$POSTGRES_DB" != postgres ]; then
        createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    fi
    local file
    local psql=(psql -v ON_ERROR_STOP=1 --no-psqlrc --username="$POSTGRES_USER" --dbname="$POSTGRES_DB")
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
        *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
        *.sql) "${psql[@]}" --file="$file" ;;
        *.sql.gz) gunzip --stdout "$file" | "${psql[@]}" ;;
        esac
    done
}

if [ "${1:0:1}" = - ]; then
    set -- postgres "$@"
fi
if [ "$1" = postgres ]; then
    if [ "$(id -u)" = 0 ]; then
        mkdir -p "$PGDATA" /var/run/postgresql
        chmod 700 "$PGDATA"
        find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} +
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$BASH_SOURCE" "$@"
    fi
    for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do
        from_file "$name"
    done
    export POSTGRES_USER="${POSTGRES_USER:-postgres}"
    export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        initialise
    fi
    unset POSTGRES_PASSWORD
fi
exec "$@"
