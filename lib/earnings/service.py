"""Earnings: what each session brings its mentor, what is taken back, and what is still owed.

Every change is a row and its entries in the books, in one transaction. Whoever calls has locked
the purchase, so that what a purchase earns is added up one after another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lib.core import config, ids, page_keys
from lib.core.db import Db
from lib.earnings import given_repository, repository, rules
from lib.earnings.repository import Earning as Row
from lib.earnings.repository import Sums
from lib.earnings.rules import Worth
from lib.earnings.schemas import Earning, Earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry

_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_MOST = 1000


@dataclass(frozen=True)
class Sold:
    """A purchase, as far as what it earns depends on it."""

    purchase_id: str
    mentor_id: str
    quarters: int
    worth: Worth


@dataclass(frozen=True)
class SoFar:
    """What a purchase has earned: the quarter hours given, and their price, in øre.

    What was taken back is no part of the price; `causes` are what earned something or took it back.
    """

    quarters: int
    gross_ore: int
    causes: frozenset[str]


def hold() -> timedelta:
    """Return how long earned money is kept before it is paid out: time to contest a session."""
    return timedelta(hours=config.number("PAYOUT_HOLD_HOURS", 48))


def earn(db: Db, sold: Sold, *, cause_id: str, quarters: int, now: datetime) -> int:
    """Book what so many quarter hours of a purchase have earned; return their price in øre.

    Once a cause, which is the booking: again changes nothing. Raises ValueError for more quarter
    hours than were sold.
    """
    known = repository.of_purchase(db, purchase_id=sold.purchase_id)
    if any(row.cause_id == cause_id for row in known):
        return 0
    worth = rules.earned(
        sold.worth, before=sum(row.quarters for row in known), quarters=quarters, of=sold.quarters
    )
    values = {"quarters": quarters, "available_at": now + hold(), "is_claw_back": False}
    _write(db, sold, worth, cause_id, {**values, "now": now})
    return worth.gross_ore


def take_back(db: Db, sold: Sold, *, cause_id: str, gross_ore: int, now: datetime) -> None:
    """Take back what was earned, as far as its price is refunded; the cause is the refund.

    What was not paid out yet is simply owed no longer. Where less than that is owed, the mentor
    owes it, and it is kept back of what they earn next. Raises ValueError for more than was earned.
    """
    known = repository.of_purchase(db, purchase_id=sold.purchase_id)
    if any(row.cause_id == cause_id for row in known):
        return
    earned = _sum([row for row in known if row.quarters])
    before = earned.less(_sum(known))
    worth = rules.taken_back(earned, before=before, gross_ore=gross_ore)
    # Locked, not summed in the database: what a payout has just settled is no longer owed.
    owed = repository.unsettled(db, mentor_id=sold.mentor_id, available_at=_EVER, limit=_MOST)
    owed_ore = sum(row.share_ore for row in owed if not row.is_claw_back)
    is_claw_back = owed_ore < -worth.share_ore
    values = {"quarters": 0, "available_at": now, "is_claw_back": is_claw_back}
    _write(db, sold, worth, cause_id, {**values, "now": now})


def keep_back(db: Db, *, purchase_id: str, until: datetime) -> int:
    """Keep what a purchase has earned and no payout settles until then; return how many rows."""
    return repository.keep_back(db, purchase_id=purchase_id, until=until)


def let_go(db: Db, *, purchase_id: str, now: datetime) -> int:
    """Let what was kept back be paid out again, once its own hold is over; how many rows."""
    return sum(
        repository.set_available(db, earning_id=row.id, at=max(row.earned_at + hold(), now))
        for row in repository.of_purchase(db, purchase_id=purchase_id)
        if row.quarters and row.payout_id is None
    )


def so_far(db: Db, *, purchase_id: str) -> SoFar:
    """Return what a purchase has earned, locked."""
    found = repository.of_purchase(db, purchase_id=purchase_id)
    return SoFar(
        quarters=sum(row.quarters for row in found),
        gross_ore=sum(row.gross_ore for row in found),
        causes=frozenset(row.cause_id for row in found),
    )


def sums(db: Db, *, mentor_id: str, now: datetime) -> Sums:
    """Return what the mentor is owed and in no payout yet."""
    return repository.sums(db, mentor_id=mentor_id, now=now)


def unsettled(db: Db, *, mentor_id: str, available_at: datetime, limit: int) -> list[Row]:
    """Return the mentor's earnings, locked, that a payout made at that time has to settle."""
    return repository.unsettled(db, mentor_id=mentor_id, available_at=available_at, limit=limit)


