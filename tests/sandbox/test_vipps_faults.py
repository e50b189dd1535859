"""Faults on order, at the sandbox's Vipps: late, failed, cut off, before and after acting."""

import time

import pytest
import requests

from tests.sandbox.vipps_merchant import Merchant


def captured(merchant: Merchant, reference: str) -> int:
    payment = merchant.get(f"/payments/{reference}").json()
    return int(payment["aggregate"]["capturedAmount"]["value"])


def order_fault(merchant: Merchant, kind: str, **more: object) -> None:
    path = r"/epayment/v1/payments/[^/]+/capture"
    fault = {"method": "POST", "path": path, "kind": kind, **more}
    assert merchant.control("faults", fault).status_code == 200


@pytest.mark.parametrize(("kind", "taken"), [("fail", 0), ("fail_after", 500)])
def test_a_failure_is_answered_once_with_or_without_acting(
    merchant: Merchant, kind: str, taken: int
) -> None:
    reference = merchant.authorized()
    order_fault(merchant, kind, status=502)
    failed = merchant.modify(reference, "capture", 500, Idempotency_Key="capture-1")
    assert failed.status_code == 502
    assert captured(merchant, reference) == taken
    again = merchant.modify(reference, "capture", 500, Idempotency_Key="capture-1")
    assert again.status_code == 200
    assert captured(merchant, reference) == 500


@pytest.mark.parametrize(
    ("kind", "taken"), [("refuse", 0), ("hang_up_before", 0), ("hang_up_after", 500)]
)
def test_a_connection_is_cut_without_an_answer_before_or_after_acting(
    merchant: Merchant, kind: str, taken: int
) -> None:
    reference = merchant.authorized()
    order_fault(merchant, kind)
    with pytest.raises(requests.ConnectionError):
        merchant.modify(reference, "capture", 500)
    assert captured(merchant, reference) == taken


def test_a_refusal_resets_the_connection_and_a_hang_up_closes_it(merchant: Merchant) -> None:
    reference = merchant.authorized()
    for kind, said in (("refuse", "ConnectionResetError"), ("hang_up_before", "without response")):
        order_fault(merchant, kind)
        with pytest.raises(requests.ConnectionError, match=said):
            merchant.modify(reference, "capture", 500)


def test_a_late_answer_has_acted_long_before(merchant: Merchant) -> None:
    reference = merchant.authorized()
    order_fault(merchant, "delay", seconds=0.4)
    start = time.monotonic()
    assert merchant.modify(reference, "capture", 500).status_code == 200
    assert time.monotonic() - start >= 0.4


def test_a_fault_meets_only_its_requests_as_often_as_ordered(merchant: Merchant) -> None:
    reference = merchant.authorized()
    order_fault(merchant, "fail", times=2)
    assert merchant.modify(reference, "refund", 500).status_code == 400
    statuses = [merchant.modify(reference, "capture", 500).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    order_fault(merchant, "fail", times=None)
    assert merchant.modify(reference, "capture", 500).status_code == 503
    assert merchant.call("DELETE", "/_sandbox/faults").status_code == 200
    assert merchant.modify(reference, "capture", 500).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [{"kind": "explode"}, {"kind": "fail", "path": "("}, {"kind": "fail", "when": 1}, {}],
)
def test_a_senseless_order_is_refused(merchant: Merchant, fault: dict[str, object]) -> None:
    assert merchant.control("faults", fault).status_code == 400


def test_requests_are_recorded_as_they_came_and_control_is_not(merchant: Merchant) -> None:
    order = merchant.order(paymentDescription="Økt med Åse")
    merchant.post("/payments", order, Idempotency_Key="create-1")
    token, created = merchant.call("GET", "/_sandbox/requests").json()
    assert (token["path"], token["status"]) == ("/accesstoken/get", 200)
    assert (created["method"], created["path"]) == ("POST", "/epayment/v1/payments")
    assert created["headers"]["idempotency-key"] == "create-1"
    assert order["reference"] in created["body"]
    assert created["status"] == 201


def test_a_provider_that_is_down_comes_back_with_its_state_on_the_same_port(
    merchant: Merchant,
) -> None:
    reference = merchant.authorized()
    merchant.simulator.stop()
    with pytest.raises(requests.ConnectionError):
        merchant.get(f"/payments/{reference}")
    merchant.simulator.start()
    assert merchant.get(f"/payments/{reference}").json()["state"] == "AUTHORIZED"
