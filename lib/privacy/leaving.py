"""Leaving: a person's erasure, with what the other domains have to say in it.

While something is under way, money above all, an erasure is refused and says what that is; when it
is planned, every device is signed out and the mentor's page taken down, in the same transaction.
"""

from datetime import datetime

from lib.core import log
from lib.core.db import Db, transact
from lib.core.errors import ProblemError
from lib.privacy import service
from lib.privacy.schemas import ErasurePreview, ErasureReceipt
from lib.web.schema import Output


class ErasureAsked(Output):
    """An erasure that is planned; it is carried out after the commit."""

    person_id: str


def preview(db: Db, *, person_id: str, now: datetime) -> ErasurePreview:
    """Return what goes, what stays, on which ground and until when, and what stands in the way."""
    return service.preview(db, person_id, now, _checks())


def ask(db: Db, *, person_id: str, now: datetime) -> ErasureAsked:
    """Plan the erasure; raises ErasureRefusedError while something is under way."""
    from lib.mentors import service as mentors
    from lib.sessions import service as sessions

    endings = (sessions.end_all_of, mentors.take_down)
    planned = service.request_erasure(db, person_id, now, checks=_checks(), endings=endings)
    return ErasureAsked(person_id=planned.person_id)


def carry_out(asked: ErasureAsked, now: datetime) -> ErasureReceipt:
    """Erase, look whether anything is left, and return the receipt."""
    return service.carry_out(asked.person_id, now, _checks())


def resume(now: datetime) -> int:
    """Go on with erasures that were cut short; return how many were finished."""
    return sum(_resumed(person_id, now) for person_id in transact(service.unfinished))


def _resumed(person_id: str, now: datetime) -> bool:
    """Go on with one; what stops it is logged, and must not stop the others."""
    try:
        service.carry_out(person_id, now, _checks())
    except ProblemError as error:
        log.event("erasure_not_resumed", code=error.code)
        return False
    return True


def _checks() -> tuple[service.Check, ...]:
    """Return who is asked what is under way; imported late, being half of all there is to load."""
    from lib.meetings import service as meetings
    from lib.payouts import service as payouts
    from lib.purchases import service as purchases
    from lib.scheduling import service as scheduling

    return (scheduling.open_for, purchases.open_for, payouts.open_for, meetings.open_for)
