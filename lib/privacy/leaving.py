"""Leaving: a person's erasure, with what the other domains have to say in it.

While something is under way, money above all, an erasure is refused and says what that is; when it
is planned, every device is signed out and the mentor's page taken down, in the same transaction.
It is carried out after the reply, by the outbox, and by cron where that was cut short. Whoever
asked follows it with the receipt token, having no account any more.
"""

from datetime import datetime, timedelta

from lib.core import batches, log
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError, ProblemError
from lib.privacy import erasure_repository as erasures
from lib.privacy import receipt, service
from lib.privacy.erasure_repository import Erasure
from lib.privacy.schemas import ErasureBegun, ErasurePreview, ErasureStatus, ReceiptKey
from lib.web.schema import Output

_BATCH = 20
# What a delivery may take: the outbox has fifteen seconds after a reply.
_AT_ONCE = timedelta(seconds=12)


class ErasureAsked(Output):
    """An erasure that is planned; it is carried out after the commit."""

    erasure_id: str


def preview(db: Db, *, person_id: str, now: datetime) -> ErasurePreview:
    """Return what goes, what stays, on which ground and until when, and what stands in the way."""
    from lib.payouts import service as payouts

    seen = service.preview(db, person_id, now, _checks(now))
    unpaid_ore = payouts.unpaid_ore(db, mentor_id=person_id, now=now)
    return seen.model_copy(update={"unpaid_ore": unpaid_ore})


def ask(
    db: Db,
    *,
    person_id: str,
    now: datetime,
    access_token: str = "",
    leave_unpaid_ore: int | None = None,
) -> ErasureAsked:
    """Plan the erasure; what the person is owed is left behind where they have confirmed the sum.

    Raises ErasureRefusedError while something is under way, UnpaidDiffersError for another sum.
    """
    from lib.core import ids
    from lib.outbox import service as outbox

    if leave_unpaid_ore is not None:
        from lib.payouts import service as payouts

        payouts.leave_behind(db, mentor_id=person_id, amount_ore=leave_unpaid_ore, now=now)
    planned = service.request_erasure(
        db,
        person_id,
        now,
        checks=_checks(now),
        endings=endings(),
        asked=service.Asked(ids.new("ers"), now, _asked_hash(access_token)),
    )
    outbox.write(db, topic="privacy.erase", subject_id=planned.id, now=now)
    return ErasureAsked(erasure_id=planned.id)


def endings() -> tuple[service.Ending, ...]:
    """Return what stops in the moment an erasure is planned."""
    from lib.calendars import service as calendars
    from lib.mentors import service as mentors
    from lib.papers import service as papers
    from lib.purchases import service as purchases
    from lib.sessions import service as sessions

    return (
        service.Ending("paper", papers.issue_all_of, papers.are_all_issued),
        service.Ending("purchase", purchases.end_packs_of, purchases.are_packs_ended),
        service.Ending("session", sessions.end_all_of, sessions.are_all_ended),
        service.Ending("calendar_feed", calendars.end_feed_of, calendars.is_feed_ended),
        service.Ending("mentor", mentors.take_down, mentors.is_taken_down),
    )


def asked_before(db: Db, access_token: str) -> ErasureAsked | None:
    """Return the erasure that was asked for with this access token, which has ended with it."""
    asked_hash = _asked_hash(access_token)
    found = erasures.asked_with(db, asked_hash) if asked_hash else None
    return ErasureAsked(erasure_id=found.id) if found else None


def told(asked: ErasureAsked, now: datetime) -> ErasureBegun:
    """Return what was planned, and the token with which to follow it."""
    del now
    status = transact(lambda db: _status(db, erasures.find(db, asked.erasure_id)))
    return ErasureBegun(**dict(status), receipt_token=receipt.token(asked.erasure_id))


def follow(db: Db, *, receipt_token: str) -> ErasureStatus:
    """Return where an erasure stands; raises NotFoundError for a token that we never gave."""
    return _status(db, erasures.of_token(db, receipt.token_hash(receipt_token)))


def receipt_key() -> ReceiptKey:
    """Return the key with which receipts are verified."""
    public = receipt.public_key()
    return ReceiptKey(key_id=receipt.key_id(public), public_key=public)


def act(erasure_id: str, now: datetime) -> None:
    """Carry an erasure out, as far as the time goes; what is left is for `resume`."""
    planned = transact(lambda db: erasures.find(db, erasure_id))
    if planned:
        _resumed(planned, now, now + _AT_ONCE)


def resume(now: datetime, deadline: datetime) -> int:
    """Go on with erasures that were cut short; return how many were finished."""

    def page(after: str) -> list[Erasure]:
        return transact(lambda db: service.unfinished(db, after, _BATCH))

    waiting = batches.until(deadline, page, lambda erasure: erasure.id)
    return sum(_resumed(erasure, now, deadline) for erasure in waiting)


def _resumed(erasure: Erasure, now: datetime, deadline: datetime) -> bool:
    """Go on with one; what stops it is logged, and must not stop the others."""
    try:
        status = service.carry_out(erasure.person_id, now, _checks(now), deadline)
    except ProblemError as error:
        log.event("erasure_not_resumed", erasure_id=erasure.id, code=error.code)
        return False
    except Exception as error:  # noqa: BLE001 (one erasure must not stop the rest)
        log.failure("erasure_failed", error, erasure_id=erasure.id)
        return False
    return status.state == "done"


def _status(db: Db, erasure: Erasure | None) -> ErasureStatus:
    if erasure is None:
        raise NotFoundError
    return service.status(db, erasure)


def _asked_hash(access_token: str) -> str | None:
    """Return the hash of an access token's hash, which tells nothing and is found again."""
    return receipt.token_hash(receipt.token_hash(access_token)) if access_token else None


def _checks(now: datetime) -> tuple[service.Check, ...]:
    """Return who is asked what is under way; imported late, being half of all there is to load."""
    from lib.payouts import service as payouts
    from lib.privacy import holds
    from lib.purchases import service as purchases
    from lib.scheduling import service as scheduling

    def held(db: Db, person_id: str) -> list[str]:
        return ["legal_hold"] if holds.is_held(db, person_id, now) else []

    def owed(db: Db, person_id: str) -> list[str]:
        return payouts.open_for(db, person_id, now)

    return (scheduling.open_for, purchases.open_for, owed, held)
