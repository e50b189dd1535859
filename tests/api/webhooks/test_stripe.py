"""/v1/webhooks/stripe: who is believed, what is stored, and what an event brings about."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lib.inbound import service as inbound
from lib.providers.stripe import checkout, client
from sandbox.simulators.stripe.signing import headers
from sandbox.world import World
from tests.postman import Postman, events
from tests.rails import STRIPE
from tests.stage import Stage, rows, until


@pytest.fixture(params=[0, 1], ids=["own account", "connected accounts"])
def postman(world: World, request: pytest.FixtureRequest) -> Postman:
    """One for each of the two endpoints, whose secrets differ."""
    secrets = world.environment()["STRIPE_WEBHOOK_SECRETS"].split(",")
    assert len(set(secrets)) == 2
    secret = secrets[request.param]
    return Postman(world, "/v1/webhooks/stripe", secret, headers, ("stripe_signature",))


def event(**changes: object) -> bytes:
    told = {
        "id": "evt_1",
        "object": "event",
        "type": "account.updated",
        "account": "acct_of_nobody",
        "livemode": False,
        "data": {"object": {"id": "acct_of_nobody", "email": "ola@example.no"}},
    }
    return json.dumps({**told, **changes}).encode()


def test_a_signed_event_is_stored_without_its_object_and_handled(postman: Postman) -> None:
    answer = postman.bring(event())
    assert (answer.status, answer.json) == (200, {"received": True})
    until(lambda: events()[0]["handled_at"])
    stored = events()
    assert [(each["source"], each["event_id"]) for each in stored] == [("stripe", "evt_1")]
    assert stored[0]["outcome"] == "unknown_account"
    assert "ola@example.no" not in stored[0]["payload"]


def test_only_stripe_is_believed(postman: Postman) -> None:
    postman.is_on_guard(event())


def test_several_signatures_are_tried_and_a_second_time_is_refused(postman: Postman) -> None:
    body = event()
    right = headers(postman.secret, postman.world.clock.now(), body)["Stripe-Signature"]
    moment, v1, v0 = right.split(",")
    assert postman.refused(body, stripe_signature=f"{moment},{moment},{v1}")
    assert postman.refused(body, stripe_signature=f"{moment},{v0}")  # v0 is never believed
    assert postman.refused(body, stripe_signature=f"{moment},{v1.upper()}")
    for padding in ("x" * 20, "v1=0", "v2=1,v3=2"):
        given = f"{moment},v1={'0' * 64},{padding},{v1}"
        assert postman.bring(body, stripe_signature=given).status == 200


def test_an_event_of_the_other_mode_is_received_and_not_stored(postman: Postman) -> None:
    assert postman.bring(event(livemode=True)).status == 200
    assert events() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"not json",
        b"\xff",
        event(id="ch_1"),
        event(id="evt_ø"),
        event(id="evt_" + "1" * 97),
        event(type="ø"),
        event(type=""),
        event(livemode=None),
        event(data=None),
        event(account="a" * 65),
    ],
)
def test_what_is_not_understood_is_received_and_not_stored(postman: Postman, body: bytes) -> None:
    assert postman.bring(body).status == 200
    assert events() == []


def test_an_event_that_comes_ten_times_at_once_is_stored_and_handled_once(
    postman: Postman,
) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: postman.bring(event()), range(10)))
    assert {answer.status for answer in answers} == {200}
    until(lambda: events()[0]["handled_at"])
    assert len(events()) == 1
    assert rows("SELECT attempts FROM outbox") == [{"attempts": 1}]


def test_an_event_that_is_nobodys_is_stored_and_ignored(postman: Postman) -> None:
    assert postman.bring(event(account=None, type="customer.created")).status == 200
    until(lambda: events()[0]["handled_at"])
    assert events()[0]["outcome"] == "ignored"


def test_an_event_about_a_payout_of_our_own_is_about_no_mentor(postman: Postman) -> None:
    assert postman.bring(event(account=None, type="payout.paid")).status == 200
    until(lambda: events()[0]["handled_at"])
    assert events()[0]["outcome"] == "unknown_account"


OWN_KINDS = (
    "checkout.session.completed",
    "payment_intent.succeeded",
    "charge.dispute.created",
    "refund.failed",
    "transfer.reversed",
)


@pytest.mark.parametrize("kind", OWN_KINDS)
def test_what_a_mentors_account_does_with_money_is_not_what_ours_does(
    postman: Postman, kind: str
) -> None:
    assert postman.bring(event(type=kind)).status == 200
    assert events() == []
    assert postman.bring(event(type=kind, account=None)).status == 200
    assert [each["kind"] for each in events()] == [kind]


def test_of_a_payment_only_what_it_belongs_to_is_kept(stage: Stage) -> None:
    stage.stripe.control("POST", "balance", {"amount": 100})
    account_id = stage.onboard()
    client.transfer(amount_ore=100, destination=account_id, group="pyt_1", operation_id="op_1")
    session = checkout.create(
        checkout.Wanted(
            purchase_id="pur_1",
            amount_ore=90_000,
            title="En time om ledelse",
            success_url="https://app.example.no/done",
            cancel_url="https://app.example.no/back",
            expires_at=stage.now + checkout.SHORTEST,
        ),
        operation_id="op_2",
    )
    paid = {"action": "pay", "email": "kari@example.no"}
    stage.stripe.control("POST", f"checkout/{session.session_id}", paid)
    stage.settle()
    stored = {each["kind"]: json.loads(each["payload"]) for each in events()}
    intent = checkout.find(str(session.session_id)).intent_id
    assert stored["checkout.session.completed"]["data"]["object"] == {
        "id": session.session_id,
        "object": "checkout.session",
        "payment_intent": intent,
        "client_reference_id": "pur_1",
        "transfer_group": None,
    }
    assert stored["payment_intent.amount_capturable_updated"]["data"]["object"]["id"] == intent
    assert stored["transfer.created"]["data"]["object"]["transfer_group"] == "pyt_1"
    assert "kari@example.no" not in "".join(each["payload"] for each in events())
    ours = {"checkout.session.completed", "transfer.created"}
    outcomes = {each["outcome"] for each in events() if each["kind"] in ours}
    assert outcomes == {"unknown_reference", "unknown_transfer"}


@pytest.mark.parametrize("mode", ["repeat", "reverse"])
def test_events_twice_or_out_of_order_end_in_what_stripe_says_now(stage: Stage, mode: str) -> None:
    stage.stripe.webhooks("repeat" if mode == "repeat" else "hold")
    account_id = stage.open_account()
    for action in ("require_action", "complete_onboarding"):
        stage.stripe.control("POST", f"accounts/{account_id}", {"action": action})
    if mode != "repeat":
        stage.stripe.webhooks("deliver")
        stage.stripe.release(mode)
    stage.settle()
    assert stage.account["state"] == "ready"
    assert len({each["event_id"] for each in events()}) == len(events())


def test_any_event_can_be_handled_again_from_the_store(stage: Stage) -> None:
    account_id = stage.onboard()
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "deauthorize"})
    until(lambda: stage.account["state"] == "closed")
    stage.settle()
    for each in events() * 2:
        inbound.handle(f"stripe:{each['event_id']}", stage.now)
    assert stage.account["state"] == "closed"  # older events are no reason to open it again


def test_the_end_of_our_access_is_seen_though_the_event_that_told_of_it_was_lost(
    stage: Stage,
) -> None:
    account_id = stage.onboard()
    stage.settle()
    stage.stripe.webhooks("lose")
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "deauthorize"})
    assert stage.account["state"] == "ready"
    inbound.handle(f"stripe:{events()[0]['event_id']}", stage.now)
    assert stage.account["state"] == "closed"


def test_stripe_silent_when_an_event_comes_is_asked_again_later(stage: Stage) -> None:
    account_id = stage.open_account()
    stage.settle()
    stage.stripe.order("fail", "GET", f"/v1/accounts/{account_id}", status=500, times=20)
    stage.stripe.control("POST", f"accounts/{account_id}", {"action": "complete_onboarding"})
    stage.settle()
    assert stage.account["state"] == "onboarding"
    stage.stripe.control("DELETE", "faults")
    stage.jump(timedelta(seconds=10))
    assert stage.cron("outbox")["failed"] == 0
    assert stage.account["state"] == "ready"


def test_webhooks_that_are_replayed_move_nothing(stage: Stage, postman: Postman) -> None:
    stage.rail = STRIPE
    session = stage.book().pay().capture()
    stage.settle()
    stored = [each["payload"].encode() for each in events() if each["source"] == "stripe"]
    assert stored
    before = (stage.books(), session.states, session.sums, len(events()))
    for payload in stored * 2:
        assert postman.bring(payload, age=timedelta(hours=1)).status == 401
        assert postman.bring(payload).status == 200
    stage.settle()
    assert (stage.books(), session.states, session.sums, len(events())) == before


def test_what_another_account_is_told_of_our_payment_moves_nothing_and_is_logged(
    stage: Stage, postman: Postman
) -> None:
    stage.rail = STRIPE
    session = stage.book().pay()
    stage.settle()
    ours = [json.loads(each["payload"]) for each in events() if "session" in each["kind"]]
    assert ours
    before = (stage.books(), session.states, len(events()), logged(stage))
    for told in ours:
        theirs = {**told, "id": "evt_of_theirs", "account": "acct_of_nobody"}
        assert postman.bring(json.dumps(theirs).encode()).status == 200
    stage.settle()
    until(lambda: logged(stage) == before[3] + len(ours))
    assert (stage.books(), session.states, len(events())) == before[:3]


def logged(stage: Stage) -> int:
    lines = stage.world.functions.logs()
    return sum("webhook_of_other_account" in line.text for line in lines)
