"""A run for a step summary that reads Markdown, such as GITHUB_STEP_SUMMARY: verdict, causes, what
to do, every drill, totals.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from harness.report import run_page
from harness.report.brief import Brief
from harness.report.json_document import shown
from harness.report.run_folder import Run, Unplayed
from harness.report.run_page import Shared
from harness.report.wording import ICONS, count, sentence

_DRILLS_AT_MOST = 500
_CAUSES_AT_MOST = 30
"""GitHub keeps nothing of a summary larger than 1 MiB."""

_NAMED_AT_MOST = 10


def markdown(run: Run, folder: Path) -> str:
    """Return a run, whose folder this is."""
    found = run_page.shared(run.drills)
    left_out = len(found) - _CAUSES_AT_MOST
    parts = [
        f"## {ICONS[run.verdict.value]} {_literal(run_page.word(run))}: restore drills",
        _literal(sentence(run_page.sentence(run))),
        *(_cause(one) for one in found[:_CAUSES_AT_MOST]),
        f"And {count(left_out, 'more cause')}." if left_out > 0 else "",
        *(_unplayed(drill) for drill in run.unplayed[:_CAUSES_AT_MOST]),
        _drills(run),
        _totals(run),
        f"The run's page is {_code(shown(folder / run_page.PAGE))}, evidence and logs beside it.",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _cause(one: Shared) -> str:
    trouble = one.trouble
    told = f"**{ICONS[trouble.word]} {trouble.word}** {_literal(sentence(trouble.said))}"
    lines = [f"- {told} {_literal(sentence(trouble.next_step))}".rstrip()]
    for drill, more in one.drills[:_NAMED_AT_MOST]:
        also = f" (and {more} more)" if more else ""
        lines.append(f"  - {_link(drill)}{also}; run it again: {_code(drill.run.rerun)}")
    if (left_out := len(one.drills) - _NAMED_AT_MOST) > 0:
        lines.append(f"  - and {count(left_out, 'more drill')}")
    return "\n".join(lines)


def _unplayed(drill: Unplayed) -> str:
    again = f"; run it again: {_code(drill.rerun)}" if drill.rerun else ""
    said = _literal(sentence(drill.reason))
    return f"- **{ICONS['UNVERIFIED']} UNVERIFIED** {_literal(drill.title)}: {said}{again}"


def _drills(run: Run) -> str:
    rows = [
        (
            _link(drill),
            f"{ICONS[drill.verdict.value]} {_literal(drill.word)}",
            *map(_literal, run_page.measured(drill)),
            _literal(drill.rows_gone),
        )
        for drill in run.drills[:_DRILLS_AT_MOST]
    ]
    if not rows:
        return ""
    return _table(("Drill", "Verdict", "Recovery time", "Data loss", "Rows gone"), rows)


def _totals(run: Run) -> str:
    table = run_page.totals(run)
    rows = [tuple(map(_literal, row)) for row in table.rows]
    heads = [column.title for column in table.columns]
    return f"<details><summary>{table.caption}</summary>\n\n{_table(heads, rows)}\n\n</details>"


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _link(drill: Brief) -> str:
    """Return a drill's title, leading to its scenario where the summary's reader finds it."""
    server, repository, commit = (
        os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "SHA")
    )
    title = _literal(drill.title)
    if not (server and repository and commit) or Path(drill.path).is_absolute():
        return title
    below = Path(drill.path).absolute()
    root = Path(os.environ.get("GITHUB_WORKSPACE", ".")).absolute()
    if not below.is_relative_to(root):
        return title
    line = drill.troubles[0].line if drill.troubles else 1
    path = quote(below.relative_to(root).as_posix())
    return f"[{title}]({server}/{repository}/blob/{commit}/{path}#L{line})"


def _code(text: str) -> str:
    """Return text as code: it may hold whatever Markdown takes for its own."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("|", "&#124;").replace("`", "&#96;").replace("*", "&#42;")
    escaped = escaped.replace("_", "&#95;").replace("@", "&#64;").replace("[", "&#91;")
    return f"<code>{' '.join(escaped.split())}</code>"


def _literal(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, no HTML, no mention of anybody."""
    escaped = "".join(f"\\{letter}" if letter in r"\`*_[]|#~" else letter for letter in text)
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return " ".join(escaped.replace("@", "&#64;").split())
