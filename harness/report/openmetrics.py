"""A run as OpenMetrics text, as a node exporter collects it from a file.

Only gauges, which Prometheus' own older text format reads as well. What nobody can tell has no
sample: a zero would be a claim.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.core import CollectorRegistry, GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from harness.core.verdict import Verdict
from harness.report.run_folder import Run


def render(run: Run, last_success: Mapping[str, datetime], now: datetime) -> str:
    """Return a run's figures, and when each scenario last passed: those too that did not run."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(run, last_success, now))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call] # the library's own
    return text.decode()


class _Figures(Collector):
    def __init__(self, run: Run, last_success: Mapping[str, datetime], now: datetime) -> None:
        self._run, self._last_success, self._now = run, last_success, now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every figure."""
        yield self._verdicts()
        yield from self._measured()
        yield from self._rows()
        yield self._successes()
        yield GaugeMetricFamily(
            "restore_drills_last_run_timestamp_seconds",
            "When drills were last run, whatever came of it",
            value=self._now.timestamp(),
        )

    def _verdicts(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "restore_drill_verdict",
            "1 for the verdict of the last run's drill, 0 for the others",
            labels=("scenario", "verdict"),
        )
        verdicts = {drill.slug: drill.verdict for drill in self._run.drills}
        verdicts |= {drill.slug: Verdict.UNVERIFIED for drill in self._run.unplayed}
        for slug, verdict in verdicts.items():
            for word in Verdict:
                family.add_metric((slug, word.value), float(verdict is word))
        return family

    def _measured(self) -> Iterator[GaugeMetricFamily]:
        rta = GaugeMetricFamily(
            "restore_drill_rta_seconds",
            "Measured recovery time, from the disaster's end until all is back",
            labels=("scenario",),
        )
        rpa = GaugeMetricFamily(
            "restore_drill_rpa_seconds",
            "Measured loss: age of the earliest acknowledged write that is missing",
            labels=("scenario", "store"),
        )
        took = GaugeMetricFamily(
            "restore_drill_duration_seconds", "How long the whole drill took", labels=("scenario",)
        )
        for drill in self._run.drills:
            if (rto := drill.rto) and rto.seconds is not None:
                rta.add_metric((drill.slug,), rto.seconds)
            for measured in drill.rpo:
                if measured.seconds is not None:
                    rpa.add_metric((drill.slug, measured.store), measured.seconds)
            took.add_metric((drill.slug,), drill.took_seconds)
        yield from (rta, rpa, took)

    def _rows(self) -> Iterator[GaugeMetricFamily]:
        gone = GaugeMetricFamily(
            "restore_drill_rows_gone",
            "Acknowledged rows that are gone, where every store was read",
            labels=("scenario", "kind"),
        )
        for drill in self._run.drills:
            if not drill.rows.unread:
                gone.add_metric((drill.slug, "owed"), drill.rows.lost)
                gone.add_metric((drill.slug, "at_risk"), drill.rows.gone_at_risk)
        yield gone

    def _successes(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "restore_drill_last_success_timestamp_seconds",
            "When the scenario last passed, in this run or an earlier one",
            labels=("scenario",),
        )
        for slug, ended in sorted(self._last_success.items()):
            family.add_metric((slug,), ended.timestamp())
        return family
