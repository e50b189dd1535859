"""Decisions about the hours of packs: which are drawn first, and what goes back to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

QUARTER = timedelta(minutes=15)
# Called off by the mentee later than this before its start, half of a session's hours are used.
LATE = timedelta(hours=24)
# Angrerettloven § 21: as long as a purchase can be withdrawn from, calling off costs nothing.
WITHDRAWAL_DAYS = 14


@dataclass(frozen=True)
class CalledOff:
    """Who called a session off and when, and when the pack that pays for it was bought.

    `is_by_mentee` is False where the mentor did, where it was not held, or where nobody said so.
    """

    is_by_mentee: bool
    at: datetime
    starts_at: datetime
    withdrawable_until: datetime


def draw(packs: Mapping[str, int], needed: int) -> dict[str, int]:
    """Return how many quarter hours to take of which pack, in the order given, if there are."""
    drawn: dict[str, int] = {}
    for purchase_id, left in packs.items():
        taken = min(left, needed - sum(drawn.values()))
        if taken > 0:
            drawn[purchase_id] = taken
    return drawn


def given_back(quarters: int, called_off: CalledOff) -> int:
    """Return how many of the quarter hours that a session drew go back to their pack.

    All, unless the mentee called it off late and can no longer withdraw from the purchase: then
    half of them are used, rounded down.
    """
    is_late = called_off.at > called_off.starts_at - LATE
    is_withdrawable = called_off.at < called_off.withdrawable_until
    if called_off.is_by_mentee and is_late and not is_withdrawable:
        return quarters - quarters // 2
    return quarters
