"""What the search index holds: one document for each contact, and the settings it is kept with."""

import json
from collections.abc import Iterator
from functools import cache
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


def document(contact: Contact) -> Document:
    """Return the document of a contact: what users search and filter by, and its version."""
    return {name: value for name, value in contact.items() if name != "id"}


def documents(connection: Connection, first: int = 1) -> Iterator[Document]:
    """Yield the documents of the contacts from number `first` on, in order."""
    return (document(contact) for contact in read(connection, first=first))


def canary_query(contact: Contact) -> str:
    """Return the search that must find this contact: its whole address, as a phrase."""
    return f'"{contact["email"]}"'
