"""Disputes at Stripe: a payer's bank takes money back, with a fee, and may return it.

Evidence is given in Stripe's dashboard, by a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lib.providers.stripe import ore
from lib.providers.stripe.client import PAGE, called, listed
from lib.providers.stripe.payloads import DisputeObject

type Outcome = Literal["warning", "open", "won", "lost"]
_OUTCOMES: dict[str, Outcome] = {
    "won": "won",
    "lost": "lost",
    "prevented": "won",
    "warning_closed": "won",
    "warning_needs_response": "warning",
    "warning_under_review": "warning",
}


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """A contested payment. `withdrawn_ore` is what it has taken from our balance, `fee_ore` in it.

    Without the fee that is `taken_ore` less `returned_ore`. A `warning` is an inquiry: nothing is
    taken yet; one that ended so is `won`. `answer_by` is when evidence is due.
    """

    id: str
    intent_id: str
    amount_ore: int
    outcome: Outcome
    reason: str
    withdrawn_ore: int
    taken_ore: int
    returned_ore: int
    fee_ore: int
    answer_by: datetime | None
    created_at: datetime


def find(dispute_id: str) -> Dispute:
    """Return a dispute as it is now; raises ProviderRefusedError (NO_SUCH)."""
    return _dispute(called(lambda client: client.v1.disputes.retrieve(dispute_id).to_dict()))


def raised(*, since: datetime, until: datetime) -> Iterator[Dispute]:
    """Yield the disputes raised from `since` and before `until`, newest first."""
    found = listed(
        lambda client: client.v1.disputes.list(
            {"created": {"gte": ore.seconds(since), "lt": ore.seconds(until)}, "limit": PAGE}
        )
    )
    return map(_dispute, found)


def _dispute(found: object) -> Dispute:
    dispute = DisputeObject.model_validate(found)
    ore.check(dispute.currency)
    due = dispute.evidence_details.due_by
    return Dispute(
        id=dispute.id,
        intent_id=dispute.payment_intent or "",
        amount_ore=dispute.amount,
        outcome=_OUTCOMES.get(dispute.status, "open"),
        reason=dispute.reason,
        withdrawn_ore=-sum(one.net for one in dispute.balance_transactions),
        taken_ore=-sum(min(one.amount, 0) for one in dispute.balance_transactions),
        returned_ore=sum(max(one.amount, 0) for one in dispute.balance_transactions),
        fee_ore=sum(one.fee for one in dispute.balance_transactions),
        answer_by=ore.moment(due) if due else None,
        created_at=ore.moment(dispute.created),
    )
