"""A valid scenario file becomes the scenario that it says."""

from hashlib import sha256
from pathlib import Path

import pytest
from literal_kinds import KINDS
from ours import SOURCES

from harness.backups.pg_dump import PgDumpOptions
from harness.backups.volume import VolumeOptions
from harness.core.case import Objectives
from harness.core.judgement import Expectation
from harness.core.terms import Terms
from harness.kinds import Options
from harness.scenario.load import load, slug_of
from harness.scenario.model import HubCommand, Scenario, Seed
from harness.scenario.problem import ScenarioErrors
from harness.scenario.steps import Backup, Disaster, MethodChoice, Restore, Start, Wait, Write
from harness.scenario.terms import terms_in

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HEAD = "title: A drill\nseed: {random: 7}\n"
FAILS = "expect: {fail: [table_rows]}\n"
"""Of a timeline that destroys nothing, no PASS is expected."""


def loaded(directory: Path, text: str) -> Scenario:
    """Return the scenario that a text gives."""
    path = directory / "drill.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, KINDS)


def test_the_guides_full_platform_restore() -> None:
    """The first scenario says what the guide says, step by step and with its lines."""
    path = SCENARIOS / "full-platform-restore.yaml"
    scenario = load(path, KINDS)
    counts = {"contacts": 2_000, "credentials": 50, "audit_log": 10_000, "events": 5_000}
    assert scenario.slug == "full-platform-restore"
    assert scenario.title == "Every volume is lost; the platform returns from last night's backups"
    assert scenario.why == 'The guide\'s "Full Platform Restore", method A.'
    assert scenario.tags == ("nightly", "release")
    assert scenario.seed == Seed(20261122, counts)
    assert scenario.timeline == (
        Backup(
            12,
            "nightly",
            (
                MethodChoice(
                    "postgres",
                    "pg_dump",
                    PgDumpOptions.model_validate({"format": "plain", "jobs": 1}),
                ),
                MethodChoice("nats", "volume", VolumeOptions.model_validate({"while": "stopped"})),
            ),
            every_seconds=86_400.0,
        ),
        Write(16, {"contacts": 50, "audit_log": 200, "events": 100}, ("postgres", "nats")),
        Disaster(17, "lose_volume", ("postgres", "nats", "meilisearch", "redis"), Options()),
        Restore(19, "nightly", ("postgres", "nats")),
        Start(21, ("hub",)),
    )
    assert scenario.terms == Terms(
        objectives=Objectives(
            120.0, {"postgres": 90_000.0, "nats": 90_000.0}, {"nightly": 86_400.0}, 604_800.0
        )
    )
    assert scenario.hub is None
    assert scenario.text == path.read_text(encoding="utf-8")
    assert scenario.sha256 == sha256(path.read_bytes()).hexdigest()


def test_steps_have_titles_for_people() -> None:
    """A step is named by its verb and what it works on."""
    scenario = load(SCENARIOS / "full-platform-restore.yaml", KINDS)
    assert [step.title for step in (*scenario.timeline, Wait(1, 0.5))] == [
        "backup nightly",
        "write 50 contacts, 200 audit_log, 100 events",
        "disaster lose_volume: postgres, nats, meilisearch, redis",
        "restore nightly: postgres, nats",
        "start hub",
        "wait 0.5 s",
    ]


def test_what_is_left_out_is_nothing(tmp_path: Path) -> None:
    """Title, seed and timeline are enough: no rows, no objectives, and everything must pass."""
    steps = "[{disaster: lose_volume, stores: [redis]}, {start: redis}]"
    scenario = loaded(tmp_path, f"{HEAD}timeline: {steps}\n")
    assert scenario.why == ""
    assert scenario.tags == ()
    assert scenario.seed == Seed(7, dict.fromkeys(SOURCES, 0))
    assert scenario.terms == Terms()
    assert scenario.terms.expectation.passes


def test_every_ledger_table_can_be_seeded(tmp_path: Path) -> None:
    """The file's tables are the ledger's, so a new one is not forgotten here."""
    steps = "[{disaster: lose_volume, stores: [redis]}, {start: redis}]"
    tables = ", ".join(f"{table}: 1" for table in SOURCES)
    scenario = loaded(tmp_path, f"title: t\nseed: {{random: 7, {tables}}}\ntimeline: {steps}\n")
    assert scenario.seed == Seed(7, dict.fromkeys(SOURCES, 1))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("1.5s", 1.5), ("5m", 300), ("24h", 86_400), ("0s", 0)],
)
def test_durations(tmp_path: Path, written: str, seconds: float) -> None:
    """A duration is a number and a unit."""
    scenario = loaded(tmp_path, f"{HEAD}timeline: [{{wait: {written}}}]\n{FAILS}")
    assert scenario.timeline == (Wait(3, seconds),)


def test_options_of_a_method(tmp_path: Path) -> None:
    """A method is a word, or a mapping with its options; stores keep the order of the file."""
    scenario = loaded(
        tmp_path,
        HEAD + "timeline:\n  - backup: nightly\n    redis: none\n"
        "    nats: {method: volume, while: running}\n"
        "    postgres: {method: pg_dump, format: directory, jobs: 2}\n" + FAILS,
    )
    (step,) = scenario.timeline
    assert step.stores == ("redis", "nats", "postgres")
    assert step == Backup(
        4,
        "nightly",
        (
            MethodChoice("redis", "none", Options()),
            MethodChoice("nats", "volume", VolumeOptions.model_validate({"while": "running"})),
            MethodChoice(
                "postgres",
                "pg_dump",
                PgDumpOptions.model_validate({"format": "directory", "jobs": 2}),
            ),
        ),
    )


