"""An operator purges or deletes a stream."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from harness.core.history import DisasterProof, Takes
from harness.kinds import Options
from harness.site import Site

if TYPE_CHECKING:
    from harness.stores.jetstream import JetStream


class OfAStream(Options):
    """The stream that is struck, and how."""

    stream: str = Field(pattern=r"^[^\s.*>/\\]+$", description="The stream.", examples=["EVENTS"])
    how: Literal["purged", "deleted"] = Field(
        "purged", description="Whether its messages go, or the stream with its consumers."
    )


class LoseStream:
    """Purge or delete it through the server, and count the messages that are left."""

    id = "lose_stream"
    title = "an operator purges or deletes a stream"
    options = OfAStream
    stores = ("nats",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:
        """Strike. Raises: DrillError: there is no such stream, or the server refuses."""
        assert isinstance(options, OfAStream)
        verb = "PURGE" if options.how == "purged" else "DELETE"
        begun_seconds = site.clock.now_seconds()
        with site.nats.connect() as jetstream:
            before = _messages(jetstream, options.stream)
            jetstream.ask(f"STREAM.{verb}.{options.stream}")
            after = _messages(jetstream, options.stream)
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=before or 0,
            bytes_before=0,
            entries_after=after or 0,
            bytes_after=0,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.DATA,
            target=f"stream {options.stream}",
        )


def _messages(jetstream: "JetStream", name: str) -> int | None:
    """Return how many messages a stream holds, None where there is no such stream."""
    for listed in jetstream.listed("STREAM.LIST", "streams"):
        if listed["config"]["name"] == name:
            return int(listed["state"]["messages"])
    return None


FAULT = LoseStream()
