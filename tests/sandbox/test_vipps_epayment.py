"""Payments of the sandbox's Vipps: the way of the money, its sums, and every refusal on the way."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.vipps_merchant import Merchant, code_of, fields_of


def sums(content: dict[str, Any]) -> tuple[int, int, int, int]:
    """Authorized, cancelled, captured and refunded, in øre."""
    names = ("authorizedAmount", "cancelledAmount", "capturedAmount", "refundedAmount")
    first, second, third, fourth = (content["aggregate"][name]["value"] for name in names)
    return first, second, third, fourth


def state(merchant: Merchant, reference: str) -> str:
    return str(merchant.get(f"/payments/{reference}").json()["state"])


def event_names(merchant: Merchant, reference: str) -> list[str]:
    events = merchant.get(f"/payments/{reference}/events").json()
    return [event["name"] for event in events]


def test_a_payment_is_created_approved_captured_and_refunded_in_parts(merchant: Merchant) -> None:
    order = merchant.order(metadata={"booking": "bkg_1"})
    answer = merchant.post("/payments", order, Idempotency_Key="create-1")
    assert answer.status_code == 201
    assert answer.json().keys() == {"redirectUrl", "reference"}
    reference = order["reference"]
    before = merchant.get(f"/payments/{reference}").json()
    assert (before["state"], before["metadata"]) == ("CREATED", {"booking": "bkg_1"})
    assert before["redirectUrl"] == answer.json()["redirectUrl"]
    merchant.play(reference, "approve")
    paid = merchant.get(f"/payments/{reference}").json()
    assert (paid["state"], sums(paid)) == ("AUTHORIZED", (49000, 0, 0, 0))
    assert "redirectUrl" not in paid
    first = merchant.modify(reference, "capture", 30000, Idempotency_Key="capture-1")
    assert (first.status_code, sums(first.json())) == (200, (49000, 0, 30000, 0))
    assert first.headers["Content-Type"] == "application/problem+json"
    second = merchant.modify(reference, "capture", 10000, Idempotency_Key="capture-2")
    assert sums(second.json()) == (49000, 0, 40000, 0)
    rest = merchant.post(f"/payments/{reference}/cancel", {})
    assert sums(rest.json()) == (49000, 9000, 40000, 0)
    back = merchant.modify(reference, "refund", 15000, Idempotency_Key="refund-1")
    assert sums(back.json()) == (49000, 9000, 40000, 15000)
    assert back.json()["state"] == "AUTHORIZED"
    assert back.json()["pspReference"] == before["pspReference"]


def test_the_event_log_has_each_operation_with_its_own_reference_amount_and_key(
    merchant: Merchant,
) -> None:
    reference = merchant.authorized()
    merchant.modify(reference, "capture", 49000, Idempotency_Key="capture-1")
    merchant.modify(reference, "refund", 1000, Idempotency_Key="refund-1")
    events = merchant.get(f"/payments/{reference}/events").json()
    assert [event["name"] for event in events] == [
        "CREATED",
        "AUTHORIZED",
        "CAPTURED",
        "REFUNDED",
    ]
    assert [event["amount"]["value"] for event in events] == [49000, 49000, 49000, 1000]
    assert events[2]["idempotencyKey"] == "capture-1"
    assert len({event["pspReference"] for event in events}) == 4
    payment = merchant.get(f"/payments/{reference}").json()
    assert payment["pspReference"] == events[0]["pspReference"]


def test_the_payers_sub_is_shown_only_when_a_profile_was_asked_for(merchant: Merchant) -> None:
    kari = merchant.simulator.people.find("kari")
    assert kari is not None
    asked = merchant.authorized(profile={"scope": "name phoneNumber"})
    assert merchant.get(f"/payments/{asked}").json()["profile"] == {"sub": kari.sub}
    headers = merchant.headers(Idempotency_Key=None)
    answer = merchant.call("GET", f"/vipps-userinfo-api/userinfo/{kari.sub}", headers=headers)
    assert answer.json()["phone_number"] == kari.phone_number
    assert "email" not in answer.json()
    other = merchant.authorized()
    assert merchant.get(f"/payments/{other}").json()["profile"] == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": {"currency": "NOK", "value": 99}}, "6010"),
        ({"amount": {"currency": "NOK", "value": 490.5}}, "4040"),
        ({"amount": {"currency": "NOK", "value": "49000"}}, "4040"),
        ({"amount": {"currency": "NOK", "value": 65000001}}, "4040"),
        ({"amount": {"currency": "EUR", "value": 49000}}, "5040"),
        ({"paymentMethod": {"type": "CARD"}}, "5070"),
        ({"returnUrl": None}, "4140"),
        ({"returnUrl": "http://min.example.no/paid"}, "4090"),
        ({"returnUrl": "javascript:alert(1)"}, "4090"),
        ({"returnUrl": "minmentor://"}, "4090"),
        ({"receiptUrl": "not an address"}, "4090"),
        ({"userFlow": "PUSH_MESSAGE"}, "4140"),
        ({"userFlow": "PUSH_MESSAGE", "customer": {"phoneNumber": "4790000101"}}, "5080"),
        ({"customer": {"phoneNumber": "+4790000101"}}, "4070"),
        ({"customer": {"phoneNumber": "4711111111"}}, "7010"),
        ({"customer": {"phoneNumber": "4790000106"}, "minimumUserAge": 18}, "7010"),
        ({"profile": {"scope": "name shoeSize"}}, "4080"),
        ({"profile": {"scope": "name nin"}}, "5030"),
        ({"metadata": {str(number): "x" for number in range(6)}}, "4100"),
        ({"metadata": {"k" * 101: "x"}}, "4110"),
        ({"metadata": {"k": "x" * 501}}, "4120"),
        ({"metadata": {"k": 1}}, "4130"),
        ({"expiresAt": "2030-01-01T00:00:00Z"}, "5050"),
    ],
)
def test_an_order_against_a_rule_is_refused_with_the_rules_code(
    merchant: Merchant, changes: dict[str, Any], code: str
) -> None:
    answer = merchant.post("/payments", merchant.order(**changes))
    assert code_of(answer) == code
    assert answer.status_code == {"5070": 422, "5030": 403, "5080": 403, "5050": 403}.get(code, 400)
    assert {"type", "title", "status", "traceId"} <= answer.json().keys()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference": "short"}, "reference"),
        ({"reference": "booking_with_underscore"}, "reference"),
        ({"reference": "x" * 65}, "reference"),
        ({"reference": None}, "reference"),
        ({"amount": None}, "amount"),
        ({"amount": {"value": 49000}}, "amount.currency"),
        ({"amount": {"value": 49000, "currency": "nok"}}, "amount.currency"),
        ({"paymentMethod": None}, "paymentMethod"),
        ({"userFlow": "POPUP"}, "userFlow"),
        ({"paymentDescription": "hi"}, "paymentDescription"),
        ({"paymentDescription": "x" * 101}, "paymentDescription"),
        ({"customer": {}}, "customer"),
        ({"customer": {"phoneNumber": "4790000101", "personalQr": "12345"}}, "customer"),
        ({"minimumUserAge": "18"}, "minimumUserAge"),
        ({"expiresAt": "tomorrow"}, "expiresAt"),
        ({"description": "unknown"}, "description"),
        ({"amount": {"value": 49000, "currency": "NOK", "vat": 0}}, "amount.vat"),
        ({"receipt": {"orderLines": [], "bottomLine": {"currency": "NOK"}}}, "receipt.orderLines"),
    ],
)
def test_an_order_against_the_schema_is_refused_and_the_field_named_without_a_code(
    merchant: Merchant, changes: dict[str, Any], field: str
) -> None:
    answer = merchant.post("/payments", merchant.order(**changes))
    assert answer.status_code == 400
    assert fields_of(answer) == [field]
    assert code_of(answer) == ""


LINE: dict[str, Any] = {
    "name": "En time",
    "id": "offer-1",
    "totalAmount": 49000,
    "totalAmountExcludingTax": 39200,
    "totalTaxAmount": 9800,
    "taxRate": 2500,
}


def test_a_receipt_with_its_lines_is_accepted(merchant: Merchant) -> None:
    unit = {"unitPrice": 49000, "quantity": "1", "quantityUnit": "PCS"}
    line = {**LINE, "unitInfo": unit}
    receipt = {"orderLines": [line], "bottomLine": {"currency": "NOK"}}
    assert merchant.post("/payments", merchant.order(receipt=receipt)).status_code == 201
    del line["taxRate"]
    assert merchant.post("/payments", merchant.order(receipt=receipt)).status_code == 400


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"totalAmount": 48999, "totalAmountExcludingTax": 39199}, "receipt.orderLines"),
        ({"totalTaxAmount": 9801}, "receipt.orderLines.0"),
        ({"isReturn": True}, "receipt.orderLines"),
        ({"unitInfo": {"unitPrice": 1, "quantity": "1,5"}}, "receipt.orderLines.0.unitInfo"),
        ({"colour": "red"}, "receipt.orderLines.0.colour"),
    ],
)
def test_a_receipt_that_does_not_add_up_is_noticed(
    merchant: Merchant, changes: dict[str, Any], field: str
) -> None:
    receipt = {"orderLines": [{**LINE, **changes}], "bottomLine": {"currency": "NOK"}}
    answer = merchant.post("/payments", merchant.order(receipt=receipt))
    assert answer.status_code == 400
    assert fields_of(answer)[0].startswith(field)


def test_a_body_that_is_not_json_is_refused(merchant: Merchant) -> None:
    for body, media_type, status in (
        (b"{", "application/json", 400),
        (b'{"a":1,"a":2}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
    ):
        headers = merchant.headers(Content_Type=media_type)
        answer = merchant.call("POST", "/epayment/v1/payments", data=body, headers=headers)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_unknown_reference_path_or_method_is_refused_as_a_problem(merchant: Merchant) -> None:
    missing = merchant.get("/payments/booking-unknown")
    assert (missing.status_code, code_of(missing)) == (404, "5090")
    captured = merchant.modify("booking-unknown", "capture", 100)
    assert (captured.status_code, code_of(captured)) == (404, "5090")
    assert merchant.get("/refunds").status_code == 404
    answer = merchant.call("DELETE", "/epayment/v1/payments/booking-unknown")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_money_is_captured_only_after_approval_and_never_above_it(merchant: Merchant) -> None:
    reference = merchant.created()
    assert code_of(merchant.modify(reference, "capture", 100)) == "6080"
    merchant.play(reference, "approve")
    assert code_of(merchant.modify(reference, "capture", 49001)) == "6090"
    assert code_of(merchant.modify(reference, "capture", 0)) == "6010"
    euros = {"modificationAmount": {"currency": "EUR", "value": 100}}
    assert code_of(merchant.post(f"/payments/{reference}/capture", euros)) == "5040"
    wrong = merchant.post(f"/payments/{reference}/capture", {"amount": 100})
    assert fields_of(wrong) == ["modificationAmount", "amount"]


def test_money_is_refunded_only_up_to_what_was_captured_and_within_a_year(
    merchant: Merchant,
) -> None:
    reference = merchant.authorized()
    assert code_of(merchant.modify(reference, "refund", 100)) == "6150"
    merchant.modify(reference, "capture", 10000)
    assert code_of(merchant.modify(reference, "refund", 10001)) == "6150"
    assert code_of(merchant.modify(reference, "refund", 123)) == "5100"
    assert code_of(merchant.modify(reference, "refund", 124)) == "6220"
    merchant.simulator.clock.advance(timedelta(days=366))
    merchant = Merchant(merchant.simulator)
    assert code_of(merchant.modify(reference, "refund", 100)) == "6220"


def test_a_year_is_counted_from_the_approval_and_not_from_the_capture(merchant: Merchant) -> None:
    reference = merchant.authorized()
    merchant.simulator.clock.advance(timedelta(days=179))
    late = Merchant(merchant.simulator)
    late.modify(reference, "capture", 10000)
    merchant.simulator.clock.advance(timedelta(days=185))
    late = Merchant(merchant.simulator)
    assert late.modify(reference, "refund", 100).status_code == 200
    merchant.simulator.clock.advance(timedelta(days=2))
    late = Merchant(merchant.simulator)
    assert code_of(late.modify(reference, "refund", 100)) == "6220"


@pytest.mark.parametrize(("source", "days"), [("visa", 7), ("mastercard", 30), ("bankaxept", 7)])
def test_a_capture_is_guaranteed_for_as_long_as_what_it_is_paid_with_says(
    merchant: Merchant, source: str, days: int
) -> None:
    reference = merchant.created()
    merchant.control(f"payments/{reference}", {"action": "approve", "source": source})
    merchant.simulator.clock.advance(timedelta(days=days, minutes=1))
    late = Merchant(merchant.simulator)
    answer = late.modify(reference, "capture", 100, Idempotency_Key="capture-1")
    # A card is charged anew, and mostly has the money; BankAxept has let it go.
    assert code_of(answer) == "6260" if source == "bankaxept" else answer.status_code == 200
    merchant.control(f"payments/{reference}", {"action": "let_go"})
    gone = late.modify(reference, "capture", 100, Idempotency_Key="capture-2")
    assert code_of(gone) == "6260"


def test_what_fails_in_passing_does_not_stick_to_its_key(merchant: Merchant) -> None:
    reference = merchant.authorized()
    wish = {"action": "fail_captures", "codes": ["6280", "6260"]}
    assert merchant.control(f"payments/{reference}", wish).status_code == 200
    answers = [merchant.modify(reference, "capture", 500, Idempotency_Key="c") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert [code_of(answer) for answer in answers[:2]] == ["6280", "6260"]
    log = merchant.get(f"/payments/{reference}/events").json()[2:]
    assert [(event["name"], event["success"]) for event in log] == [
        ("CAPTURED", False),
        ("CAPTURED", False),
        ("CAPTURED", True),
    ]


def test_what_is_done_by_hand_in_the_portal_has_no_key_of_ours(merchant: Merchant) -> None:
    reference = merchant.authorized()
    for action, amount in (("portal_capture", 30000), ("portal_refund", 1000)):
        wish = {"action": action, "amount": amount}
        assert merchant.control(f"payments/{reference}", wish).status_code == 200
    assert merchant.play(reference, "portal_cancel").status_code == 200
    payment = merchant.get(f"/payments/{reference}").json()
    assert sums(payment) == (49000, 19000, 30000, 1000)
    log = merchant.get(f"/payments/{reference}/events").json()[1:]
    assert [event["name"] for event in log] == ["AUTHORIZED", "CAPTURED", "REFUNDED", "CANCELLED"]
    assert not any("idempotencyKey" in event for event in log)
    too_much = merchant.control(
        f"payments/{reference}", {"action": "portal_refund", "amount": 9**9}
    )
    assert (too_much.status_code, too_much.json()["error"][:4]) == (409, "6150")


def test_a_control_that_makes_no_sense_is_refused(merchant: Merchant) -> None:
    reference = merchant.created()
    for wish in (
        {"action": "dance"},
        {"action": "approve", "source": "cash"},
        {"action": "approve", "person": "nobody"},
        {"action": "approve", "colour": "red"},
        {"action": "portal_refund"},
        {"action": "portal_refund", "amount": -1},
        {"action": "fail_captures", "codes": ["0000"]},
    ):
        assert merchant.control(f"payments/{reference}", wish).status_code == 400, wish
    elsewhere: list[tuple[str, dict[str, Any]]] = [
        ("settlement", {"action": "abort"}),
        ("settlement", {"action": "dispute", "reference": "nothing"}),
        ("settlement", {"action": "correct"}),
        ("settlement", {"action": "dance"}),
        ("report", {"page": 0}),
    ]
    for path, content in elsewhere:
        assert merchant.control(path, content).status_code == 400, content


def test_a_payment_that_nobody_approved_can_be_terminated(merchant: Merchant) -> None:
    reference = merchant.created()
    answer = merchant.post(f"/payments/{reference}/cancel", {"cancelTransactionOnly": True})
    assert (answer.json()["state"], sums(answer.json())) == ("TERMINATED", (0, 49000, 0, 0))
    assert code_of(merchant.post(f"/payments/{reference}/cancel", {})) == "6050"
    assert merchant.play(reference, "approve").status_code == 409
    assert event_names(merchant, reference) == ["CREATED", "TERMINATED"]


def test_a_payment_can_not_be_cancelled_while_the_payer_is_in_the_app(merchant: Merchant) -> None:
    reference = merchant.created()
    merchant.play(reference, "begin")
    path = f"/payments/{reference}/cancel"
    answer = merchant.post(path, {}, Idempotency_Key="cancel-1")
    assert (answer.status_code, code_of(answer)) == (409, "6250")
    merchant.play(reference, "approve")
    again = merchant.post(path, {}, Idempotency_Key="cancel-1")
    assert sums(again.json()) == (49000, 49000, 0, 0)


def test_a_reservation_is_released_once_and_not_after_capture(merchant: Merchant) -> None:
    reference = merchant.authorized()
    path = f"/payments/{reference}/cancel"
    assert code_of(merchant.post(path, {"cancelTransactionOnly": True})) == "6060"
    assert (
        merchant.call("POST", f"/epayment/v1{path}", headers=merchant.headers()).status_code == 200
    )
    assert code_of(merchant.post(path, {})) == "6050"
    assert code_of(merchant.modify(reference, "capture", 100)) == "6090"
    captured = merchant.authorized()
    merchant.modify(captured, "capture", 49000)
    assert code_of(merchant.post(f"/payments/{captured}/cancel", {})) == "6040"
    assert merchant.post(path, []).status_code == 400


def test_an_abandoned_payment_expires_after_ten_minutes(merchant: Merchant) -> None:
    reference = merchant.created()
    merchant.simulator.clock.advance(timedelta(minutes=9, seconds=50))
    assert state(merchant, reference) == "CREATED"
    merchant.simulator.clock.advance(timedelta(seconds=11))
    assert state(merchant, reference) == "EXPIRED"
    assert event_names(merchant, reference) == ["CREATED", "EXPIRED"]
    assert code_of(merchant.modify(reference, "capture", 100)) == "6080"
    assert code_of(merchant.post(f"/payments/{reference}/cancel", {})) == "6190"


def test_what_is_not_captured_is_released_after_180_days(merchant: Merchant) -> None:
    reference = merchant.authorized()
    guaranteed = merchant.get(f"/payments/{reference}").json()["captureGuaranteedUntil"]
    assert guaranteed.endswith("Z")
    merchant.simulator.clock.advance(timedelta(days=181))
    late = Merchant(merchant.simulator)
    assert code_of(late.modify(reference, "capture", 100)) == "6100"
    assert sums(late.get(f"/payments/{reference}").json()) == (49000, 49000, 0, 0)


@pytest.mark.parametrize("amount", [151, 182, 183, 184, 186, 187, 197])
def test_a_test_amount_is_turned_down_and_the_payment_goes_on_waiting(
    merchant: Merchant, amount: int
) -> None:
    reference = merchant.created(amount={"currency": "NOK", "value": amount})
    assert merchant.play(reference, "approve").status_code == 409
    assert state(merchant, reference) == "CREATED"
    events = merchant.get(f"/payments/{reference}/events").json()
    assert [(event["name"], event["success"]) for event in events] == [
        ("CREATED", True),
        ("AUTHORIZED", False),
    ]
    assert merchant.play(reference, "abort").json()["state"] == "ABORTED"


def test_an_uncertain_payment_is_decided_after_an_hour(merchant: Merchant) -> None:
    reference = merchant.created(amount={"currency": "NOK", "value": 201})
    assert merchant.play(reference, "approve").json()["state"] == "CREATED"
    merchant.simulator.clock.advance(timedelta(minutes=59))
    assert state(merchant, reference) == "CREATED"
    merchant.simulator.clock.advance(timedelta(minutes=2))
    late = Merchant(merchant.simulator)
    assert state(late, reference) == "AUTHORIZED"


def test_approval_by_force_needs_the_customer_or_the_token_of_the_payment(
    merchant: Merchant,
) -> None:
    answer = merchant.post("/payments", merchant.order()).json()
    path = f"/test/payments/{answer['reference']}/approve"
    assert fields_of(merchant.post(path, {})) == ["customer"]
    assert fields_of(merchant.post(path, {"token": "wrong"})) == ["token"]
    unknown = merchant.post(path, {"customer": {"phoneNumber": "4711111111"}})
    assert code_of(unknown) == "7010"
    token = answer["redirectUrl"].partition("token=")[2]
    done = merchant.post(path, {"token": token})
    assert (done.status_code, done.content) == (200, b"")
    assert state(merchant, answer["reference"]) == "AUTHORIZED"
    assert merchant.post(path, {"token": token}).status_code == 400


def test_the_landing_page_takes_the_payer_back_whatever_they_decide(merchant: Merchant) -> None:
    for action, expected in (("approve", "AUTHORIZED"), ("cancel", "ABORTED")):
        answer = merchant.post("/payments", merchant.order()).json()
        parts = urlsplit(answer["redirectUrl"])
        path = f"{parts.path}?{parts.query}"
        page = merchant.call("GET", path)
        assert "Betal 490,00 kr til MIN MENTOR" in page.text
        assert "En time med Ola Hagen" in page.text
        form = {"person": "kari", "action": action}
        done = merchant.call("POST", path, data=form)
        assert done.status_code == 303
        assert done.headers["Location"] == "https://min.example.no/paid?booking=1"
        assert state(merchant, answer["reference"]) == expected
        assert merchant.call("GET", path).status_code == 404


def test_the_landing_page_says_what_the_bank_said(merchant: Merchant) -> None:
    order = merchant.order(amount={"currency": "NOK", "value": 151})
    parts = urlsplit(merchant.post("/payments", order).json()["redirectUrl"])
    form = {"person": "kari", "action": "approve"}
    page = merchant.call("POST", f"{parts.path}?{parts.query}", data=form)
    assert page.status_code == 200
    assert "Ikke nok penger" in page.text


def test_a_payment_with_an_age_limit_is_not_for_the_young(merchant: Merchant) -> None:
    reference = merchant.created(minimumUserAge=18)
    play = {"action": "approve", "person": "jonas"}
    refused = merchant.control(f"payments/{reference}", play)
    assert (refused.status_code, refused.json()["error"][:4]) == (409, "7010")
    assert merchant.play(reference, "approve").json()["payer"] == "kari"


def test_modifications_are_limited_to_five_a_minute_and_reads_to_a_hundred_and_twenty(
    merchant: Merchant,
) -> None:
    reference = merchant.authorized()
    for _ in range(5):
        assert merchant.modify(reference, "capture", 100).status_code == 200
    limited = merchant.modify(reference, "capture", 100)
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) in range(1, 62)
    assert merchant.modify(reference, "refund", 100).status_code == 200
    merchant.simulator.clock.advance(timedelta(minutes=1))
    assert merchant.modify(reference, "capture", 100).status_code == 200
    statuses = [merchant.get(f"/payments/{reference}").status_code for _ in range(121)]
    assert statuses.count(200) == 120
    assert statuses[-1] == 429
