"""What every test can ask for: the local world, as if nothing had happened in it yet."""

from collections.abc import Iterator

import pytest

from sandbox.world import World


@pytest.fixture(scope="session")
def running_world() -> Iterator[World]:
    """One world for the whole session; ask for `world` instead, which begins anew."""
    with World(fast=True) as world:
        yield world


@pytest.fixture
def world(running_world: World) -> World:
    """The world with empty tables, providers that have seen nothing, and the machine's time."""
    running_world.reset()
    return running_world
