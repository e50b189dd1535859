"""Refunds carried out: asked of the rail until the money certainly is on its way back.

The refunds of a purchase go one after another. One that the rail will never carry out is held for
an operator, who can have it tried again or pay it by bank: what was decided is owed.
"""

from datetime import datetime, timedelta

from lib.core import batches, log
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError, ProviderUnavailableError
from lib.disclosures import rules as disclosed
from lib.ledger import service as ledger
from lib.ledger.rules import RAIL_ACCOUNTS, Account, Entry
from lib.operations import service as operations
from lib.operations.service import Operation
from lib.outbox import service as outbox
from lib.purchases import kinds, rails, refund_repository, repository
from lib.purchases.rails import GivenBack, RefusedError
from lib.purchases.refund_repository import Refund
from lib.purchases.refunds import EXPENSE, REFUND
from lib.purchases.repository import Purchase
from lib.purchases.selling import note_sent

_PAID, _FAILED = "paid", "failed"
_LOOK_AFTER = timedelta(minutes=10)
_BATCH = 20
_CAME_BACK = "came_back_"


def carry_out(refund_id: str, now: datetime) -> None:
    """Give back what is open of the refund's purchase: the topic `purchases.refund`."""
    while begun := transact(lambda db: _begin(db, refund_id, now)):
        purchase, refund, operation = begun
        given_back = _ask(purchase, refund, operation, now)
        if given_back is GivenBack.ON_ITS_WAY:
            # Its event says when it has arrived, or the sweep asks; it is not asked for again.
            transact(lambda db: operations.done(db, operation, now=now))  # noqa: B023 (run at once)
            return
        transact(lambda db: _record(db, purchase, refund, operation, now))  # noqa: B023 (run at once)


def sweep(now: datetime, deadline: datetime) -> int:
    """Look after refunds that have been open for a while; return how many were looked at."""

    def page(after: str) -> list[Refund]:
        return transact(
            lambda db: refund_repository.in_state(
                db, state="open", before=now - _LOOK_AFTER, after=after, limit=_BATCH
            )
        )

    waiting = batches.until(deadline, page, lambda refund: refund.id)
    return sum(_looked_after(refund.id, now) for refund in waiting)


def on_failure(refund_id: str, code: str, now: datetime) -> str:
    """Take back that a refund was done: its rail says later that the money did not arrive."""

    def work(db: Db) -> str:
        found = _locked(db, refund_id)
        if found is None:
            return "unknown_refund"
        purchase, refund = found
        if refund.state == "held" or _has_failed(db, refund_id):
            # It was told before, and an operator may have paid it by bank since.
            return refund.state
        rail = (RAIL_ACCOUNTS[purchase.rail], "")
        if refund.state == "open":
            # It was on its way, or its answer was lost: gone, and come back.
            operations.certain(db, kind=kinds.refund(purchase), subject_id=refund_id, now=now)
            _book(db, refund, _PAID, rail, now)
        back = Entry(_FAILED, rail, (Account.REFUND_CLEARING, refund.id), refund.amount_ore)
        ledger.book(db, [back], cause_id=refund.id, now=now)
        refund_repository.hold(db, refund_id=refund_id, code=f"{_CAME_BACK}{code}")
        return "held"

    return transact(work)


def try_again(db: Db, *, refund_id: str, now: datetime) -> None:
    """Have a refund that was refused tried again; raises NotFoundError for any other.

    One that was carried out and came back can only be paid by bank: its rail has done with it.
    """
    if _came_back(_held(db, refund_id)):
        raise NotFoundError
    refund_repository.reopen(db, refund_id=refund_id)
    outbox.again(db, topic="purchases.refund", subject_id=refund_id, now=now)


def paid_by_bank(db: Db, *, refund_id: str, now: datetime) -> None:
    """Note that an operator has paid a held refund by bank; raises NotFoundError."""
    refund = _held(db, refund_id)
    note_paid(db, refund, "by_bank", (Account.BANK, ""), now)


def note_paid(
    db: Db, refund: Refund, step: str, account: tuple[Account, str], now: datetime
) -> None:
    """Note that a refund was paid out of this account; the caller has locked it.

    Whoever was to ask its rail finds it done.
    """
    _book(db, refund, step, account, now)
    refund_repository.set_done(db, refund_id=refund.id, now=now)
    outbox.write(db, topic="papers.credit_note", subject_id=refund.id, now=now)


