"""Which image serves a store, and what is said when there is none."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from docker_engine import require_docker
from ours import our_docker, our_runtime

from harness.core.errors import UsageError
from harness.core.ports import ServerIdentity
from harness.runtime.docker import images
from harness.runtime.docker.engine import Engine
from harness.runtime.docker.images import Image, ImageMissing

ABSENT = "registry.invalid/none:1"

Tag = Callable[[str], str]


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[Engine]:
    """Give a connection to the engine, which every test here needs."""
    require_docker()
    with Engine() as opened:
        yield opened


@pytest.fixture
def tagged(engine: Engine) -> Iterator[Tag]:
    """Give names to an image that is there, and take them away again."""
    reference = images.find(engine, images.HELPER, {}, "never").reference
    made: list[str] = []

    def tag(name: str) -> str:
        made.append(f"restore-drills-test-{secrets.token_hex(4)}/{name}:1")
        engine.client.images.get(reference).tag(made[-1])
        return made[-1]

    yield tag
    for name in made:
        engine.client.images.remove(name)


def test_a_setting_goes_before_the_environment_and_that_before_the_default(
    engine: Engine, tagged: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for an image more explicitly gets it."""
    default, variable, setting = tagged("default"), tagged("variable"), tagged("setting")
    monkeypatch.setitem(images.PLATFORM, "redis", default)
    assert default == images.find(engine, "redis", {}, "never").reference
    monkeypatch.setenv("DRILL_REDIS_IMAGE", variable)
    assert variable == images.find(engine, "redis", {}, "never").reference
    assert setting == images.find(engine, "redis", {"redis": setting}, "never").reference


def test_a_built_image_serves_where_the_platforms_is_absent(
    engine: Engine, tagged: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform's own image is taken if it is there, one built on this machine if not."""
    built = tagged("built")
    monkeypatch.setitem(images.BUILT, "redis", built)
    monkeypatch.setitem(images.PLATFORM, "redis", ABSENT)
    found = images.find(engine, "redis", {}, "missing")
    assert (built, True) == (found.reference, found.is_built_here)
    platform = tagged("platform")
    monkeypatch.setitem(images.PLATFORM, "redis", platform)
    found = images.find(engine, "redis", {}, "missing")
    assert (platform, False) == (found.reference, found.is_built_here)


def test_an_absent_image_is_missing_with_the_reason(engine: Engine) -> None:
    """With `never` no registry is asked; with `missing` what came of asking is told."""
    with pytest.raises(ImageMissing) as never:
        images.find(engine, "redis", {"redis": ABSENT}, "never")
    expected = f"the engine has no image {ABSENT} and cannot pull it: --pull never"
    assert expected == str(never.value)
    with pytest.raises(ImageMissing, match=f"^the engine has no image {ABSENT} and cannot pull"):
        images.find(engine, "redis", {"redis": ABSENT}, "missing")


def test_always_asks_the_registry_for_what_is_here(engine: Engine, tagged: Tag) -> None:
    """An image that no registry knows is not good enough for `always`."""
    here = tagged("here")
    assert images.find(engine, "redis", {"redis": here}, "missing").is_present
    with pytest.raises(ImageMissing):
        images.find(engine, "redis", {"redis": here}, "always")


def test_a_store_without_image_is_missing_and_the_hub_with_it() -> None:
    """What cannot run is told, with the reason, before anything is started."""
    runtime = our_docker("asked for", {"nats": ABSENT}, "never")
    missing = runtime.missing()
    reason = f"the engine has no image {ABSENT} and cannot pull it: --pull never"
    assert (reason, "it needs nats, missing here") == (missing["nats"], missing["hub"])
    assert {"nats", "hub"} & {server.store for server in runtime.servers()} == set()


def test_no_drill_without_an_image_to_work_on_volumes_with() -> None:
    """Without the helper no volume could be counted, let alone backed up."""
    with pytest.raises(UsageError) as refused:
        our_docker("asked for", {"helper": ABSENT}, "never")
    reason = f"the engine has no image {ABSENT} and cannot pull it: --pull never"
    assert f"no image to work on volumes with: {reason}" == refused.value.message


def test_an_engine_that_does_not_answer_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what is wrong with it, the hint what to do."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(UsageError) as refused:
        Engine()
    assert refused.value.message.startswith("no Docker engine answers: ")
    assert "connection refused" in refused.value.message


@pytest.mark.parametrize(
    ("reference", "configuration", "product", "version"),
    [
        ("redis:7", {"Env": ["PATH=/bin", "REDIS_VERSION=7.4.2"]}, "Redis", "7.4.2"),
        ("valkey/valkey:8", {"Env": ["VALKEY_VERSION=8.1.0"]}, "Valkey", "8.1.0"),
        ("localhost:5000/redis", {}, "Redis", "latest"),
        ("x/redis:v9-alpine@sha256:0123", {"Env": None, "Labels": None}, "Redis", "9"),
        ("y", {"Labels": {"org.opencontainers.image.version": "8.0.2"}}, "Redis", "8.0.2"),
    ],
)
def test_an_image_tells_which_server_it_runs(
    reference: str, configuration: dict[str, object], product: str, version: str
) -> None:
    """The version is what the image states, else its tag; a Valkey is no Redis."""
    image = Image("redis", reference, "sha256:0", f"image {reference}", configuration)
    expected = ServerIdentity("redis", product, version, "sha256:0", f"image {reference}")
    assert expected == image.identity


def test_auto_takes_docker_when_it_can_run_everything(
    tagged: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an image for every store it is docker; without, embedded, and the reason is told."""
    everything = {store: tagged(store) for store in images.PLATFORM}
    assert "docker" == our_runtime("auto", images=everything, pull="never").name
    chosen = our_runtime("auto", images={**everything, "nats": ABSENT}, pull="never")
    assert "embedded" == chosen.name
    assert chosen.why.startswith(f"docker lacks nats: the engine has no image {ABSENT}")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    chosen = our_runtime("auto", images=everything, pull="never")
    assert ("embedded", True) == (chosen.name, chosen.why.startswith("no Docker engine answers: "))
