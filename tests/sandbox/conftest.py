"""Fixtures of the tests of the local world: a clock of their own, simulators, a receiver."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.clock import Clock
from sandbox.simulators.stripe import StripeSimulator
from sandbox.simulators.vipps import VippsSimulator
from sandbox.simulators.whereby import WherebySimulator
from tests.sandbox.receiver import Receiver
from tests.sandbox.stripe_client import Platform
from tests.sandbox.vipps_merchant import Merchant, running
from tests.sandbox.whereby_house import House


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def platform(clock: Clock) -> Iterator[Platform]:
    with StripeSimulator(clock) as simulator:
        yield Platform(simulator)


@pytest.fixture(scope="module")
def vipps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VippsSimulator]:
    with running(tmp_path_factory.mktemp("vipps")) as simulator:
        yield simulator


@pytest.fixture
def merchant(vipps: VippsSimulator) -> Merchant:
    """A merchant to whom nothing has happened yet."""
    vipps.clock.reset()
    vipps.reset()
    return Merchant(vipps)


@pytest.fixture
def whereby(clock: Clock) -> Iterator[WherebySimulator]:
    with WherebySimulator(clock) as simulator:
        yield simulator


@pytest.fixture
def house(whereby: WherebySimulator, receiver: Receiver) -> House:
    return House(whereby, receiver)
