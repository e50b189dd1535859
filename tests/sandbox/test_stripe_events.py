"""Stripe's events: signed, sent to whom they concern, kept to be fetched again."""

import time
from datetime import timedelta
from typing import Any

import pytest
import stripe

from sandbox.clock import Clock
from sandbox.simulators.stripe import signing
from tests.sandbox.receiver import Receiver
from tests.sandbox.stripe_client import Platform


def _endpoint(
    platform: Platform, url: str, *types: str, connect: bool = False
) -> stripe.WebhookEndpoint:
    wish: Any = {
        "url": url,
        "enabled_events": list(types) or ["*"],
        "connect": connect,
    }
    return platform.sdk.v1.webhook_endpoints.create(wish)


def _pay(platform: Platform, count: int = 1) -> list[str]:
    platform.fund(100 * count)
    mentor = platform.mentor()
    return [
        platform.transfer(mentor, 100, f"{mentor}-{number}").json()["id"] for number in range(count)
    ]


def test_the_official_library_accepts_the_signature(platform: Platform, receiver: Receiver) -> None:
    secret = _endpoint(platform, receiver.url, "transfer.created").secret
    assert secret is not None
    assert secret.startswith("whsec_")
    (transfer,) = _pay(platform)
    delivery = receiver.wait(1)[0]
    header = delivery.headers["stripe-signature"]
    event = platform.sdk.construct_event(delivery.body, header, secret)
    assert event.type == "transfer.created"
    assert event.data.object["id"] == transfer
    with pytest.raises(stripe.SignatureVerificationError):
        platform.sdk.construct_event(delivery.body + b" ", header, secret)
    with pytest.raises(stripe.SignatureVerificationError):
        platform.sdk.construct_event(delivery.body, header, "whsec_other")


def test_the_signature_is_that_of_the_official_library() -> None:
    ours = signing.signature("whsec_test", 1767225600, b'{"id":"evt_1"}')
    theirs = stripe.WebhookSignature.generate_signature_header(
        '{"id":"evt_1"}', "whsec_test", 1767225600
    )
    assert theirs == f"t=1767225600,v1={ours}"


def test_the_signature_is_dated_by_the_sandbox_clock(
    platform: Platform, receiver: Receiver, clock: Clock
) -> None:
    _endpoint(platform, receiver.url, "transfer.created")
    clock.advance(timedelta(days=365))
    _pay(platform)
    stamp = receiver.wait(1)[0].headers["stripe-signature"].split(",")[0]
    assert abs(int(stamp.removeprefix("t=")) - clock.now().timestamp()) < 10


def test_endpoints_hear_of_the_platform_or_of_connected_accounts_not_both(
    platform: Platform,
) -> None:
    with Receiver() as own, Receiver() as connect:
        _endpoint(platform, own.url)
        _endpoint(platform, connect.url, connect=True)
        _pay(platform)
        own.wait(1)
        connect.wait(3)
        platform.control("POST", "webhooks/settle")
        assert own.types(1) == ["transfer.created"]
        assert all("account" not in item.json() for item in own.received)
        assert set(connect.types(3)) == {
            "account.external_account.created",
            "capability.updated",
            "account.updated",
        }
        assert all(item.json()["account"].startswith("acct_") for item in connect.received)


def test_every_endpoint_signs_with_its_own_secret(platform: Platform) -> None:
    with Receiver() as first, Receiver() as second:
        secrets = [
            _endpoint(platform, item.url, "transfer.created").secret for item in (first, second)
        ]
        _pay(platform)
        assert secrets[0] != secrets[1]
        for receiver, secret in zip((first, second), secrets, strict=True):
            delivery = receiver.wait(1)[0]
            header = delivery.headers["stripe-signature"]
            event = platform.sdk.construct_event(delivery.body, header, str(secret))
            assert event.type == "transfer.created"


