"""Held payouts: an operator has them tried again, or calls them off; nothing is guessed.

What a payout that is called off was to settle is owed again, and goes with the next one.
"""

from datetime import datetime

from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.earnings import service as earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.operations import service as operations
from lib.payouts import repository, service
from lib.payouts.repository import Payout
from lib.payouts.schemas import PayoutMovedError, WaitingPayout, WaitingPayouts
from lib.providers.stripe import client


def waiting(db: Db, *, after: str, limit: int) -> WaitingPayouts:
    """Return a page of the payouts that wait, for money of ours or for an operator."""
    found = repository.waiting(db, after=after, limit=limit + 1)
    shown = [WaitingPayout.model_validate(row, from_attributes=True) for row in found[:limit]]
    return WaitingPayouts(payouts=shown, next=shown[-1].id if len(found) > limit else None)


def try_again(db: Db, *, payout_id: str) -> WaitingPayout:
    """Have a held payout tried again by the next run; raises NotFoundError for any other."""
    _held(db, payout_id)
    repository.set_pending(db, payout_id=payout_id)
    return WaitingPayout.model_validate(_found(db, payout_id), from_attributes=True)


def want_off(db: Db, *, payout_id: str) -> WaitingPayout:
    """Return the held payout that is to be called off; `call_off` follows. Raises NotFoundError."""
    return WaitingPayout.model_validate(_held(db, payout_id), from_attributes=True)


def call_off(wanted: WaitingPayout, now: datetime) -> WaitingPayout:
    """Call a held payout off, unless Stripe has moved the money after all.

    A call whose answer was lost may have: Stripe is asked first. Raises PayoutMovedError, and the
    payout is then paid.
    """
    moved = client.find_transfer(group=wanted.id, destination=wanted.destination)
    if moved:
        transact(lambda db: service.record_paid(db, _found(db, wanted.id), moved, now))
        raise PayoutMovedError
    return transact(lambda db: _call_off(db, wanted.id, now))


def _call_off(db: Db, payout_id: str, now: datetime) -> WaitingPayout:
    payout = _held(db, payout_id)
    operations.abandon(db, kind=service.KIND, subject_id=payout_id, code="called_off", now=now)
    ledger.void(db, cause_id=payout_id, step=service.PAYOUT, now=now)
    if payout.netted_ore:
        ledger.void(db, cause_id=payout_id, step=service.NET, now=now)
    if not earnings.free(db, payout_id=payout_id):
        _keep(db, payout, now)
    repository.set_called_off(db, payout_id=payout_id, now=now)
    return WaitingPayout.model_validate(_found(db, payout_id), from_attributes=True)


def _keep(db: Db, payout: Payout, now: datetime) -> None:
    """Keep what Stripe gave back of an earlier payout, and nobody is to be paid again."""
    owner = ledger.owner_of(db, person_id=payout.mentor_id, now=now)
    kept = Entry("kept", (Account.MENTOR_PAYABLE, owner), (Account.GOODWILL, ""), payout.amount_ore)
    ledger.book(db, [kept], cause_id=payout.id, now=now)


def _held(db: Db, payout_id: str) -> Payout:
    payout = repository.lock_payout(db, payout_id=payout_id)
    if payout is None or payout.state != "held":
        raise NotFoundError
    return payout


def _found(db: Db, payout_id: str) -> Payout:
    payout = repository.lock_payout(db, payout_id=payout_id)
    if payout is None:
        raise NotFoundError
    return payout
