"""Ransomware: every file of a volume is there, and nobody can read it."""

from harness.core.history import DisasterProof, Takes
from harness.core.ports import STORES
from harness.kinds import Options
from harness.site import Site


class EncryptVolume:
    """Kill the server and write what nobody has a key to over every file."""

    id = "encrypt_volume"
    title = "every file of the data volume is encrypted by somebody who keeps the key"
    options = Options
    stores = STORES
    takes = Takes.VOLUME

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it has no options
        """Strike one store, and count the files that are as before."""
        service = site.service(store)
        begun_seconds = site.clock.now_seconds()
        service.kill()
        census = service.volume.census()
        files = {path for path, size in service.volume.files().items() if size}
        before = service.volume.digests()
        service.volume.scramble()
        after = service.volume.digests()
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=len(files),
            bytes_before=census.size_bytes,
            entries_after=sum(after.get(path) == before[path] for path in files),
            bytes_after=0,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
        )


FAULT = EncryptVolume()
