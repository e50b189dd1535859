"""Everything points elsewhere by environment: then no call reaches the built-in simulators."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lib.core import db
from sandbox.clock import Clock
from sandbox.providers import Providers
from sandbox.simulators.kit import Simulator
from sandbox.simulators.stripe import StripeSimulator
from sandbox.simulators.vipps import VippsSimulator
from sandbox.simulators.whereby import WherebySimulator
from sandbox.story import play
from sandbox.world import World
from tests.cast import Cast
from tests.stage import PRICE_ORE, Stage

OURS = (VippsSimulator, StripeSimulator, WherebySimulator)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Simulator]:
    """Every simulator that is started while the test runs."""
    found: list[Simulator] = []
    start = Simulator.start

    def noting(self: Simulator) -> Simulator:
        found.append(self)
        return start(self)

    monkeypatch.setattr(Simulator, "start", noting)
    return found


@pytest.fixture
def elsewhere(
    running_world: World,
    started: list[Simulator],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[World]:
    """A world among other providers than its own, named by the environment alone."""
    running_world.reset()
    clock = Clock(tmp_path / "clock")
    outside = [VippsSimulator(clock), StripeSimulator(clock), WherebySimulator(clock)]
    for simulator in outside:
        simulator.start()
    vipps, stripe, whereby = outside
    assert isinstance(vipps, VippsSimulator)
    assert isinstance(stripe, StripeSimulator)
    assert isinstance(whereby, WherebySimulator)
    variables = {
        "VIPPS_BASE_URL": vipps.base_url,
        "VIPPS_CLIENT_ID": vipps.unit.client_id,
        "VIPPS_CLIENT_SECRET": vipps.unit.client_secret,
        "VIPPS_SUBSCRIPTION_KEY": vipps.unit.subscription_key,
        "VIPPS_MERCHANT_SERIAL_NUMBER": vipps.unit.merchant_serial_number,
        "VIPPS_WEBHOOK_SECRET": "of-another-registration",
        "STRIPE_API_BASE": stripe.base_url,
        "STRIPE_SECRET_KEY": stripe.secret_key,
        "STRIPE_WEBHOOK_SECRETS": "whsec_of_another_endpoint",
        "WHEREBY_BASE_URL": whereby.base_url,
        "WHEREBY_API_KEY": whereby.api_key,
        "WHEREBY_WEBHOOK_SECRET": "of-another-dashboard",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    try:
        with World(fast=True, say=lambda _: None) as world:
            for simulator in outside:  # other people's clocks go on with ours
                simulator.clock.path = world.clock.path
            for name, value in world.environment().items():
                monkeypatch.setenv(name, value)
            assert started == outside
            monkeypatch.setattr(db, "_pool", db._Pool())  # its connections lead to the other world
            yield world
    finally:
        for simulator in outside:
            simulator.stop()


def test_money_goes_its_way_among_other_providers_and_ours_hear_nothing(
    elsewhere: World, running_world: World
) -> None:
    """No webhook is registered there: all is found out by asking."""
    assert elsewhere.providers.simulators() == []
    stage = Stage(elsewhere, Cast(elsewhere))
    stage.open_account()
    session = stage.book().ask_to_pay()
    session.act("approve")
    elsewhere.clock.advance(timedelta(seconds=31))
    assert stage.cron("purchases")["checked"] == 1
    assert session.states == ("confirmed", "authorised")
    assert stage.cron("outbox")["failed"] == 0
    stage.jump_to(session.starts_at)
    session.enter(stage.mentor)
    answer = stage.mentee.post(f"/v1/bookings/{session.booking_id}/delivery")
    assert answer.json["is_delivered"] is True
    stage.settle()
    assert session.sums["captured"] == PRICE_ORE
    for provider in (stage.vipps, stage.stripe, stage.whereby):
        assert provider.requests("POST", ".*")
        assert provider.url not in {each.base_url for each in running_world.providers.simulators()}
    for simulator in running_world.providers.simulators():
        assert list(simulator.requests) == []


def test_the_story_is_not_played_among_providers_whose_people_it_can_not_act_for(
    elsewhere: World,
) -> None:
    said: list[str] = []
    assert play(elsewhere, said.append) == 0
    assert "not played" in said[0]


@pytest.mark.parametrize("variable", ["VIPPS_BASE_URL", "STRIPE_API_BASE", "WHEREBY_BASE_URL"])
def test_each_provider_is_replaced_by_itself(tmp_path: Path, variable: str) -> None:
    clock = Clock(tmp_path / "clock")
    found = Providers(clock, "http://localhost:1", {variable: "http://127.0.0.1:9"}).simulators()
    assert len(found) == 2
    names = {"VIPPS_BASE_URL": "vipps", "STRIPE_API_BASE": "stripe", "WHEREBY_BASE_URL": "whereby"}
    assert names[variable] not in {
        type(each).__name__.removesuffix("Simulator").lower() for each in found
    }
    assert len(OURS) == len(Providers(clock, "http://localhost:1", {}).simulators())
