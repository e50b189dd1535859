"""Refunds that operators decide on: given, noted where somebody gave them by hand, put right.

Small sums one operator gives; more than that, and more than the rule itself would give back, takes
a second one. What was given of a purchase before counts, so that no sum is cut into small ones.
"""

import json
from datetime import datetime

from lib.approvals import service as approvals
from lib.approvals.repository import Row as Proposal
from lib.approvals.rules import Deed
from lib.core import config, ids, page_keys
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.earnings import service as earnings
from lib.ledger.rules import RAIL_ACCOUNTS
from lib.operators import service as operators
from lib.purchases import (
    refund_repository,
    refund_rules,
    refunding,
    refunds,
    service,
    withdrawal,
)
from lib.purchases.operator_schemas import (
    GivenRefund,
    GiveRefund,
    HeldRefund,
    HeldRefunds,
    NotePortalRefund,
    NotRefundedThereError,
    PortalRefund,
    ReadRefunds,
    Why,
)
from lib.purchases.refund_rules import Decision, Ground
from lib.purchases.repository import Purchase
from lib.purchases.schemas import NotRefundableError, Refund
from lib.purchases.selling import locked, log_for_both

_ALONE_ORE = 50_000
_BY_OPERATORS = frozenset({Ground.GOODWILL, Ground.BY_HAND})


def give(
    db: Db, purchase_id: str, wanted: GiveRefund, *, operator_id: str, now: datetime
) -> GivenRefund:
    """Give money back, or ask another operator to approve that where it is much.

    Raises NotFoundError, FourEyesError for a large sum to oneself, and NotRefundableError for more
    than is left, what waits for approval included.
    """
    purchase = locked(db, purchase_id)
    asked_ore = sum(each.amount_ore for each in _proposed(db, purchase_id, now))
    left_ore = _left_ore(db, purchase, wanted.borne_by) - asked_ore
    if wanted.amount_ore > left_ore:
        raise NotRefundableError(left_ore=max(left_ore, 0))
    if asked_ore + wanted.amount_ore > _alone_ore(db, purchase, now):
        approval = approvals.propose(
            db,
            Deed("give_refund", purchase.mentee_id, purchase_id, _figures(wanted)),
            reason=wanted.reason,
            operator_id=operator_id,
            now=now,
        )
        return GivenRefund(refund=None, approval_id=approval.id)
    refund = _given(db, purchase, wanted, operator_id, now)
    return GivenRefund(refund=refund, approval_id=None)


def approved(db: Db, proposal: Proposal, now: datetime) -> str:
    """Give what another operator has approved; return the refund's id."""
    purchase = locked(db, proposal.object_id)
    return _given(db, purchase, _wanted(proposal), proposal.proposed_by, now).id


def want_noted(
    db: Db, purchase_id: str, wanted: NotePortalRefund, *, operator_id: str, now: datetime
) -> PortalRefund:
    """Return what is to be noted of a refund by hand; `note` follows, once the rail was asked.

    Raises NotFoundError, NotRefundableError.
    """
    purchase = locked(db, purchase_id)
    left_ore = _left_ore(db, purchase, wanted.borne_by)
    if wanted.amount_ore > left_ore:
        raise NotRefundableError(left_ore=left_ore)
    refund_id = ids.new("rfd")
    log_for_both(db, purchase, operator_id, "note_portal_refund", wanted.reason, now, refund_id)
    return PortalRefund(
        refund_id=refund_id,
        purchase_id=purchase_id,
        amount_ore=wanted.amount_ore,
        borne_by=wanted.borne_by,
        reason=wanted.reason,
        noted_by=operator_id,
        state="asked",
    )


def note(wanted: PortalRefund, now: datetime) -> PortalRefund:
    """Note a refund by hand, if the rail has given back so much more than we know of.

    Again changes nothing. Raises NotRefundedThereError, ProviderUnavailableError.
    """
    if transact(lambda db: refund_repository.lock(db, refund_id=wanted.refund_id)):
        return wanted.model_copy(update={"state": "done"})
    there = service.at_rail(wanted.purchase_id, now)
    there_ore = there.refunded_ore if there else 0
    transact(lambda db: _noted(db, wanted, there_ore, now))
    return wanted.model_copy(update={"state": "done"})


