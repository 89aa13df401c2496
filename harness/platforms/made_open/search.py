"""What the search index holds: one document for each contact, and the settings it is kept with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.platform.indexes import declared_indexes
from harness.platforms.made_open.contacts import Connection, Contact, read

Document = dict[str, object]

UID = "contacts"
"""The index of contacts."""
INDEXES = Path(__file__).parent / "indexes.json"


def declared_index() -> dict[str, Any]:
    """Return the index as the application declares it: `uid`, `primaryKey` and `settings`."""
    (declared,) = declared_indexes(str(INDEXES))
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
