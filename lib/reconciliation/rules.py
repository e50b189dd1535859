"""What must hold of money, whatever happened: pure checks of facts that others have read.

Each invariant has a name, which a difference carries; a finding says of what it does not hold, what
our books say and what was found instead. Nothing here, or anywhere in this domain, puts anything
right: a difference is for a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core import money
from lib.reconciliation.kinds import Finding, Kind

# What follows a capture, a delivery or a refund within seconds is forgotten after a day.
SETTLED_AFTER = timedelta(days=1)
# A payment is reserved six days before its session at most, and decided on within two after it.
LONGEST_RESERVED = timedelta(days=10)
# Within these an operator has looked at what waits for one.
LONGEST_HELD = timedelta(days=3)
LONGEST_WAITING = timedelta(days=7)
_RESERVING = {"created": (), "authorised": (None,), "captured": ("posted",)}
_LET_GO = ("voided", "expired")


@dataclass(frozen=True, kw_only=True)
class PurchaseFacts:
    """A purchase as its row has it, the books, earnings, refunds, hours and papers beside it.

    `reserved_ore` and `outcome` are its reservation's; None where there is none, or nothing became
    of it yet. `prepaid_ore` is what rests on its account. `gone_ore` is what refunds took out of
    that, or what came back to our own expense, `going_ore` what refunds will. Hours are in
    quarters; `standing` may still be given.
    """

    id: str
    state: str
    is_pack: bool
    amount_ore: int
    captured_ore: int
    refunded_ore: int
    quarters: int
    authorised_at: datetime | None
    captured_at: datetime | None
    reserved_ore: int | None = None
    outcome: str | None = None
    posted_ore: int = 0
    prepaid_ore: int = 0
    earned_ore: int = 0
    given: int = 0
    refunds_ore: int = 0
    gone_ore: int = 0
    going_ore: int = 0
    issued: int = 0
    taken_out: int = 0
    left: int = 0
    standing: int = 0
    is_delivered: bool | None = None
    has_paper: bool = False


def faults_of_purchase(facts: PurchaseFacts, now: datetime) -> Iterator[Finding]:
    """Yield what does not hold of a purchase."""
    if not _is_reserved_as_it_stands(facts):
        yield Finding(Kind.RESERVATION_DIFFERS, facts.id, facts.amount_ore, facts.reserved_ore)
    if facts.captured_ore != facts.posted_ore:
        yield Finding(Kind.CAPTURED_DIFFERS, facts.id, facts.captured_ore, facts.posted_ore)
    if facts.refunded_ore != facts.refunds_ore:
        yield Finding(Kind.REFUNDED_DIFFERS, facts.id, facts.refunded_ore, facts.refunds_ore)
    owed_ore = facts.captured_ore - facts.earned_ore - facts.gone_ore
    if facts.prepaid_ore != owed_ore:
        yield Finding(Kind.PREPAID_DIFFERS, facts.id, owed_ore, facts.prepaid_ore)
    if facts.state != "captured":
        return
    rests_ore, worth_ore = owed_ore - facts.going_ore, _worth_of_standing(facts)
    if rests_ore != worth_ore:
        yield Finding(Kind.PREPAID_RESTS, facts.id, worth_ore, rests_ore)
    if facts.is_pack and not _hours_add_up(facts):
        yield Finding(Kind.HOURS_DIFFER, facts.id)
    if not facts.is_pack and not facts.is_delivered:
        yield Finding(Kind.CAPTURED_UNDELIVERED, facts.id, 0, facts.captured_ore)
    if not facts.has_paper and _is_past(facts.captured_at, now):
        yield Finding(Kind.RECEIPT_MISSING, facts.id)


def _is_reserved_as_it_stands(facts: PurchaseFacts) -> bool:
    """Return whether what the books say of its reservation is what its state says."""
    if facts.reserved_ore is None:
        return facts.authorised_at is None and facts.state not in {"authorised", "captured"}
    return facts.reserved_ore == facts.amount_ore and facts.outcome in _RESERVING.get(
        facts.state, _LET_GO
    )


def _worth_of_standing(facts: PurchaseFacts) -> int:
    """Return what the hours of a pack cost that may still be given; a session has none left."""
    if not facts.is_pack:
        return 0
    until = money.part(facts.amount_ore, facts.given + facts.standing, facts.quarters)
    return until - money.part(facts.amount_ore, facts.given, facts.quarters)


def _hours_add_up(facts: PurchaseFacts) -> bool:
    accounted = facts.given + facts.standing + facts.taken_out
    return facts.issued == facts.quarters == accounted and facts.left >= 0


@dataclass(frozen=True, kw_only=True)
class RefundFacts:
    """A refund, its entries and what rests on its account.

    `reserved_ore` is what was booked as on its way, `posted_ore` what of it was made real;
    `is_back` says that the rail took it back after it was done.
    """

    id: str
    state: str
    amount_ore: int
    is_back: bool
    created_at: datetime
    finished_at: datetime | None
    reserved_ore: int
    posted_ore: int
    clearing_ore: int
    has_paper: bool


def faults_of_refund(facts: RefundFacts, now: datetime) -> Iterator[Finding]:
    """Yield what does not hold of a refund."""
    is_real = facts.state == "done" or facts.is_back
    posted_ore = facts.amount_ore if is_real else 0
    rests_ore = facts.amount_ore if facts.is_back else 0
    if (facts.reserved_ore, facts.posted_ore) != (facts.amount_ore, posted_ore):
        yield Finding(Kind.REFUND_ENTRIES_DIFFER, facts.id, posted_ore, facts.posted_ore)
    elif facts.clearing_ore != rests_ore:
        yield Finding(Kind.REFUND_ENTRIES_DIFFER, facts.id, rests_ore, facts.clearing_ore)
    longest = {"open": SETTLED_AFTER, "held": LONGEST_HELD}.get(facts.state)
    if longest and facts.created_at <= now - longest:
        yield Finding(Kind.REFUND_OVERDUE, facts.id, 0, facts.amount_ore)
    if facts.state == "done" and not facts.has_paper and _is_past(facts.finished_at, now):
        yield Finding(Kind.CREDIT_NOTE_MISSING, facts.id)


@dataclass(frozen=True, kw_only=True)
class PayoutFacts:
    """A payout, what it settles, its entries and what rests on its account.

    `settled_ore` is None where it settles nothing: it is made of what Stripe gave back of another.
    """

    id: str
    state: str
    amount_ore: int
    netted_ore: int
    created_at: datetime
    waiting_since: datetime | None
    paid_at: datetime | None
    settled_ore: int | None
    taken_back_ore: int
    reserved_ore: int
    outcomes: frozenset[str | None]
    clearing_ore: int
    has_paper: bool


# What was left behind was booked at once: it never waited.
_OUTCOMES: Mapping[str, frozenset[str | None]] = {
    "paid": frozenset({"posted"}),
    "called_off": frozenset({"voided"}),
    "left": frozenset({None}),
}


def faults_of_payout(facts: PayoutFacts, now: datetime) -> Iterator[Finding]:
    """Yield what does not hold of a payout."""
    is_settling = facts.state != "called_off" and facts.settled_ore is not None
    if is_settling and facts.settled_ore != facts.amount_ore:
        yield Finding(Kind.PAYOUT_EARNINGS_DIFFER, facts.id, facts.amount_ore, facts.settled_ore)
    elif is_settling and facts.taken_back_ore != facts.netted_ore:
        yield Finding(Kind.PAYOUT_EARNINGS_DIFFER, facts.id, facts.netted_ore, facts.taken_back_ore)
    whole_ore = facts.amount_ore + facts.netted_ore
    is_as_it_stands = facts.outcomes == _OUTCOMES.get(facts.state, frozenset({None}))
    if facts.reserved_ore != whole_ore or not is_as_it_stands:
        yield Finding(Kind.PAYOUT_ENTRIES_DIFFER, facts.id, whole_ore, facts.reserved_ore)
    elif facts.clearing_ore:
        yield Finding(Kind.PAYOUT_ENTRIES_DIFFER, facts.id, 0, facts.clearing_ore)
    since = facts.waiting_since or facts.created_at
    if facts.state not in _OUTCOMES and since <= now - LONGEST_WAITING:
        yield Finding(Kind.PAYOUT_OVERDUE, facts.id, 0, facts.amount_ore)
    is_due = facts.settled_ore is not None and _is_past(facts.paid_at, now)
    if facts.state == "paid" and is_due and not facts.has_paper:
        yield Finding(Kind.STATEMENT_MISSING, facts.id)


@dataclass(frozen=True, kw_only=True)
class MentorFacts:
    """What the books owe a mentor, and what their rows say; `pseudonym` is the books' word."""

    pseudonym: str
    payable_ore: int
    receivable_ore: int
    earned_ore: int
    taken_back_ore: int
    back_ore: int