def _locked(db: Db, refund_id: str) -> tuple[Purchase, Refund] | None:
    """Return a refund and its purchase, locked as everybody locks them: the purchase first."""
    found = refund_repository.find(db, refund_id=refund_id)
    purchase = repository.lock(db, purchase_id=found.purchase_id) if found else None
    refund = refund_repository.lock(db, refund_id=refund_id) if purchase else None
    return (purchase, refund) if purchase and refund else None


def _held(db: Db, refund_id: str) -> Refund:
    found = _locked(db, refund_id)
    if found is None or found[1].state != "held":
        raise NotFoundError
    return found[1]


def _came_back(refund: Refund) -> bool:
    return (refund.error_code or "").startswith(_CAME_BACK)


def _has_failed(db: Db, refund_id: str) -> bool:
    return any(entry.step == _FAILED for entry in ledger.trace(db, refund_id).entries)


def _looked_after(refund_id: str, now: datetime) -> bool:
    def work() -> bool:
        carry_out(refund_id, now)
        return True

    return batches.tried(work, "refund_not_tried")


def _begin(db: Db, refund_id: str, now: datetime) -> tuple[Purchase, Refund, Operation] | None:
    found = _locked(db, refund_id)
    if found is None or found[1].state == "done":
        return None
    purchase, wanted = found
    waiting = refund_repository.of_purchase(db, purchase_id=purchase.id)
    refund = next((each for each in waiting if each.state == "open"), None)
    if refund is None or refund.id > wanted.id:
        return None
    given = {"reference": purchase.reference, "amount_ore": refund.amount_ore}
    kind = kinds.refund(purchase)
    operation = operations.begin(db, kind=kind, subject_id=refund.id, given=given, now=now)
    note_sent(db, purchase, now, disclosed.GIVEN_BACK)
    return purchase, refund, operation


def _ask(purchase: Purchase, refund: Refund, operation: Operation, now: datetime) -> GivenBack:
    """Ask the rail, and return how the refund certainly stands.

    Raises ProviderUnavailableError while that is not certain. A refusal holds the refund.
    """
    rail = rails.of(purchase)
    if operation.state == "done" or operations.may_be_forgotten(operation, now):
        known = rail.find_refund(purchase, refund, operation, now)
        if known is not GivenBack.NOT_DONE:
            return known
    try:
        return rail.give_back(purchase, refund, operation, now)
    except RefusedError as error:
        known = rail.find_refund(purchase, refund, operation, now)
        if known is not GivenBack.NOT_DONE:
            return known
        code, is_passing = error.code, error.is_passing
        transact(lambda db: _refused(db, refund, operation, code, now, is_passing=is_passing))
        raise ProviderUnavailableError(supplier=purchase.rail) from error


def _refused(
    db: Db,
    refund: Refund,
    operation: Operation,
    code: str,
    now: datetime,
    *,
    is_passing: bool,
) -> None:
    found = _locked(db, refund.id)
    operations.refused(db, operation, code=code, now=now)
    if not is_passing and found and found[1].state == "open":
        log.event("refund_held", refund=refund.id, code=code)
        refund_repository.hold(db, refund_id=refund.id, code=code)


def _record(
    db: Db, purchase: Purchase, refund: Refund, operation: Operation, now: datetime
) -> None:
    found = _locked(db, refund.id)
    if found is None or found[1].state == "done":
        return
    operations.done(db, operation, now=now)
    note_paid(db, refund, _PAID, (RAIL_ACCOUNTS[purchase.rail], ""), now)


def _book(db: Db, refund: Refund, step: str, account: tuple[Account, str], now: datetime) -> None:
    """Book that what was on its way is gone, out of this account."""
    _post(db, refund, now)
    paid = Entry(step, (Account.REFUND_CLEARING, refund.id), account, refund.amount_ore)
    ledger.book(db, [paid], cause_id=refund.id, now=now)


def _post(db: Db, refund: Refund, now: datetime) -> None:
    """Make what was booked as on its way real; what is not there, or is already, stays so."""
    expense_ore = refund.amount_ore - refund.prepaid_ore
    for step, amount_ore in ((REFUND, refund.prepaid_ore), (EXPENSE, expense_ore)):
        if amount_ore:
            ledger.post(db, cause_id=refund.id, step=step, now=now)
