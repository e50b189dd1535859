"""Our ePayment client against Vipps as the sandbox plays it, over HTTP."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.core.errors import ProviderUnavailableError
from lib.providers.http import ProviderRefusedError
from lib.providers.refusal import Meaning
from lib.providers.vipps import epayment, webhook
from lib.providers.vipps.order import LegalLinks, Order, OrderLine
from lib.providers.vipps.payloads import Payment
from tests.lib.providers.vipps_unit import sales_unit
from tests.sandbox.vipps_merchant import Merchant

PRICE_ORE = 90_000
REFERENCE = "pur-0123456789"
HOUR = OrderLine(
    id="ofr_1",
    name="En time om ledelse",
    amount_ore=PRICE_ORE,
    tax_ore=18_000,
    tax_basis_points=2_500,
    quantity="60",
    unit="MINUTE",
    unit_price_ore=1_500,
)
LINKS = LegalLinks("https://api.minmentor.no/vilkar", "https://api.minmentor.no/personvern")


@pytest.fixture
def merchant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Merchant]:
    with sales_unit(tmp_path, monkeypatch) as found:
        yield found


def now(merchant: Merchant) -> datetime:
    return merchant.simulator.clock.now()


def create(merchant: Merchant, order: Order | None = None, reference: str = REFERENCE) -> str:
    made = epayment.create(
        reference=reference,
        amount_ore=PRICE_ORE,
        description="En time om ledelse",
        return_url="https://app.minmentor.no/purchases/1",
        operation_id=f"create-{reference}",
        now=now(merchant),
        order=order,
    )
    return made.redirectUrl


def authorise(merchant: Merchant, **how: Any) -> str:  # noqa: ANN401 (fields of the control)
    create(merchant)
    answer = merchant.control(f"payments/{REFERENCE}", {"action": "approve", **how})
    assert answer.status_code == 200, answer.text
    return REFERENCE


def capture(merchant: Merchant, amount_ore: int, key: str) -> Payment:
    return epayment.capture(REFERENCE, amount_ore=amount_ore, operation_id=key, now=now(merchant))


def refund(merchant: Merchant, amount_ore: int, key: str) -> Payment:
    return epayment.refund(REFERENCE, amount_ore=amount_ore, operation_id=key, now=now(merchant))


def sums(payment: Payment) -> tuple[int, int, int, int]:
    """Authorised, captured, refunded and cancelled, in øre."""
    found = payment.aggregate
    return (
        found.authorizedAmount.value,
        found.capturedAmount.value,
        found.refundedAmount.value,
        found.cancelledAmount.value,
    )


def sent(merchant: Merchant) -> dict[str, Any]:
    """The body of the order that was sent last."""
    made = [
        record
        for record in merchant.simulator.requests
        if (record["method"], record["path"]) == ("POST", "/epayment/v1/payments")
    ]
    body: dict[str, Any] = json.loads(made[-1]["body"])
    return body


def test_an_order_says_what_is_bought_with_its_vat_and_the_terms(merchant: Merchant) -> None:
    order = Order(
        lines=[HOUR],
        legal_links=LINKS,
        receipt_url="https://api.minmentor.no/v1/receipts/1",
        metadata={"purchase": "pur_1"},
    )
    assert create(merchant, order).startswith(merchant.simulator.base_url)
    body = sent(merchant)
    assert body["receipt"] == {
        "orderLines": [
            {
                "id": "ofr_1",
                "name": "En time om ledelse",
                "totalAmount": 90_000,
                "totalAmountExcludingTax": 72_000,
                "totalTaxAmount": 18_000,
                "taxRate": 2_500,
                "unitInfo": {"unitPrice": 1_500, "quantity": "60", "quantityUnit": "MINUTE"},
            }
        ],
        "bottomLine": {"currency": "NOK"},
    }
    assert body["merchantLegalLinks"] == {
        "termsOfSaleUrl": LINKS.terms_of_sale_url,
        "privacyPolicyUrl": LINKS.privacy_policy_url,
    }
    assert (body["receiptUrl"], body["metadata"]) == (
        "https://api.minmentor.no/v1/receipts/1",
        {"purchase": "pur_1"},
    )


def test_nobody_is_asked_for_a_phone_number_and_no_profile_is_wanted(merchant: Merchant) -> None:
    create(merchant, Order(lines=[HOUR], legal_links=LINKS, metadata={"purchase": "pur_1"}))
    assert not {"customer", "profile", "shipping", "customerInteraction"} & sent(merchant).keys()


def test_without_an_order_nothing_but_the_payment_is_sent(merchant: Merchant) -> None:
    create(merchant)
    assert sent(merchant).keys() == {
        *("amount", "paymentMethod", "reference", "userFlow", "returnUrl", "paymentDescription"),
    }


@pytest.mark.parametrize(
    "line",
    [
        OrderLine(id="1", name="En time", amount_ore=89_999, tax_ore=0, tax_basis_points=0),
        OrderLine(id="1", name="En time", amount_ore=90_000, tax_ore=90_001, tax_basis_points=0),
        OrderLine(id="1", name="En time", amount_ore=90_000, tax_ore=-1, tax_basis_points=0),
    ],
)
def test_an_order_that_does_not_add_up_is_not_sent(merchant: Merchant, line: OrderLine) -> None:
    with pytest.raises(ValueError, match="order line"):
        create(merchant, Order(lines=[line]))
    assert not list(merchant.simulator.requests)


def test_money_is_taken_and_given_back_in_parts_and_the_rest_is_let_go(merchant: Merchant) -> None:
    authorise(merchant)
    assert sums(capture(merchant, 30_000, "c1")) == (90_000, 30_000, 0, 0)
    assert sums(capture(merchant, 20_000, "c2")) == (90_000, 50_000, 0, 0)
    let_go = epayment.cancel(REFERENCE, operation_id="x1", now=now(merchant))
    assert sums(let_go) == (90_000, 50_000, 0, 40_000)
    assert sums(refund(merchant, 10_000, "r1")) == (90_000, 50_000, 10_000, 40_000)
    assert sums(refund(merchant, 40_000, "r2")) == (90_000, 50_000, 50_000, 40_000)
    assert sums(epayment.find(REFERENCE, now=now(merchant))) == (90_000, 50_000, 50_000, 40_000)


def test_the_log_has_what_failed_too_and_whose_key_did_what(merchant: Merchant) -> None:
    authorise(merchant)
    merchant.control(f"payments/{REFERENCE}", {"action": "fail_captures", "codes": ["6280"]})
    with pytest.raises(ProviderRefusedError):
        capture(merchant, 30_000, "c1")
    capture(merchant, 30_000, "c1")
    merchant.control(f"payments/{REFERENCE}", {"action": "portal_refund", "amount": 500})
    found = epayment.events(REFERENCE, now=now(merchant))
    assert [(one.name, one.success, one.amount.value, one.idempotencyKey) for one in found] == [
        ("CREATED", True, 90_000, f"create-{REFERENCE}"),
        ("AUTHORIZED", True, 90_000, None),
        ("CAPTURED", False, 30_000, "c1"),
        ("CAPTURED", True, 30_000, "c1"),
        ("REFUNDED", True, 500, None),
    ]
    assert len({one.pspReference for one in found}) == 5


@pytest.mark.parametrize("ask", [epayment.find, epayment.events])
def test_a_payment_that_is_not_there_is_told_from_one_that_could_not_be_looked_at(
    merchant: Merchant,
    ask: Any,  # noqa: ANN401 (two functions of one form)
) -> None:
    with pytest.raises(epayment.PaymentUnknownError):
        ask("pur-nobody", now=now(merchant))
    create(merchant)
    for status in (403, 400, 503):
        path = r"/epayment/v1/payments/.*"
        fault = {"kind": "fail", "method": "GET", "path": path, "status": status}
        assert merchant.control("faults", fault).status_code == 200
        with pytest.raises(ProviderUnavailableError):
            ask(REFERENCE, now=now(merchant))


@pytest.mark.parametrize(("source", "days"), [("visa", 7), ("mastercard", 30), ("bankaxept", 7)])
def test_how_long_a_capture_is_guaranteed_is_read(
    merchant: Merchant, source: str, days: int
) -> None:
    create(merchant)
    assert epayment.find(REFERENCE, now=now(merchant)).captureGuaranteedUntil is None
    merchant.control(f"payments/{REFERENCE}", {"action": "approve", "source": source})
    until = epayment.find(REFERENCE, now=now(merchant)).captureGuaranteedUntil
    assert until is not None
    assert abs(until - now(merchant) - timedelta(days=days)) < timedelta(minutes=1)


def refused(act: Any) -> tuple[str, Meaning]:  # noqa: ANN401 (any call)
    with pytest.raises(ProviderRefusedError) as caught:
        act()
    return caught.value.code, epayment.meaning(caught.value.code)


def test_what_a_refusal_means_is_sorted_by_its_code(merchant: Merchant) -> None:
    authorise(merchant)
    capture(merchant, 50_000, "c1")
    assert refused(lambda: capture(merchant, 40_001, "c2")) == ("6090", Meaning.NEVER)
    assert refused(lambda: refund(merchant, 50_001, "r1")) == ("6150", Meaning.NEVER)
    assert refused(lambda: refund(merchant, 123, "r2")) == ("5100", Meaning.NEVER)
    assert refused(lambda: capture(merchant, 40_000, "c1")) == ("4010", Meaning.NEVER)
    merchant.simulator.clock.advance(timedelta(days=181))
    assert refused(lambda: capture(merchant, 100, "c3")) == ("6100", Meaning.NEVER)
    merchant.simulator.clock.advance(timedelta(days=185))
    assert refused(lambda: refund(merchant, 100, "r3")) == ("6220", Meaning.NEVER)


def test_who_is_busy_is_asked_later(merchant: Merchant) -> None:
    create(merchant)
    merchant.play(REFERENCE, "begin")
    code = refused(lambda: epayment.cancel(REFERENCE, operation_id="x", now=now(merchant)))
    assert code == ("6250", Meaning.LATER)


def test_a_capture_that_failed_in_passing_is_repeated_with_its_key(merchant: Merchant) -> None:
    authorise(merchant)
    merchant.control(f"payments/{REFERENCE}", {"action": "fail_captures", "codes": ["6280"]})
    assert refused(lambda: capture(merchant, 90_000, "c1")) == ("6280", Meaning.SAME_KEY)
    assert sums(capture(merchant, 90_000, "c1")) == (90_000, 90_000, 0, 0)


@pytest.mark.parametrize("source", ["visa", "bankaxept"])
def test_after_the_guarantee_the_money_may_be_gone(merchant: Merchant, source: str) -> None:
    authorise(merchant, source=source)
    if source == "visa":
        merchant.control(f"payments/{REFERENCE}", {"action": "let_go"})
    merchant.simulator.clock.advance(timedelta(days=6, hours=23))
    assert sums(capture(merchant, 1_000, "c1"))[1] == 1_000
    merchant.simulator.clock.advance(timedelta(hours=2))
    assert refused(lambda: capture(merchant, 89_000, "c2")) == ("6260", Meaning.FUNDS)
    assert sums(epayment.find(REFERENCE, now=now(merchant)))[1] == 1_000


@pytest.mark.parametrize("step", ["capture", "refund"])
def test_an_answer_that_got_lost_is_asked_for_again_with_the_same_key(
    merchant: Merchant, step: str
) -> None:
    authorise(merchant)
    capture(merchant, 50_000, "c1")
    act = {"capture": capture, "refund": refund}[step]
    path = rf"/epayment/v1/payments/[^/]+/{step}"
    merchant.control("faults", {"kind": "hang_up_after", "method": "POST", "path": path})
    with pytest.raises(ProviderUnavailableError):
        act(merchant, 10_000, "again")
    act(merchant, 10_000, "again")
    found = sums(epayment.find(REFERENCE, now=now(merchant)))
    assert found == ((90_000, 60_000, 0, 0) if step == "capture" else (90_000, 50_000, 10_000, 0))


def test_keys_that_vipps_does_not_know_say_nothing_of_the_payment(merchant: Merchant) -> None:
    authorise(merchant)
    path = r"/epayment/.*"
    merchant.control("faults", {"kind": "fail", "path": path, "status": 401, "times": None})
    with pytest.raises(ProviderUnavailableError):
        capture(merchant, 100, "c1")
    with pytest.raises(ProviderUnavailableError):
        epayment.find(REFERENCE, now=now(merchant))


def test_keys_that_vipps_does_not_know_say_nothing_of_where_webhooks_are_sent(
    merchant: Merchant,
) -> None:
    path = r"/webhooks/.*"
    merchant.control("faults", {"kind": "fail", "path": path, "status": 401, "times": None})
    with pytest.raises(ProviderUnavailableError):
        webhook.is_registered(now(merchant))
