"""What must hold of money, fact by fact: well as it is, and named where one figure is another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core import money
from lib.reconciliation import rail_rules, rules
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.rail_rules import Ours, PaidOut, Theirs
from lib.reconciliation.rules import (
    BookingFacts,
    DisputeFacts,
    MentorFacts,
    PayoutFacts,
    PurchaseFacts,
    RefundFacts,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=2)
SESSION = PurchaseFacts(
    id="pur_1",
    state="captured",
    is_pack=False,
    amount_ore=90_000,
    captured_ore=90_000,
    refunded_ore=0,
    quarters=4,
    authorised_at=LONG_AGO,
    captured_at=LONG_AGO,
    reserved_ore=90_000,
    outcome="posted",
    posted_ore=90_000,
    earned_ore=90_000,
    given=4,
    is_delivered=True,
    has_paper=True,
)
# Ten hours for 6,000.00 kr: three given, one to come, two withdrawn… and four left.
PACK = replace(
    SESSION,
    is_pack=True,
    amount_ore=600_000,
    captured_ore=600_000,
    reserved_ore=600_000,
    posted_ore=600_000,
    quarters=40,
    earned_ore=180_000,
    given=12,
    issued=40,
    left=24,
    standing=28,
    prepaid_ore=420_000,
    is_delivered=None,
)
CREATED = PurchaseFacts(
    id="pur_2",
    state="created",
    is_pack=False,
    amount_ore=90_000,
    captured_ore=0,
    refunded_ore=0,
    quarters=4,
    authorised_at=None,
    captured_at=None,
)
RESERVED = replace(CREATED, state="authorised", authorised_at=NOW, reserved_ore=90_000)
RELEASED = replace(RESERVED, state="released", outcome="voided")


def kinds(findings: list[Finding]) -> set[Kind]:
    return {each.kind for each in findings}


def of(facts: PurchaseFacts, now: datetime = NOW) -> set[Kind]:
    return kinds(list(rules.faults_of_purchase(facts, now)))


@pytest.mark.parametrize(
    "facts",
    [
        SESSION,
        PACK,
        CREATED,
        RESERVED,
        RELEASED,
        replace(CREATED, state="failed"),
        replace(RELEASED, state="expired", outcome="expired"),
        # Refunded: what the mentor earned was taken back, and went out of what was prepaid.
        replace(SESSION, refunded_ore=90_000, refunds_ore=90_000, gone_ore=90_000, earned_ore=0),
        # At MIN MENTOR's expense: earned all the same.
        replace(SESSION, refunded_ore=90_000, refunds_ore=90_000),
        # Withdrawn from, and the money still on its way.
        replace(
            PACK,
            refunded_ore=360_000,
            refunds_ore=360_000,
            going_ore=360_000,
            left=0,
            standing=4,
            taken_out=24,
        ),
        replace(SESSION, has_paper=False, captured_at=NOW - timedelta(hours=23)),
    ],
)
def test_a_purchase_that_is_well_has_no_fault(facts: PurchaseFacts) -> None:
    assert of(facts) == set()


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (replace(SESSION, outcome=None), Kind.RESERVATION_DIFFERS),
        (replace(SESSION, outcome="voided"), Kind.RESERVATION_DIFFERS),
        (replace(SESSION, reserved_ore=90_001), Kind.RESERVATION_DIFFERS),
        (replace(RESERVED, outcome="posted"), Kind.RESERVATION_DIFFERS),
        (replace(RESERVED, reserved_ore=None), Kind.RESERVATION_DIFFERS),
        (replace(RELEASED, outcome=None), Kind.RESERVATION_DIFFERS),
        (replace(CREATED, reserved_ore=90_000), Kind.RESERVATION_DIFFERS),
        (replace(SESSION, posted_ore=89_999), Kind.CAPTURED_DIFFERS),
        (replace(SESSION, refunded_ore=1), Kind.REFUNDED_DIFFERS),
        (replace(SESSION, refunds_ore=1), Kind.REFUNDED_DIFFERS),
        (replace(SESSION, prepaid_ore=1), Kind.PREPAID_DIFFERS),
        (replace(RELEASED, prepaid_ore=90_000), Kind.PREPAID_DIFFERS),
        (replace(SESSION, earned_ore=0, prepaid_ore=90_000), Kind.PREPAID_RESTS),
        (replace(SESSION, earned_ore=90_001, prepaid_ore=-1), Kind.PREPAID_RESTS),
        (replace(PACK, prepaid_ore=419_999, earned_ore=180_001), Kind.PREPAID_RESTS),
        (replace(PACK, standing=27, left=23), Kind.HOURS_DIFFER),
        (replace(PACK, issued=41), Kind.HOURS_DIFFER),
        (replace(PACK, issued=0), Kind.HOURS_DIFFER),
        (replace(PACK, left=-4), Kind.HOURS_DIFFER),
        (replace(SESSION, is_delivered=False), Kind.CAPTURED_UNDELIVERED),
        (replace(SESSION, is_delivered=None), Kind.CAPTURED_UNDELIVERED),
        (replace(SESSION, has_paper=False), Kind.RECEIPT_MISSING),
    ],
)
def test_each_fault_of_a_purchase_is_named(facts: PurchaseFacts, kind: Kind) -> None:
    assert kind in of(facts)


@given(
    amount_ore=st.integers(1, 2**31 - 1),
    quarters=st.integers(1, 1000),
    data=st.data(),
)
def test_what_rests_for_a_pack_is_worth_its_hours_to_the_ore_whatever_was_given(
    amount_ore: int, quarters: int, data: st.DataObject
) -> None:
    given_quarters = data.draw(st.integers(0, quarters))
    out = data.draw(st.integers(0, quarters - given_quarters))
    standing = quarters - given_quarters - out
    earned = money.part(amount_ore, given_quarters, quarters)
    # What goes back is what is left of the price when that of the hours that stand is kept.
    refunded = amount_ore - money.part(amount_ore, given_quarters + standing, quarters)
    facts = replace(
        PACK,
        amount_ore=amount_ore,
        captured_ore=amount_ore,
        reserved_ore=amount_ore,
        posted_ore=amount_ore,
        quarters=quarters,
        issued=quarters,
        given=given_quarters,
        standing=standing,
        left=standing,
        taken_out=out,
        earned_ore=earned,
        refunded_ore=refunded,
        refunds_ore=refunded,
        gone_ore=refunded,
        prepaid_ore=amount_ore - earned - refunded,
    )
    assert of(facts) == set()
    assert of(replace(facts, earned_ore=earned + 1, prepaid_ore=facts.prepaid_ore - 1)) == {
        Kind.PREPAID_RESTS
    }


REFUND = RefundFacts(
    id="rfd_1",
    state="done",
    amount_ore=30_000,
    is_back=False,
    created_at=LONG_AGO,
    finished_at=LONG_AGO,
    reserved_ore=30_000,
    posted_ore=30_000,
    clearing_ore=0,
    has_paper=True,
)
OPEN_REFUND = replace(
    REFUND, state="open", posted_ore=0, created_at=NOW, finished_at=None, has_paper=False
)
BACK = replace(OPEN_REFUND, state="held", is_back=True, posted_ore=30_000, clearing_ore=30_000)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (REFUND, set()),
        (OPEN_REFUND, set()),
        (BACK, set()),
        (replace(REFUND, posted_ore=0), {Kind.REFUND_ENTRIES_DIFFER}),
        (replace(REFUND, reserved_ore=29_999), {Kind.REFUND_ENTRIES_DIFFER}),
        (replace(REFUND, clearing_ore=30_000), {Kind.REFUND_ENTRIES_DIFFER}),
        (replace(OPEN_REFUND, posted_ore=30_000), {Kind.REFUND_ENTRIES_DIFFER}),
        (replace(BACK, clearing_ore=0), {Kind.REFUND_ENTRIES_DIFFER}),
        (replace(OPEN_REFUND, created_at=NOW - timedelta(days=1)), {Kind.REFUND_OVERDUE}),
        (replace(BACK, created_at=NOW - timedelta(days=2, hours=23)), set()),
        (replace(BACK, created_at=NOW - timedelta(days=3)), {Kind.REFUND_OVERDUE}),
        (replace(REFUND, has_paper=False), {Kind.CREDIT_NOTE_MISSING}),
        (replace(REFUND, has_paper=False, finished_at=NOW), set()),
    ],
)
def test_refunds(facts: RefundFacts, found: set[Kind]) -> None:
    assert kinds(list(rules.faults_of_refund(facts, NOW))) == found


PAYOUT = PayoutFacts(
    id="pay_1",
    state="paid",
    amount_ore=76_500,
    netted_ore=10_000,
    created_at=LONG_AGO,
    waiting_since=None,
    paid_at=LONG_AGO,
    settled_ore=76_500,
    taken_back_ore=10_000,
    reserved_ore=86_500,
    outcomes=frozenset({"posted"}),
    clearing_ore=0,
    has_paper=True,
)
PENDING_PAYOUT = replace(
    PAYOUT, state="pending", outcomes=frozenset({None}), paid_at=None, has_paper=False
)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (PAYOUT, set()),
        (PENDING_PAYOUT, set()),
        (replace(PAYOUT, state="called_off", outcomes=frozenset({"voided"})), set()),
        # Made of what came back of another: it settles nothing, and has no statement.
        (replace(PAYOUT, settled_ore=None, has_paper=False), set()),
        (replace(PAYOUT, settled_ore=76_499), {Kind.PAYOUT_EARNINGS_DIFFER}),
        (replace(PAYOUT, taken_back_ore=0), {Kind.PAYOUT_EARNINGS_DIFFER}),
        (replace(PAYOUT, reserved_ore=76_500), {Kind.PAYOUT_ENTRIES_DIFFER}),
        (replace(PAYOUT, outcomes=frozenset({"posted", None})), {Kind.PAYOUT_ENTRIES_DIFFER}),
        (replace(PENDING_PAYOUT, outcomes=frozenset({"posted"})), {Kind.PAYOUT_ENTRIES_DIFFER}),
        (replace(PAYOUT, clearing_ore=-76_500), {Kind.PAYOUT_ENTRIES_DIFFER}),
        (replace(PENDING_PAYOUT, created_at=NOW - timedelta(days=7)), {Kind.PAYOUT_OVERDUE}),
        (
            replace(PENDING_PAYOUT, state="held", waiting_since=NOW - timedelta(days=7)),
            {Kind.PAYOUT_OVERDUE},
        ),
        (replace(PAYOUT, has_paper=False), {Kind.STATEMENT_MISSING}),
    ],
)
def test_payouts(facts: PayoutFacts, found: set[Kind]) -> None:
    assert kinds(list(rules.faults_of_payout(facts, NOW))) == found


def test_mentors() -> None:
    facts = MentorFacts(
        pseudonym="own_1",
        payable_ore=86_500,
        receivable_ore=-1_000,
        earned_ore=76_500,
        taken_back_ore=-1_000,
        back_ore=10_000,
    )
    assert list(rules.faults_of_mentor(facts)) == []
    assert list(rules.faults_of_mentor(replace(facts, payable_ore=76_500))) == [
        Finding(Kind.PAYABLE_DIFFERS, "own_1", 86_500, 76_500)
    ]
    assert list(rules.faults_of_mentor(replace(facts, receivable_ore=0))) == [
        Finding(Kind.RECEIVABLE_DIFFERS, "own_1", -1_000, 0)
    ]


def test_disputes() -> None:
    facts = DisputeFacts(
        id="dsp_1", taken_ore=90_000, returned_ore=0, is_decided=False, account_ore=-90_000
    )
    assert list(rules.faults_of_dispute(facts)) == []
    assert list(rules.faults_of_dispute(replace(facts, returned_ore=90_000, account_ore=0))) == []
    assert list(rules.faults_of_dispute(replace(facts, is_decided=True, account_ore=0))) == []
    for wrong in (replace(facts, account_ore=0), replace(facts, is_decided=True)):
        assert kinds(list(rules.faults_of_dispute(wrong))) == {Kind.DISPUTE_ENTRIES_DIFFER}


GIVEN = BookingFacts(
    id="bkg_1", state="completed", price_ore=90_000, is_earned=True, is_reserved=False, drawn=0
)
NOT_GIVEN = replace(GIVEN, state="cancelled", is_earned=False)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (GIVEN, set()),
        (replace(GIVEN, is_earned=False), {Kind.DELIVERED_UNPAID}),
        (NOT_GIVEN, set()),
        (replace(NOT_GIVEN, state="expired"), set()),
        (replace(NOT_GIVEN, is_reserved=True), {Kind.RESERVED_FOR_NOTHING}),
        (replace(NOT_GIVEN, state="undelivered", drawn=4), {Kind.HOURS_NOT_RETURNED}),
        (replace(NOT_GIVEN, state="confirmed"), {Kind.SESSION_UNDECIDED}),
    ],
)
def test_bookings(facts: BookingFacts, found: set[Kind]) -> None:
    assert kinds(list(rules.faults_of_booking(facts))) == found


OURS = Ours(
    id="pur_1", is_captured=True, is_open=False, captured_ore=90_000, refunded_ore=0, going_ore=0
)
THEIRS = Theirs(authorised_ore=90_000, captured_ore=90_000, refunded_ore=0, cancelled_ore=0)


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        (OURS, THEIRS, set()),
        (OURS, None, {Kind.RAIL_UNKNOWN}),
        (replace(OURS, is_captured=False, captured_ore=0), None, set()),
        (OURS, replace(THEIRS, captured_ore=0, cancelled_ore=90_000), {Kind.RAIL_CAPTURED}),
        (OURS, replace(THEIRS, refunded_ore=1), {Kind.RAIL_REFUNDED}),
        (replace(OURS, refunded_ore=1), THEIRS, {Kind.RAIL_REFUNDED}),
        # A refund that is on its way may have got there, or not.
        (replace(OURS, going_ore=30_000), THEIRS, set()),
        (replace(OURS, going_ore=30_000), replace(THEIRS, refunded_ore=30_000), set()),
        (
            replace(OURS, going_ore=30_000),
            replace(THEIRS, refunded_ore=30_001),
            {Kind.RAIL_REFUNDED},
        ),
        (
            replace(OURS, is_captured=False, captured_ore=0),
            replace(THEIRS, captured_ore=0),
            {Kind.RAIL_RESERVED},
        ),
        (
            replace(OURS, is_captured=False, is_open=True, captured_ore=0),
            replace(THEIRS, captured_ore=0),
            set(),
        ),
        # Given up before anybody approved it: Vipps says cancelled, and reserved nothing.
        (
            replace(OURS, is_captured=False, captured_ore=0),
            replace(THEIRS, authorised_ore=0, captured_ore=0, cancelled_ore=90_000),
            set(),
        ),
    ],
)
def test_payments_at_their_rails(ours: Ours, theirs: Theirs | None, found: set[Kind]) -> None:
    assert kinds(list(rail_rules.faults_of_payment(ours, theirs))) == found


def test_transfers() -> None:
    ours = PaidOut(id="pay_1", amount_ore=76_500, reversed_ore=0)
    assert list(rail_rules.faults_of_transfer(ours, 76_500, 0)) == []
    assert list(rail_rules.faults_of_transfer(ours, None, 0)) == [
        Finding(Kind.TRANSFER_MISSING, "pay_1", 76_500, 0)
    ]
    assert list(rail_rules.faults_of_transfer(ours, 76_501, 5)) == [
        Finding(Kind.TRANSFER_AMOUNT, "pay_1", 76_500, 76_501),
        Finding(Kind.TRANSFER_REVERSED, "pay_1", 0, 5),
    ]
