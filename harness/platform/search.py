"""What the search index holds: one document for each contact, and the settings it is kept with."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from harness.platform import DECLARED
from harness.platform.contacts import Connection, Contact, read

INDEX_FILE = DECLARED / "index.json"

Document = dict[str, object]


@cache
def declared_index() -> dict[str, Any]:
    """Return the index as the application declares it: `uid`, `primaryKey` and `settings`."""
    declared: dict[str, Any] = json.loads(INDEX_FILE.read_text(encoding="utf-8"))
    return declared


def declared_indexes(path: str) -> list[dict[str, Any]]:
    """Return the indexes that another platform's file declares: `uid`, `primaryKey`, and where
    they are given `settings` and `documents`.

    Raises: ValueError: it does not declare indexes; the message says why.
    """
    declared = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(declared, list) or not declared:
        raise ValueError("not a list of indexes")
    for index in declared:
        if not isinstance(index, dict) or not isinstance(index.get("uid"), str):
            raise ValueError("an index has no uid")  # noqa: TRY004 - of a file
        if odd := sorted(index.keys() - {"uid", "primaryKey", "settings", "documents"}):
            raise ValueError(f"{index['uid']}: unknown key '{odd[0]}'")
        if not isinstance(index.get("documents", []), list):
            raise ValueError(  # noqa: TRY004 - as above
                f"{index['uid']}: its documents are not a list"
            )
    return declared


def document(contact: Contact) -> Document:
    """Return the document of a contact: what users search and filter by, and its version."""
    return {name: value for name, value in contact.items() if name != "id"}


def documents(connection: Connection, first: int = 1) -> Iterator[Document]:
    """Yield the documents of the contacts from number `first` on, in order."""
    return (document(contact) for contact in read(connection, first=first))


def canary_query(contact: Contact) -> str:
    """Return the search that must find this contact: its whole address, as a phrase."""
    return f'"{contact["email"]}"'
