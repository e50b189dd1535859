"""A sales unit for tests of our own Vipps client: a simulator, and our settings pointing at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.simulators.vipps import VippsSimulator
from tests.sandbox.vipps_merchant import Merchant, running


@contextmanager
def sales_unit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Merchant]:
    """Run a simulator that our client calls, and hand out who may look at it and act in it."""
    with running(folder) as simulator:
        for name, value in _variables(simulator).items():
            monkeypatch.setenv(name, value)
        yield Merchant(simulator)


def _variables(simulator: VippsSimulator) -> dict[str, str]:
    unit = simulator.unit
    return {
        "VIPPS_BASE_URL": simulator.base_url,
        "VIPPS_CLIENT_ID": unit.client_id,
        "VIPPS_CLIENT_SECRET": unit.client_secret,
        "VIPPS_SUBSCRIPTION_KEY": unit.subscription_key,
        "VIPPS_MERCHANT_SERIAL_NUMBER": unit.merchant_serial_number,
    }
