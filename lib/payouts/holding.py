"""Held payouts: an operator has them tried again, or calls them off; nothing is guessed.

What a payout that is called off was to settle is owed again, and goes with the next one.
"""

from datetime import datetime

from lib.core import page_keys
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.earnings import service as earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.operations import service as operations
from lib.operators import service as operators
from lib.payouts import repository, service
from lib.payouts.repository import Payout
from lib.payouts.schemas import (
    ChangePayout,
    PayoutMovedError,
    ReadWaitingPayouts,
    WaitingPayout,
    WaitingPayouts,
)
from lib.providers.stripe import client


def waiting(
    db: Db, wanted: ReadWaitingPayouts, *, operator_id: str, now: datetime
) -> WaitingPayouts:
    """Return a page of the payouts that wait, for money of ours or for an operator."""
    after = page_keys.begin(wanted.after, page_keys.OLDEST_FIRST)
    found = repository.waiting(db, after=after, limit=wanted.limit + 1)
    found, following = page_keys.cut(found, wanted.limit)
    shown = [WaitingPayout.model_validate(row, from_attributes=True) for row in found]
    operators.log(db, operator_id, "read_payouts", None, wanted.reason, now)
    return WaitingPayouts(payouts=shown, next=following)


def try_again(
    db: Db, payout_id: str, wanted: ChangePayout, *, operator_id: str, now: datetime
) -> WaitingPayout:
    """Have a held payout tried again by the next run; raises NotFoundError for any other."""
    payout = _held(db, payout_id)
    repository.set_pending(db, payout_id=payout_id)
    _log(db, payout, operator_id, "retry_payout", wanted.reason, now)
    return WaitingPayout.model_validate(_found(db, payout_id), from_attributes=True)


def want_off(
    db: Db, payout_id: str, wanted: ChangePayout, *, operator_id: str, now: datetime
) -> WaitingPayout:
    """Return the held payout that is to be called off; `call_off` follows. Raises NotFoundError."""
    payout = _held(db, payout_id)
    _log(db, payout, operator_id, "call_off_payout", wanted.reason, now)
    return WaitingPayout.model_validate(payout, from_attributes=True)


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
    payout = _found(db, payout_id)
    if payout.state == "called_off":
        return WaitingPayout.model_validate(payout, from_attributes=True)
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


def _log(db: Db, payout: Payout, operator_id: str, action: str, reason: str, now: datetime) -> None:
    operators.log(db, operator_id, action, payout.mentor_id, reason, now, object_id=payout.id)


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
