"""The checks of the books from within: everything there is, against what it must agree with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lib.core.db import Db
from lib.ledger import service as ledger
from lib.ledger.rules import TRANSIT, Account
from lib.papers import service as papers
from lib.reconciliation import booking_repository, entry_repository, rules, settling_repository
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.purchases import PURCHASES
from lib.reconciliation.rules import (
    BookingFacts,
    DisputeFacts,
    MentorFacts,
    PayoutFacts,
    RefundFacts,
)
from lib.reconciliation.settling_repository import Payout, Refund, Reserved
from lib.reconciliation.walking import Page, Walk

ENTRIES_A_PAGE = 5_000
_ROWS = 500
_MENTORS = 200
_ODD = 1_000
_OWNED = sorted(TRANSIT | {Account.MENTOR_PAYABLE, Account.MENTOR_RECEIVABLE})
_CREDIT_NOTES = ("credit_note", "repayment")


def _entries(db: Db, after: str, now: datetime) -> Page:
    """Add a page of entries up, in one pass, and look for what can't be."""
    reach = entry_repository.reach(db, after=after, limit=ENTRIES_A_PAGE)
    if reach.last is None:
        return Page("", 0)
    sums: dict[str, int] = {}
    for moved in entry_repository.moved(db, after=after, last=reach.last):
        ore = int(moved.ore)
        for kind, change in ((moved.debit_kind, -ore), (moved.credit_kind, ore)):
            if kind:
                sums[kind] = sums.get(kind, 0) + change
    before = now - rules.LONGEST_RESERVED
    odd = entry_repository.odd(db, after=after, last=reach.last, before=before, limit=_ODD)
    findings = [Finding(_fault(each), each.id, each.amount_ore, each.resolved_ore) for each in odd]
    return Page(reach.last, reach.number, findings, sums)


def _fault(odd: entry_repository.Odd) -> Kind:
    if not odd.is_two_sided:
        return Kind.ENTRY_ONE_SIDED
    return Kind.ENTRY_PENDING if odd.resolved_ore is None else Kind.ENTRY_OVER_RESOLVED