def held(db: Db, wanted: ReadRefunds, *, operator_id: str, now: datetime) -> HeldRefunds:
    """Return a page of refunds that wait for an operator, oldest first; the reading is logged."""
    after = page_keys.begin(wanted.after, page_keys.OLDEST_FIRST)
    found = refund_repository.in_state(
        db, state="held", before=now, after=after, limit=wanted.limit + 1
    )
    found, following = page_keys.cut(found, wanted.limit)
    shown = [HeldRefund.model_validate(row, from_attributes=True) for row in found]
    operators.log(db, operator_id, "read_refunds", None, wanted.reason, now)
    return HeldRefunds(refunds=shown, next=following)


def try_again(db: Db, refund_id: str, wanted: Why, *, operator_id: str, now: datetime) -> Refund:
    """Have a held refund tried again; raises NotFoundError for any other."""
    refunding.try_again(db, refund_id=refund_id, now=now)
    return _changed(db, refund_id, operator_id, "retry_refund", wanted.reason, now)


def paid_by_bank(db: Db, refund_id: str, wanted: Why, *, operator_id: str, now: datetime) -> Refund:
    """Note that a held refund was paid by bank; raises NotFoundError for any other."""
    refunding.paid_by_bank(db, refund_id=refund_id, now=now)
    return _changed(db, refund_id, operator_id, "refund_by_bank", wanted.reason, now)


def _proposed(db: Db, purchase_id: str, now: datetime) -> list[GiveRefund]:
    found = approvals.open_about(db, object_id=purchase_id, action="give_refund", now=now)
    return [_wanted(proposal) for proposal in found]


def _figures(wanted: GiveRefund) -> dict[str, str | int]:
    return {"amount_ore": wanted.amount_ore, "borne_by": wanted.borne_by}


def _wanted(proposal: Proposal) -> GiveRefund:
    return GiveRefund.model_validate({**json.loads(proposal.given), "reason": proposal.reason})


def _given(
    db: Db, purchase: Purchase, wanted: GiveRefund, operator_id: str, now: datetime
) -> Refund:
    refund = refunds.give(
        db,
        purchase_id=purchase.id,
        amount_ore=wanted.amount_ore,
        is_borne_by_mentor=wanted.borne_by == "mentor",
        reason=wanted.reason,
        operator_id=operator_id,
        now=now,
    )
    log_for_both(db, purchase, operator_id, "give_refund", wanted.reason, now, refund.id)
    return refund


def _noted(db: Db, wanted: PortalRefund, there_ore: int, now: datetime) -> None:
    purchase = locked(db, wanted.purchase_id)
    known_ore = refund_repository.paid_by_rail(db, purchase_id=purchase.id)
    if there_ore - known_ore < wanted.amount_ore:
        raise NotRefundedThereError(there_ore=there_ore)
    words = (wanted.reason, wanted.reason)
    refund = refunds.begin(
        db,
        purchase,
        Decision(wanted.amount_ore, 0, Ground.BY_HAND, *words),
        evidence={"reason": wanted.reason},
        asked_by=wanted.noted_by,
        is_borne_by_mentor=wanted.borne_by == "mentor",
        refund_id=wanted.refund_id,
        now=now,
    )
    refunding.note_paid(db, refund, "paid", (RAIL_ACCOUNTS[purchase.rail], ""), now)


def _alone_ore(db: Db, purchase: Purchase, now: datetime) -> int:
    """Return how much one operator may give of a purchase now, what was given before counted."""
    evidence, _ = withdrawal.evidence_of(db, purchase, now)
    rule_ore = refund_rules.withdrawal(evidence, now).refund_ore
    before_ore = sum(
        each.amount_ore
        for each in refund_repository.of_purchase(db, purchase_id=purchase.id)
        if each.ground in _BY_OPERATORS
    )
    return max(config.number("REFUND_ALONE_ORE", _ALONE_ORE), rule_ore) - before_ore


def _left_ore(db: Db, purchase: Purchase, borne_by: str) -> int:
    """Return how much can go back at all: what was taken, of the mentor's what they earned."""
    left_ore = purchase.captured_ore - purchase.refunded_ore
    if borne_by == "mentor":
        return min(left_ore, earnings.so_far(db, purchase_id=purchase.id).gross_ore)
    return left_ore


def _changed(
    db: Db, refund_id: str, operator_id: str, action: str, reason: str, now: datetime
) -> Refund:
    row = refund_repository.lock(db, refund_id=refund_id)
    if row is None:
        raise NotFoundError
    log_for_both(db, locked(db, row.purchase_id), operator_id, action, reason, now, refund_id)
    return refunds.shown(row)
