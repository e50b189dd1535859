"""An account for tests of our own Stripe client: a simulator, and our settings pointing at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from lib.providers.stripe import checkout
from sandbox.clock import Clock
from sandbox.simulators.stripe import StripeSimulator
from tests.sandbox.stripe_client import Platform

PRICE_ORE = 90_000
FEE_ORE = 2_360


class Account(Platform):
    """What plays the payer, the bank and Stripe itself."""

    def now(self) -> datetime:
        return self.simulator.clock.now()

    def pass_time(self, **how: float) -> None:
        self.simulator.clock.advance(timedelta(**how))

    def wanted(self, purchase: str = "pur_1", amount_ore: int = PRICE_ORE) -> checkout.Wanted:
        """What a purchase asks for."""
        return checkout.Wanted(
            purchase_id=purchase,
            amount_ore=amount_ore,
            title="En time om ledelse",
            success_url="https://api.example.no/kjop/pur_1",
            cancel_url="https://api.example.no/kjop/pur_1?avbrutt",
            expires_at=self.now() + checkout.SHORTEST,
        )

    def created(self, purchase: str = "pur_1") -> checkout.CheckoutPayment:
        return checkout.create(self.wanted(purchase), operation_id=f"create-{purchase}")

    def authorised(self, purchase: str = "pur_1", **how: str) -> str:
        """Make a payment and pay it; return its intent."""
        session = self.created(purchase).session_id
        return str(self.pay(str(session), **how)["payment_intent"]["id"])

    def taken(self, purchase: str = "pur_1", **how: str) -> str:
        """Make a payment, pay it and capture all of it; return its intent."""
        intent = self.authorised(purchase, **how)
        checkout.capture(intent, amount_ore=PRICE_ORE, operation_id=f"capture-{purchase}")
        return intent

    def sent(self, path: str) -> dict[str, str]:
        """The form of the last request to a path."""
        return dict(parse_qsl(self._last(path)["body"]))

    def headers(self, path: str) -> dict[str, str]:
        """The headers of the last request to a path, their names in lower case."""
        return dict(self._last(path)["headers"])

    def _last(self, path: str) -> dict[str, Any]:
        records = self.control("GET", "requests")
        return dict([each for each in records if each["path"] == path][-1])


@contextmanager
def stripe_account(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Run a simulator that our client calls."""
    with StripeSimulator(Clock(folder / "clock")) as simulator:
        monkeypatch.setenv("STRIPE_API_BASE", simulator.base_url)
        monkeypatch.setenv("STRIPE_SECRET_KEY", simulator.secret_key)
        yield Account(simulator)
