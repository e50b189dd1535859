"""Decisions about purchases: their states, their prices, and what they are begun with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core import money

# Vipps lets a person take ten minutes; two more for the last event to come. A card gets the same.
PAYMENT_WINDOW = timedelta(minutes=12)
PLATFORM_FEE_BASIS_POINTS = 1500
# A look at the rail is worth its while after this long; the app asks more often.
_LOOK_AGAIN = timedelta(seconds=2)

OPEN = frozenset({"created", "authorised"})
# Ended without money taken: whatever is reserved for one of these is nobody's to keep.
CLOSED = frozenset({"released", "aborted", "expired", "terminated", "failed"})

# A card's guarantee ends after seven days: a session that begins within six of the day its money
# was reserved has been held, and the mentee has had a day to say so, while it still stands.
MOVED_WITHIN = timedelta(days=6)

# Who carries the money: Vipps itself, or Stripe's Checkout, which offers Vipps too where it may.
RAIL_OF = {"vipps": "vipps", "card": "stripe"}


@dataclass(frozen=True)
class AtRail:
    """What a rail says has become of a payment's money, in øre, refunds on their way included."""

    authorised_ore: int
    captured_ore: int
    refunded_ore: int
    cancelled_ore: int


def fee_of(amount_ore: int) -> int:
    """Return MIN MENTOR's part of a price, in øre, VAT on it included."""
    return money.share(amount_ore, PLATFORM_FEE_BASIS_POINTS)


def vat_of(amount_ore: int, *, is_vat_registered: bool) -> int:
    """Return the VAT in a price, in øre: none where the mentor is not registered for it."""
    return money.vat_in(amount_ore) if is_vat_registered else 0


def reference_of(purchase_id: str) -> str:
    """Return what the rail knows the purchase by: letters, digits and hyphens, 8 to 64 of them."""
    return purchase_id.replace("_", "-")


def is_worth_a_look(state: str, checked_at: datetime, now: datetime) -> bool:
    """Return whether the rail should be asked again while the person waits."""
    return state == "created" and now - checked_at >= _LOOK_AGAIN


def is_overdue(created_at: datetime, now: datetime) -> bool:
    """Return whether the person's time to pay is over."""
    return now - created_at >= PAYMENT_WINDOW
