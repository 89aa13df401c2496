"""docs/disasters.md names every fault, and every scenario of a disaster."""

import re
from pathlib import Path

from harness.core.points import POINTS
from harness.faults import FAULTS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "disasters.md").read_text(encoding="utf-8")


def test_every_fault_is_in_the_table_with_its_options() -> None:
    """What a scenario can say is what the page says."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*)\|$", TEXT, re.MULTILINE))
    assert POINTS == {point: rows.pop(point).split("|")[0].strip() for point in POINTS}
    assert sorted(FAULTS) == sorted(rows)
    for id_, fault in FAULTS.items():
        stores, _, options = rows[id_].strip().split("|")
        assert (stores.strip() == "every store") == (len(fault.stores) > 1)
        names = [field.alias or name for name, field in fault.options.model_fields.items()]
        assert [f"`{name}`" for name in sorted(names)] == sorted(
            filter(None, options.strip().split(", "))
        )


def test_every_scenario_of_a_disaster_is_told() -> None:
    """And none that there is not."""
    there = {path.stem for path in (ROOT / "scenarios" / "disasters").glob("*.yaml")}
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", TEXT))
    assert there == told
