"""Hours of packs: issued when they are paid for, drawn by bookings, given back, never counted down.

What is left of a pack is the sum of its entries. Whoever adds one has locked the purchase, so that
hours can't be drawn twice; a cause has an effect on a pack once.
"""

from collections.abc import Sequence
from datetime import datetime

from lib.core import page_keys
from lib.core.db import Db
from lib.disclosures import rules as disclosed
from lib.earnings import service as earnings
from lib.meetings import service as meetings
from lib.mentors import service as mentors
from lib.outbox import service as outbox
from lib.purchases import hour_repository, hour_rules, refund_rules, repository, selling
from lib.purchases.hour_repository import Entry, Left
from lib.purchases.hour_rules import CalledOff
from lib.purchases.repository import Purchase
from lib.purchases.schemas import (
    BoughtPack,
    BoughtPacks,
    EarlyStartRequiredError,
    HoursDrawn,
    HoursNotAcceptedError,
    NotEnoughHoursError,
    PayWithHours,
)
from lib.scheduling import service as scheduling

_MOST_PACKS = 50


def issue(db: Db, purchase: Purchase, now: datetime) -> None:
    """Issue what was bought; the caller has locked the purchase and taken the money."""
    _add(db, purchase, "issued", purchase.quarters, cause_id=purchase.id, now=now)


def pay(
    db: Db, wanted: PayWithHours, *, booking_id: str, mentee_id: str, now: datetime
) -> HoursDrawn:
    """Pay for a booking with hours, of the packs that expire first.

    No provider is asked, and there is no first day to pay on: the money was taken long ago. Raises
    NotFoundError, BookingNotPayableError, HoursNotAcceptedError, NotEnoughHoursError, and
    EarlyStartRequiredError where the session begins before a pack's period of withdrawal is over.
    """
    booking = scheduling.held_by(db, booking_id=booking_id, mentee_id=mentee_id, now=now)
    if not mentors.accepts_hours(db, booking.offer_id):
        raise HoursNotAcceptedError
    needed = (booking.ends_at - booking.starts_at) // hour_rules.QUARTER
    packs = _locked_packs(db, mentee_id, booking.mentor_id, booking.ends_at)
    drawn = hour_rules.draw({key: quarters for key, (_, quarters) in packs.items()}, needed)
    if sum(drawn.values()) < needed:
        left_minutes = sum(quarters for _, quarters in packs.values()) * 15
        raise NotEnoughHoursError(minutes_needed=needed * 15, minutes_left=left_minutes)
    for purchase_id, quarters in drawn.items():
        _begin_early(db, packs[purchase_id][0], wanted, booking.starts_at, now)
        _add(db, packs[purchase_id][0], "drawn", -quarters, cause_id=booking_id, now=now)
    scheduling.confirm_prepaid(db, booking_id=booking_id, now=now)
    meetings.plan(db, booking_id=booking_id, now=now)
    return HoursDrawn(booking_id=booking_id, minutes=needed * 15, purchase_ids=list(drawn))


def give_back(db: Db, *, booking_id: str, now: datetime) -> None:
    """Give back what a session drew that is not held; called off late, some of it is used.

    Again changes nothing.
    """
    booking = scheduling.find(db, booking_id=booking_id)
    # Locked: of two who give back at once the second finds what the first has returned.
    entries = hour_repository.of_cause(db, cause_id=booking_id)
    if booking is None:
        return
    returned = {entry.purchase_id for entry in entries if entry.kind == "returned"}
    for purchase_id, quarters in _of_packs(entries).items():
        if purchase_id in returned:
            continue
        purchase = selling.locked(db, purchase_id)
        back = hour_rules.given_back(
            quarters,
            CalledOff(
                is_by_mentee=booking.closed_by == booking.mentee_id,
                at=booking.closed_at or now,
                starts_at=booking.starts_at,
                withdrawable_until=_withdrawable_until(purchase),
            ),
        )
        if back:
            _add(db, purchase, "returned", back, cause_id=booking_id, now=now)
        if back < quarters:
            used = quarters - back
            earnings.earn(db, selling.sold(purchase), cause_id=booking_id, quarters=used, now=now)
            outbox.write(db, topic="papers.session", subject_id=booking_id, now=now)


def pays_for(db: Db, *, booking_id: str) -> bool:
    """Return whether hours were drawn for a booking."""
    return bool(_drawn(db, booking_id))