def settle(db: Db, earnings: Sequence[Row], *, payout_id: str) -> None:
    """Write down which payout settles these earnings, which the caller has locked."""
    repository.settle(db, earning_ids=[row.id for row in earnings], payout_id=payout_id)


def free(db: Db, *, payout_id: str) -> int:
    """Have what a payout was to settle be owed again; return how many earnings that is."""
    return repository.free(db, payout_id=payout_id)


def page(db: Db, *, mentor_id: str, after: str | None, limit: int) -> Earnings:
    """Return a page of what the mentor has earned, newest first."""
    before = page_keys.begin(after, page_keys.NEWEST_FIRST)
    found = repository.page_of(db, mentor_id=mentor_id, before=before, limit=limit + 1)
    found, following = page_keys.cut(found, limit)
    shown = [Earning.model_validate(row, from_attributes=True) for row in found]
    return Earnings(earnings=shown, next=following)


def of_cause(db: Db, *, cause_id: str) -> list[Row]:
    """Return what a booking has earned, or what a refund took back: a row for each purchase."""
    return given_repository.of_cause(db, cause_id=cause_id)


def of_sale(db: Db, *, purchase_id: str) -> list[Row]:
    """Return what was earned out of a purchase and taken back of it, not locked."""
    return given_repository.of_sale(db, purchase_id=purchase_id)


def of_payout(db: Db, *, payout_id: str, after: str, limit: int) -> list[Row]:
    """Return what a payout settles, by id."""
    return given_repository.of_payout(db, payout_id=payout_id, after=after, limit=limit)


def between(
    db: Db, *, since: datetime, until: datetime, after: str, limit: int, mentor_id: str = ""
) -> list[Row]:
    """Return what one mentor, or ('') anybody, has earned from `since` until before `until`."""
    return given_repository.between(
        db, since=since, until=until, mentor_id=mentor_id, after=after, limit=limit
    )


def mentors_between(
    db: Db, *, since: datetime, until: datetime, after: str, limit: int
) -> list[str]:
    """Return the ids of who has earned from `since` until before `until`, in their order."""
    found = given_repository.mentors_between(db, since=since, until=until, after=after, limit=limit)
    return [each.mentor_id for each in found]


def _write(db: Db, sold: Sold, worth: Worth, cause_id: str, values: dict[str, object]) -> None:
    earning_id = ids.new("ern")
    repository.insert(
        db,
        {
            **values,
            **vars(worth),
            "share_ore": worth.share_ore,
            "id": earning_id,
            "mentor_id": sold.mentor_id,
            "purchase_id": sold.purchase_id,
            "cause_id": cause_id,
        },
    )
    _book(db, earning_id, sold, worth, values)


def _book(db: Db, earning_id: str, sold: Sold, worth: Worth, values: dict[str, object]) -> None:
    now = values["now"]
    assert isinstance(now, datetime)  # noqa: S101 (narrows what the row's values are)
    owner = ledger.owner_of(db, person_id=sold.mentor_id, now=now)
    account = Account.MENTOR_RECEIVABLE if values["is_claw_back"] else Account.MENTOR_PAYABLE
    prepaid = (Account.PREPAID, sold.purchase_id)
    parts = (
        ("share", (account, owner), worth.share_ore),
        ("fee", (Account.PLATFORM_INCOME, ""), worth.fee_ore - worth.fee_vat_ore),
        ("fee_vat", (Account.VAT, ""), worth.fee_vat_ore),
    )
    entries = [
        Entry(step, prepaid, side, amount_ore)
        if amount_ore > 0
        else Entry(step, side, prepaid, -amount_ore)
        for step, side, amount_ore in parts
    ]
    ledger.book(db, entries, cause_id=earning_id, now=now)


def _sum(rows: Sequence[Row]) -> Worth:
    return Worth(
        gross_ore=sum(row.gross_ore for row in rows),
        vat_ore=sum(row.vat_ore for row in rows),
        fee_ore=sum(row.fee_ore for row in rows),
        fee_vat_ore=sum(row.fee_vat_ore for row in rows),
    )
