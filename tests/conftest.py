"""What every test can ask for: the local world, as if nothing had happened yet, and its cast."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.world import World
from tests.cast import Cast
from tests.stage import Stage
from tests.telling import Told, tell

# A function that logs one of these has done what no caller was promised.
NEVER = ("undeclared_error", "unexpected_error", "deferred_work_failed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the simulator of faults be told how many seeds to play: ./test --seeds 2000."""
    parser.addoption("--seeds", type=int, default=200, help="how many seeds of faults are played")


@pytest.fixture(scope="session")
def running_world() -> Iterator[World]:
    """One world for the whole session; ask for `world` instead, which begins anew."""
    with World(fast=True) as world:
        yield world


@pytest.fixture
def world(running_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world with empty tables, providers that have seen nothing, and the machine's time.

    Code of the product that a test calls itself runs in the functions' environment. The test fails
    when a function has logged an error that its callers were not promised.
    """
    running_world.reset()
    for name, value in running_world.environment().items():
        monkeypatch.setenv(name, value)
    began = datetime.now(UTC).isoformat(timespec="milliseconds")
    yield running_world
    logged = [line.text for line in running_world.functions.logs() if line.at >= began]
    assert not [text for text in logged if any(word in text for word in NEVER)]


@pytest.fixture
def cast(world: World) -> Cast:
    """The people, who sign in when they are first spoken of."""
    return Cast(world)


@pytest.fixture
def stage(world: World, cast: Cast) -> Stage:
    """What tests about money play on."""
    return Stage(world, cast)


@pytest.fixture(scope="session")
def told(running_world: World) -> Told:
    """The story, played once for every test that asks what came of it."""
    return tell(running_world)
