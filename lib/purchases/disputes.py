"""Disputes: a payer's bank takes money back that was captured, and may return it.

What it has taken rests on an account of its own until that is decided; what the purchase has earned
is kept back meanwhile. One that is won comes back. One that is lost is a refund that the bank has
carried out: an operator says at whose expense. Evidence is given in Stripe's dashboard, by a
person, until `answer_by`.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

from lib.core import batches, ids, log, page_keys
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError, ProviderUnavailableError
from lib.disclosures import rules as disclosed
from lib.earnings import service as earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.operators import service as operators
from lib.providers.http import ProviderRefusedError
from lib.providers.stripe import checkout
from lib.providers.stripe import disputes as stripe
from lib.purchases import (
    dispute_repository,
    refund_repository,
    refund_rules,
    refunding,
    refunds,
    repository,
    withdrawal,
)
from lib.purchases.dispute_repository import Dispute as Row
from lib.purchases.operator_schemas import (
    DecideDispute,
    Dispute,
    DisputeNotDecidableError,
    Disputes,
    ReadDisputes,
)
from lib.purchases.refund_rules import Decision, Ground
from lib.purchases.repository import Purchase
from lib.purchases.selling import locked, log_for_both, show_both
from lib.scheduling import service as scheduling

_ASKED_AGAIN = timedelta(hours=6)
# Longer than any pause between two looks; each look moves it on while the dispute is not over.
_KEPT_BACK = timedelta(days=30)
_RAISED_WITHIN = timedelta(days=3)
_BATCH = 50
_OVER = frozenset({"won", "lost"})


def look(provider_id: str, now: datetime) -> str:
    """Ask Stripe about a dispute and record what it says; return what was made of it."""
    found = stripe.find(provider_id)
    known = transact(lambda db: dispute_repository.lock_of_provider(db, provider_id=provider_id))
    purchase_id = known.purchase_id if known else _purchase_of(found)
    return transact(lambda db: _record(db, purchase_id, found, now))


def sweep(now: datetime, deadline: datetime) -> int:
    """Ask about disputes that are not over, and those of which no event told; return how many."""

    def page(after: str) -> list[Row]:
        return transact(
            lambda db: dispute_repository.unfinished(
                db, before=now - _ASKED_AGAIN, after=after, limit=_BATCH
            )
        )

    silent = batches.until(deadline, page, lambda dispute: dispute.id)
    looked_at = sum(_looked(dispute.provider_id, now) for dispute in silent)
    try:
        raised = [each.id for each in stripe.raised(since=now - _RAISED_WITHIN, until=now)]
    except (ProviderUnavailableError, ProviderRefusedError) as error:
        log.failure("disputes_not_listed", error)
        return looked_at
    return looked_at + sum(_looked(each, now) for each in raised if not _is_known(each))


def page(db: Db, wanted: ReadDisputes, *, operator_id: str, now: datetime) -> Disputes:
    """Return a page of disputes, newest first; the reading is logged."""
    before = page_keys.begin(wanted.after, page_keys.NEWEST_FIRST)
    found = dispute_repository.page(db, before=before, limit=wanted.limit + 1)
    found, following = page_keys.cut(found, wanted.limit)
    shown = [Dispute.model_validate(row, from_attributes=True) for row in found]
    operators.log(db, operator_id, "read_disputes", None, wanted.reason, now)
    return Disputes(disputes=shown, next=following)


def decide(
    db: Db, dispute_id: str, wanted: DecideDispute, *, operator_id: str, now: datetime
) -> Dispute:
    """Decide at whose expense a lost dispute is; the mentor's is taken back of what they earned.

    Hours of a pack that are left end with it. Raises NotFoundError, and DisputeNotDecidableError
    while it is not lost, was decided before, or a session of the purchase is not decided on.
    """
    dispute = dispute_repository.lock(db, dispute_id=dispute_id)
    if dispute is None:
        raise NotFoundError
    purchase = locked(db, dispute.purchase_id)
    if dispute.state != "lost" or dispute.borne_by:
        raise DisputeNotDecidableError(why="decided" if dispute.borne_by else dispute.state)
    refund_id = _booked(db, dispute, purchase, wanted, operator_id, now)
    dispute_repository.decide(
        db,
        {
            "id": dispute_id,
            "borne_by": wanted.borne_by,
            "refund_id": refund_id,
            "operator_id": operator_id,
            "now": now,
        },
    )
    earnings.let_go(db, purchase_id=purchase.id, now=now)
    log_for_both(db, purchase, operator_id, "decide_dispute", wanted.reason, now, dispute_id)
    decided = dispute_repository.lock(db, dispute_id=dispute_id) or dispute
    return Dispute.model_validate(decided, from_attributes=True)


def _booked(
    db: Db,
    dispute: Row,
    purchase: Purchase,
    wanted: DecideDispute,
    operator_id: str,
    now: datetime,
) -> str | None:
    """Book what was lost as a refund; what is more than the purchase has left is our expense.

    A refund that was decided before, and that its rail refused over the dispute, is paid with it.
    """
    evidence, upcoming = withdrawal.evidence_of(db, purchase, now)
    if evidence.undecided:
        raise DisputeNotDecidableError(why="session_undecided")
    for booking_id in upcoming:
        scheduling.call_off(db, booking_id=booking_id, now=now)
    account = (Account.DISPUTED, dispute.id)
    lost_ore = dispute.taken_ore - dispute.returned_ore
    for held in refund_repository.of_purchase(db, purchase_id=purchase.id):
        if held.state == "held" and held.amount_ore <= lost_ore:
            refunding.note_paid(db, held, "disputed", account, now)
            lost_ore -= held.amount_ore
    refund_ore = min(lost_ore, purchase.captured_ore - purchase.refunded_ore)
    excess = Entry("excess", (Account.GOODWILL, ""), account, lost_ore - refund_ore)
    ledger.book(db, [excess], cause_id=dispute.id, now=now)
    if not refund_ore:
        return None
    words = refund_rules.taken_by_bank(refund_ore)
    unearned_ore = min(refund_ore, evidence.unused_ore)
    refund = refunds.begin(
        db,
        purchase,
        Decision(refund_ore, unearned_ore, Ground.DISPUTE, *words),
        evidence={**asdict(evidence), "dispute_id": dispute.id},
        asked_by=operator_id,
        is_borne_by_mentor=wanted.borne_by == "mentor",
        now=now,
    )
    withdrawal.end_hours(db, purchase, "withdrawn", cause_id=refund.id, now=now)
    refunding.note_paid(db, refund, "disputed", account, now)
    return refund.id


def _is_known(provider_id: str) -> bool:
    found = transact(lambda db: dispute_repository.lock_of_provider(db, provider_id=provider_id))
    return found is not None


def _looked(provider_id: str, now: datetime) -> bool:
    return batches.tried(lambda: bool(look(provider_id, now)), "dispute_not_looked_at")


def _purchase_of(found: stripe.Dispute) -> str:
    """Return our name of the payment that is contested; '' where it has none."""
    return checkout.find_by_intent(found.intent_id).purchase_id if found.intent_id else ""


def _record(db: Db, purchase_id: str, found: stripe.Dispute, now: datetime) -> str:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.rail != "stripe":
        # Not paid through us; the comparison of days names it.
        log.event("dispute_unknown", provider="stripe")
        return "unknown_reference"
    known = _known(db, purchase, found, now)
    if known.state in _OVER and found.outcome not in _OVER:
        return "nothing_new"  # asked before what is known by now was so
    _book(db, known, found, now)
    is_over = found.outcome == "won" or known.borne_by is not None
    dispute_repository.update(
        db,
        {
            "id": known.id,
            "state": found.outcome,
            "reason": found.reason[:60],
            "amount_ore": found.amount_ore,
            "taken_ore": max(found.taken_ore, known.taken_ore),
            "returned_ore": max(found.returned_ore, known.returned_ore),
            "fee_ore": max(found.fee_ore, known.fee_ore),
            "answer_by": found.answer_by,
            "closed_at": (known.closed_at or now) if is_over else None,
            "now": now,
        },
    )
    if is_over:
        earnings.let_go(db, purchase_id=purchase_id, now=now)
    else:
        earnings.keep_back(db, purchase_id=purchase_id, until=now + _KEPT_BACK)
    if known.state != found.outcome:
        log.event("dispute", dispute=known.id, state=found.outcome)
    return found.outcome


def _known(db: Db, purchase: Purchase, found: stripe.Dispute, now: datetime) -> Row:
    """Return the dispute's row, written when it is first heard of; the purchase is locked."""
    known = dispute_repository.lock_of_provider(db, provider_id=found.id)
    if known:
        return known
    dispute_id = ids.new("dsp")
    values: dict[str, object] = {
        "id": dispute_id,
        "purchase_id": purchase.id,
        "provider_id": found.id,
        "state": found.outcome,
        "reason": found.reason[:60],
        "amount_ore": found.amount_ore,
        "answer_by": found.answer_by,
        "raised_at": found.created_at,
        "now": now,
    }
    dispute_repository.insert(db, values)
    show_both(db, purchase, disclosed.DISPUTE, now)
    log.event("dispute_raised", dispute=dispute_id, state=found.outcome)
    row = dispute_repository.lock_of_provider(db, provider_id=found.id)
    if row is None:
        raise NotFoundError
    return row


def _book(db: Db, known: Row, found: stripe.Dispute, now: datetime) -> None:
    """Book what has moved since the last look; each sum names its step, so that it is booked once.

    What was taken and returned only ever grows, whatever the order in which it is heard of.
    """
    disputed, ours = (Account.DISPUTED, known.id), (Account.STRIPE_BALANCE, "")
    entries = [
        Entry(f"taken.{found.taken_ore}", disputed, ours, found.taken_ore - known.taken_ore),
        Entry(
            f"returned.{found.returned_ore}",
            ours,
            disputed,
            found.returned_ore - known.returned_ore,
        ),
        Entry(
            f"fee.{found.fee_ore}",
            (Account.PROVIDER_FEES, ""),
            ours,
            found.fee_ore - known.fee_ore,
        ),
    ]
    ledger.book(db, [each for each in entries if each.amount_ore > 0], cause_id=known.id, now=now)
