"""/v1/webhooks/vipps: who is believed, what is stored, and what an event brings about."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from lib.inbound import service as inbound
from sandbox.simulators.vipps.webhooks import sign
from sandbox.world import World
from tests.postman import Postman, events
from tests.stage import Stage, rows, until


@pytest.fixture
def postman(world: World) -> Postman:
    path = "/v1/webhooks/vipps"

    def signed(secret: str, moment: datetime, body: bytes) -> dict[str, str]:
        return sign(secret, world.url + path, moment, body)

    secret = world.environment()["VIPPS_WEBHOOK_SECRET"]
    return Postman(
        world, path, secret, signed, ("authorization", "x_ms_date", "x_ms_content_sha256")
    )


def event(world: World, **changes: object) -> bytes:
    told = {
        "msn": world.environment()["VIPPS_MERCHANT_SERIAL_NUMBER"],
        "reference": "pur-00000000000000000000000000",
        "pspReference": "12345678901",
        "name": "CREATED",
        "amount": {"currency": "NOK", "value": 100},
        "timestamp": "2026-11-23T12:00:00.000Z",
        "idempotencyKey": "opn-1",
        "success": True,
        "sub": "8ac6d8a2-4f1e-4f6e-9a1b-0d7e1f8c2b11",
    }
    return json.dumps({**told, **changes}).encode()


def test_a_signed_event_is_stored_without_what_is_not_used_and_handled(
    world: World, postman: Postman
) -> None:
    answer = postman.bring(event(world))
    assert (answer.status, answer.json) == (200, {"received": True})
    until(lambda: events()[0]["handled_at"])
    stored = events()
    assert len(stored) == 1
    assert (stored[0]["source"], stored[0]["event_id"]) == ("vipps", "12345678901:CREATED")
    assert stored[0]["outcome"] == "unknown_reference"
    assert "8ac6d8a2" not in stored[0]["payload"]
    assert "opn-1" not in stored[0]["payload"]


def test_only_vipps_is_believed(world: World, postman: Postman) -> None:
    postman.is_on_guard(event(world))


def test_the_signature_is_taken_from_either_header(world: World, postman: Postman) -> None:
    body = event(world)
    proof = dict(postman.sign(postman.secret, world.clock.now(), body))["Authorization"]
    assert postman.bring(body, authorization=None, x_vipps_authorization=proof).status == 200
    false = proof[:-4] + "AAA="
    assert postman.bring(body, authorization=false, x_vipps_authorization=proof).status == 200


def test_a_signature_for_another_address_is_refused(world: World, postman: Postman) -> None:
    body = event(world)
    for url in (world.url + "/v1/webhooks/stripe", "https://elsewhere.example/v1/webhooks/vipps"):
        proof = sign(postman.secret, url, world.clock.now(), body)
        assert postman.refused(body, authorization=proof["Authorization"])


def test_an_event_for_another_merchant_is_received_and_not_stored(
    world: World, postman: Postman
) -> None:
    assert postman.bring(event(world, msn="999999")).status == 200
    assert events() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"not json",
        b'{"msn": 1}',
        b"\xff\xfe",
        b'{"reference": "' + b"x" * 5000 + b'"}',
    ],
)
def test_what_is_not_understood_is_received_so_that_later_events_come(
    postman: Postman, body: bytes
) -> None:
    assert postman.bring(body).status == 200
    assert events() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"pspReference": "ø" * 10},
        {"pspReference": ""},
        {"name": "Ødelagt"},
        {"reference": "a b c d e f g"},
        {"name": "A" * 21},
        {"timestamp": "yesterday"},
        {"amount": None},
    ],
)
def test_odd_values_are_received_and_not_stored(
    world: World, postman: Postman, changes: dict[str, object]
) -> None:
    assert postman.bring(event(world, **changes)).status == 200
    assert events() == []


def test_a_name_that_vipps_has_yet_to_invent_is_stored(world: World, postman: Postman) -> None:
    assert postman.bring(event(world, name="PARTLY_SETTLED", news={"a": [1]})).status == 200
    assert [each["kind"] for each in events()] == ["PARTLY_SETTLED"]


def test_a_body_that_is_too_large_is_refused(postman: Postman) -> None:
    answer = postman.bring(b"[" + b"1," * 600_000 + b"1]")
    assert (answer.status, answer.json["code"]) == (413, "too_large")
    assert events() == []


def test_an_event_that_comes_ten_times_at_once_is_stored_and_handled_once(
    world: World, postman: Postman
) -> None:
    body = event(world)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: postman.bring(body), range(10)))
    assert {answer.status for answer in answers} == {200}
    until(lambda: events()[0]["handled_at"])
    assert len(events()) == 1
    found = rows("SELECT topic, attempts FROM outbox")
    assert found == [{"topic": "inbound.handle", "attempts": 1}]


@pytest.mark.parametrize("order", ["reverse", "shuffle"])
def test_events_out_of_order_lead_to_the_same_end(stage: Stage, order: str) -> None:
    stage.vipps.webhooks("hold")
    session = stage.book().ask_to_pay()
    session.act("approve")
    stage.vipps.webhooks("deliver")
    stage.vipps.release(order)
    until(lambda: session.states == ("confirmed", "authorised"))
    stage.settle()
    assert {each["kind"] for each in events()} == {"CREATED", "AUTHORIZED"}
    assert {each["outcome"] for each in events()} == {"authorised"}


def test_any_event_can_be_handled_again_from_the_store(stage: Stage) -> None:
    session = stage.book().pay().capture()
    stage.settle()
    before = (stage.books(), len(rows("SELECT id FROM ledger_transfer")), session.states)
    asked = len(stage.tries("capture"))
    stored = events()
    assert {"CREATED", "AUTHORIZED", "CAPTURED"} <= {each["kind"] for each in stored}
    for each in stored * 2:
        inbound.handle(f"{each['source']}:{each['event_id']}", stage.now)
    assert (stage.books(), len(rows("SELECT id FROM ledger_transfer")), session.states) == before
    assert len(stage.tries("capture")) == asked


def test_a_forged_approval_moves_nothing(stage: Stage, postman: Postman) -> None:
    """Even signed, an event is a reason to look: what it claims is not believed."""
    stage.vipps.webhooks("lose")
    session = stage.book().ask_to_pay()
    body = event(stage.world, name="AUTHORIZED", reference=session.reference)
    assert postman.bring(body).status == 200
    stage.settle()
    assert [each["outcome"] for each in events()] == ["created"]
    assert session.states == ("awaiting_payment", "created")


def test_what_another_merchant_is_told_moves_nothing_and_is_logged(
    stage: Stage, postman: Postman
) -> None:
    session = stage.book().pay()
    stage.settle()
    before = (stage.books(), session.states, len(events()), logged(stage))
    for name in ("CAPTURED", "CANCELLED", "REFUNDED", "AUTHORIZED"):
        body = event(stage.world, msn="999999", reference=session.reference, name=name)
        assert postman.bring(body).status == 200
    stage.settle()
    until(lambda: logged(stage) == before[3] + 4)
    assert (stage.books(), session.states, len(events())) == before[:3]


def logged(stage: Stage) -> int:
    lines = stage.world.functions.logs()
    return sum("webhook_for_another_merchant" in line.text for line in lines)


def test_webhooks_that_are_replayed_move_nothing(stage: Stage, postman: Postman) -> None:
    """By somebody who kept them, as they came, or by Vipps, signed anew."""
    session = stage.book().pay().capture()
    stage.settle()
    stored = [each["payload"].encode() for each in events()]
    assert len(stored) >= 3
    before = (stage.books(), session.states, session.sums, events(), len(stage.tries("capture")))
    for payload in stored * 2:
        old = postman.bring(payload, age=timedelta(hours=1))
        assert (old.status, old.json["code"]) == (401, "signature_refused")
        assert postman.bring(payload).status == 200
    stage.settle()
    after = (stage.books(), session.states, session.sums, events(), len(stage.tries("capture")))
    assert after == before
