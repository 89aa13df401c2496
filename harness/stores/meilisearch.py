"""Meilisearch: make indexes, put documents in, take them out; every task awaited."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import urlencode

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchError
from meilisearch.models.task import Task

from harness.core.errors import DrillError
from harness.core.patience import (
    READY_ANSWER_WITHIN_SECONDS,
    Meter,
    Patience,
    stalled_after_seconds,
    unmeasured,
)
from harness.core.ports import Endpoint

POLL_SECONDS = 0.02
LEAST_OFTEN_SECONDS = 1.0
DOCUMENTS_A_PAGE = 2_000
DOCUMENTS_A_TASK = 10_000
_NO_SUCH_PATH = (404, 405)
_UNDONE = ("enqueued", "processing")

Document = dict[str, object]


class MeilisearchStore:
    """The platform's search, with its master key."""

    def __init__(self, endpoint: Callable[[], Endpoint], meter: Meter = unmeasured) -> None:
        self._endpoint = endpoint
        self._meter = meter

    def connect(self, key: str = "", within_seconds: float | None = None) -> meilisearch.Client:
        """Return a client; with `key` it may do what that API key allows, else everything."""
        at, within_seconds = self._endpoint(), within_seconds or stalled_after_seconds()
        return meilisearch.Client(at.http_url, key or at.secret, timeout=math.ceil(within_seconds))

    def ready(self) -> str | None:
        """Return None when the server is available and takes the master key, else why not."""
        try:
            client = self.connect(within_seconds=READY_ANSWER_WITHIN_SECONDS)
            client.health()
            client.get_version()
        except (MeilisearchError, DrillError) as error:
            return error.message
        return None

    def ensure_index(self, declared: Mapping[str, Any]) -> None:
        """Create an index with its declared settings; one that exists is left as it is.

        Raises: DrillError: a task failed.
        """
        client = self.connect()
        if self._stats(client, declared["uid"]) is not None:
            return
        self._await(
            client.create_index(declared["uid"], {"primaryKey": declared["primaryKey"]}).task_uid
        )
        self._await(client.index(declared["uid"]).update_settings(declared["settings"]).task_uid)

    def create(self, indexes: Iterable[Mapping[str, Any]]) -> None:
        """Create indexes with their settings and documents. Raises: DrillError: a task failed."""
        client = self.connect()
        for declared in indexes:
            uid = declared["uid"]
            options = {"primaryKey": declared.get("primaryKey")}
            self._await(client.create_index(uid, options).task_uid)
            self._await(client.index(uid).update_settings(declared.get("settings", {})).task_uid)
            if documents := declared.get("documents"):
                self._await(client.index(uid).add_documents(documents).task_uid)

    def delete_index(self, uid: str) -> None:
        """Delete an index with its documents. Raises: DrillError: the task failed."""
        self._await(self.connect().index(uid).delete().task_uid)

    def add_documents(self, uid: str, documents: Sequence[Document]) -> None:
        """Add documents, or replace those with the same key, and wait until they are searchable.

        Raises: DrillError: a task failed.
        """
        index = self.connect().index(uid)
        tasks = [
            index.add_documents(documents[start : start + DOCUMENTS_A_TASK]).task_uid
            for start in range(0, len(documents), DOCUMENTS_A_TASK)
        ]
        for task in tasks:
            self._await(task)

    def count(self, uid: str) -> int:
        """Return how many documents an index holds; 0 when there is no such index."""
        return self._stats(self.connect(), uid) or 0

    def pages(self, uid: str) -> Iterator[list[Document]]:
        """Yield every document of an index, in pages, in the index's own order."""
        return self.all(f"indexes/{uid}/documents", DOCUMENTS_A_PAGE)

    def all(self, path: str, page: int = 1_000, **parameters: str) -> Iterator[list[Any]]:
        """Yield everything that a path lists, in pages, as the server tells it."""
        for offset in count(step=page):
            query = urlencode(parameters | {"offset": offset, "limit": page})
            found = self.connect().http.get(f"{path}?{query}")["results"]
            if found:
                yield found
            if len(found) < page:
                return

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return what the server answers to a GET, or to a POST of `body`; None where it has no
        such path, or where that is an experiment that is not switched on.
        """
        http = self.connect().http
        try:
            return http.get(path) if body is None else http.post(path, body)
        except MeilisearchApiError as error:
            if error.status_code in _NO_SUCH_PATH or error.code == "feature_not_enabled":
                return None
            raise

    def wait_idle(self) -> None:
        """Wait until no task is enqueued or processing. Raises: Unresponsive."""
        client = self.connect()
        waiting = {"statuses": "enqueued,processing", "limit": 1}
        self._until(lambda: not client.get_tasks(waiting).results)

    def dump(self) -> str:
        """Make a dump and return its uid: it is `dumps/<uid>.dump` in the volume.

        Raises: DrillError: the task failed.
        """
        task = self._await(self.connect().create_dump().task_uid)
        return str((task.details or {})["dumpUid"])

    def snapshot(self) -> None:
        """Make a snapshot, in place of the one before. Raises: DrillError: the task failed."""
        self._await(self.connect().create_snapshot().task_uid)

    def _stats(self, client: meilisearch.Client, uid: str) -> int | None:
        """Return the number of documents, or None when there is no such index."""
        try:
            return client.index(uid).get_stats().number_of_documents
        except MeilisearchApiError as error:
            if error.code == "index_not_found":
                return None
            raise

    def _until(self, is_done: Callable[[], bool]) -> None:
        """Ask, less and less often, as long as the server works. Raises: Unresponsive."""
        patience = Patience("meilisearch", self._meter)
        pause_seconds = POLL_SECONDS
        while not is_done():
            patience.check()
            time.sleep(pause_seconds)
            # Answers, too, are work: they must not be taken for progress.
            pause_seconds = min(pause_seconds * 1.1, LEAST_OFTEN_SECONDS)

    def _await(self, task_uid: int) -> Task:
        client = self.connect()
        self._until(lambda: client.get_task(task_uid).status not in _UNDONE)
        task = client.get_task(task_uid)
        if task.status != "succeeded":
            reason: dict[str, Any] = task.error or {}
            raise DrillError(
                f"meilisearch: task {task_uid} ({task.type}) {task.status}:"
                f" {reason.get('message', 'no reason given')}"
            )
        return task
