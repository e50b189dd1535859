"""Webhooks of the sandbox's Vipps: registrations, signatures, order, and bad deliveries."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.simulators.vipps import VippsSimulator
from sandbox.simulators.vipps.webhooks import sign
from tests.sandbox.vipps_merchant import Merchant, Receiver, fields_of, running

EVENTS = [
    f"epayments.payment.{name}.v1"
    for name in (
        "created",
        "authorized",
        "captured",
        "cancelled",
        "refunded",
        "aborted",
        "expired",
        "terminated",
    )
]


@pytest.fixture
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VippsSimulator]:
    with running(tmp_path_factory.mktemp("vipps")) as vipps:
        yield vipps


@pytest.fixture
def merchant(simulator: VippsSimulator) -> Merchant:
    return Merchant(simulator)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running_receiver:
        yield running_receiver


def register(merchant: Merchant, url: str, events: list[str] = EVENTS) -> requests.Response:
    headers = merchant.headers(Idempotency_Key=None)
    body = {"url": url, "events": events}
    return merchant.call("POST", "/webhooks/v1/webhooks", json=body, headers=headers)


def settle(merchant: Merchant) -> None:
    assert merchant.control("webhooks/settle", {"seconds": 10}).json() == {"settled": True}


def until(fulfilled: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for what a background thread of the simulator does."""
    deadline = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_published_example_of_a_signature_is_reproduced() -> None:
    headers = sign(
        "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A==",
        "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63",
        datetime(2023, 3, 30, 8, 38, 32, tzinfo=UTC),
        b'{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}',
    )
    assert headers == {
        "x-ms-date": "Thu, 30 Mar 2023 08:38:32 GMT",
        "x-ms-content-sha256": "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=",
        "Host": "webhook.site",
        "Authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256"
        "&Signature=agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U=",
    }


def test_a_delivery_is_signed_over_its_own_bytes_date_path_and_host(
    merchant: Merchant, receiver: Receiver
) -> None:
    registered = register(merchant, receiver.url)
    assert registered.status_code == 201
    assert registered.json().keys() == {"id", "secret"}
    merchant.simulator.clock.set_to(datetime(2027, 6, 1, tzinfo=UTC))
    merchant = Merchant(merchant.simulator)
    reference = merchant.created()
    settle(merchant)
    headers, body = receiver.received[0]
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert headers["x-ms-content-sha256"] == digest
    parts = urlsplit(receiver.url)
    text = f"POST\n{parts.path}\n{headers['x-ms-date']};{parts.netloc};{digest}"
    key = registered.json()["secret"].encode()
    signature = base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()
    signed = "SignedHeaders=x-ms-date;host;x-ms-content-sha256"
    assert headers["authorization"] == f"HMAC-SHA256 {signed}&Signature={signature}"
    assert headers["x-vipps-authorization"] == headers["authorization"]
    assert headers["webhook-id"] == registered.json()["id"]
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert parsedate_to_datetime(headers["x-ms-date"]).date().isoformat() == "2027-06-01"
    content = json.loads(body)
    assert content["msn"] == merchant.unit.merchant_serial_number
    assert (content["reference"], content["name"]) == (reference, "CREATED")
    assert content["amount"] == {"currency": "NOK", "value": 49000}
    assert content["success"] is True


def test_webhooks_tell_the_same_events_as_the_event_log(
    merchant: Merchant, receiver: Receiver
) -> None:
    register(merchant, receiver.url)
    reference = merchant.authorized(profile={"scope": "name"})
    merchant.modify(reference, "capture", 40000)
    merchant.post(f"/payments/{reference}/cancel", {})
    merchant.modify(reference, "refund", 100)
    settle(merchant)
    log = merchant.get(f"/payments/{reference}/events").json()
    told = [json.loads(body) for _headers, body in receiver.received]
    assert [event["pspReference"] for event in told] == [event["pspReference"] for event in log]
    assert receiver.names() == ["CREATED", "AUTHORIZED", "CAPTURED", "CANCELLED", "REFUNDED"]
    kari = merchant.simulator.people.find("kari")
    assert kari is not None
    assert told[1]["sub"] == kari.sub
    assert "captureGuaranteedUntil" in told[1]
    assert "idempotencyKey" not in told[3]


def test_a_payment_that_expires_is_told_though_nobody_looks(
    merchant: Merchant, receiver: Receiver
) -> None:
    register(merchant, receiver.url, ["epayments.payment.expired.v1"])
    merchant.created()
    merchant.simulator.clock.advance(timedelta(minutes=11))
    until(lambda: receiver.names() == ["EXPIRED"])


def test_registrations_are_listed_without_their_secrets_and_can_be_deleted(
    merchant: Merchant, receiver: Receiver
) -> None:
    hook = register(merchant, receiver.url, EVENTS[:2]).json()
    headers = merchant.headers(Idempotency_Key=None)
    listed = merchant.call("GET", "/webhooks/v1/webhooks", headers=headers).json()
    assert listed == {"webhooks": [{"id": hook["id"], "url": receiver.url, "events": EVENTS[:2]}]}
    path = f"/webhooks/v1/webhooks/{hook['id']}"
    assert merchant.call("DELETE", path, headers=headers).status_code == 204
    assert merchant.call("DELETE", path, headers=headers).status_code == 400
    merchant.created()
    settle(merchant)
    assert receiver.received == []