def test_a_known_bad_procedure(tmp_path: Path) -> None:
    """Exactly the checks named must fail; others are left out with a reason."""
    scenario = loaded(
        tmp_path,
        HEAD + "timeline: [{wait: 1s}]\nexpect: {fail: [audit_log_complete, table_rows]}\n"
        "skip: {rto: a slow machine}\n",
    )
    assert scenario.terms.expectation == Expectation(("audit_log_complete", "table_rows"))
    assert scenario.terms.skip == {"rto": "a slow machine"}


def test_expected_failures_have_sizes(tmp_path: Path) -> None:
    """Each count of a finding is exact or a range; `any` leaves the size open."""
    scenario = loaded(
        tmp_path,
        HEAD + "timeline: [{wait: 1s}]\nexpect:\n  fail:\n    rto: any\n"
        "    table_rows: {lost: 1_000, altered: 1..2_000}\n",
    )
    sizes = {"table_rows": {"lost": (1_000, 1_000), "altered": (1, 2_000)}}
    expectation = scenario.terms.expectation
    assert Expectation(("rto", "table_rows"), sizes) == expectation
    assert "rto, table_rows (lost 1000, altered 1..2000)" == str(expectation)


def test_the_stores_among_the_tags_are_what_it_is_about(tmp_path: Path) -> None:
    """Without one of them nothing that the scenario is for can be shown."""
    text = HEAD + "tags: [redis, guide, nats]\ntimeline: [{wait: 1s}]\n" + FAILS
    assert ("nats", "redis") == loaded(tmp_path, text).terms.subjects


def test_saved_text_gives_the_terms_it_was_played_by() -> None:
    """Evidence is judged by its scenario's text, whatever else stands in the evidence."""
    path = SCENARIOS / "full-platform-restore.yaml"
    assert load(path).terms == terms_in(path.read_text(encoding="utf-8"))
    script = "timeline: [{retention: nowhere.sh, after: 1h}]\nskip: {rto: slow}\n" + FAILS
    terms = terms_in(HEAD + "tags: [nats]\n" + script)
    assert Terms(Expectation(("table_rows",)), skip={"rto": "slow"}, subjects=("nats",)) == terms
    for text in ("{", "5", HEAD, HEAD + "timeline: [{backup: a, every: daily}]\n"):
        with pytest.raises(ScenarioErrors):
            terms_in(text)


def test_a_real_hub(tmp_path: Path) -> None:
    """A scenario can name the command and the health URL of a hub of its own."""
    scenario = loaded(
        tmp_path,
        HEAD + "timeline: [{start: hub}]\n"
        "stack: {hub: {command: [pnpm, hub], health_url: 'http://127.0.0.1:4101/health'}}\n"
        + FAILS,
    )
    assert scenario.hub == HubCommand(("pnpm", "hub"), "http://127.0.0.1:4101/health")


def test_the_same_file_under_windows(tmp_path: Path) -> None:
    """A byte order mark and CRLF line ends change nothing but the digest."""
    text = HEAD + "timeline:\n  - wait: 1s\n  - start: [redis, hub]\n" + FAILS
    plain = loaded(tmp_path, text)
    marked = loaded(tmp_path, "\ufeff" + text.replace("\n", "\r\n"))
    assert plain.timeline == marked.timeline == (Wait(4, 1.0), Start(5, ("redis", "hub")))


@pytest.mark.parametrize(
    "steps",
    [
        "[{backup: a, postgres: pg_dump}, {restore: a, order: [postgres]}]",
        "[{disaster: lose_volume, stores: [redis]}, {start: redis}, {backup: a, redis: volume}]",
        "[{disaster: lose_volume, stores: [nats, hub]}, {start: hub}, {write: {events: 1}}]",
        "[{disaster: lose_volume, stores: [nats]}, {write: {audit_log: 1}}]",
        "[{disaster: lose_volume, stores: [nats]}, {start: nats}, {write: {events: 1}}]",
    ],
    ids=["rollback", "start", "the hub starts all", "another store", "back and written"],
)
def test_timelines_that_make_sense(tmp_path: Path, steps: str) -> None:
    """A running store may be rolled back; a lost one is back after a restore or a start."""
    scenario = loaded(tmp_path, f"{HEAD}timeline: {steps}\n{FAILS}")
    assert steps.count(": ") >= len(scenario.timeline) >= 2


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("scenarios/nightly.yaml", "nightly"),
        ("scenarios/guide/PG dump.yaml", "guide-pg-dump"),
        ("elsewhere/Über_alles!.yml", "uber_alles"),
        ("scenarios/old/scenarios/a/b.yaml", "a-b"),
        ("scenarios.yaml", "scenarios"),
    ],
)
def test_ids_come_from_paths(path: str, slug: str) -> None:
    """An id is ASCII, and carries the folders below the folder of scenarios."""
    assert slug_of(Path(path)) == slug
