"""Evidence comes back from its file as it went in, and nothing else is taken for it."""

import json
from dataclasses import replace
from pathlib import Path

import evidence_samples
import pytest

from harness.core.errors import Unread, UsageError
from harness.core.evidence import Observed
from harness.core.observation import Observations
from harness.core.redact import Redactor
from harness.evidence_file import load, masked, observations, observed, save, unknown_probes
from harness.probes import PROBES

HubHealth = PROBES["hub_health"].observation
WHERE = "Evidence is the file reports/<run>/<drill>/evidence.json that a drill leaves."
CHANGED = "The file was cut short or changed; take it from where the drill was run."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of an evidence file that is not there yet."""
    return tmp_path / "evidence.json"


def _refusal(path: Path) -> tuple[str, str | None]:
    with pytest.raises(UsageError) as refused:
        load(path)
    return refused.value.message.removeprefix(str(path)), refused.value.hint


@pytest.mark.parametrize("sample", evidence_samples.ALL)
def test_evidence_survives_its_file(sample: str, path: Path) -> None:
    """What is loaded equals what was saved, to the last big number and key."""
    evidence = evidence_samples.ALL[sample]()
    save(evidence, path)
    assert evidence == load(path)


def test_saving_leaves_one_whole_file(path: Path) -> None:
    """Saving replaces what was there and leaves no unfinished file beside it."""
    path.write_text("before")
    save(evidence_samples.clean(), path)
    assert [path] == list(path.parent.iterdir())


def test_the_file_is_readable_and_compact(path: Path) -> None:
    """Short things share a line, so a person can read the file and a diff stays small."""
    save(evidence_samples.failing(), path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert '  "owed": 10000' not in lines
    assert '   "rpo_seconds": {"postgres": 90000.0, "nats": 90000.0},' in "\n".join(lines)
    assert 6_000 > len(lines)


@pytest.mark.parametrize("secret", ["s3cr3t", 'a"b\\c', "0000"])
def test_a_secret_is_masked_in_every_text_and_in_nothing_else(secret: str, path: Path) -> None:
    """What a secret is written with changes no number, and the file is whole."""
    clean = evidence_samples.clean()
    hidden = masked(replace(clean, failure=f"psql: {secret} refused"), Redactor([secret]))
    assert "psql: *** refused" == hidden.failure
    assert clean.ledger == hidden.ledger
    save(hidden, path)
    assert hidden == load(path)
    assert clean == masked(clean, Redactor(["stands nowhere"]))


def test_a_missing_file_is_named(path: Path) -> None:
    """A path that leads nowhere is a usage error."""
    assert (": no such file", WHERE) == _refusal(path)


def test_a_folder_is_not_evidence(path: Path) -> None:
    """A folder given for a file is a usage error."""
    path.mkdir()
    assert (": is a directory", WHERE) == _refusal(path)


def test_truncated_evidence_is_refused(path: Path) -> None:
    """A file that was cut short is never taken for a shorter drill."""
    save(evidence_samples.clean(), path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    message, hint = _refusal(path)
    assert CHANGED == hint
    assert ": not whole JSON: " in message


@pytest.mark.parametrize("text", ["[]", "{}", '"evidence"', "null"])
def test_other_json_is_refused(text: str, path: Path) -> None:
    """JSON that no drill wrote is not evidence."""
    path.write_text(text)
    assert (": not the evidence of a drill", WHERE) == _refusal(path)


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    """A binary file is not evidence."""
    path.write_bytes(b"\x80\x81\x82")
    assert (": line 1: byte 0x80 is not UTF-8", WHERE) == _refusal(path)


def test_another_version_is_refused(path: Path) -> None:
    """Evidence of a version this release does not know is not guessed at."""
    path.write_text('{"version": 99}')
    assert (
        ": evidence version 99 is unknown; this release reads 1",
        "Read it with the release that wrote it; run.harness_version in the file names it.",
    ) == _refusal(path)


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("scenario", "random"), "many", ": scenario.random: input should be a valid integer, "),
        (("run", "mood"), "good", ": run.mood: unknown key"),
        (("judgement", "verdict"), "MAYBE", ": judgement.verdict: input should be 'PASS', "),
    ],
)
def test_changed_evidence_is_refused(
    keys: tuple[str, str], value: str, message: str, path: Path
) -> None:
    """A value of another type and a key that is none of ours are named by their path."""
    save(evidence_samples.clean(), path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content[keys[0]][keys[1]] = value
    path.write_text(json.dumps(content))
    refused, hint = _refusal(path)
    assert CHANGED == hint
    assert message == refused[: len(message)]


def test_observations_survive_as_json() -> None:
    """What was seen comes back by type, and what was not comes back with its reason."""
    seen = Observations()
    seen.put(HubHealth(running=True, services={"nats": "ok"}))
    back = observations(observed(seen))
    assert HubHealth(running=True, services={"nats": "ok"}) == back[HubHealth]
    seen.put_unread(HubHealth, "the hub was stopped")
    with pytest.raises(Unread, match=r"^the hub was stopped$"):
        observations(observed(seen))[HubHealth]


def test_an_observation_of_another_shape_is_unread() -> None:
    """An observation that changed its shape is unverified later, never misread."""
    with pytest.raises(
        Unread, match=r"^the evidence keeps it in another shape than this release reads: services$"
    ):
        observations(Observed({"hub_health": {"running": True, "services": 3}}))[HubHealth]


def test_unknown_probes_are_named() -> None:
    """Observations of another release are left out, and said to be."""
    evidence = replace(
        evidence_samples.clean(),
        before=Observed({"tea_leaves": {}}, {"crystal_ball": "cloudy"}),
    )
    assert ["crystal_ball", "tea_leaves"] == unknown_probes(evidence)
    assert [] == list(observations(evidence.before).seen())
