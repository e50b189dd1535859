"""Leaving: a person's erasure, with what the other domains have to say in it.

While something is under way, money above all, an erasure is refused and says what that is; when it
is planned, every device is signed out and the mentor's page taken down, in the same transaction.
"""

from datetime import datetime

from lib.core import log
from lib.core.db import Db, transact
from lib.core.errors import ProblemError
from lib.meetings import service as meetings
from lib.mentors import service as mentors
from lib.payouts import service as payouts
from lib.privacy import service
from lib.privacy.schemas import ErasurePreview, ErasureReceipt
from lib.purchases import service as purchases
from lib.scheduling import service as scheduling
from lib.sessions import service as sessions
from lib.web.schema import Output

_CHECKS = (scheduling.open_for, purchases.open_for, payouts.open_for, meetings.open_for)
_ENDINGS = (sessions.end_all_of, mentors.take_down)


class ErasureAsked(Output):
    """An erasure that is planned; it is carried out after the commit."""

    person_id: str


def preview(db: Db, *, person_id: str, now: datetime) -> ErasurePreview:
    """Return what goes, what stays, on which ground and until when, and what stands in the way."""
    return service.preview(db, person_id, now, _CHECKS)


def ask(db: Db, *, person_id: str, now: datetime) -> ErasureAsked:
    """Plan the erasure; raises ErasureRefusedError while something is under way."""
    planned = service.request_erasure(db, person_id, now, checks=_CHECKS, endings=_ENDINGS)
    return ErasureAsked(person_id=planned.person_id)


def carry_out(asked: ErasureAsked, now: datetime) -> ErasureReceipt:
    """Erase, look whether anything is left, and return the receipt."""
    return service.carry_out(asked.person_id, now, _CHECKS)


def resume(now: datetime) -> int:
    """Go on with erasures that were cut short; return how many were finished."""
    return sum(_resumed(person_id, now) for person_id in transact(service.unfinished))


def _resumed(person_id: str, now: datetime) -> bool:
    """Go on with one; what stops it is logged, and must not stop the others."""
    try:
        service.carry_out(person_id, now, _CHECKS)
    except ProblemError as error:
        log.event("erasure_not_resumed", code=error.code)
        return False
    return True
