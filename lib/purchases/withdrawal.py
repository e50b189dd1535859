"""Withdrawal from a purchase, and the end of packs: what was not given goes back.

The person is told in words what they get before they confirm, and confirms the sum to the øre;
where something happened in between they are told anew.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from lib.core import batches, ids
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.earnings import service as earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.purchases import (
    hour_repository,
    hours,
    refund_repository,
    refund_rules,
    refunds,
    repository,
)
from lib.purchases.refund_rules import GIVES_BACK, Decision, Evidence, Ground
from lib.purchases.repository import Purchase
from lib.purchases.schemas import (
    NotWithdrawableError,
    PurchaseUnderWayError,
    Text,
    Withdrawal,
    WithdrawalChangedError,
)
from lib.scheduling import service as scheduling

RECOVERED = "recovered"
_MOST_PACKS = 50
_BATCH = 50


@dataclass(frozen=True)
class _Case:
    """A purchase, the decision about it, and the sessions to come that it would call off."""

    purchase: Purchase
    evidence: Evidence
    decision: Decision
    calls_off: tuple[str, ...]


def quote(db: Db, *, purchase_id: str, mentee_id: str, now: datetime) -> Withdrawal:
    """Return what the person would get back now, in words; raises NotFoundError.

    Raises PurchaseUnderWayError while a payment has yet to be made, or its hours to be issued.
    """
    return _shown(_case(db, _own(db, purchase_id, mentee_id), now))


def withdraw(
    db: Db, *, purchase_id: str, mentee_id: str, refund_ore: int, now: datetime
) -> Withdrawal:
    """Withdraw from a purchase, for the sum that was quoted.

    Raises as `quote`; NotWithdrawableError where nothing goes back; WithdrawalChangedError, with
    what goes back now, where that is another sum.
    """
    case = _case(db, _own(db, purchase_id, mentee_id), now)
    is_out_of_reach = case.purchase.state == "authorised" and not case.calls_off
    if case.decision.ground not in GIVES_BACK or is_out_of_reach:
        raise NotWithdrawableError(ground=case.decision.ground)
    if case.decision.refund_ore != refund_ore:
        raise WithdrawalChangedError(refund_ore=case.decision.refund_ore)
    for booking_id in case.calls_off:
        scheduling.call_off(db, booking_id=booking_id, by=mentee_id, now=now)
    # What is only reserved is let go with the session that it is for.
    if case.purchase.state == "captured":
        _end(db, case, "withdrawn", asked_by=mentee_id, now=now)
    return _shown(case)


def end_pack(db: Db, purchase_id: str, *, ground: Ground, now: datetime) -> bool:
    """Refund what is left of a pack that is over; False where nothing is."""
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.pack_id is None or purchase.state != "captured":
        return False
    if not hours.left(db, purchase_id=purchase_id):
        return False
    evidence, _ = evidence_of(db, purchase, now)
    decision = refund_rules.unused(evidence, ground)
    if decision.ground in GIVES_BACK:
        _end(db, _Case(purchase, evidence, decision, ()), "expired", asked_by=None, now=now)
    else:
        # An operator has refunded more than these hours cost: they end all the same. A pack can
        # end so more than once, where a session that drew of it turns out not to have been held.
        end_hours(db, purchase, "expired", cause_id=ids.new("end"), now=now)
    return True


def expire_due(now: datetime, deadline: datetime) -> int:
    """End packs whose time is over, until none is left or the deadline; return how many."""

    def page(after: str) -> Sequence[hour_repository.Id]:
        return transact(lambda db: hour_repository.expired(db, now=now, after=after, limit=_BATCH))

    def ended(purchase_id: str) -> bool:
        return transact(lambda db: end_pack(db, purchase_id, ground=Ground.EXPIRED, now=now))

    over = batches.until(deadline, page, lambda row: row.id)
    return sum(batches.tried(lambda: ended(row.id), "pack_not_ended") for row in over)  # noqa: B023 (run at once)


def end_packs_of(db: Db, person_id: str, now: datetime) -> None:
    """End every pack of somebody who leaves: what is left goes back to whoever bought it."""
    for row in hour_repository.with_hours_left(db, person_id=person_id, limit=_MOST_PACKS):
        end_pack(db, row.id, ground=Ground.LEAVING, now=now)


def are_packs_ended(db: Db, person_id: str) -> bool:
    """Return whether nothing is left of any pack of somebody, also past this snapshot."""
    found = hour_repository.with_hours_left(db, person_id=person_id, limit=_MOST_PACKS)
    return not any(hours.left(db, purchase_id=row.id) for row in found)


def _end(db: Db, case: _Case, kind: str, *, asked_by: str | None, now: datetime) -> None:
    purchase = case.purchase
    refund = refunds.begin(
        db, purchase, case.decision, evidence=asdict(case.evidence), asked_by=asked_by, now=now
    )
    end_hours(db, purchase, kind, cause_id=refund.id, now=now)


def end_hours(db: Db, purchase: Purchase, kind: str, *, cause_id: str, now: datetime) -> None:
    """Take all hours out of a pack, as `withdrawn` or `expired`; `cause_id` is new each time.

    It is the refund that pays them, or an `end_…` of its own where nothing is owed for them.
    """
    if purchase.pack_id is None:
        return
    # What sessions drew that will not be held comes back first; the rule has counted it.
    for booking_id in hours.open_draws(db, purchase_id=purchase.id):
        if scheduling.standing(db, booking_id=booking_id, now=now) == "not_held":
            hours.give_back(db, booking_id=booking_id, now=now)
    hours.take_out(db, purchase_id=purchase.id, kind=kind, cause_id=cause_id, now=now)
    repository.end_hours(db, purchase_id=purchase.id, now=now)
    _recover(db, purchase, cause_id, now)


def _recover(db: Db, purchase: Purchase, cause_id: str, now: datetime) -> None:
    """Take back at our own expense's account what was prepaid for hours that end unrefunded.

    Their price has gone back before, out of goodwill: nobody is owed it any more.
    """
    evidence, _ = evidence_of(db, purchase, now)
    prepaid = (Account.PREPAID, purchase.id)
    over_ore = evidence.idle_ore - ledger.taken_ore(db, prepaid, step=RECOVERED)
    if over_ore > 0:
        recovered = Entry(RECOVERED, prepaid, (Account.GOODWILL, ""), over_ore)
        ledger.book(db, [recovered], cause_id=cause_id, now=now)


def _own(db: Db, purchase_id: str, mentee_id: str) -> Purchase:
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None or purchase.mentee_id != mentee_id:
        raise NotFoundError
    return purchase


def _case(db: Db, purchase: Purchase, now: datetime) -> _Case:
    is_session_to_come = purchase.state == "authorised" and purchase.booking_id is not None
    if purchase.state != "captured" and not is_session_to_come:
        raise PurchaseUnderWayError(state=purchase.state)
    evidence, calls_off = evidence_of(db, purchase, now)
    return _Case(purchase, evidence, refund_rules.withdrawal(evidence, now), calls_off)


def evidence_of(db: Db, purchase: Purchase, now: datetime) -> tuple[Evidence, tuple[str, ...]]:
    """Return what the rule needs to know, and the sessions to come that can be called off."""
    earned = earnings.so_far(db, purchase_id=purchase.id)
    going_back = refund_repository.of_purchase(db, purchase_id=purchase.id)
    back_ore = sum(refund.prepaid_ore for refund in going_back)
    # What is reserved for a session to come is treated as if it were taken: it is let go.
    taken_ore = purchase.captured_ore or purchase.amount_ore
    upcoming, undecided = _sessions(db, purchase, earned.causes, now)
    evidence = Evidence(
        amount_ore=purchase.amount_ore,
        quarters=purchase.quarters,
        captured_ore=taken_ore,
        refunded_ore=purchase.refunded_ore,
        unearned_ore=taken_ore - earned.gross_ore - back_ore,
        concluded_at=purchase.authorised_at or purchase.created_at,
        early_start_at=purchase.early_start_at,
        given=earned.quarters,
        undecided=undecided,
    )
    return evidence, upcoming


def _sessions(
    db: Db, purchase: Purchase, earned: frozenset[str], now: datetime
) -> tuple[tuple[str, ...], int]:
    """Return the sessions that can be called off, and the quarter hours of those undecided.

    A session that was held and has not earned anything yet is about to: undecided, to us.
    """
    if purchase.booking_id:
        draws = {purchase.booking_id: purchase.quarters}
    else:
        draws = hours.open_draws(db, purchase_id=purchase.id)
    upcoming, undecided = [], 0
    for booking_id, quarters in draws.items():
        if booking_id in earned:
            continue
        standing = scheduling.standing(db, booking_id=booking_id, now=now)
        if standing == "to_come":
            upcoming.append(booking_id)
        elif standing in {"begun", "held"}:
            undecided += quarters
    return tuple(upcoming), undecided


def _shown(case: _Case) -> Withdrawal:
    decision = case.decision
    return Withdrawal(
        purchase_id=case.purchase.id,
        ends_at=refund_rules.withdrawable_until(case.evidence.concluded_at),
        refund_ore=decision.refund_ore,
        currency=case.purchase.currency,
        ground=decision.ground,
        text=Text(nb=decision.nb, en=decision.en),
        calls_off=list(case.calls_off),
    )
