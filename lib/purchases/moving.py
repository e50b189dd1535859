"""How far a paid session can be moved, by what has paid for it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from lib.core.db import Db
from lib.purchases import hour_repository, refund_rules, repository, rules, selling

_EVER = datetime.max.replace(tzinfo=UTC)
_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Movable:
    """Between which times a session may lie, so that what was paid pays for it."""

    earliest_start: datetime = _ALWAYS
    latest_start: datetime = _EVER
    latest_end: datetime = _EVER


def movable(db: Db, *, booking_id: str) -> Movable:
    """Return where a paid session may be moved to; the caller has locked its booking.

    Money that is reserved stands for so many days only. Hours can be used until they expire, and
    not within their period of withdrawal unless the mentee has asked for that.
    """
    reserved = [
        each.authorised_at
        for each in repository.of_booking(db, booking_id=booking_id)
        if each.state == "authorised" and each.authorised_at
    ]
    packs = [
        selling.locked(db, entry.purchase_id)
        for entry in hour_repository.of_cause(db, cause_id=booking_id)
        if entry.kind == "drawn"
    ]
    return Movable(
        earliest_start=max(
            (
                refund_rules.withdrawable_until(pack.authorised_at or pack.created_at)
                for pack in packs
                if pack.early_start_at is None
            ),
            default=_ALWAYS,
        ),
        latest_start=min((at + rules.MOVED_WITHIN for at in reserved), default=_EVER),
        latest_end=min(
            (pack.hours_expire_at for pack in packs if pack.hours_expire_at), default=_EVER
        ),
    )
