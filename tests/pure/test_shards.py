"""A run shared out among machines is whole again when it is merged, or says what is missing."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import evidence_samples
import pytest

from harness import evidence_file
from harness.core.errors import DrillError, UsageError
from harness.core.shard import Shard, shard_of, share
from harness.core.verdict import Verdict
from harness.report import digests, run_folder, sharding
from harness.report.run_folder import Plan, Planned
from harness.report.sharding import Share, keep, merge

SLUGS = [f"drill-{number}" for number in range(72)]


def test_shards_hold_each_drill_once_and_take_equally_long() -> None:
    """By any times that all know, and by none; the longest takes no more than a drill longer."""
    chance = Random(5)  # noqa: S311 - chance from a seed guards nothing
    for of in (1, 2, 4, 7, 100):
        for known in (0, 40, 72):
            expected = {slug: chance.uniform(1, 90) for slug in chance.sample(SLUGS, known)}
            shares = [share(SLUGS, expected, Shard(number + 1, of)) for number in range(of)]
            assert Counter(SLUGS) == Counter(slug for one in shares for slug in one)
            if known == len(SLUGS):
                took = [sum(expected[slug] for slug in one) for one in shares]
                assert max(took) - min(took) <= max(expected.values())


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "1", "a/b", "1/4/4", "-1/4", "1/99999"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    """One message says how to write it."""
    with pytest.raises(UsageError, match="is no shard"):
        shard_of(text)
    assert Shard(2, 4) == shard_of("2/4")


def _shard(folder: Path, number: int, slugs: list[str], whole: list[str], of: int = 2) -> Path:
    """Leave what a shard leaves, each of its drills being the clean sample."""
    run = folder / str(number) / "night"
    planned = {slug: Planned(slug, slug, "") for slug in whole}
    for slug in slugs:
        sample = evidence_samples.clean()
        scenario = replace(sample.scenario, slug=slug)
        (run / slug).mkdir(parents=True)
        evidence = replace(sample, scenario=scenario)
        evidence_file.save(evidence, run / slug / run_folder.EVIDENCE)
    run.mkdir(parents=True, exist_ok=True)
    keep(run, Share("night", Shard(number, of), tuple(planned.values())))
    run_folder.keep_plan(run, Plan(tuple(planned[slug] for slug in slugs)))
    digests.write(run)
    return run


def test_what_no_shard_played_is_unverified(tmp_path: Path) -> None:
    """A missing shard, and a drill that none took, are told by name."""
    whole = ["a", "b", "c"]
    one, two = _shard(tmp_path, 1, ["a"], whole), _shard(tmp_path, 2, ["b"], whole)
    target, notes = merge([one, two], tmp_path / "reports")
    run = run_folder.read(target)
    assert "night" == target.name
    assert {"a", "b"} == {drill.slug for drill in run.drills}
    assert ["c"] == [drill.slug for drill in run.unplayed]
    assert "no shard took it: they did not know the same times of earlier runs" in notes[-1]
    assert Verdict.UNVERIFIED == run.verdict
    target, notes = merge([one], tmp_path / "others")
    assert "shard 2/2 is missing" == notes[0]
    assert ["b", "c"] == [drill.slug for drill in run_folder.read(target).unplayed]


def test_shards_that_are_not_as_they_were_left_are_not_merged(tmp_path: Path) -> None:
    """Nothing is written of what was changed, is of another run, or is there already."""
    one, two = _shard(tmp_path, 1, ["a"], ["a", "b"]), _shard(tmp_path, 2, ["b"], ["a", "b"])
    other = _shard(tmp_path / "x", 2, ["b"], ["b"])
    reports = tmp_path / "reports"
    for sources, said in (
        ([one, other], "the drills of the whole run differs"),
        ([one, one], "shard 1/2 is named twice"),
        ([tmp_path], "is no shard of a run"),
    ):
        with pytest.raises(UsageError, match=said):
            merge(sources, reports)
    (two / "b" / "report.html").write_text("PASS")
    with pytest.raises(DrillError, match=r"not in the list: b/report\.html"):
        merge([one, two], reports)
    assert not reports.exists()
    (two / "b" / "report.html").unlink()
    merge([one, two], reports)
    with pytest.raises(UsageError, match="is there already"):
        merge([one, two], reports)


def test_of_a_drill_that_two_shards_played_the_worse_counts(tmp_path: Path) -> None:
    """Shards that did not know the same times hide nothing."""
    one, two = _shard(tmp_path, 1, ["a"], ["a"]), _shard(tmp_path, 2, ["a"], ["a"])
    (two / "a" / run_folder.EVIDENCE).write_text("{")
    digests.write(two)
    for sources in ([one, two], [two, one]):
        target, _ = sharding.merge(sources, tmp_path / f"merged-{sources.index(one)}")
        assert Verdict.UNVERIFIED == run_folder.read(target).verdict