@pytest.mark.parametrize(
    ("url", "events", "field"),
    [
        ("http://min.example.no/hook", EVENTS, "url"),
        ("ftp://min.example.no/hook", EVENTS, "url"),
        ("min.example.no/hook", EVENTS, "url"),
        ("https://min.example.no/hook#part", EVENTS, "url"),
        ("https://min.example.no/hook", [], "events"),
        ("https://min.example.no/hook", ["epayments.payment.paid.v1"], "events"),
    ],
)
def test_a_faulty_registration_is_refused(
    merchant: Merchant, url: str, events: list[str], field: str
) -> None:
    answer = register(merchant, url, events)
    assert answer.status_code == 400
    assert fields_of(answer) == [field]


def test_twenty_five_registrations_want_the_same_event_at_most(merchant: Merchant) -> None:
    event = EVENTS[:1]
    for number in range(25):
        url = f"https://min.example.no/{number}"
        assert register(merchant, url, event).status_code == 201
    assert register(merchant, "https://min.example.no/26", event).status_code == 400
    assert register(merchant, "https://min.example.no/26", EVENTS[1:2]).status_code == 201


def test_the_webhooks_api_needs_the_same_keys_as_payments(merchant: Merchant) -> None:
    body = {"url": "https://min.example.no/hook", "events": EVENTS}
    for missing in ("Authorization", "Ocp_Apim_Subscription_Key"):
        headers = merchant.headers(**{missing: None})
        answer = merchant.call("POST", "/webhooks/v1/webhooks", json=body, headers=headers)
        assert answer.status_code == 401


def test_a_failed_delivery_comes_again_with_a_fresh_signature_and_keeps_its_place(
    merchant: Merchant, receiver: Receiver
) -> None:
    register(merchant, receiver.url)
    receiver.statuses = [500, 503]
    reference = merchant.authorized()
    settle(merchant)
    assert receiver.names() == ["CREATED", "AUTHORIZED"]
    first, second = merchant.call("GET", "/_sandbox/webhooks").json()
    assert (first["attempts"], first["outcome"], first["status"]) == (3, "delivered", 200)
    assert second["attempts"] == 1
    assert json.loads(receiver.received[0][1])["reference"] == reference


def test_a_failing_event_holds_back_its_own_payment_and_no_other(
    merchant: Merchant, receiver: Receiver
) -> None:
    register(merchant, receiver.url)
    first = merchant.order()
    receiver.refuse.add(first["reference"])
    merchant.post("/payments", first)
    merchant.play(first["reference"], "approve")
    other = merchant.authorized()
    until(lambda: len(receiver.received) == 2)
    assert {json.loads(body)["reference"] for _headers, body in receiver.received} == {other}
    receiver.refuse.clear()
    settle(merchant)
    assert receiver.names() == ["CREATED", "AUTHORIZED"] * 2


def test_events_can_be_lost_repeated_held_and_released_in_another_order(
    merchant: Merchant, receiver: Receiver
) -> None:
    register(merchant, receiver.url)
    merchant.control("webhooks", {"mode": "lose"})
    reference = merchant.created()
    merchant.control("webhooks", {"mode": "repeat"})
    merchant.play(reference, "approve")
    settle(merchant)
    assert receiver.names() == ["AUTHORIZED", "AUTHORIZED"]
    assert receiver.received[0][1] == receiver.received[1][1]
    receiver.received.clear()
    merchant.control("webhooks", {"mode": "hold"})
    merchant.modify(reference, "capture", 100)
    merchant.modify(reference, "refund", 100)
    settle(merchant)
    assert receiver.names() == []
    assert merchant.control("webhooks/release", {"order": "reverse"}).json() == {"released": 2}
    settle(merchant)
    assert receiver.names() == ["REFUNDED", "CAPTURED"]
    outcomes = [item["outcome"] for item in merchant.call("GET", "/_sandbox/webhooks").json()]
    assert outcomes == ["lost", "delivered", "delivered", "delivered", "delivered"]
    assert merchant.control("webhooks", {"mode": "explode"}).status_code == 400


def test_a_reset_forgets_payments_and_deliveries_and_keeps_registrations_and_tokens(
    merchant: Merchant, receiver: Receiver
) -> None:
    register(merchant, receiver.url)
    reference = merchant.created()
    settle(merchant)
    assert merchant.control("reset", {}).status_code == 200
    assert merchant.call("GET", "/_sandbox/webhooks").json() == []
    assert merchant.call("GET", f"/_sandbox/payments/{reference}").status_code == 404
    merchant.created()
    settle(merchant)
    assert receiver.names() == ["CREATED", "CREATED"]


def test_a_reset_lets_a_delivery_under_way_finish_in_the_old_state(
    merchant: Merchant, receiver: Receiver
) -> None:
    register(merchant, receiver.url)
    seen: list[int] = []
    under_way = threading.Event()

    def take(headers: dict[str, str], body: bytes) -> int:
        assert headers
        under_way.set()
        time.sleep(0.3)
        reference = json.loads(body)["reference"]
        seen.append(merchant.get(f"/payments/{reference}").status_code)
        return 200

    receiver.take = take  # type: ignore[method-assign]
    merchant.created()
    assert under_way.wait(5)
    merchant.control("reset", {})
    assert seen == [200]


def test_a_receiver_may_ask_for_the_truth_before_it_answers(
    merchant: Merchant, receiver: Receiver
) -> None:
    register(merchant, receiver.url)
    seen: list[str] = []
    keep = receiver.take

    def take(headers: dict[str, str], body: bytes) -> int:
        reference = json.loads(body)["reference"]
        seen.append(merchant.get(f"/payments/{reference}").json()["state"])
        return keep(headers, body)

    receiver.take = take  # type: ignore[method-assign]
    merchant.authorized()
    settle(merchant)
    assert seen[-1] == "AUTHORIZED"