def earn(db: Db, *, booking_id: str, now: datetime) -> None:
    """Have the mentor earn what a held session drew; again changes nothing."""
    for purchase_id, quarters in _drawn(db, booking_id).items():
        purchase = selling.locked(db, purchase_id)
        earnings.earn(db, selling.sold(purchase), cause_id=booking_id, quarters=quarters, now=now)
        outbox.write(db, topic="papers.session", subject_id=booking_id, now=now)


def page(db: Db, *, mentee_id: str, after: str | None, limit: int) -> BoughtPacks:
    """Return a page of the packs that a person has bought, newest first."""
    before = page_keys.begin(after, page_keys.NEWEST_FIRST)
    found = hour_repository.packs_of(db, mentee_id=mentee_id, before=before, limit=limit + 1)
    shown = [_shown(each) for each in found[:limit]]
    following = page_keys.encode(shown[-1].purchase_id) if len(found) > limit else None
    return BoughtPacks(packs=shown, next=following)


def open_draws(db: Db, *, purchase_id: str) -> dict[str, int]:
    """Return the bookings that have drawn of a pack and given nothing back, with quarter hours."""
    entries = hour_repository.of_purchase(db, purchase_id=purchase_id)
    back = {entry.cause_id for entry in entries if entry.kind == "returned"}
    return {
        entry.cause_id: -entry.quarters
        for entry in entries
        if entry.kind == "drawn" and entry.cause_id not in back
    }


def left(db: Db, *, purchase_id: str) -> int:
    """Return how many quarter hours of a pack are left."""
    entries = hour_repository.of_purchase(db, purchase_id=purchase_id)
    return sum(entry.quarters for entry in entries)


def take_out(db: Db, *, purchase_id: str, kind: str, cause_id: str, now: datetime) -> None:
    """Take all that is left out of a pack: it is refunded, as `withdrawn` or `expired`."""
    if quarters := left(db, purchase_id=purchase_id):
        _add(db, selling.locked(db, purchase_id), kind, -quarters, cause_id=cause_id, now=now)


def _begin_early(
    db: Db, pack: Purchase, wanted: PayWithHours, starts_at: datetime, now: datetime
) -> None:
    """Note that the mentee asked for a session before the pack's period of withdrawal is over."""
    if pack.early_start_at or starts_at >= _withdrawable_until(pack):
        return
    if not wanted.early_start:
        raise EarlyStartRequiredError
    repository.set_early_start(db, purchase_id=pack.id, now=now)


def _locked_packs(
    db: Db, mentee_id: str, mentor_id: str, until: datetime
) -> dict[str, tuple[Purchase, int]]:
    """Return the mentee's packs, locked, with what is left of each, the first to expire first."""
    found = hour_repository.usable(
        db, mentee_id=mentee_id, mentor_id=mentor_id, until=until, limit=_MOST_PACKS
    )
    packs = {}
    for each in found:
        pack = selling.locked(db, each.purchase_id)
        packs[pack.id] = (pack, left(db, purchase_id=pack.id))
    return packs


def _withdrawable_until(pack: Purchase) -> datetime:
    return refund_rules.withdrawable_until(pack.authorised_at or pack.created_at)


def _drawn(db: Db, booking_id: str) -> dict[str, int]:
    """Return how many quarter hours a booking has drawn from which pack."""
    return _of_packs(hour_repository.of_cause(db, cause_id=booking_id))


def _of_packs(entries: Sequence[Entry]) -> dict[str, int]:
    return {entry.purchase_id: -entry.quarters for entry in entries if entry.kind == "drawn"}


def _add(
    db: Db, purchase: Purchase, kind: str, quarters: int, *, cause_id: str, now: datetime
) -> None:
    row: dict[str, object] = {
        "purchase_id": purchase.id,
        "cause_id": cause_id,
        "kind": kind,
        "quarters": quarters,
        "now": now,
    }
    hour_repository.insert(db, [row])
    selling.show_both(db, purchase, disclosed.HOURS, now)


def _shown(found: Left) -> BoughtPack:
    return BoughtPack(
        purchase_id=found.purchase_id,
        mentor_id=found.mentor_id,
        title=found.title,
        minutes=found.quarters * 15,
        minutes_left=int(found.left) * 15,
        expires_at=found.hours_expire_at,
        bought_at=found.captured_at,
    )
