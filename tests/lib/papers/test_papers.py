"""Each kind of paper says what the law wants, once, out of the facts."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib.core.db import transact
from lib.outbox.service import ParkedError
from lib.papers import rules, service
from lib.privacy import leaving
from sandbox.world import World
from tests.deals import NOW, Deal, person
from tests.stage import change, rows


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    del world


@pytest.fixture
def deal() -> Deal:
    """A mentor registered for VAT, and a mentee."""
    return Deal()


def papers() -> list[dict[str, Any]]:
    """Return the bodies of all papers, in the order of their issuing."""
    found = rows("SELECT body FROM paper ORDER BY issued_at, id")
    return [json.loads(each["body"]) for each in found]


def only(kind: str) -> dict[str, Any]:
    (found,) = (each for each in papers() if each["kind"] == kind)
    return found


def sums(body: dict[str, Any]) -> list[tuple[int, int, int]]:
    return [(one["percent"], one["base_ore"], one["vat_ore"]) for one in body["vat"]]


def test_a_receipt_has_what_a_sales_document_must_have(deal: Deal) -> None:
    purchase_id = deal.session()
    service.receipt(purchase_id, NOW)
    body = only("receipt")
    assert (body["number"], body["issued_on"]) == ("KV-2026-1", "2026-11-23")
    assert body["seller"]["name"] == "Sola Åsnes"
    assert body["seller"]["organisation_number"] == "987654325"
    assert body["seller"]["is_vat_registered"] is True
    assert body["buyer"]["name"] == "Bo Łukasz-Đorđević"
    assert (body["issuer"]["name"], body["issuer"]["organisation_number"]) == (
        "MIN MENTOR AS",
        "927683172",
    )
    (line,) = body["lines"]
    assert (line["what"], line["title"], line["quarters"]) == ("session", deal.title, 4)
    assert (line["starts_at"], line["ends_at"]) == ("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z")
    assert (line["gross_ore"], line["vat_ore"], line["vat_percent"]) == (90_000, 18_000, 25)
    assert (sums(body), body["total_ore"], body["currency"]) == (
        [(25, 72_000, 18_000)],
        90_000,
        "NOK",
    )
    assert body["payment"] == {
        "method": "vipps",
        "reference": purchase_id.replace("_", "-"),
        "on": "2026-11-23",
    }
    assert body["terms_version"] == "2026-11-01"


def test_who_is_not_registered_for_vat_sells_without_it() -> None:
    deal = Deal(is_vat_registered=False)
    service.receipt(deal.session(), NOW)
    body = only("receipt")
    assert body["seller"]["is_vat_registered"] is False
    assert sums(body) == [(0, 90_000, 0)]


def test_hours_that_are_paid_before_they_are_given_are_no_sale_and_have_no_vat_yet(
    deal: Deal,
) -> None:
    service.receipt(deal.pack(), NOW)
    body = only("prepayment")
    assert (body["number"], body["total_ore"]) == ("FS-2026-1", 320_000)
    assert (sums(body), body["lines"][0]["quarters"]) == ([(0, 320_000, 0)], 16)
    assert body["usable_until"] == "2027-05-22T12:00:00Z"


def test_each_session_of_a_pack_is_a_sale_of_its_own_with_its_vat(deal: Deal) -> None:
    pack = deal.pack()
    first, second = deal.given(pack), deal.given(pack, quarters=2, gross_ore=40_000)
    service.session(first, NOW)
    service.session(second, NOW)
    kinds = [(each["kind"], each["number"], each["total_ore"]) for each in papers()]
    assert kinds == [
        ("prepayment", "FS-2026-1", 320_000),
        ("receipt", "KV-2026-1", 80_000),
        ("receipt", "KV-2026-2", 40_000),
    ]
    last = papers()[-1]
    assert last["payment"]["method"] == "prepaid"
    assert last["refers_to"] == ["FS-2026-1"]
    assert sums(last) == [(25, 32_000, 8_000)]


def test_hours_used_up_by_a_late_cancellation_are_called_that(deal: Deal) -> None:
    booking_id = deal.given(deal.pack(), quarters=2, gross_ore=40_000, state="cancelled")
    service.session(booking_id, NOW)
    assert only("receipt")["lines"][0]["what"] == "late_cancellation"


def test_a_refund_of_a_sale_is_a_credit_note_that_names_its_receipt(deal: Deal) -> None:
    purchase_id = deal.session()
    service.receipt(purchase_id, NOW)
    refund_id = deal.refund(purchase_id, 45_000, taken_ore=45_000)
    service.credit_note(refund_id, NOW)
    body = only("credit_note")
    assert (body["number"], body["refers_to"]) == ("KR-2026-1", ["KV-2026-1"])
    assert (body["total_ore"], sums(body)) == (45_000, [(25, 36_000, 9_000)])
    assert (body["ground"], body["payment"]["method"]) == ("withdrawal", "vipps")


def test_a_credit_note_that_comes_first_has_its_receipt_issued_before_it(deal: Deal) -> None:
    service.credit_note(deal.refund(deal.session(), 100, taken_ore=100), NOW)
    assert [each["kind"] for each in papers()] == ["receipt", "credit_note"]


def test_unused_hours_go_back_without_a_credit_note_since_they_were_no_sale(deal: Deal) -> None:
    pack = deal.pack()
    deal.given(pack)
    service.credit_note(deal.refund(pack, 240_000, unearned_ore=240_000), NOW)
    body = only("repayment")
    assert (body["number"], body["refers_to"]) == ("TB-2026-1", ["FS-2026-1"])
    assert [line["what"] for line in body["lines"]] == ["unused_hours"]
    assert "credit_note" not in {each["kind"] for each in papers()}


def test_what_min_mentor_gives_back_at_its_own_expense_leaves_the_sale_as_it_is(
    deal: Deal,
) -> None:
    service.credit_note(deal.refund(deal.session(), 20_000), NOW)
    body = only("repayment")
    assert [(one["what"], one["gross_ore"]) for one in body["lines"]] == [("goodwill", 20_000)]


def test_a_refund_of_given_and_unused_hours_is_both(deal: Deal) -> None:
    pack = deal.pack()
    first = deal.given(pack)
    refund_id = deal.refund(pack, 320_000, unearned_ore=240_000, taken_ore=80_000)
    service.credit_note(refund_id, NOW)
    assert only("credit_note")["total_ore"] == 80_000
    assert only("credit_note")["refers_to"] == [only("receipt")["number"]]
    assert only("repayment")["total_ore"] == 240_000
    assert first


def test_a_statement_settles_each_earning_and_says_what_was_paid_where(deal: Deal) -> None:
    first = deal.session()
    deal.given(deal.pack())
    deal.refund(first, 30_000, taken_ore=30_000)
    payout_id = deal.payout()
    service.statement(payout_id, NOW)
    body = only("statement")
    said = [
        (one["what"], one["reference"], one["gross_ore"], one["fee_ore"]) for one in body["lines"]
    ]
    assert said == [
        ("session", "KV-2026-1", 90_000, 13_500),
        ("session", "KV-2026-2", 80_000, 12_000),
        ("credited", "KR-2026-1", -30_000, -4_500),
    ]
    assert body["settlement"] == {
        "earned_ore": 144_500,
        "taken_back_ore": 25_500,
        "paid_ore": 119_000,
    }
    assert body["payment"]["reference"] == "tr_1PaidToSola → …7Y2K"
    assert "acct_1NmSola" not in json.dumps(body)
    assert (body["seller"], body["buyer"]["name"]) == (None, "Sola Åsnes")


def test_a_statement_that_does_not_add_up_is_left_to_an_operator(deal: Deal) -> None:
    deal.session()
    payout_id = deal.payout(amount_ore=76_501)
    with pytest.raises(ParkedError, match="does_not_add_up"):
        service.statement(payout_id, NOW)
    assert "statement" not in {each["kind"] for each in papers()}


def test_what_comes_back_of_a_payout_takes_its_statement_back_piece_by_piece(deal: Deal) -> None:
    deal.session()
    payout_id = deal.payout()
    service.statement(payout_id, NOW)
    for reversed_ore in (30_000, 76_500, 76_500):
        change("UPDATE payout SET reversed_ore = %(ore)s", {"ore": reversed_ore})
        service.statement(payout_id, NOW)
    back = [each for each in papers() if each["kind"] == "statement_credit"]
    said = [(one["number"], one["refers_to"], one["total_ore"]) for one in back]
    assert said == [
        ("AT-2026-1", ["AV-2026-1"], -30_000),
        ("AT-2026-2", ["AV-2026-1"], -46_500),
    ]
    assert service.sweep(NOW, _ever()) == 0


def test_a_payout_of_what_had_come_back_says_that_it_is_paid_again(deal: Deal) -> None:
    again = deal.payout(amount_ore=30_000)
    service.statement(again, NOW)
    body = only("statement")
    assert [(one["what"], one["gross_ore"]) for one in body["lines"]] == [("paid_again", 30_000)]
    assert body["settlement"]["paid_ore"] == 30_000


def test_the_fees_of_a_month_are_invoiced_once_it_is_over_with_their_vat(deal: Deal) -> None:
    first = deal.session()
    deal.session(price_ore=100_000)
    deal.refund(first, 90_000, taken_ore=90_000)
    december = datetime(2026, 12, 2, 12, tzinfo=UTC)
    service.sweep(datetime(2026, 11, 30, 12, tzinfo=UTC), _ever())
    assert "fee_invoice" not in {each["kind"] for each in papers()}
    assert service.sweep(december, _ever()) > 0
    assert service.sweep(december, _ever()) == 0
    body = only("fee_invoice")
    assert body["number"] == "FA-2026-1"
    assert (body["month"], body["total_ore"], sums(body)) == (
        "202611",
        15_000,
        [(25, 12_000, 3_000)],
    )
    assert (body["seller"]["name"], body["buyer"]["organisation_number"]) == (
        "MIN MENTOR AS",
        "987654325",
    )
    assert body["seller"]["is_in_business_register"] is True
    references = sorted(one["reference"] for one in body["lines"])
    assert references == ["KR-2026-1", "KV-2026-1", "KV-2026-2"]


def test_neither_an_invoice_nor_a_statement_waits_for_a_refund_to_arrive(
    deal: Deal, capsys: pytest.CaptureFixture[str]
) -> None:
    first = deal.session()
    pack = deal.pack()
    deal.given(pack)
    for purchase_id in (first, pack):
        deal.refund(purchase_id, 20_000, taken_ore=20_000)
    change("UPDATE refund SET state = 'open', finished_at = NULL")
    payout_id = deal.payout()
    service.statement(payout_id, NOW)
    december = datetime(2026, 12, 2, 12, tzinfo=UTC)
    service.sweep(december, _ever())
    assert "paper_not_issued" not in capsys.readouterr().out
    for kind in ("statement", "fee_invoice"):
        references = [one["reference"] for one in only(kind)["lines"]]
        assert sorted(references) == ["FS-2026-1", "KV-2026-1", "KV-2026-1", "KV-2026-2"]
    change("UPDATE refund SET state = 'done', finished_at = %(now)s", {"now": december})
    assert service.sweep(december, _ever()) == 2  # their own papers, once it has


def test_a_month_in_which_more_fees_were_taken_back_than_earned_is_a_credit_note(
    deal: Deal,
) -> None:
    purchase_id = deal.session()
    service.sweep(datetime(2026, 12, 2, 12, tzinfo=UTC), _ever())
    deal.now = datetime(2026, 12, 10, 12, tzinfo=UTC)
    deal.refund(purchase_id, 90_000, taken_ore=90_000)
    service.sweep(datetime(2027, 1, 2, 12, tzinfo=UTC), _ever())
    assert only("fee_invoice")["total_ore"] == 13_500
    body = only("fee_credit")
    assert (body["number"], body["total_ore"], body["month"]) == ("FK-2027-1", 13_500, "202612")


@pytest.mark.parametrize(
    ("moment", "months"),
    [
        ("2026-12-01T12:00:00+00:00", ("202609", "202610")),
        ("2026-12-01T23:30:00+00:00", ("202610", "202611")),
        ("2027-01-02T00:00:00+00:00", ("202611", "202612")),
        ("2027-02-15T12:00:00+00:00", ("202612", "202701")),
    ],
)
def test_a_month_is_over_a_day_after_its_end_in_norway(
    moment: str, months: tuple[str, str]
) -> None:
    assert rules.months_over(datetime.fromisoformat(moment)) == months


def test_the_sweep_finds_what_has_no_paper_and_nothing_twice(deal: Deal) -> None:
    pack = deal.pack()
    deal.given(pack)
    deal.refund(pack, 240_000, unearned_ore=240_000)
    deal.session()
    deal.payout()
    assert service.sweep(NOW, _ever()) == 5
    kinds = sorted(each["kind"] for each in papers())
    assert kinds == ["prepayment", "receipt", "receipt", "repayment", "statement"]
    assert service.sweep(NOW, _ever()) == 0
    assert len(papers()) == 5


def test_what_can_not_be_documented_does_not_keep_the_sweep_from_the_rest(deal: Deal) -> None:
    deal.session()
    deal.payout(amount_ore=1)
    other = Deal()
    other.session()
    assert service.sweep(NOW, _ever()) == 2


def test_a_person_gets_papers_in_their_language() -> None:
    deal = Deal(language="en")
    service.receipt(deal.session(), NOW)
    assert only("receipt")["language"] == "en"


def test_a_cause_has_one_paper_however_often_it_is_told_of(deal: Deal) -> None:
    purchase_id = deal.session()
    for hours in range(3):
        service.receipt(purchase_id, NOW + timedelta(hours=hours))
    assert len(papers()) == 1


def test_what_is_not_so_is_left_to_an_operator() -> None:
    for handler, code in (
        (service.receipt, "not_captured"),
        (service.credit_note, "not_refunded"),
        (service.statement, "not_paid"),
    ):
        with pytest.raises(ParkedError, match=code):
            handler("pur_00000000000000000000000000", NOW)


def test_the_year_is_that_of_norway(deal: Deal) -> None:
    first, second = deal.session(), deal.session()
    service.receipt(first, datetime(2026, 12, 31, 22, 59, tzinfo=UTC))
    service.receipt(second, datetime(2026, 12, 31, 23, 0, tzinfo=UTC))
    numbers = [(each["number"], each["issued_on"]) for each in papers()]
    assert numbers == [("KV-2026-1", "2026-12-31"), ("KV-2027-1", "2027-01-01")]


def test_who_leaves_gets_every_paper_first_while_their_name_is_known(
    deal: Deal, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal.session()
    deal.payout()
    monkeypatch.setattr(leaving, "_checks", lambda _: ())
    transact(lambda db: leaving.ask(db, person_id=deal.mentor_id, now=NOW))
    kinds = sorted(each["kind"] for each in papers())
    assert kinds == ["fee_invoice", "receipt", "statement"]


def test_a_paper_to_somebody_erased_has_the_name_of_the_papers_before(deal: Deal) -> None:
    purchase_id = deal.session()
    service.receipt(purchase_id, NOW)
    change("UPDATE person SET given_name = NULL, family_name = NULL, erased_at = created_at")
    change("DELETE FROM mentor")
    service.credit_note(deal.refund(purchase_id, 90_000, taken_ore=90_000), NOW)
    body = only("credit_note")
    assert body["buyer"]["name"] == "Bo Łukasz-Đorđević"
    assert body["seller"]["organisation_number"] == "987654325"


def test_nobody_s_paper_is_issued_to_no_name(deal: Deal) -> None:
    purchase_id = deal.session()
    change("UPDATE person SET given_name = NULL, family_name = NULL")
    with pytest.raises(ParkedError, match="party_unknown"):
        service.receipt(purchase_id, NOW)
    assert papers() == []
    assert rows("SELECT last_number FROM paper_series") == []
    assert person("En", "Annen")


def _ever() -> datetime:
    return datetime(9999, 1, 1, tzinfo=UTC)
