"""Refunds: decided once, booked with the decision, carried out afterwards (refunding.py).

The purchase is locked by whoever decides, and its row holds what goes back: never more than was
taken, however many ask at once.
"""

import json
from datetime import datetime

from lib.core import ids
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.disclosures import rules as disclosed
from lib.earnings import service as earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.outbox import service as outbox
from lib.purchases import refund_repository, refund_rules, repository, selling
from lib.purchases.refund_repository import Refund as Row
from lib.purchases.refund_rules import Decision, Ground
from lib.purchases.repository import Purchase
from lib.purchases.schemas import NotRefundableError, Refund

REFUND = "refund"
EXPENSE = "expense"
_SEVERAL = 20


def begin(  # noqa: PLR0913 (a refund is all of this, and each of its callers knows it all)
    db: Db,
    purchase: Purchase,
    decision: Decision,
    *,
    evidence: dict[str, object],
    asked_by: str | None,
    now: datetime,
    is_borne_by_mentor: bool = False,
    refund_id: str = "",
) -> Row:
    """Write a refund down, book it as on its way, and have it carried out.

    The caller has locked the purchase, as it is given, and may have made the refund's key before.
    What the mentor never earned goes back out of what was prepaid; the rest is taken back from the
    mentor, or is MIN MENTOR's expense. Raises NotRefundableError for more than is left.
    """
    refunded_ore = purchase.refunded_ore + decision.refund_ore
    if decision.refund_ore <= 0 or refunded_ore > purchase.captured_ore:
        raise NotRefundableError(left_ore=purchase.captured_ore - purchase.refunded_ore)
    refund_id = refund_id or ids.new("rfd")
    values = {"rule": refund_rules.VERSION, **evidence}
    refund_repository.insert(
        db,
        {
            "id": refund_id,
            "purchase_id": purchase.id,
            "amount_ore": decision.refund_ore,
            "unearned_ore": decision.unearned_ore,
            "ground": decision.ground,
            "evidence": json.dumps(values, default=str),
            "borne_by": "mentor" if is_borne_by_mentor else "platform",
            "asked_by": asked_by,
            "now": now,
        },
    )
    repository.set_refunded(db, purchase_id=purchase.id, refunded_ore=refunded_ore)
    selling.show_both(db, purchase, disclosed.REFUND, now)
    _book(db, purchase, refund_id, decision, is_borne_by_mentor=is_borne_by_mentor, now=now)
    outbox.write(db, topic="purchases.refund", subject_id=refund_id, now=now)
    return _found(db, refund_id)


def give(
    db: Db,
    *,
    purchase_id: str,
    amount_ore: int,
    is_borne_by_mentor: bool,
    reason: str,
    operator_id: str,
    now: datetime,
) -> Refund:
    """Give back what an operator has decided, beyond what the rule says.

    Raises NotFoundError, NotRefundableError for more than is left of what was taken and earned.
    """
    purchase = selling.locked(db, purchase_id)
    earned_ore = earnings.so_far(db, purchase_id=purchase_id).gross_ore
    if is_borne_by_mentor and amount_ore > earned_ore:
        raise NotRefundableError(left_ore=earned_ore)
    decision = Decision(amount_ore, 0, Ground.GOODWILL, reason, reason)
    row = begin(
        db,
        purchase,
        decision,
        evidence={"reason": reason, "earned_ore": earned_ore},
        asked_by=operator_id,
        is_borne_by_mentor=is_borne_by_mentor,
        now=now,
    )
    return shown(row)


def of(db: Db, *, purchase_id: str) -> list[Refund]:
    """Return the refunds of a purchase, oldest first."""
    return [shown(row) for row in refund_repository.of_purchase(db, purchase_id=purchase_id)]


def open_for(db: Db, person_id: str) -> list[str]:
    """Return ids of refunds that the person's purchases, or sales, still wait for."""
    found = refund_repository.unfinished_of(db, person_id=person_id, limit=_SEVERAL)
    return [row.id for row in found]


def shown(row: Row) -> Refund:
    """Return a refund as its person sees it."""
    return Refund.model_validate(row, from_attributes=True)


def _book(
    db: Db,
    purchase: Purchase,
    refund_id: str,
    decision: Decision,
    *,
    is_borne_by_mentor: bool,
    now: datetime,
) -> None:
    earned_ore = decision.refund_ore - decision.unearned_ore
    prepaid_ore = decision.unearned_ore
    if earned_ore and is_borne_by_mentor:
        earnings.take_back(
            db, selling.sold(purchase), cause_id=refund_id, gross_ore=earned_ore, now=now
        )
        prepaid_ore, earned_ore = decision.refund_ore, 0
    clearing = (Account.REFUND_CLEARING, refund_id)
    entries = [
        Entry(REFUND, (Account.PREPAID, purchase.id), clearing, prepaid_ore, is_pending=True),
        Entry(EXPENSE, (Account.GOODWILL, ""), clearing, earned_ore, is_pending=True),
    ]
    ledger.book(db, entries, cause_id=refund_id, now=now)


def _found(db: Db, refund_id: str) -> Row:
    found = refund_repository.lock(db, refund_id=refund_id)
    if found is None:
        raise NotFoundError
    return found
