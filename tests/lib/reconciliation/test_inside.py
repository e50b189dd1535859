"""Every invariant of the books from within: a fault is put into the database, and is found."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, LiteralString

import pytest

from lib.core.db import transact
from lib.purchases import refunds
from lib.reconciliation import inside, repository, service, walking
from lib.reconciliation.kinds import Kind
from lib.reconciliation.walking import Walk
from tests.packs import BoughtPack, buy_pack
from tests.rails import STRIPE, VIPPS
from tests.stage import PRICE_ORE, SHARE_ORE, Session, Stage, change, rows, until

OF_WALKS = frozenset(kind for walk in inside.WALKS for kind in walk.kinds)


@dataclass
class Course:
    """All that can have happened to money, in one world."""

    stage: Stage
    paid_out: Session
    by_card: Session
    reserved: Session
    pack: BoughtPack
    upcoming: str


def give_back(stage: Stage, purchase_id: str, amount_ore: int, *, by_mentor: bool) -> None:
    transact(
        lambda db: refunds.give(
            db,
            purchase_id=purchase_id,
            amount_ore=amount_ore,
            is_borne_by_mentor=by_mentor,
            reason="Lyden var borte",
            operator_id="per_operator",
            now=stage.now,
        )
    )


def play(stage: Stage) -> Course:
    """Have money come by both rails, be earned, given back and paid out, and some be on its way."""
    stage.onboard()
    stage.fund(10 * PRICE_ORE)
    paid_out = stage.book(0).pay().capture()
    pack = buy_pack(stage)
    pack.hold(pack.book(3))
    stage.rail = STRIPE
    by_card = stage.book(6).pay().capture()
    stage.rail = VIPPS
    stage.jump_to(paid_out.ends_at + timedelta(hours=49))
    assert stage.cron("payouts")["paid"] == 1
    stage.jump(timedelta(hours=12))
    assert stage.cron("payouts")["paid"] == 1
    # The mentor has been paid for it: they owe it now.
    give_back(stage, paid_out.purchase_id, 30_000, by_mentor=True)
    give_back(stage, by_card.purchase_id, 20_000, by_mentor=False)
    stage.cron("outbox")
    stage.settle()
    another = stage.book(100).pay()
    upcoming = pack.book(104)
    stage.jump(timedelta(hours=2))
    last = stage.book(68).pay().capture()
    assert last.purchase["state"] == "captured"
    stage.settle()
    return Course(stage, paid_out, by_card, another, pack, upcoming)


def found(course: Course) -> set[Kind]:
    """Walk through everything; return the invariants that do not hold now."""
    now, deadline = course.stage.now, course.stage.deadline + timedelta(minutes=10)
    for one in inside.WALKS:
        assert walking.walk(one, now, deadline).round_ended_at == now
    waiting = transact(
        lambda db: repository.open_of(db, kinds=sorted(OF_WALKS), after="", limit=1000)
    )
    return {Kind(each.kind) for each in waiting}


@dataclass
class Planted:
    """Rows that were changed, and how they were."""

    table: str
    key: str
    before: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def planted(
    read: LiteralString, undo: LiteralString, plant: LiteralString, values: Mapping[str, object]
) -> Iterator[None]:
    """Change one row, and change it back."""
    (before,) = rows(read, values)
    change(plant, values)
    try:
        yield
    finally:
        change(undo, {**values, **before})


def faults(course: Course) -> Iterator[tuple[Kind, Any]]:
    """Yield each invariant with what breaks it and mends it again."""
    at = {"long_ago": course.stage.now - timedelta(days=20), "purchase": course.by_card.purchase_id}
    reserved = {**at, "purchase": course.reserved.purchase_id, "id": course.reserved.booking_id}
    pack = {**at, "purchase": course.pack.purchase_id, "id": course.upcoming}
    earning = rows(
        "SELECT id FROM earning WHERE payout_id IS NULL AND quarters > 0 ORDER BY id DESC LIMIT 1"
    )[0]["id"]
    payout = rows("SELECT id FROM payout ORDER BY id LIMIT 1")[0]["id"]
    refund = rows(
        "SELECT id FROM refund WHERE purchase_id = %(purchase)s", {"purchase": at["purchase"]}
    )[0]["id"]
    yield (
        Kind.ENTRY_ONE_SIDED,
        planted(
            "SELECT id, debit_account_id AS was FROM ledger_transfer"
            " WHERE cause_id = %(earning)s AND step = 'fee'",
            "UPDATE ledger_transfer SET debit_account_id = %(was)s WHERE id = %(id)s",
            "UPDATE ledger_transfer SET debit_account_id = 'acc_gone'"
            " WHERE cause_id = %(earning)s AND step = 'fee'",
            {"earning": earning},
        ),
    )
    yield (
        Kind.ENTRY_OVER_RESOLVED,
        planted(
            "SELECT transfer_id AS id, amount_ore AS was FROM ledger_resolution"
            " ORDER BY transfer_id LIMIT 1",
            "UPDATE ledger_resolution SET amount_ore = %(was)s WHERE transfer_id = %(id)s",
            "UPDATE ledger_resolution SET amount_ore = amount_ore + 1 ORDER BY transfer_id LIMIT 1",
            {},
        ),
    )
    yield (
        Kind.ENTRY_PENDING,
        planted(
            "SELECT id, created_at AS was FROM ledger_transfer WHERE cause_id = %(purchase)s",
            "UPDATE ledger_transfer SET created_at = %(was)s WHERE id = %(id)s",
            "UPDATE ledger_transfer SET created_at = %(long_ago)s WHERE cause_id = %(purchase)s",
            reserved,
        ),
    )
    yield (
        Kind.ACCOUNT_OF_NOBODY,
        planted(
            "SELECT id, owner AS was FROM ledger_account"
            " WHERE kind = 'prepaid' AND owner = %(purchase)s",
            "UPDATE ledger_account SET owner = %(was)s WHERE id = %(id)s",
            "UPDATE ledger_account SET owner = 'pur_gone'"
            " WHERE kind = 'prepaid' AND owner = %(purchase)s",
            pack,
        ),
    )
    yield (
        Kind.RESERVATION_DIFFERS,
        planted(
            "SELECT state AS was FROM purchase WHERE id = %(purchase)s",
            "UPDATE purchase SET state = %(was)s WHERE id = %(purchase)s",
            "UPDATE purchase SET state = 'released' WHERE id = %(purchase)s",
            reserved,
        ),
    )
    yield (
        Kind.CAPTURED_DIFFERS,
        planted(
            "SELECT captured_ore AS was FROM purchase WHERE id = %(purchase)s",
            "UPDATE purchase SET captured_ore = %(was)s WHERE id = %(purchase)s",
            "UPDATE purchase SET captured_ore = captured_ore - 1 WHERE id = %(purchase)s",
            at,
        ),
    )
    yield (
        Kind.REFUNDED_DIFFERS,
        planted(
            "SELECT refunded_ore AS was FROM purchase WHERE id = %(purchase)s",
            "UPDATE purchase SET refunded_ore = %(was)s WHERE id = %(purchase)s",
            "UPDATE purchase SET refunded_ore = refunded_ore + 1 WHERE id = %(purchase)s",
            at,
        ),
    )
    yield (
        Kind.PREPAID_DIFFERS,
        planted(
            "SELECT id, amount_ore AS was FROM ledger_transfer"
            " WHERE cause_id = %(earning)s AND step = 'share'",
            "UPDATE ledger_transfer SET amount_ore = %(was)s WHERE id = %(id)s",
            "UPDATE ledger_transfer SET amount_ore = amount_ore + 1"
            " WHERE cause_id = %(earning)s AND step = 'share'",
            {"earning": earning},
        ),
    )
    earned: LiteralString = "SELECT gross_ore AS gross, share_ore AS share FROM earning"
    for kind in (Kind.PREPAID_RESTS, Kind.PAYABLE_DIFFERS):
        yield (
            kind,
            planted(
                earned + " WHERE id = %(earning)s",
                "UPDATE earning SET gross_ore = %(gross)s, share_ore = %(share)s"
                " WHERE id = %(earning)s",
                "UPDATE earning SET gross_ore = gross_ore - 5, share_ore = share_ore - 5"
                " WHERE id = %(earning)s",
                {"earning": earning},
            ),
        )
    yield (
        Kind.HOURS_DIFFER,
        planted(
            "SELECT quarters AS was FROM hour_entry"
            " WHERE purchase_id = %(purchase)s AND kind = 'issued'",
            "UPDATE hour_entry SET quarters = %(was)s"
            " WHERE purchase_id = %(purchase)s AND kind = 'issued'",
            "UPDATE hour_entry SET quarters = quarters + 4"
            " WHERE purchase_id = %(purchase)s AND kind = 'issued'",
            pack,
        ),
    )
    yield (
        Kind.CAPTURED_UNDELIVERED,
        planted(
            "SELECT is_delivered AS was FROM delivery WHERE booking_id = %(booking)s",
            "UPDATE delivery SET is_delivered = %(was)s WHERE booking_id = %(booking)s",
            "UPDATE delivery SET is_delivered = FALSE WHERE booking_id = %(booking)s",
            {"booking": course.by_card.booking_id},
        ),
    )
    for kind, cause in (
        (Kind.RECEIPT_MISSING, course.paid_out.purchase_id),
        (Kind.CREDIT_NOTE_MISSING, refund),
        (Kind.STATEMENT_MISSING, payout),
    ):
        yield (
            kind,
            planted(
                "SELECT id, cause_id AS was FROM paper WHERE cause_id = %(cause)s",
                "UPDATE paper SET cause_id = %(was)s WHERE id = %(id)s",
                "UPDATE paper SET cause_id = 'lost' WHERE cause_id = %(cause)s",
                {"cause": cause},
            ),
        )
    yield (
        Kind.REFUND_ENTRIES_DIFFER,
        planted(
            "SELECT id, amount_ore AS was FROM ledger_transfer"
            " WHERE cause_id = %(refund)s AND step = 'paid'",
            "UPDATE ledger_transfer SET amount_ore = %(was)s WHERE id = %(id)s",
            "UPDATE ledger_transfer SET amount_ore = 1"
            " WHERE cause_id = %(refund)s AND step = 'paid'",
            {"refund": refund},
        ),
    )
    yield (
        Kind.REFUND_OVERDUE,
        planted(
            "SELECT state AS was, created_at FROM refund WHERE id = %(refund)s",
            "UPDATE refund SET state = %(was)s, created_at = %(created_at)s WHERE id = %(refund)s",
            "UPDATE refund SET state = 'held', created_at = %(long_ago)s WHERE id = %(refund)s",
            {**at, "refund": refund},
        ),
    )
    yield (
        Kind.PAYOUT_EARNINGS_DIFFER,
        planted(
            "SELECT id, payout_id AS was FROM earning WHERE payout_id = %(payout)s",
            "UPDATE earning SET payout_id = %(was)s WHERE id = %(id)s",
            "UPDATE earning SET share_ore = share_ore - 1, gross_ore = gross_ore - 1"
            " WHERE payout_id = %(payout)s",
            {"payout": payout},
        ),
    )
    yield (
        Kind.PAYOUT_ENTRIES_DIFFER,
        planted(
            "SELECT id, amount_ore AS was FROM ledger_transfer"
            " WHERE cause_id = %(payout)s AND step = 'transfer'",
            "UPDATE ledger_transfer SET amount_ore = %(was)s WHERE id = %(id)s",
            "UPDATE ledger_transfer SET amount_ore = 1"
            " WHERE cause_id = %(payout)s AND step = 'transfer'",
            {"payout": payout},
        ),
    )
    yield (
        Kind.PAYOUT_OVERDUE,
        planted(
            "SELECT state AS was, waiting_since FROM payout WHERE id = %(payout)s",
            "UPDATE payout SET state = %(was)s, waiting_since = NULL WHERE id = %(payout)s",
            "UPDATE payout SET state = 'held', waiting_since = %(long_ago)s WHERE id = %(payout)s",
            {**at, "payout": payout},
        ),
    )
    yield (
        Kind.RECEIVABLE_DIFFERS,
        planted(
            "SELECT id FROM earning WHERE is_claw_back",
            "UPDATE earning SET is_claw_back = TRUE WHERE id = %(id)s",
            "UPDATE earning SET is_claw_back = FALSE WHERE is_claw_back",
            {},
        ),
    )
    yield (
        Kind.DISPUTE_ENTRIES_DIFFER,
        planted(
            "SELECT 1 AS one",
            "DELETE FROM dispute",
            "INSERT INTO dispute (id, purchase_id, provider_id, state, reason, amount_ore,"
            " taken_ore, returned_ore, fee_ore, raised_at, asked_at) VALUES ('dsp_1',"
            " %(purchase)s, 'dp_1', 'open', 'fraudulent', 100, 100, 0, 0, %(long_ago)s,"
            " %(long_ago)s)",
            at,
        ),
    )
    yield (
        Kind.DELIVERED_UNPAID,
        planted(
            "SELECT id, cause_id AS was FROM earning WHERE cause_id = %(booking)s",
            "UPDATE earning SET cause_id = %(was)s WHERE id = %(id)s",
            "UPDATE earning SET cause_id = 'lost' WHERE cause_id = %(booking)s",
            {"booking": course.paid_out.booking_id},
        ),
    )
    for kind, where in ((Kind.RESERVED_FOR_NOTHING, reserved), (Kind.HOURS_NOT_RETURNED, pack)):
        yield (
            kind,
            planted(
                "SELECT state AS was FROM booking WHERE id = %(id)s",
                "UPDATE booking SET state = %(was)s, closed_at = NULL WHERE id = %(id)s",
                "UPDATE booking SET state = 'cancelled', closed_at = %(long_ago)s"
                " WHERE id = %(id)s",
                where,
            ),
        )
    yield (
        Kind.SESSION_UNDECIDED,
        planted(
            "SELECT starts_at, ends_at FROM booking WHERE id = %(id)s",
            "UPDATE booking SET starts_at = %(starts_at)s, ends_at = %(ends_at)s WHERE id = %(id)s",
            "UPDATE booking SET starts_at = %(starting)s, ends_at = %(long_ago)s WHERE id = %(id)s",
            {**pack, "starting": course.stage.now - timedelta(days=20, hours=1)},
        ),
    )
    yield (
        Kind.OPERATION_OPEN,
        planted(
            "SELECT id, state AS was, finished_at, created_at FROM provider_operation"
            " WHERE subject_id = %(payout)s",
            "UPDATE provider_operation SET state = %(was)s, finished_at = %(finished_at)s,"
            " created_at = %(created_at)s WHERE id = %(id)s",
            "UPDATE provider_operation SET state = 'open', finished_at = NULL,"
            " created_at = %(long_ago)s WHERE subject_id = %(payout)s",
            {**at, "payout": payout},
        ),
    )


def test_after_all_that_can_happen_the_books_hold_and_each_fault_is_found_and_gone_when_mended(
    stage: Stage,
) -> None:
    course = play(stage)
    until(lambda: not rows("SELECT id FROM outbox WHERE delivered_at IS NULL"))
    stage.jump(timedelta(days=1, hours=1))
    stage.settle()
    assert found(course) == set()
    tried = set()
    for kind, fault in faults(course):
        with fault:
            assert kind in found(course), kind
        if kind is Kind.PAYOUT_EARNINGS_DIFFER:
            change(
                "UPDATE earning SET share_ore = share_ore + 1, gross_ore = gross_ore + 1"
                " WHERE payout_id = (SELECT MIN(id) FROM payout)"
            )
        assert found(course) == set(), kind
        tried.add(kind)
    assert tried == OF_WALKS
    assert len(OF_WALKS) == 27


def test_what_is_years_old_is_looked_at_like_anything_else(stage: Stage) -> None:
    session = stage.book().pay().capture()
    stage.settle()
    change(
        "UPDATE purchase SET captured_ore = captured_ore - 1 WHERE id = %(id)s",
        {"id": session.purchase_id},
    )
    now = stage.now + timedelta(days=4 * 365)
    for one in inside.WALKS:
        assert walking.walk(one, now, now + timedelta(minutes=10)).round_ended_at == now
    wrong = transact(
        lambda db: repository.open_of(db, kinds=sorted(OF_WALKS), after="", limit=1000)
    )
    assert session.purchase_id in {each.subject_id for each in wrong}


def test_what_a_check_has_done_is_not_done_again_after_it_was_cut_short(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.book().pay().capture()
    stage.book(4).pay()
    monkeypatch.setattr(inside, "ENTRIES_A_PAGE", 1)
    (entries,) = (each for each in inside.WALKS if each.job == "entries")
    number = rows("SELECT COUNT(*) AS number FROM ledger_transfer")[0]["number"]
    seen = []

    def page(db: Any, after: str, now: Any) -> walking.Page:  # noqa: ANN401 (the walk's own)
        seen.append(after)
        return entries.page(db, after, now)

    one = Walk(entries.job, entries.kinds, page, entries.finish)
    while not (
        report := walking.walk(one, stage.now, stage.now + timedelta(seconds=0.02))
    ).round_ended_at:
        assert report.examined <= number
    assert len(seen) == len(set(seen)) == number + 1  # each page once, and one that is empty
    whole = rows("SELECT carried FROM book_progress WHERE job = 'entries'")[0]["carried"]
    books = stage.books()
    assert '"sum_ore": 0' in whole
    assert all(f'"balance_ore": {ore}' in whole for ore in books.values())
    assert books["mentor_payable"] == SHARE_ORE


def test_the_check_whose_last_round_is_the_longest_ago_goes_first(stage: Stage) -> None:
    stage.book().pay().capture()
    for number, one in enumerate(inside.WALKS):
        if one.job != "bookings":
            walking.walk(one, stage.now + timedelta(minutes=number), stage.deadline)
    turns = [each.job for each in transact(service._in_turn)]
    assert turns[0] == "bookings"  # never through yet
    assert turns[1:] == [each.job for each in inside.WALKS if each.job != "bookings"]
