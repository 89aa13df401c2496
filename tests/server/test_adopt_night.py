"""The backups of one night, of every store and of every kind, are adopted and judged together."""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from ours import our_embedded, our_runtime, our_site

from harness import manifest, manifesting
from harness.backups import METHODS
from harness.core.addresses import told
from harness.core.clock import Clock
from harness.core.evidence import Evidence
from harness.core.ledger import Ledger
from harness.core.ports import STORES
from harness.core.progress import Unwatched
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.drill.seeding import bring_up
from harness.kinds import Options
from harness.scenario.load import load
from harness.site import Site

DUMP, ROLES = "pg_dump-postgres/backup.sql", "pg_dump-postgres/globals.sql"
COUNTS = {"contacts": 60, "credentials": 3, "audit_log": 200, "events": 150}


@dataclass(frozen=True)
class Night:
    """What the backups of a night left, by name, beside their manifest."""

    folder: Path
    missing: Mapping[str, str]

    def adopted(self, into: Path, files: Mapping[str, str], seen: str = "night.json") -> Evidence:
        """Restore some of it, and judge."""
        text = ["title: Last night", "seed: none", "timeline:", "  - adopt: night"]
        text += [f"    manifest: {self.folder / seen}"]
        for store, file in files.items():
            roles = f", roles: {self.folder}/{ROLES}" if file == DUMP else ""
            text.append(f"    {store}: {{file: '{self.folder / file}'{roles}}}")
        text += ["  - restore: night", f"    order: [{', '.join(files)}]"]
        path = into / "night.yaml"
        path.write_text("\n".join(text), encoding="utf-8")
        scenario = load(path)
        runtime = our_embedded("t", platform=scenario.platform)
        return play(scenario, runtime, into / "out", DrillSettings("t"))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """Give a platform's backups of every kind, each by its own tool, and the platform's manifest.

    Nobody writes to it meanwhile: the hub is not there.
    """
    folder = tmp_path_factory.mktemp("night")
    passwords = {store: secrets.token_urlsafe(18) for store in STORES}
    stack = our_runtime("embedded").open(
        f"night-{secrets.token_hex(4)}", passwords, folder / "logs"
    )
    try:
        site = our_site(stack, Clock(), Ledger(random=7), stack.directory)
        bring_up(site, COUNTS, lambda: None, Unwatched())
        site.service("hub").stop()
        stores = [store for store in site.present if store != "hub"]
        addresses = {store: told(store, site.service(store).endpoint)["url"] for store in stores}
        if "meilisearch" in stores:
            key = site.service("meilisearch").endpoint.secret
            addresses["meilisearch"] = addresses["meilisearch"].replace("//", f"//:{key}@")
        seen = manifesting.made(addresses, at_rest=stores)
        manifest.save(seen, folder / "night.json")
        _back_up(site, stores, folder)
        yield Night(folder, stack.missing)
    finally:
        assert stack.close().left == ()


def _back_up(site: Site, stores: list[str], folder: Path) -> None:
    for store in stores:
        for method in METHODS.values():
            ours = method.id in {"pg_dump", "volume", "stream_backup", "redis_rdb"}
            if store in method.stores and (ours or method.id.startswith("meili_")):
                into = folder / f"{method.id}-{store}"
                into.mkdir()
                observed: list[str | None] = []
                asked = {"globals": True} if method.id == "pg_dump" else {}
                options: Options = method.options.model_validate(asked)
                method.take(site, store, into, options, observed.append)
    service = site.service("postgres")
    service.run(["pg_basebackup", "--pgdata=base", "--checkpoint=fast"])
    service.fetch("base", folder / "base")


KINDS = {
    "a dump": {"postgres": DUMP},
    "a copied cluster": {"postgres": "volume-postgres/data.tar.gz"},
    "a base backup": {"postgres": "base"},
    "a volume of streams": {"nats": "volume-nats/data.tar.gz"},
    "each stream by itself": {"nats": "stream_backup-nats"},
    "a volume of the cache": {"redis": "volume-redis/data.tar.gz"},
    "an RDB file": {"redis": "redis_rdb-redis/dump.rdb"},
    "a dump of the search": {"meilisearch": "meili_dump-meilisearch/*.dump"},
    "a snapshot of the search": {"meilisearch": "meili_snapshot-meilisearch/*.snapshot"},
    "all of it": {
        "postgres": DUMP,
        "nats": "volume-nats/data.tar.gz",
        "redis": "volume-redis/data.tar.gz",
        "meilisearch": "meili_dump-meilisearch/*.dump",
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_tool_left_is_restored_as_the_manifest_saw_it(
    tmp_path: Path, night: Night, kind: str
) -> None:
    """Nothing else than the file and the manifest is needed."""
    files = {store: file for store, file in KINDS[kind].items() if store not in night.missing}
    if not files:
        pytest.skip("; ".join(night.missing.values()))
    evidence = night.adopted(tmp_path, files)
    findings = evidence.judgement.findings
    # A copy of a cluster that runs holds no unlogged rows, and that is told.
    unlogged = [f for f in findings if f.check == "unlogged_table_rows"] if "base" in kind else []
    wrong = [f.summary for f in findings if f.verdict is not Verdict.PASS and f not in unlogged]
    assert wrong == []
    assert evidence.failure == ""
    expected = Verdict.FAIL if unlogged else Verdict.PASS
    assert evidence.judgement.verdict is expected


def test_another_night_fails_where_the_moment_is_known(tmp_path: Path, night: Night) -> None:
    """What is not as it was is a failure, or is not judged where somebody may have written."""
    content = json.loads((night.folder / "night.json").read_text(encoding="utf-8"))
    entries = content["observed"]["seen"]["cache_entries"]["entries"]
    entries.pop(next(iter(entries)))
    for verdict in (Verdict.FAIL, Verdict.UNVERIFIED):
        content["stores"]["redis"] = verdict is Verdict.FAIL
        (night.folder / "other.json").write_text(json.dumps(content), encoding="utf-8")
        into = tmp_path / verdict.value
        into.mkdir()
        evidence = night.adopted(into, KINDS["a volume of the cache"], "other.json")
        assert evidence.judgement.verdict is verdict


def test_a_manifest_tells_no_key_and_no_secret(night: Night) -> None:
    """Nothing that the stores hold can be read in it."""
    kept = (night.folder / "night.json").read_text(encoding="utf-8")
    for word in ("contact:", "session:", "requirepass", "@example"):
        assert word not in kept