def faults_of_mentor(facts: MentorFacts) -> Iterator[Finding]:
    """Yield what does not hold of what a mentor is owed and owes.

    Owed is what was earned and is in no payout that was paid, and what Stripe has given back of one
    that was and nobody has decided on; what was taken back after it was paid, they owe.
    """
    owed_ore = facts.earned_ore + facts.back_ore
    if facts.payable_ore != owed_ore:
        yield Finding(Kind.PAYABLE_DIFFERS, facts.pseudonym, owed_ore, facts.payable_ore)
    if facts.receivable_ore != facts.taken_back_ore:
        yield Finding(
            Kind.RECEIVABLE_DIFFERS, facts.pseudonym, facts.taken_back_ore, facts.receivable_ore
        )


@dataclass(frozen=True, kw_only=True)
class DisputeFacts:
    """A dispute, and what rests on its account: what was taken is there, as a debit."""

    id: str
    taken_ore: int
    returned_ore: int
    is_decided: bool
    account_ore: int


def faults_of_dispute(facts: DisputeFacts) -> Iterator[Finding]:
    """Yield what does not hold of a dispute."""
    rests_ore = 0 if facts.is_decided else facts.returned_ore - facts.taken_ore
    if facts.account_ore != rests_ore:
        yield Finding(Kind.DISPUTE_ENTRIES_DIFFER, facts.id, rests_ore, facts.account_ore)


@dataclass(frozen=True, kw_only=True)
class BookingFacts:
    """A booking whose end is some time past, and what became of what was paid for it.

    `is_earned`: its mentor has earned something with it; `is_reserved`: money is still reserved;
    `drawn` quarter hours of packs neither went back nor were earned.
    """

    id: str
    state: str
    price_ore: int
    is_earned: bool
    is_reserved: bool
    drawn: int


def faults_of_booking(facts: BookingFacts) -> Iterator[Finding]:
    """Yield what does not hold of a booking that is over."""
    if facts.state == "confirmed":
        yield Finding(Kind.SESSION_UNDECIDED, facts.id)
    elif facts.state == "completed":
        if not facts.is_earned:
            yield Finding(Kind.DELIVERED_UNPAID, facts.id, facts.price_ore, 0)
    else:
        if facts.is_reserved:
            yield Finding(Kind.RESERVED_FOR_NOTHING, facts.id)
        if facts.drawn:
            yield Finding(Kind.HOURS_NOT_RETURNED, facts.id)


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now - SETTLED_AFTER
