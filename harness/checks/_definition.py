"""Two definitions are the same when PostgreSQL reads one and prints the other.

An expression printed, read and printed again may differ in two ways that mean nothing: chains of
AND or OR lose inner parentheses, and a cast of an array of varchar moves to its elements.
Source: PostgreSQL 17, `ruleutils.c` and `parse_expr.c`, seen in the output of pg_dump.
"""

import re

_Tree = list["str | _Tree"]

_WORD = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]|[^\s'"(),]+""")
_BODY = re.compile(r"(\$\w*\$.*)", re.DOTALL)
_VARCHAR_LITERAL = r"'(?:[^']|'')*'::character varying"
_VARCHAR_ARRAY = re.compile(
    rf"\(ARRAY\[({_VARCHAR_LITERAL}(?:, {_VARCHAR_LITERAL})*)\]\)::text\[\]"
)
_CONTEXT = 40
_FRAGMENT_AT_MOST = 200


def same(before: str, after: str) -> bool:
    """Tell whether both define the same; a body between dollar signs must be the same text."""
    if before == after:
        return True
    # From the first dollar sign on it is a body, the same or not.
    first, second = (_BODY.split(text, maxsplit=1) for text in (before, after))
    if first[1:] != second[1:] or not (_is_sql(first[0]) and _is_sql(second[0])):
        return False
    return _settled(first[0]) == _settled(second[0])


def difference(before: str, after: str) -> tuple[str, str]:
    """Return the part of each where they begin to differ, with a little before it."""
    shortest = min(len(before), len(after))
    parting = next((at for at in range(shortest) if before[at] != after[at]), shortest)
    start = max(0, parting - _CONTEXT)
    if start:
        start = max(start, before.find(" ", start, parting) + 1)
    lead = "…" if start else ""
    first, second = (
        lead + text[start : start + _FRAGMENT_AT_MOST].strip() for text in (before, after)
    )
    return first, second


def _is_sql(definition: str) -> bool:
    """Tell whether it is words and nothing else: a quotation mark left over is prose."""
    return not _WORD.sub("", definition).strip()


def _settled(definition: str) -> _Tree:
    spread = _VARCHAR_ARRAY.sub(_spread, definition)
    root: _Tree = []
    path = [root]
    for word in _WORD.findall(spread):
        match word:
            case "(":
                group: _Tree = []
                path[-1].append(group)
                path.append(group)
            case ")" if len(path) > 1:
                path.pop()
            case _:
                path[-1].append(word)
    return _flat(root)


def _spread(array: re.Match[str]) -> str:
    elements = re.findall(_VARCHAR_LITERAL, array[1])
    return "ARRAY[" + ", ".join(f"({element})::text" for element in elements) + "]"


def _flat(group: _Tree) -> _Tree:
    """Return the group without doubled parentheses and with its chains in one piece."""
    items = [item if isinstance(item, str) else _flat(item) for item in group]
    if len(items) == 1 and isinstance(items[0], list):
        return items[0]
    for link in ("OR", "AND"):
        items = _joined(items, link)
    return items


def _joined(items: _Tree, link: str) -> _Tree:
    """Splice each parenthesised chain of one link into the chain of that link it stands in."""
    joined: _Tree = []
    for at, item in enumerate(items):
        left = items[at - 1] if at else None
        right = items[at + 1] if at + 1 < len(items) else None
        beside = [neighbour for neighbour in (left, right) if neighbour is not None]
        stands_in_chain = bool(beside) and all(neighbour == link for neighbour in beside)
        if isinstance(item, list) and stands_in_chain and _is_chain(item, link):
            joined += item
        else:
            joined.append(item)
    return joined


def _is_chain(group: _Tree, link: str) -> bool:
    words = {item for item in group if isinstance(item, str)}
    # AND binds closer than OR, and is also a part of BETWEEN.
    return link in words and not words & {",", "BETWEEN"} and not (link == "AND" and "OR" in words)
