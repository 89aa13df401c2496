"""The search engine's indexes, as a file declares them."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def declared_indexes(path: str) -> list[dict[str, Any]]:
    """Return the indexes that a file declares: `uid`, `primaryKey`, and where
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
