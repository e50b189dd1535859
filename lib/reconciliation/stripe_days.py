"""Stripe's days against our books: every movement of our balance is one that we know.

A fee that our books lack is booked: Stripe has kept it, which is nobody's decision. Days are of
UTC, as Stripe counts them, and looked at once the next one has begun some time ago.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import batched
from typing import Any

from lib.core.db import Db, transact
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.providers.stripe import balance, checkout, refunds
from lib.providers.stripe.balance import Kind as Said
from lib.providers.stripe.balance import Movement
from lib.reconciliation import days, differences, progress, rail_repository
from lib.reconciliation.days import Seen
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.schemas import Checked
from lib.treasury import service as treasury
from lib.treasury.rules import Move
from lib.treasury.schemas import MoveNotedOtherwiseError

JOB = "stripe_days"
_BALANCE = "stripe_balance"
_BATCH = 200
_LATE = timedelta(hours=1)
# A delta that does not change for so long is no payment on its way.
_LASTING = timedelta(hours=1)


def check(now: datetime, deadline: datetime) -> Checked:
    """Look at the days that are over."""
    yesterday = (now - _LATE).date() - timedelta(days=1)
    return days.run(JOB, _look, yesterday, now, deadline)


def check_balance(now: datetime) -> Checked:
    """Compare what Stripe says that we have with our books; a delta that lasts is a difference."""
    here = transact(lambda db: progress.of(db, _BALANCE, now))
    if here.round_ended_at and here.round_ended_at > now - _LASTING:
        return Checked(check=_BALANCE, examined=0, opened=0, round_ended_at=here.round_ended_at)
    found = balance.balance()
    opened = transact(partial(_balanced, found.available_ore + found.pending_ore, now))
    return Checked(check=_BALANCE, examined=1, opened=opened, round_ended_at=now)


def _balanced(theirs_ore: int, now: datetime, db: Db) -> int:
    here = progress.of(db, _BALANCE, now)
    ours_ore = -ledger.own_balances(db)[Account.STRIPE_BALANCE]
    delta_ore = theirs_ore - ours_ore
    is_lasting = delta_ore and progress.carried(here).get("delta_ore") == delta_ore
    findings = [Finding(Kind.STRIPE_BALANCE, "stripe", ours_ore, theirs_ore)] if is_lasting else []
    opened = differences.note(db, findings, now)
    differences.close_about(db, [Kind.STRIPE_BALANCE], "stripe", now)
    progress.ended(db, here, now, {"delta_ore": delta_ore})
    return opened


def _look(day: date, carried: dict[str, Any], now: datetime) -> Seen:
    since = datetime.combine(day, time(), UTC)
    moved = balance.movements(since=since, until=since + timedelta(days=1))
    findings: list[Finding] = []
    for batch in batched(moved, _BATCH):
        for judge in (_charges, _transfers, _reversals, _disputes):
            findings += transact(partial(judge, batch, now))
        for each in batch:
            findings += _OTHERS.get(each.kind, _nothing)(each, day, now)
    return Seen(findings, carried)


def _charges(batch: Sequence[Movement], now: datetime, db: Db) -> list[Finding]:
    charges = [each for each in batch if each.kind is Said.CHARGE]
    if not charges:
        return []
    ids = sorted({each.group or "-" for each in charges})
    known = {
        each.id: each for each in rail_repository.known_by_id(db, ids=ids) if each.rail == "stripe"
    }
    fees = {each.cause_id: each for each in rail_repository.fees(db, purchase_ids=ids)}
    findings = []
    for each in charges:
        purchase, fee = known.get(each.group), fees.get(each.group)
        if purchase is None:
            findings.append(Finding(Kind.CAPTURE_UNKNOWN, each.source_id, 0, each.amount_ore))
            continue
        if purchase.captured_ore != each.amount_ore:
            rail_repository.compare_again(db, purchase_ids=[purchase.id])
        if fee is None:
            _book_fee(db, purchase.id, each.fee_ore, now)
        elif fee.amount_ore != each.fee_ore:
            findings.append(Finding(Kind.FEE_DIFFERS, purchase.id, fee.amount_ore, each.fee_ore))
    return findings


def _book_fee(db: Db, purchase_id: str, fee_ore: int, now: datetime) -> None:
    kept = Entry("provider_fee", (Account.PROVIDER_FEES, ""), (Account.STRIPE_BALANCE, ""), fee_ore)
    ledger.book(db, [kept], cause_id=purchase_id, now=now)


def _transfers(batch: Sequence[Movement], now: datetime, db: Db) -> list[Finding]:
    del now
    moved = [each for each in batch if each.kind is Said.TRANSFER]
    if not moved:
        return []
    ids = sorted({each.group or "-" for each in moved})
    known = {each.id: each for each in rail_repository.payouts(db, ids=ids)}
    findings = []
    for each in moved:
        payout = known.get(each.group)
        if payout is None or (payout.state, payout.provider_id) != ("paid", each.source_id):
            findings.append(Finding(Kind.TRANSFER_UNKNOWN, each.source_id, 0, -each.amount_ore))
        elif payout.amount_ore != -each.amount_ore:
            rail_repository.compare_payout_again(db, payout_ids=[payout.id])
    return findings


def _reversals(batch: Sequence[Movement], now: datetime, db: Db) -> list[Finding]:
    del now
    back = [each for each in batch if each.kind is Said.TRANSFER_REVERSED]
    if not back:
        return []
    ids = sorted({each.transfer_id or "-" for each in back})
    found = rail_repository.payouts_of_transfers(db, provider_ids=ids)
    if found:
        rail_repository.compare_payout_again(db, payout_ids=[each.id for each in found])
    known = {each.provider_id for each in found}
    return [
        Finding(Kind.TRANSFER_UNKNOWN, each.source_id, 0, each.amount_ore)
        for each in back
        if each.transfer_id not in known
    ]


def _disputes(batch: Sequence[Movement], now: datetime, db: Db) -> list[Finding]:
    del now
    contested = [each for each in batch if each.kind in {Said.DISPUTE, Said.DISPUTE_RETURNED}]
    if not contested:
        return []
    ids = sorted({each.source_id for each in contested})
    known = rail_repository.known_disputes(db, provider_ids=ids)
    return [
        Finding(Kind.DISPUTE_UNKNOWN, each.source_id, 0, each.amount_ore)
        for each in contested
        if each.source_id not in known
    ]


def _refund(moved: Movement, day: date, now: datetime) -> Iterator[Finding]:
    """Have the purchase compared of which something was given back, whoever did so."""
    del day, now
    purchase_id = _purchase_of(moved)
    known = transact(partial(_compare_again, purchase_id)) if purchase_id else False
    if not known:
        yield Finding(Kind.REFUND_UNKNOWN, moved.source_id, 0, moved.amount_ore)


def _purchase_of(moved: Movement) -> str | None:
    """Return whose refund it is: by our operation or, made by hand, by the payment itself."""
    found = refunds.find(moved.source_id)
    ours = (
        transact(
            lambda db: rail_repository.purchase_of_operation(db, operation_id=found.operation_id)
        )
        if found.operation_id
        else None
    )
    return ours or checkout.find_by_intent(found.intent_id).purchase_id or None


def _compare_again(purchase_id: str, db: Db) -> bool:
    rail_repository.compare_again(db, purchase_ids=[purchase_id])
    return bool(rail_repository.known_by_id(db, ids=[purchase_id]))


def _top_up(moved: Movement, day: date, now: datetime) -> Iterator[Finding]:
    del day, now
    reference = moved.source_id or moved.id
    if not transact(lambda db: treasury.known(db, Move.BANK_TO_STRIPE, reference)):
        yield Finding(Kind.TOP_UP_UNKNOWN, reference, 0, moved.amount_ore)


def _paid_out(moved: Movement, day: date, now: datetime) -> Iterator[Finding]:
    sums = (-moved.amount_ore, moved.fee_ore)
    yield from _noted(Move.STRIPE_TO_BANK, sums, moved.source_id, day, now)


def _not_paid_out(moved: Movement, day: date, now: datetime) -> Iterator[Finding]:
    del day, now
    yield Finding(Kind.MOVE_DIFFERS, moved.source_id, moved.amount_ore, 0)


def _fee(moved: Movement, day: date, now: datetime) -> Iterator[Finding]:
    if moved.net_ore >= 0:
        # A fee that was given back, which no entry of ours knows.
        yield Finding(Kind.MOVEMENT_UNKNOWN, moved.id, 0, moved.net_ore)
    else:
        yield from _noted(Move.STRIPE_FEE, (-moved.net_ore, 0), moved.id, day, now)


def _other(moved: Movement, day: date, now: datetime) -> Iterator[Finding]:
    del day, now
    yield Finding(Kind.MOVEMENT_UNKNOWN, moved.id, 0, moved.net_ore)


def _nothing(moved: Movement, day: date, now: datetime) -> Iterator[Finding]:
    del moved, day, now
    yield from ()


def _noted(
    move: Move, sums: tuple[int, int], reference: str, day: date, now: datetime
) -> Iterator[Finding]:
    def work(db: Db) -> None:
        treasury.note_reported(db, move, sums, reference=reference, happened_on=day, now=now)

    try:
        transact(work)
    except MoveNotedOtherwiseError as error:
        noted_ore = int(str(error.more["amount_ore"]))
        yield Finding(Kind.MOVE_DIFFERS, reference, noted_ore, sums[0])


_OTHERS: dict[Said, Callable[[Movement, date, datetime], Iterator[Finding]]] = {
    Said.REFUND: _refund,
    Said.REFUND_FAILED: _refund,
    Said.TOP_UP: _top_up,
    Said.PAYOUT: _paid_out,
    Said.PAYOUT_FAILED: _not_paid_out,
    Said.FEE: _fee,
    Said.OTHER: _other,
}
