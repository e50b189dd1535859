"""Decisions about purchases."""

from datetime import datetime, timedelta

from lib.core import money

# Vipps lets a person take ten minutes; two more for the last event to come.
PAYMENT_WINDOW = timedelta(minutes=12)
PLATFORM_FEE_BASIS_POINTS = 1500
# A look at Vipps is worth its while after this long; the app asks more often.
_LOOK_AGAIN = timedelta(seconds=2)

OPEN = frozenset({"created", "authorised"})
# Ended without money taken: whatever is reserved for one of these is nobody's to keep.
CLOSED = frozenset({"released", "aborted", "expired", "terminated", "failed"})
CLOSED_BY_VIPPS = {"ABORTED": "aborted", "EXPIRED": "expired", "TERMINATED": "terminated"}


def fee_of(amount_ore: int) -> int:
    """Return MIN MENTOR's part of a price, in øre."""
    return money.share(amount_ore, PLATFORM_FEE_BASIS_POINTS)


def reference_of(purchase_id: str) -> str:
    """Return what Vipps knows the purchase by: letters, digits and hyphens, 8 to 64 of them."""
    return purchase_id.replace("_", "-")


def is_worth_a_look(state: str, checked_at: datetime, now: datetime) -> bool:
    """Return whether Vipps should be asked again while the person waits."""
    return state == "created" and now - checked_at >= _LOOK_AGAIN


def is_overdue(created_at: datetime, now: datetime) -> bool:
    """Return whether the person's time to pay is over."""
    return now - created_at >= PAYMENT_WINDOW
