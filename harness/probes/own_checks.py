"""Make the checks that the scenario brings: run, query or ask, and keep what came of it.

They come last: a command may leave something behind.
"""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.pq.abc import PGresult

from harness.core import environment
from harness.core.own_check import OwnCheck
from harness.kinds import Look, Probe
from harness.observations.own_checks import OwnAnswer, OwnAnswers
from harness.runtime import commands, processes
from harness.runtime.addresses import addresses
from harness.site import Site

_CHARACTERS_AT_MOST = 1_000

# Connections, resources, operators and the system: of the machine, not of the data.
_OF_THE_MACHINE = ("08", "53", "57", "58", "XX")
_OF_THE_QUERY = {
    psycopg.errors.ReadOnlySqlTransaction.sqlstate: "it would write, and a check only reads",
    psycopg.errors.SyntaxError.sqlstate: "it is no query",
}


def _observe(look: Look) -> OwnAnswers:
    site = look.site
    asking = {"command": _run, "sql": _query, "http": _get}
    answers = {own.id: asking[own.kind](site, own) for own in site.own_checks}
    if answers:
        # A server that somebody else has stopped answers wrongly, and so does whoever asks it.
        site.refuse_halted()
    return OwnAnswers(answers)


def _run(site: Site, own: OwnCheck) -> OwnAnswer:
    hub = urlsplit(site.hub_health_url)
    variables = {
        **environment.of_a_project(),
        **addresses(site.stack.services, f"{hub.scheme}://{hub.netloc}" if hub.netloc else ""),
        **processes.marks(site.directory.name, site.directory),
    }
    try:
        ended = commands.run(
            own.asks,
            Path(own.folder),
            variables,
            own.within_seconds,
            site.directory / "own-check.log",
        )
    except OSError as error:
        return OwnAnswer(unread=f"{own.asks} cannot be run: {error.strerror}")
    if ended.halted:
        return OwnAnswer(unread=f"{ended.halted} was stopped, and not by the drill's own doing")
    if ended.status is None:
        return _late(own)
    if ended.status < 0:
        return OwnAnswer(unread=f"it was ended by signal {-ended.status}")
    if ended.status == commands.SHELL_FOUND_NO_PROGRAM:
        return OwnAnswer(unread=_missing(ended.said))
    return OwnAnswer(str(ended.status), ended.said)


def _missing(said: str) -> str:
    if named := commands.missing_program(said):
        return f"this machine has no program {named}"
    return said.splitlines()[-1] if said else "a program is not found"


def _query(site: Site, own: OwnCheck) -> OwnAnswer:
    if own.store not in site.present or not site.service(own.store).is_running:
        return OwnAnswer(unread=f"{own.store} does not run")
    try:
        with site.postgres.connect() as connection:
            connection.execute("SET default_transaction_read_only = on")
            milliseconds = max(1, round(own.within_seconds * 1000))
            connection.execute(f"SET statement_timeout = {milliseconds}".encode())
            # Prepared, it can only be one statement.
            result = connection.execute(own.asks.encode(), prepare=True).pgresult
    except psycopg.errors.QueryCanceled:
        return _late(own)
    except psycopg.Error as error:
        return _of_error(error)
    return _of_result(result)


def _of_error(error: psycopg.Error) -> OwnAnswer:
    # What PostgreSQL says beside the primary message may hold rows.
    said = error.diag.message_primary or str(error).strip()
    state = error.sqlstate or ""
    if not state or state.startswith(_OF_THE_MACHINE) or state in _OF_THE_QUERY:
        why = _OF_THE_QUERY.get(state, "postgres cannot answer")
        return OwnAnswer(unread=f"{why}: {said}")
    return OwnAnswer(said=f"error {state}: {said}")


def _of_result(result: PGresult | None) -> OwnAnswer:
    if result is None or not result.nfields:
        return OwnAnswer(unread="it returns no value. Write a SELECT")
    if (result.ntuples, result.nfields) != (1, 1):
        return OwnAnswer(said=f"{result.ntuples} rows of {result.nfields} columns, not one value")
    content = result.get_value(0, 0)
    if content is None:
        return OwnAnswer(said="NULL")
    value = content.decode(errors="replace")
    if len(value) > _CHARACTERS_AT_MOST:
        return OwnAnswer(unread=f"its value is longer than {_CHARACTERS_AT_MOST} characters")
    return OwnAnswer(value)


def _get(site: Site, own: OwnCheck) -> OwnAnswer:
    if own.store not in site.present or not site.service(own.store).is_running:
        return OwnAnswer(unread=f"{own.store} does not run")
    hub = site.service(own.store)
    where = urlsplit(site.hub_health_url or hub.endpoint.http_url)
    connect = HTTPSConnection if where.scheme == "https" else HTTPConnection
    connection = connect(where.netloc, timeout=own.within_seconds)
    try:
        connection.request("GET", own.asks)
        return OwnAnswer(str(connection.getresponse().status))
    except TimeoutError:
        return _late(own)
    except (OSError, HTTPException) as error:
        return OwnAnswer(said=f"no answer: {getattr(error, 'strerror', None) or error}")
    finally:
        connection.close()


def _late(own: OwnCheck) -> OwnAnswer:
    return OwnAnswer(said=f"no answer within {own.within_seconds:g} s")


PROBE = Probe("own_checks", "platform", OwnAnswers, at_backup=True, observe=_observe)
