"""An operator deletes a search index."""

from pydantic import Field

from harness.core.history import DisasterProof, Takes
from harness.kinds import Options
from harness.site import Site


class OfAnIndex(Options):
    """The index that is struck."""

    index: str = Field(pattern="^[A-Za-z0-9_-]+$", description="Its uid.", examples=["contacts"])


class DeleteIndex:
    """Delete it through the server, and count the documents that are left."""

    id = "delete_index"
    title = "an operator deletes a search index"
    options = OfAnIndex
    stores = ("meilisearch",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:
        """Strike. Raises: DrillError: there is no such index."""
        assert isinstance(options, OfAnIndex)
        begun_seconds = site.clock.now_seconds()
        before = _documents(site, options.index)
        site.meilisearch.delete_index(options.index)
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=before,
            bytes_before=0,
            entries_after=_documents(site, options.index),
            bytes_after=0,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.DATA,
            target=f"index {options.index}",
        )


def _documents(site: Site, index: str) -> int:
    from meilisearch.errors import MeilisearchApiError  # noqa: PLC0415 - a kind needs no client

    try:
        return site.meilisearch.connect().index(index).get_stats().number_of_documents
    except MeilisearchApiError as error:
        if error.code != "index_not_found":
            raise
        return 0


FAULT = DeleteIndex()
