"""The database of the local world, as lib/core/db.py finds it."""

import pytest

from sandbox.world import World


@pytest.fixture
def database(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point the product's own database layer to the empty database; return its URL."""
    monkeypatch.setenv("DATABASE_URL", world.database_url)
    return world.database_url
