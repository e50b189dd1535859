"""/v1/webhooks/whereby: who is believed and what is stored; faults/test_attendance.py has more."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.simulators.whereby.webhook import headers
from sandbox.world import World
from tests.postman import Postman, events
from tests.stage import rows, until


@pytest.fixture
def postman(world: World) -> Postman:
    secret = world.environment()["WHEREBY_WEBHOOK_SECRET"]
    return Postman(world, "/v1/webhooks/whereby", secret, headers, ("whereby_signature",))


def event(data: object = None, **changes: object) -> bytes:
    about = {
        "meetingId": "1",
        "roomName": "/session-1",
        "roomSessionId": "3b6c9d2e",
        "participantId": "p1",
        "externalId": "att_1",
        "displayName": "Kari Solberg",
        "roleName": "visitor",
    }
    told = {
        "id": "a1",
        "apiVersion": "1.0",
        "createdAt": "2026-11-23T12:00:00.000Z",
        "type": "room.client.joined",
        "data": about if data is None else data,
    }
    return json.dumps({**told, **changes}).encode()


def test_a_signed_event_is_stored_without_the_names_people_show(postman: Postman) -> None:
    answer = postman.bring(event())
    assert (answer.status, answer.json) == (200, {"received": True})
    until(lambda: events()[0]["handled_at"])
    stored = events()
    assert [(each["source"], each["event_id"]) for each in stored] == [("whereby", "a1")]
    assert stored[0]["outcome"] == "unknown_participant"
    assert "Kari" not in stored[0]["payload"]
    assert "3b6c9d2e" not in stored[0]["payload"]
    assert rows("SELECT event_id FROM attendance") == []


def test_only_whereby_is_believed(postman: Postman) -> None:
    postman.is_on_guard(event())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"not json",
        b"\xff",
        event(id=""),
        event(id="ø"),
        event(id="1" * 101),
        event(createdAt="soon"),
        event(type="ø"),
        event(data=[]),
        event(data={"participantId": "p" * 65}),
        event(data={"roomName": 7}),
    ],
)
def test_what_is_not_understood_is_received_and_not_stored(postman: Postman, body: bytes) -> None:
    assert postman.bring(body).status == 200
    assert events() == []


@pytest.mark.parametrize(
    "kind", ["room.session.started", "room.session.ended", "assistant.requested", "news"]
)
def test_events_that_prove_nothing_are_stored_and_ignored(postman: Postman, kind: str) -> None:
    assert postman.bring(event(data={"meetingId": "1"}, type=kind)).status == 200
    until(lambda: events()[0]["handled_at"])
    assert events()[0]["outcome"] == "ignored"


def test_an_event_that_comes_ten_times_at_once_is_stored_and_handled_once(
    postman: Postman,
) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: postman.bring(event()), range(10)))
    assert {answer.status for answer in answers} == {200}
    until(lambda: events()[0]["handled_at"])
    assert len(events()) == 1
    assert rows("SELECT attempts FROM outbox") == [{"attempts": 1}]
