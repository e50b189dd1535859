"""An hour that somebody wants, from the slot to the payout, and what the seed has in store for it."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.faults.simulator.cast import Person

PAYABLE = timedelta(days=6)
QUARTER = timedelta(minutes=15)
# Amounts with which Vipps' test environment answers in ways of its own, and common ones.
PRICES_ORE = (90_000, 90_000, 90_000, 45_000, 33_333, 199_999, 100, 151, 201)
_PAYS = ("approves",) * 8 + ("aborts", "waits", "begins", "late")
_CANCELS = ("nobody",) * 9 + ("mentee", "mentee", "mentor")
_ATTENDS = ("both",) * 7 + ("mentor", "mentee", "nobody", "short", "late")


@dataclass(eq=False)
class Offer:
    """What a mentor sells."""

    mentor: Person
    id: str
    minutes: int
    price_ore: int


@dataclass(eq=False)
class Deal:
    """One hour between two people. What they do is drawn once, so that most get somewhere.

    `pays`: approves, aborts, waits (never acts), begins (opens it in the app), late. `cancels`: who
    calls it off. `attends`: who comes to the room; short: both, for a moment; late: near the end.
    """

    offer: Offer
    mentee: Person
    starts_at: datetime
    pays: str
    cancels: str
    attends: str
    gives_word: bool
    booking_id: str = ""
    purchase_ids: list[str] = field(default_factory=list)
    inside: dict[str, str] = field(default_factory=dict)
    was_inside: set[str] = field(default_factory=set)
    is_refused: bool = False

    @property
    def mentor(self) -> Person:
        """Who gives the hour."""
        return self.offer.mentor

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return self.starts_at + timedelta(minutes=self.offer.minutes)

    def can_be_paid(self, now: datetime) -> bool:
        """Return whether its payment has opened."""
        return now >= self.starts_at - PAYABLE


def draw(
    rng: random.Random, offer: Offer, mentee: Person, now: datetime, rivals: list[Deal]
) -> Deal:
    """Draw a deal, sometimes over the very time that somebody else wants."""
    ahead = rng.choice((timedelta(hours=2), timedelta(days=2), timedelta(days=5)))
    if rng.random() < 0.12:
        ahead = timedelta(days=rng.randint(6, 12))  # before it can be paid for
    wanted = now + ahead + timedelta(minutes=rng.randrange(0, 24 * 60))
    if rivals and rng.random() < 0.2:
        wanted = rng.choice(rivals).starts_at + rng.choice((-1, 0, 0, 1)) * QUARTER
    seconds = QUARTER.total_seconds()
    starts_at = datetime.fromtimestamp(wanted.timestamp() // seconds * seconds, now.tzinfo)
    return Deal(
        offer=offer,
        mentee=mentee,
        starts_at=starts_at,
        pays=rng.choice(_PAYS),
        cancels=rng.choice(_CANCELS),
        attends=rng.choice(_ATTENDS),
        gives_word=rng.random() < 0.3,
    )
