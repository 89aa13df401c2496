"""A webhook is told what a run came to, again if need be; its address is never printed."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema
import pytest
from evidence_samples import briefly
from real_servers import free_port

from harness import notify, run_options
from harness import settings as project_settings
from harness.core.errors import UsageError
from harness.report import json_document
from harness.report.run_folder import Run
from harness.settings import Hook

FOLDER = Path("reports/run")
SECRET = "T0PS3CRET"
FAILED, PASSED = Run("r", (briefly("failing"),)), Run("r", (briefly("clean"),))


@dataclass
class Receiver:
    """A web server of the test's own: it keeps what it was told, and answers as it is bidden."""

    answers: list[int] = field(default_factory=list)
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Give a web server, named by the variable HOOK, that no proxy stands before."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(told.answers.pop(0) if told.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{told.port}/{SECRET}")
    monkeypatch.setattr(notify, "WAITS_SECONDS", 0.01)
    yield told
    server.shutdown()
    server.server_close()


def test_it_is_told_again_until_it_hears(receiver: Receiver) -> None:
    """Overloaded, it is asked again; what it then takes is the document of the run."""
    receiver.answers = [503, 429]
    assert "" == notify.tell(Hook("HOOK"), FAILED, FOLDER)
    assert 3 == len(receiver.heard)
    path, body = receiver.heard[-1]
    assert f"/{SECRET}" == path
    jsonschema.validate(json.loads(body), json.loads(json_document.schema_text()))


@pytest.mark.parametrize(
    ("answers", "tries", "said"),
    [
        ([404], 1, "it answered with status 404"),
        ([302], 1, "it answered with status 302"),
        ([500] * 9, notify.TRIES, "it answered with status 500"),
    ],
)
def test_what_it_refuses_is_one_line(
    receiver: Receiver, answers: list[int], tries: int, said: str
) -> None:
    """What asking again does not help is asked once; it is followed nowhere."""
    receiver.answers = answers
    assert f"the webhook in HOOK was not told: {said}" == notify.tell(Hook("HOOK"), FAILED, FOLDER)
    assert tries == len(receiver.heard)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"http://127.0.0.1:{{port}}/{SECRET}", f"no connection, tried {notify.TRIES} times"),
        ("", "the variable is not set"),
        (f"ftp://{SECRET}", "it holds no address that begins with https:// or http://"),
        (f"http://[{SECRET}", "it cannot be posted to (invalid url)"),
        (f"http://{SECRET}:99999999/", "it cannot be posted to (invalid url)"),
    ],
)
def test_an_address_is_never_told(
    url: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Whatever is wrong with it, nothing of it is printed, logged or returned."""
    monkeypatch.setattr(notify, "WAITS_SECONDS", 0.01)
    monkeypatch.setenv("HOOK", url.format(port=free_port()))
    monkeypatch.setenv("DRILL_TRACEBACK", "1")
    assert f"the webhook in HOOK was not told: {said}" == notify.tell(Hook("HOOK"), FAILED, FOLDER)
    assert SECRET not in "".join(capfd.readouterr())


def test_a_proxy_is_honoured(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not reached directly is reached by the proxy that the environment names."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{receiver.port}")
    monkeypatch.setenv("HOOK", "http://hooks.example/told")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert "" == notify.tell(Hook("HOOK"), FAILED, FOLDER)
    assert ["http://hooks.example/told"] == [path for path, _ in receiver.heard]


def test_success_is_told_where_it_is_asked_for(receiver: Receiver) -> None:
    """Of a PASS nobody hears, unless they asked for it."""
    assert "" == notify.tell(Hook("HOOK"), PASSED, FOLDER)
    assert [] == receiver.heard
    assert "" == notify.tell(Hook("HOOK", on="always"), PASSED, FOLDER)
    assert 1 == len(receiver.heard)


def test_slack_is_told_in_its_own_way(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdict, cause and the way to the job; nothing that a store held is markup or a mention."""
    monkeypatch.setenv("CI_JOB_URL", "https://ci/job/1")
    monkeypatch.delenv("GITHUB_RUN_ID", raising=False)
    assert "" == notify.tell(Hook("HOOK", "slack"), FAILED, FOLDER)
    told = json.loads(receiver.heard[0][1])
    assert ["text"] == list(told)
    first, second, *_, last = told["text"].splitlines()
    assert first.startswith(
        "✗ *FAIL* restore drills: 3 owed rows are gone that no scenario expects;"
    )
    assert second.startswith(
        "• FAIL failing: Step 'restore nightly' failed for nats: tar: &lt;script"
    )
    assert "<https://ci/job/1|The job that ran them>" == last


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None, None), Hook("SETTLED", "slack", "always")),
        (("OTHER", None, None), Hook("OTHER", "slack", "always")),
        ((None, "generic", "failure"), Hook("SETTLED", "generic", "failure")),
    ],
)
def test_the_command_line_outranks_the_settings(
    tmp_path: Path, given: tuple[str | None, str | None, str | None], expected: Hook
) -> None:
    """Each part of what the settings say may be said otherwise."""
    text = '[tool.drill]\nnotify = {url_env = "SETTLED", format = "slack", on = "always"}\n'
    (tmp_path / "pyproject.toml").write_text(text)
    settled = project_settings.read(tmp_path).notify
    assert expected == run_options.hook_of(settled, *given)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (f'{{url_env = "https://hooks/{SECRET}"}}', "url_env names no environment variable"),
        ('{format = "slack"}', "url_env names no environment variable"),
        ('{url_env = "A", on = "succes"}', r"on: 'succes' is unknown"),
        ('{url_env = "A", format = "slac"}', r"format: 'slac' is unknown. Did you mean 'slack'"),
        ('{url_env = "A", url = "x"}', r"notify: 'url' is unknown"),
        ('"A"', "is not a table"),
    ],
)
def test_a_wrong_setting_is_told_without_what_it_may_hold(
    tmp_path: Path, written: str, said: str
) -> None:
    """An address in the place of its variable's name is not printed either."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.drill]\nnotify = {written}\n")
    with pytest.raises(UsageError, match=said) as refused:
        project_settings.read(tmp_path)
    assert SECRET not in str(refused.value)


def test_a_format_without_a_webhook_is_refused() -> None:
    """Options that say how to tell nobody are bad usage."""
    with pytest.raises(UsageError, match="there is no webhook to tell"):
        run_options.hook_of(None, None, "slack", None)
