"""The two rails that money comes in by, behind one interface: Vipps, and Stripe's Checkout.

Both reserve, capture, let go and give back; their words, errors and quirks end in their adapters.
A call raises ProviderUnavailableError where it may have acted: it is repeated with the same
operation, or the truth is fetched.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from lib.operations.service import Operation

if TYPE_CHECKING:
    from lib.purchases.refund_repository import Refund
    from lib.purchases.repository import Purchase

_RAILS = {"vipps": "lib.purchases.vipps_rail", "stripe": "lib.purchases.stripe_rail"}


class PaymentState(StrEnum):
    """How a payment stands; what was captured or given back is read from its sums."""

    CREATED = "created"  # the person has not decided yet
    AUTHORISED = "authorised"  # approved; it stays so, whatever becomes of the money
    ABORTED = "aborted"  # the person turned back
    EXPIRED = "expired"  # their time ran out
    TERMINATED = "terminated"  # given up by us before they approved


class GivenBack(StrEnum):
    """How a refund stands at the rail."""

    DONE = "done"
    ON_ITS_WAY = "on_its_way"
    NOT_DONE = "not_done"


@dataclass(frozen=True)
class Payment:
    """A payment as its rail has it; sums in øre."""

    state: PaymentState
    authorised_ore: int = 0
    captured_ore: int = 0
    refunded_ore: int = 0
    cancelled_ore: int = 0
    guaranteed_until: datetime | None = None
    fee_ore: int = 0

    @property
    def is_let_go(self) -> bool:
        """Whether nothing of it is reserved any more, and nothing was taken."""
        if self.state is not PaymentState.AUTHORISED:
            return self.state is not PaymentState.CREATED
        return self.captured_ore == 0 and self.cancelled_ore == self.authorised_ore


@dataclass(frozen=True)
class Begun:
    """Where the person pays, and what the rail calls the payment where that is not our name."""

    redirect_url: str
    provider_id: str | None = None


class PaymentUnknownError(Exception):
    """The rail has no such payment."""


class RefusedError(Exception):
    """The rail certainly did not do it; `is_passing` where it may, a little later."""

    def __init__(self, code: str, *, is_passing: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_passing = is_passing


class Rail(Protocol):
    """What a rail does; each raises ProviderUnavailableError, and RefusedError where it says so."""

    def begin(self, purchase: "Purchase", operation: Operation, now: datetime) -> Begun:
        """Make the payment; raises RefusedError."""

    def find(self, purchase: "Purchase", now: datetime) -> Payment:
        """Return the payment as it is; raises PaymentUnknownError."""

    def capture(self, purchase: "Purchase", operation: Operation, now: datetime) -> Payment:
        """Take the price, all of it; raises RefusedError."""

    def let_go(self, purchase: "Purchase", operation: Operation, now: datetime) -> Payment:
        """Give up a payment, or let go all that is not captured; raises RefusedError."""

    def give_back(
        self, purchase: "Purchase", refund: "Refund", operation: Operation, now: datetime
    ) -> GivenBack:
        """Give captured money back; raises RefusedError."""

    def find_refund(
        self, purchase: "Purchase", refund: "Refund", operation: Operation, now: datetime
    ) -> GivenBack:
        """Return how a refund stands that was, or may have been, asked for."""


def of(purchase: "Purchase") -> Rail:
    """Return the rail of a purchase, loaded when it is first needed."""
    return cast("Rail", import_module(_RAILS[purchase.rail]))