def _whole(db: Db, sums: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """Return the trial balance of a whole round, to be kept until the next one."""
    numbers = {each.kind: each.number for each in entry_repository.accounts_by_kind(db)}
    return {
        "at": now.isoformat(),
        "accounts": [
            {"kind": kind, "accounts": numbers[kind], "balance_ore": sums.get(kind, 0)}
            for kind in sorted(numbers)
        ],
        "sum_ore": sum(sums.values()),
    }


def _accounts(db: Db, after: str, now: datetime) -> Page:
    """Look for money that rests for what nobody knows (any more)."""
    del now
    page = entry_repository.accounts(db, kinds=_OWNED, after=after, limit=_ROWS)
    findings = []
    for kind in {each.kind for each in page if not each.is_known}:
        lost = [each for each in page if each.kind == kind and not each.is_known]
        rests = ledger.balances_of(db, Account(kind), [each.owner for each in lost])
        findings += [
            Finding(Kind.ACCOUNT_OF_NOBODY, each.id, 0, rests[each.owner])
            for each in lost
            if rests.get(each.owner)
        ]
    return Page(page[-1].id if page else "", len(page), findings)


def _refunds(db: Db, after: str, now: datetime) -> Page:
    page = settling_repository.refunds(db, after=after, limit=_ROWS)
    ids = [each.id for each in page]
    if not ids:
        return Page("", 0)
    steps = _by_cause(settling_repository.reserved(db, causes=ids, steps=["refund", "expense"]))
    rests = ledger.balances_of(db, Account.REFUND_CLEARING, ids)
    documented = papers.documented(db, _CREDIT_NOTES, ids)
    findings = [
        finding
        for each in page
        for finding in rules.faults_of_refund(
            _refund_facts(
                each,
                steps.get(each.id, []),
                rests.get(each.id, 0),
                has_paper=each.id in documented,
            ),
            now,
        )
    ]
    return Page(ids[-1], len(ids), findings)


def _refund_facts(
    refund: Refund, steps: Sequence[Reserved], clearing_ore: int, *, has_paper: bool
) -> RefundFacts:
    return RefundFacts(
        id=refund.id,
        state=refund.state,
        amount_ore=refund.amount_ore,
        is_back=bool(refund.is_back),
        created_at=refund.created_at,
        finished_at=refund.finished_at,
        reserved_ore=sum(each.amount_ore for each in steps),
        posted_ore=sum(each.posted_ore or 0 for each in steps),
        clearing_ore=clearing_ore,
        has_paper=has_paper,
    )


def _payouts(db: Db, after: str, now: datetime) -> Page:
    page = settling_repository.payouts(db, after=after, limit=_ROWS)
    ids = [each.id for each in page]
    if not ids:
        return Page("", 0)
    steps = _by_cause(settling_repository.reserved(db, causes=ids, steps=["payout", "net"]))
    settled = {each.payout_id: each for each in settling_repository.settled(db, ids=ids)}
    rests = ledger.balances_of(db, Account.PAYOUT_CLEARING, ids)
    documented = papers.documented(db, ["statement"], ids)

    def facts(payout: Payout) -> PayoutFacts:
        known, of_it = settled.get(payout.id), steps.get(payout.id, [])
        return PayoutFacts(
            **vars(payout),
            settled_ore=int(known.share_ore) if known else None,
            taken_back_ore=int(known.taken_back_ore) if known else 0,
            reserved_ore=sum(each.amount_ore for each in of_it),
            outcomes=frozenset(each.outcome for each in of_it),
            clearing_ore=rests.get(payout.id, 0),
            has_paper=payout.id in documented,
        )

    findings = [finding for each in page for finding in rules.faults_of_payout(facts(each), now)]
    return Page(ids[-1], len(ids), findings)


def _mentors(db: Db, after: str, now: datetime) -> Page:
    del now
    page = settling_repository.owners(db, after=after, limit=_MENTORS)
    names = [each.pseudonym for each in page]
    people = [each.person_id for each in page]
    if not page:
        return Page("", 0)
    payable = ledger.balances_of(db, Account.MENTOR_PAYABLE, names)
    receivable = ledger.balances_of(db, Account.MENTOR_RECEIVABLE, names)
    owed = {each.mentor_id: each for each in settling_repository.owed(db, mentor_ids=people)}
    back = {each.mentor_id: each for each in settling_repository.back(db, mentor_ids=people)}
    findings: list[Finding] = []
    for each in page:
        known, given_back = owed.get(each.person_id), back.get(each.person_id)
        facts = MentorFacts(
            pseudonym=each.pseudonym,
            payable_ore=payable.get(each.pseudonym, 0),
            receivable_ore=receivable.get(each.pseudonym, 0),
            earned_ore=int(known.earned_ore) if known else 0,
            taken_back_ore=int(known.taken_back_ore) if known else 0,
            back_ore=int(given_back.back_ore) if given_back else 0,
        )
        findings += rules.faults_of_mentor(facts)
    return Page(names[-1], len(names), findings)


def _disputes(db: Db, after: str, now: datetime) -> Page:
    del now
    page = settling_repository.disputes(db, after=after, limit=_ROWS)
    ids = [each.id for each in page]
    rests = ledger.balances_of(db, Account.DISPUTED, ids)
    findings = [
        finding
        for each in page
        for finding in rules.faults_of_dispute(
            DisputeFacts(
                id=each.id,
                taken_ore=each.taken_ore,
                returned_ore=each.returned_ore,
                is_decided=each.borne_by is not None,
                account_ore=rests.get(each.id, 0),
            )
        )
    ]
    return Page(ids[-1] if ids else "", len(ids), findings)


def _bookings(db: Db, after: str, now: datetime) -> Page:
    page = booking_repository.page(db, after=after, limit=_ROWS)
    over = [each for each in page if _is_over(each, now)]
    findings: list[Finding] = []
    if over:
        ids = [each.id for each in over]
        earned = booking_repository.earned(db, ids=ids, limit=_ROWS)
        reserved = booking_repository.reserved(db, ids=ids, limit=_ROWS)
        drawn = booking_repository.drawn(db, ids=ids, limit=_ROWS)
        left = {each.cause_id: int(each.quarters) for each in drawn}
        for each in over:
            is_earned = each.id in earned
            facts = BookingFacts(
                id=each.id,
                state=each.state,
                price_ore=each.price_ore,
                is_earned=is_earned,
                is_reserved=each.id in reserved,
                drawn=0 if is_earned else left.get(each.id, 0),
            )
            findings += rules.faults_of_booking(facts)
    return Page(page[-1].id if page else "", len(page), findings)


def _is_over(booking: booking_repository.Booking, now: datetime) -> bool:
    """Return whether a booking was decided on, or should have been, some time ago."""
    if booking.state == "confirmed":
        return booking.ends_at <= now - rules.LONGEST_HELD
    return booking.closed_at is not None and booking.closed_at <= now - rules.SETTLED_AFTER


def _operations(db: Db, after: str, now: datetime) -> Page:
    before = now - rules.SETTLED_AFTER
    page = settling_repository.open_operations(db, before=before, after=after, limit=_ROWS)
    findings = [Finding(Kind.OPERATION_OPEN, each.id) for each in page]
    return Page(page[-1].id if page else "", len(page), findings)


def _by_cause(steps: Sequence[Reserved]) -> dict[str, list[Reserved]]:
    found: dict[str, list[Reserved]] = {}
    for each in steps:
        found.setdefault(each.cause_id, []).append(each)
    return found


WALKS = (
    Walk(
        "entries",
        frozenset({Kind.ENTRY_ONE_SIDED, Kind.ENTRY_OVER_RESOLVED, Kind.ENTRY_PENDING}),
        _entries,
        _whole,
    ),
    Walk("accounts", frozenset({Kind.ACCOUNT_OF_NOBODY}), _accounts),
    PURCHASES,
    Walk(
        "refunds",
        frozenset({Kind.REFUND_ENTRIES_DIFFER, Kind.REFUND_OVERDUE, Kind.CREDIT_NOTE_MISSING}),
        _refunds,
    ),
    Walk(
        "payouts",
        frozenset(
            {
                Kind.PAYOUT_EARNINGS_DIFFER,
                Kind.PAYOUT_ENTRIES_DIFFER,
                Kind.PAYOUT_OVERDUE,
                Kind.STATEMENT_MISSING,
            }
        ),
        _payouts,
    ),
    Walk("mentors", frozenset({Kind.PAYABLE_DIFFERS, Kind.RECEIVABLE_DIFFERS}), _mentors),
    Walk("disputes", frozenset({Kind.DISPUTE_ENTRIES_DIFFER}), _disputes),
    Walk(
        "bookings",
        frozenset(
            {
                Kind.DELIVERED_UNPAID,
                Kind.RESERVED_FOR_NOTHING,
                Kind.HOURS_NOT_RETURNED,
                Kind.SESSION_UNDECIDED,
            }
        ),
        _bookings,
    ),
    Walk("operations", frozenset({Kind.OPERATION_OPEN}), _operations),
)