def test_a_payload_has_the_api_version_of_its_endpoint(
    platform: Platform, receiver: Receiver
) -> None:
    platform.sdk.v1.webhook_endpoints.create(
        {
            "url": receiver.url,
            "enabled_events": ["transfer.created"],
            "api_version": "2026-06-24.dahlia",
        }
    )
    _pay(platform)
    assert receiver.wait(1)[0].json()["api_version"] == "2026-06-24.dahlia"


def test_an_event_names_the_request_that_caused_it(platform: Platform, receiver: Receiver) -> None:
    _endpoint(platform, receiver.url, "transfer.created")
    platform.fund(100)
    answer = platform.transfer(platform.mentor(), 100, "payout-1")
    request = receiver.wait(1)[0].json()["request"]
    assert request == {"id": answer.headers["Request-Id"], "idempotency_key": "payout-1"}


def test_changes_of_transfers_and_payouts_are_told(platform: Platform) -> None:
    with Receiver() as own, Receiver() as connect:
        _endpoint(platform, own.url)
        _endpoint(
            platform, connect.url, "payout.created", "payout.paid", "payout.failed", connect=True
        )
        (transfer,) = _pay(platform)
        mentor = platform.sdk.v1.transfers.retrieve(transfer).destination
        platform.sdk.v1.transfers.update(transfer, {"metadata": {"a": "b"}})
        context = stripe.RequestOptions(stripe_account=str(mentor))
        payout = platform.sdk.v1.payouts.create({"amount": 10, "currency": "nok"}, context)
        platform.control("POST", f"payouts/{payout.id}", {"action": "pay"})
        platform.control("POST", f"payouts/{payout.id}", {"action": "fail"})
        platform.sdk.v1.transfers.reversals.create(transfer, {"amount": 10})
        assert own.types(3) == ["transfer.created", "transfer.updated", "transfer.reversed"]
        assert connect.types(3) == ["payout.created", "payout.paid", "payout.failed"]


def test_a_refused_delivery_is_tried_again_and_a_redirect_is_a_refusal(
    platform: Platform, receiver: Receiver
) -> None:
    _endpoint(platform, receiver.url, "transfer.created")
    receiver.answers = [500, 302, 404]
    _pay(platform)
    deliveries = receiver.wait(4)
    assert len({item.body for item in deliveries}) == 1
    platform.control("POST", "webhooks/settle")
    (log,) = platform.control("GET", "webhooks")
    assert (log["outcome"], log["attempts"], log["event"]) == ("delivered", 4, "transfer.created")


def test_events_can_be_repeated_held_reordered_and_lost(
    platform: Platform, receiver: Receiver
) -> None:
    _endpoint(platform, receiver.url, "transfer.created")
    platform.control("POST", "webhooks", {"mode": "repeat"})
    _pay(platform)
    first, second = receiver.wait(2)
    assert first.json()["id"] == second.json()["id"]
    platform.control("POST", "webhooks", {"mode": "hold"})
    made = _pay(platform, 3)
    assert len(receiver.received) == 2
    platform.control("POST", "webhooks/release", {"order": "reverse"})
    arrived = [item.json()["data"]["object"]["id"] for item in receiver.wait(5)[2:]]
    assert arrived == made[::-1]
    platform.control("POST", "webhooks", {"mode": "lose"})
    _pay(platform)
    platform.control("POST", "webhooks/settle")
    assert len(receiver.received) == 5


def test_what_was_never_delivered_is_found_by_listing(
    platform: Platform, receiver: Receiver
) -> None:
    _endpoint(platform, receiver.url, "transfer.created")
    _pay(platform)
    receiver.wait(1)
    platform.control("POST", "webhooks", {"mode": "lose"})
    (lost,) = _pay(platform)
    platform.control("POST", "webhooks/settle")
    missed = platform.sdk.v1.events.list({"delivery_success": False, "type": "transfer.*"}).data
    assert [item.data.object["id"] for item in missed] == [lost]
    assert missed[0].pending_webhooks == 1
    fine = platform.sdk.v1.events.list({"delivery_success": True, "type": "transfer.created"}).data
    assert len(fine) == 1
    assert platform.sdk.v1.events.retrieve(missed[0].id).id == missed[0].id


