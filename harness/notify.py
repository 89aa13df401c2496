"""A word to a webhook when a run has ended. Its address is a secret: it is named by an environment
variable, and neither it nor what a library says of it is ever printed.
"""

import os
from http import HTTPStatus
from json import dumps
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness import __version__
from harness.core.errors import kind_of
from harness.core.verdict import Verdict
from harness.report import json_document, run_page
from harness.report.run_folder import Run
from harness.report.wording import ICONS, count, sentence
from harness.settings import Hook

TRIES = 4
WAITS_SECONDS = 0.5
"""The second try is made at once, the third after twice this time, each later one after twice the
time before it.
"""
ANSWERS_WITHIN_SECONDS = 10.0

_FOR_A_WHILE = (429, 500, 502, 503, 504)
_TROUBLES_AT_MOST = 5


def tell(hook: Hook, run: Run, folder: Path) -> str:
    """Tell of a run, whose folder this is; return why it could not be told, or nothing."""
    if hook.on == "failure" and run.verdict is Verdict.PASS:
        return ""
    body = json_document.render(run, folder) if hook.format == "generic" else _slack(run)
    problem = _sent(os.environ.get(hook.url_env, "").strip(), body)
    return f"the webhook in {hook.url_env} was not told: {problem}" if problem else ""


def _sent(url: str, body: str) -> str:
    """Post a body; return why it was not taken, in words that hold nothing of the address."""
    if not url:
        return "the variable is not set"
    if not url.startswith(("https://", "http://")):
        return "it holds no address that begins with https:// or http://"
    try:
        status = _posted(url, body)
    except requests.Timeout:
        return f"it did not answer within {ANSWERS_WITHIN_SECONDS:g} s"
    except (requests.ConnectionError, requests.exceptions.RetryError):
        return f"no connection, tried {TRIES} times"
    except Exception as error:  # noqa: BLE001 - whatever it says may hold the address
        return f"it cannot be posted to ({kind_of(error)})"
    is_taken = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return "" if is_taken else f"it answered with status {status}"


def _posted(url: str, body: str) -> int:
    """Post a body, again where that may help; return the status of the last answer."""
    again = Retry(
        total=TRIES - 1,
        backoff_factor=WAITS_SECONDS,
        status_forcelist=_FOR_A_WHILE,
        allowed_methods=["POST"],
        raise_on_status=False,
    )
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"restore-drills/{__version__}",
    }
    with requests.Session() as session:
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=again))
        return session.post(
            url,
            data=body.encode(),
            headers=headers,
            timeout=ANSWERS_WITHIN_SECONDS,
            allow_redirects=False,
        ).status_code


def _slack(run: Run) -> str:
    """Return the text that Slack, and what is compatible with it, shows."""
    word, said = run_page.word(run), sentence(run_page.sentence(run))
    lines = [f"{ICONS[run.verdict.value]} *{_plain(word)}* restore drills: {_plain(said)}"]
    found = run_page.shared(run.drills)
    for one in found[:_TROUBLES_AT_MOST]:
        drills = ", ".join(drill.slug for drill, _ in one.drills[:_TROUBLES_AT_MOST])
        more = len(one.drills) - _TROUBLES_AT_MOST
        drills += f" and {more} more" if more > 0 else ""
        said = f"{sentence(one.trouble.said)} {sentence(one.trouble.next_step)}".rstrip()
        lines.append(f"• {one.trouble.word} {_plain(drills)}: {_plain(said)}")
    if (left_out := len(found) - _TROUBLES_AT_MOST) > 0:
        lines.append(f"• and {count(left_out, 'more cause')}")
    lines += [
        f"• UNVERIFIED {_plain(drill.slug)}: {_plain(sentence(drill.reason))}"
        for drill in run.unplayed[:_TROUBLES_AT_MOST]
    ]
    if job := _job():
        lines.append(f"<{job}|The job that ran them>")
    return dumps({"text": "\n".join(lines)})


def _job() -> str:
    """Return where the job that plays the drills is looked at, on GitHub or GitLab."""
    found = os.environ
    if all(found.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")):
        repository = f"{found['GITHUB_SERVER_URL']}/{found['GITHUB_REPOSITORY']}"
        return f"{repository}/actions/runs/{found['GITHUB_RUN_ID']}"
    return found.get("CI_JOB_URL", "")


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
