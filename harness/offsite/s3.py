"""An S3 bucket: the one that is named, or one of a server that is started for the drill.

Source: boto3, "Credentials" and "Configuration": access keys, region and endpoint come from its
own environment variables (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3, ...) and files.
"""

import importlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core import environment
from harness.core.errors import DrillError, Unavailable
from harness.core.patience import READY_WITHIN_SECONDS
from harness.core.ports import Endpoint, Service
from harness.kinds import Away
from harness.site import Site

BUCKET = "DRILL_S3_BUCKET"
BUCKET_OF_OUR_OWN = "backups"
INSTALL = f"Install it, or name a bucket in {BUCKET}."
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Bucket:
    """The drill's objects in a bucket, all below one prefix; `client` is boto3's."""

    client: Any
    bucket: str
    prefix: str
    name: str
    stop: Callable[[], None]

    def push(self, source: Path, name: str) -> None:
        """Upload a file."""
        self._call(name, self.client.upload_file, str(source), self.bucket, self.prefix + name)

    def pull(self, name: str, target: Path) -> None:
        """Download an object."""
        self._call(name, self.client.download_file, self.bucket, self.prefix + name, str(target))

    def close(self) -> None:
        """Delete the drill's objects, and stop the server if it was started for them."""
        try:
            self._call(self.prefix, self._delete_all)
        finally:
            self.stop()

    def _delete_all(self) -> None:
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
            for found in page.get("Contents", ()):
                self.client.delete_object(Bucket=self.bucket, Key=found["Key"])

    def _call(self, name: str, act: Callable[..., object], *given: str) -> None:
        try:
            act(*given)
        except _failures() as error:
            answer = getattr(error, "response", {}).get("Error", {})
            if answer.get("Code") in ("404", "NoSuchKey"):
                raise DrillError(f"{self.name} holds no {name}") from None
            raise DrillError(f"{self.name}: {name}: {error}") from None


class S3:
    """The bucket that DRILL_S3_BUCKET names, or one of a SeaweedFS of the drill's own."""

    id = "s3"
    title = "objects in an S3 bucket"

    def open(self, site: Site) -> Away:
        """Reach the bucket, or start the server and make one."""
        from harness.runtime.embedded import seaweedfs  # noqa: PLC0415 - few drills start one

        boto3 = _boto3()
        prefix = f"restore-drills/{site.directory.name}/"
        if bucket := os.environ.get(BUCKET):
            client = boto3.client("s3")
            _must_be_there(client, bucket)
            name = f"s3 bucket {bucket} of {client.meta.endpoint_url}"
            return Bucket(client, bucket, prefix, name, _nothing_to_stop)
        server = seaweedfs.start(site.directory, INSTALL)
        at = server.endpoint
        client = _client_of_our_own(boto3, at)
        try:
            _make_bucket(client, server)
        except DrillError:
            server.kill()
            raise
        product = f"{server.identity.product} {server.identity.version}"
        name = f"s3 bucket {BUCKET_OF_OUR_OWN} of this drill's {product}"
        return Bucket(client, BUCKET_OF_OUR_OWN, prefix, name, server.kill)

    def require_here(self) -> None:
        """Raises: Unavailable: there is no library, no server, or no such bucket within reach."""
        boto3 = _boto3()
        if bucket := os.environ.get(BUCKET):
            _must_be_there(boto3.client("s3"), bucket)
        else:
            from harness.runtime.embedded import seaweedfs  # noqa: PLC0415 - as above

            seaweedfs.require_here(INSTALL)


def _boto3() -> Any:
    try:
        return importlib.import_module("boto3")
    except ImportError:
        raise Unavailable(
            "off-site s3 needs boto3, which is not installed",
            "Install the extra: pip install 'restore-drills[s3]'.",
        ) from None


def _client_of_our_own(boto3: Any, at: Endpoint) -> Any:
    """Return a client that nothing leads to another place or account: no variable, no file."""
    settings = importlib.import_module("botocore.session").Session()
    with environment.without("AWS_"):
        settings.set_config_variable("config_file", os.devnull)
        settings.set_config_variable("credentials_file", os.devnull)
        return boto3.Session(botocore_session=settings).client(
            "s3",
            endpoint_url=at.http_url,
            aws_access_key_id=at.user,
            aws_secret_access_key=at.secret,
            region_name="us-east-1",
        )


def _must_be_there(client: Any, bucket: str) -> None:
    try:
        client.head_bucket(Bucket=bucket)
    except _failures() as error:
        raise Unavailable(
            f"off-site s3: bucket {bucket} cannot be reached: {error}",
            f"{BUCKET} names a bucket; its credentials and endpoint are boto3's own settings.",
        ) from None


def _make_bucket(client: Any, server: Service) -> None:
    """Make a bucket as soon as the server can. Raises: DrillError: it could not in time."""
    deadline_seconds = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            client.create_bucket(Bucket=BUCKET_OF_OUR_OWN)
        except _failures() as error:
            if time.monotonic() > deadline_seconds or not server.is_running:
                raise DrillError(f"the S3 server of this drill does not answer: {error}") from None
            time.sleep(POLL_SECONDS)
        else:
            return


def _failures() -> tuple[type[Exception], ...]:
    """Return what boto3 raises; it need not be installed where nothing goes to S3."""
    ours = importlib.import_module("boto3.exceptions")
    below = importlib.import_module("botocore.exceptions")
    return ours.Boto3Error, below.BotoCoreError, below.ClientError


def _nothing_to_stop() -> None:
    """Leave a server that is not ours alone."""


OFFSITE = S3()