def test_events_are_paged_from_both_sides_and_filtered_by_type(platform: Platform) -> None:
    _pay(platform, 3)
    events = platform.sdk.v1.events
    newest, middle, oldest = events.list({"types": ["transfer.created"]}).data
    assert [item.id for item in events.list({"ending_before": middle.id}).data] == [newest.id]
    assert [item.id for item in events.list({"starting_after": middle.id}).data] == [oldest.id]
    assert events.list({"type": "payout.paid"}).data == []
    assert platform.raw("GET", "/v1/events?type=a&types[]=b").status_code == 400


def test_events_of_a_connected_account_are_listed_in_its_name(platform: Platform) -> None:
    mentor = platform.mentor()
    assert platform.sdk.v1.events.list({"type": "account.updated"}).data == []
    theirs = platform.sdk.v1.events.list(
        {"type": "account.updated"}, {"stripe_account": mentor}
    ).data
    assert [item.account for item in theirs] == [mentor]


def test_an_event_can_be_fetched_for_30_days(platform: Platform, clock: Clock) -> None:
    _pay(platform)
    (event,) = platform.sdk.v1.events.list().data
    clock.advance(timedelta(days=29))
    assert platform.sdk.v1.events.retrieve(event.id).id == event.id
    clock.advance(timedelta(days=2))
    with pytest.raises(stripe.InvalidRequestError):
        platform.sdk.v1.events.retrieve(event.id)
    assert platform.sdk.v1.events.list().data == []


def test_an_endpoint_shows_its_secret_only_once(platform: Platform, receiver: Receiver) -> None:
    made = _endpoint(platform, receiver.url)
    endpoints = platform.sdk.v1.webhook_endpoints
    assert "secret" not in endpoints.retrieve(made.id).to_dict()
    assert "secret" not in endpoints.list().data[0].to_dict()


def test_a_disabled_or_deleted_endpoint_hears_nothing(
    platform: Platform, receiver: Receiver
) -> None:
    endpoints = platform.sdk.v1.webhook_endpoints
    disabled = _endpoint(platform, receiver.url)
    assert endpoints.update(disabled.id, {"disabled": True}).status == "disabled"
    deleted = _endpoint(platform, receiver.url)
    assert endpoints.delete(deleted.id).to_dict()["deleted"] is True
    _pay(platform)
    time.sleep(0.2)
    assert receiver.received == []


@pytest.mark.parametrize(
    "form",
    [
        {"url": "http://127.0.0.1:9/"},
        {"enabled_events[]": "*"},
        {"url": "nowhere", "enabled_events[]": "*"},
        {"url": "http://127.0.0.1:9/", "enabled_events[]": "transfer.paid"},
        {"url": "http://127.0.0.1:9/", "enabled_events[]": "Everything!"},
        {"url": "http://127.0.0.1:9/", "enabled_events[]": "*", "api_version": "new"},
        {"url": "http://127.0.0.1:9/", "enabled_events[]": "*", "connect": "yes"},
    ],
)
def test_an_endpoint_that_could_never_work_is_refused(
    platform: Platform, form: dict[str, str]
) -> None:
    assert platform.raw("POST", "/v1/webhook_endpoints", form).status_code == 400


def test_deauthorizing_leaves_no_events_behind_that_nobody_may_read(platform: Platform) -> None:
    mentor = platform.mentor()
    platform.control("POST", f"accounts/{mentor}", {"action": "deauthorize"})
    with pytest.raises(stripe.PermissionError):
        platform.sdk.v1.events.list(None, {"stripe_account": mentor})
