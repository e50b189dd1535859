"""What somebody wants of a mentor, from the slot to the payout, and what the seed has in store."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.faults.simulator.cast import Person

PAYABLE = timedelta(days=6)
QUARTER = timedelta(minutes=15)
_NEVER = datetime.max.replace(tzinfo=UTC)
# Amounts with which Vipps' test environment answers in ways of its own, and common ones.
PRICES_ORE = (*(90_000,) * 4, *(45_000, 33_333, 199_999) * 2, 100, 201)
PACK_MINUTES = (60, 90, 120, 300)
PACK_PRICES_ORE = (400_000, 90_000, 333_333, 10_007)
PACK_DAYS = 30
_PAYS = ("approves",) * 11 + ("aborts", "waits", "begins", "late")
_METHODS = ("vipps", "vipps", "vipps", "card", "card")
# Cards whose refunds take time or fail later, that are contested, that are turned down.
_CARDS = ("4242424242424242",) * 5 + (
    *("4000000000000077", "4000000000007726", "4000000000005126"),
    *("4000000000000259", "4000000000000002"),
)
GOOD_CARD = "4242424242424242"
_CANCELS = ("nobody",) * 14 + ("mentee", "mentee", "mentor")
_ATTENDS = ("both",) * 11 + ("mentor", "mentee", "nobody", "short", "late")


@dataclass(eq=False)
class Offer:
    """What a mentor sells: a session, or with `is_pack` hours together."""

    mentor: Person
    id: str
    minutes: int
    price_ore: int
    is_pack: bool = False


@dataclass(eq=False)
class Sale:
    """Something that is to be paid. What its mentee does is drawn once, so that most get somewhere.

    `pays`: approves, aborts, waits (never acts), begins (opens it in the app), late. `quoted_ore`
    is what they were told that they get back if they withdraw.
    """

    offer: Offer
    mentee: Person
    pays: str
    method: str
    card: str
    withdraws: bool
    purchase_ids: list[str] = field(default_factory=list)
    quoted_ore: int = 0

    @property
    def mentor(self) -> Person:
        """Who gives the hours."""
        return self.offer.mentor


@dataclass(eq=False)
class Deal(Sale):
    """One session between two people.

    `cancels`: who calls it off. `attends`: who comes to the room; short: both, for a moment; late:
    near the end. `with_hours`: it is to be paid out of a pack, if there is one.
    """

    starts_at: datetime = _NEVER
    cancels: str = "nobody"
    attends: str = "both"
    gives_word: bool = False
    with_hours: bool = False
    booking_id: str = ""
    inside: dict[str, str] = field(default_factory=dict)
    was_inside: set[str] = field(default_factory=set)
    is_refused: bool = False

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
        pays=rng.choice(_PAYS),
        method=rng.choice(_METHODS),
        card=rng.choice(_CARDS),
        withdraws=rng.random() < 0.1,
        starts_at=starts_at,
        cancels=rng.choice(_CANCELS),
        attends=rng.choice(_ATTENDS),
        gives_word=rng.random() < 0.3,
        with_hours=rng.random() < 0.7,
    )


def draw_pack(rng: random.Random, offer: Offer, mentee: Person) -> Sale:
    """Draw what becomes of the buying of a pack."""
    return Sale(
        offer=offer,
        mentee=mentee,
        pays=rng.choice(_PAYS),
        method=rng.choice(_METHODS),
        card=rng.choice(_CARDS),
        withdraws=rng.random() < 0.4,
    )
