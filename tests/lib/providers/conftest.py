"""Fixtures of the tests of our clients: the account that they call."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lib.providers.stripe_unit import Account, stripe_account


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with stripe_account(tmp_path, monkeypatch) as found:
        yield found
