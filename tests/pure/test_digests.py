"""Any byte of a run that was changed since it ended is told, and whose signature stands for it."""

import hashlib
import subprocess
import sys
from pathlib import Path

import evidence_samples
import pytest

from harness import evidence_file, run_pages, signing
from harness.core.errors import DrillError, UsageError
from harness.report import digests, page, run_folder
from harness.report.digests import LIST, SIGNATURE

SLUG = "full-platform-restore"
UNSIGNED = "? the list of digests is not signed: whoever changed a file could change it as well"
UNCHECKED = "? the signature was not checked; name the signers' keys: --signers FILE"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Give the folder of a run that has ended, with a log of an odd name."""
    folder = tmp_path / "reports" / "run"
    (folder / SLUG / "logs").mkdir(parents=True)
    evidence_file.save(evidence_samples.clean(), folder / SLUG / "evidence.json")
    (folder / SLUG / "logs" / "odd \\ name\n.log").write_text("it began\n")
    (folder / SLUG / "logs" / "nats.log").write_text("it began\n")
    page.write(evidence_samples.judged(evidence_samples.clean()), folder / SLUG / "report.html")
    run_pages.make(run_folder.read(folder), folder)
    return folder


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Give an SSH key of its own."""
    path = tmp_path / "key"
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(make, check=True)
    return path


def report(path: Path, *more: str) -> tuple[int, list[str]]:
    """Return the exit code of `drill report`, and the lines it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "harness", "report", str(path), *more],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, (ended.stdout + ended.stderr).splitlines()


def test_a_run_is_as_it_was_left(run: Path) -> None:
    """Nothing is told of an untouched run, and sha256sum says the same."""
    assert [] == digests.differences(run)
    assert 5 == len(digests.read(run))
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", LIST],
        cwd=run,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (0, "") == (checked.returncode, checked.stdout + checked.stderr)


@pytest.mark.parametrize("name", [f"{SLUG}/evidence.json", f"{SLUG}/logs/nats.log", "index.html"])
def test_every_changed_byte_is_told(run: Path, name: str) -> None:
    """Of evidence, a log and a page: the first byte, the last one, and one more."""
    path = run / name
    content = path.read_bytes()
    for changed in (
        bytes([content[0] ^ 1]) + content[1:],
        content[:-1] + bytes([content[-1] ^ 1]),
        content + b"\n",
    ):
        path.write_bytes(changed)
        assert [f"changed: {name}"] == digests.differences(run)
    path.write_bytes(content)
    assert [] == digests.differences(run)


def test_what_is_gone_or_was_added_is_told(run: Path) -> None:
    """A file that is not there, and one that was not there, each by name."""
    (run / SLUG / "logs" / "nats.log").rename(run / SLUG / "logs" / "other.log")
    assert [
        f"gone: {SLUG}/logs/nats.log",
        f"not in the list: {SLUG}/logs/other.log",
    ] == digests.differences(run)


@pytest.mark.parametrize("text", [None, "no list\n", "\0" * 64])
def test_without_a_list_nothing_is_vouched_for(run: Path, text: str | None) -> None:
    """No list, or one that was spoiled, is refused by name."""
    (run / LIST).unlink()
    if text is not None:
        (run / LIST).write_text(text)
    with pytest.raises(UsageError, match=LIST):
        digests.differences(run)


def test_pages_name_what_their_readers_sign(run: Path) -> None:
    """The run's page has the digest over all evidence, as the command on it tells it."""
    shown = (run / "index.html").read_text()
    printed = subprocess.run(
        ["sh", "-c", f"grep '/evidence.json$' {LIST} | sha256sum"],
        cwd=run,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()[0]
    assert f"SHA-256 of all evidence: <code>{printed}</code>" in shown
    digest = hashlib.sha256((run / SLUG / "evidence.json").read_bytes()).hexdigest()
    assert f"SHA-256 of evidence.json: <code>{digest}</code>" in (
        (run / SLUG / "report.html").read_text()
    )


def test_a_signature_is_its_signers_alone(run: Path, key: Path, tmp_path: Path) -> None:
    """A signed run names its signer; a changed list, another key and another name do not pass."""
    signing.sign(run, key)
    signers = tmp_path / "signers"
    public = key.with_suffix(".pub").read_text()
    signers.write_text(f"somebody@example.org {public}")
    assert "somebody@example.org" == signing.signer(run, signers)
    assert [] == digests.differences(run)
    intact = (run / LIST).read_text()
    (run / LIST).write_text(intact.replace("a", "b", 1))
    with pytest.raises(DrillError, match="ssh-keygen: "):
        signing.signer(run, signers)
    (run / LIST).write_text(intact)
    signers.write_text(f'somebody@example.org namespaces="mail" {public}')
    with pytest.raises(DrillError, match=r"of no key|ssh-keygen: "):
        signing.signer(run, signers)
    signers.write_text("")
    with pytest.raises(DrillError, match="the signature is of no key in "):
        signing.signer(run, signers)


def test_the_command_says_what_it_could_vouch_for(run: Path, key: Path, tmp_path: Path) -> None:
    """0 where all is as it was, 1 where anything was changed, 3 where a signature is unchecked."""
    whole = "✓ 5 files as the run left them"
    assert (0, [whole, UNSIGNED]) == report(run, "--verify")
    signing.sign(run, key)
    signers = tmp_path / "signers"
    signers.write_text(f"somebody {key.with_suffix('.pub').read_text()}")
    assert (3, [whole, UNCHECKED]) == report(run, "--verify")
    assert (0, [whole, "✓ signed by somebody"]) == report(
        run, "--verify", "--signers", str(signers)
    )
    (run / "index.html").write_text("PASS")
    told = ["✗ changed: index.html", "✓ signed by somebody"]
    assert (1, told) == report(run, "--verify", "--signers", str(signers))


def test_a_key_that_asks_for_a_passphrase_is_not_waited_for(run: Path, key: Path) -> None:
    """Nobody is asked; it is said that the run could not be signed."""
    lock = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", str(key)]
    subprocess.run(lock, check=True, stdout=subprocess.DEVNULL)
    with pytest.raises(DrillError, match=r"ssh-keygen: .*passphrase"):
        signing.sign(run, key)
    assert not (run / SIGNATURE).exists()


def test_a_page_made_again_keeps_the_list_true(run: Path, key: Path) -> None:
    """Rendered anew it is listed anew; changed by hand, or signed for, it stays as it is."""
    index = run / "index.html"
    rendered = index.read_text()
    for what in (run / SLUG / "evidence.json", run):
        assert report(what)[1][-1].startswith("wrote ")
    assert [] == digests.differences(run)
    index.write_text(rendered + "<!-- forged -->")
    said = report(run)[1][-1]
    assert f"{index} is not the one of the run; drill report --verify tells more" == said
    assert ["changed: index.html"] == digests.differences(run)
    index.write_text(rendered)
    signing.sign(run, key)
    assert f"{index} is signed for, and stays as it is" == report(run)[1][-1]
    assert rendered == index.read_text()
