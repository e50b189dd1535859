"""Leaving: a person's erasure, with what the other domains have to say in it.

While something is under way, money above all, an erasure is refused and says what that is; when it
is planned, every device is signed out and the mentor's page taken down, in the same transaction.
"""

from datetime import datetime

from lib.core.db import Db, transact
from lib.meetings import service as meetings
from lib.payouts import service as payouts
from lib.privacy import service
from lib.privacy.schemas import ErasurePreview, ErasureReceipt
from lib.purchases import service as purchases
from lib.scheduling import service as scheduling
from lib.web.schema import Output

_CHECKS = (scheduling.open_for, purchases.open_for, payouts.open_for, meetings.open_for)


class ErasureAsked(Output):
    """An erasure that is planned; it is carried out after the commit."""

    person_id: str


def preview(db: Db, *, person_id: str, now: datetime) -> ErasurePreview:
    """Return what goes, what stays, on which ground and until when, and what stands in the way."""
    return service.preview(db, person_id, now, _CHECKS)


def ask(db: Db, *, person_id: str, now: datetime) -> ErasureAsked:
    """Plan the erasure; raises ErasureRefusedError while something is under way."""
    planned = service.request_erasure(db, person_id, now, checks=_CHECKS)
    return ErasureAsked(person_id=planned.person_id)


def carry_out(asked: ErasureAsked, now: datetime) -> ErasureReceipt:
    """Erase, look whether anything is left, and return the receipt."""
    return service.carry_out(asked.person_id, now, _CHECKS)


def resume(now: datetime) -> int:
    """Go on with erasures that were cut short; return how many were finished."""
    unfinished = transact(service.unfinished)
    for person_id in unfinished:
        service.carry_out(person_id, now, _CHECKS)
    return len(unfinished)
