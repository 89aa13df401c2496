"""A segment of the kept write-ahead log is gone."""

import re

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.kinds import Options
from harness.site import LOG_KEPT_IN, Site

_SEGMENT = re.compile(r"[0-9A-F]{24}")


class LoseSegment:
    """Remove the newest whole segment that is kept outside the volume, once the server began
    another.
    """

    id = "lose_segment"
    title = "the newest segment of the archived write-ahead log is gone"
    options = Options
    stores = ("postgres",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it has no options
        """Strike. Raises: DrillError: no log is kept."""
        begun_seconds = site.clock.now_seconds()
        before = _segments(site, store)
        if not before:
            raise DrillError(f"{store} keeps no log outside its volume", "Back up by base_backup.")
        lost = before[-1]
        site.service(store).run(["rm", f"{LOG_KEPT_IN}/{lost}"])
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=1,
            bytes_before=0,
            entries_after=_segments(site, store).count(lost),
            bytes_after=0,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.DATA,
            target=f"segment {lost}",
        )


def _segments(site: Site, store: str) -> list[str]:
    listed = site.service(store).run(["ls", LOG_KEPT_IN], check=False).stdout
    return sorted(name for name in listed.split() if _SEGMENT.fullmatch(name))


FAULT = LoseSegment()
