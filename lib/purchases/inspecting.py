"""A purchase as an operator looks into it: all that is known of its money, from every domain."""

from collections.abc import Sequence
from datetime import datetime

from lib.core.db import Db
from lib.earnings import service as earnings
from lib.earnings.repository import Earning
from lib.ledger import service as ledger
from lib.operations import service as operations
from lib.papers import service as papers
from lib.papers.repository import Issued
from lib.papers.rules import number_of
from lib.purchases import (
    dispute_repository,
    hour_repository,
    refund_rules,
    refunds,
    selling,
    withdrawal,
)
from lib.purchases.operator_schemas import (
    AskedOperation,
    Dispute,
    Earned,
    EntriesOf,
    HourEntry,
    InspectedPurchase,
    NumberedPaper,
    Why,
)
from lib.purchases.repository import Purchase


def read(
    db: Db, purchase_id: str, wanted: Why, *, operator_id: str, now: datetime
) -> InspectedPurchase:
    """Return a purchase with everything; both parties see that it was read, and why.

    `rule_ore` is what the rule would give back now. Raises NotFoundError.
    """
    purchase = selling.locked(db, purchase_id)
    selling.log_for_both(
        db, purchase, operator_id, "read_purchase", wanted.reason, now, purchase_id
    )
    earned = earnings.of_sale(db, purchase_id=purchase_id)
    given_back = refunds.of(db, purchase_id=purchase_id)
    contested = dispute_repository.of_purchase(db, purchase_id=purchase_id)
    causes = [purchase_id, *(row.id for row in earned), *(row.id for row in given_back)]
    causes += [row.id for row in contested]
    hours = hour_repository.of_purchase(db, purchase_id=purchase_id)
    causes += [row.cause_id for row in hours if row.cause_id not in causes]
    return InspectedPurchase.model_validate(
        {
            **vars(purchase),
            "rule_ore": _rule_ore(db, purchase, now),
            "refunds": given_back,
            "disputes": [Dispute.model_validate(row, from_attributes=True) for row in contested],
            "operations": _operations(db, causes),
            "hours": [HourEntry.model_validate(row, from_attributes=True) for row in hours],
            "earnings": [_earned(row) for row in earned],
            "entries": _entries(db, causes),
            "papers": [_numbered(row) for row in papers.issued_for(db, causes)],
        }
    )


def _rule_ore(db: Db, purchase: Purchase, now: datetime) -> int:
    evidence, _ = withdrawal.evidence_of(db, purchase, now)
    return refund_rules.withdrawal(evidence, now).refund_ore if purchase.captured_ore else 0


def _operations(db: Db, causes: Sequence[str]) -> list[AskedOperation]:
    return [
        AskedOperation.model_validate(row, from_attributes=True)
        for cause in causes
        for row in operations.of_subject(db, cause)
    ]


def _earned(row: Earning) -> Earned:
    return Earned.model_validate(row, from_attributes=True)


def _entries(db: Db, causes: Sequence[str]) -> list[EntriesOf]:
    traces = [ledger.trace(db, cause) for cause in causes]
    return [
        EntriesOf(cause_id=each.cause_id, entries=each.entries) for each in traces if each.entries
    ]


def _numbered(row: Issued) -> NumberedPaper:
    number = number_of(row.series, row.accounting_year, row.number)
    return NumberedPaper(
        kind=row.kind, number=number, cause_id=row.cause_id, issued_at=row.issued_at
    )
