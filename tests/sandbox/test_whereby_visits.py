"""People in Whereby's rooms: who they are there, and what webhooks tell of them."""

import re
from datetime import timedelta

import pytest
import requests

from sandbox.clock import Clock
from sandbox.simulators.whereby import WherebySimulator, webhook
from tests.sandbox.receiver import Receiver
from tests.sandbox.whereby_house import SECRET, TIMEOUT, House


@pytest.fixture
def locked(whereby: WherebySimulator, receiver: Receiver) -> House:
    return House(whereby, receiver, isLocked=True)


def test_the_signature_is_the_one_that_the_receiver_computes() -> None:
    body = (
        b'{"id":"evt_1","apiVersion":"1.0","createdAt":"2026-01-01T00:00:00.000Z",'
        b'"type":"room.session.ended",'
        b'"data":{"meetingId":"134","roomName":"/abc","subdomain":"acme"}}'
    )
    assert webhook.signature("whereby-test-secret", 1767225600, body) == (
        "9a96bbf4ff244221099bf82b7e470658b536351c761b53e7028608a36073e497"
    )


def test_a_meeting_of_two_is_told_from_coming_to_going(house: House) -> None:
    ola, kari = house.host(), house.guest()
    house.leave(kari)
    house.leave(ola)
    assert house.receiver.types(6) == [
        "room.client.joined",
        "room.client.joined",
        "room.session.started",
        "room.client.left",
        "room.session.ended",
        "room.client.left",
    ]
    events = [item.json() for item in house.receiver.received]
    assert len({event["id"] for event in events}) == 6
    for event in events:
        assert set(event) == {"id", "apiVersion", "createdAt", "type", "data"}
        assert event["apiVersion"] == "1.0"
        assert event["data"]["meetingId"] == house.room["meetingId"]
        assert event["data"]["roomName"] == house.room["roomName"]
        assert event["data"]["subdomain"]


def test_a_join_says_who_came_in_which_role_and_who_is_there(house: House) -> None:
    house.host()
    kari = house.guest()
    data = house.receiver.wait(2)[1].json()["data"]
    assert data["participantId"] == kari["participantId"]
    assert (data["roleName"], data["externalId"]) == ("visitor", "per_kari")
    assert data["displayName"] == "Kari"
    assert data["numClients"] == 2
    assert data["numClientsByRoleName"] == {"host": 1, "visitor": 1}
    assert data["isDialIn"] is False
    assert data["roomSessionId"]


def test_every_delivery_is_signed_at_its_own_moment(house: House, clock: Clock) -> None:
    clock.advance(timedelta(minutes=30))
    house.host()
    delivery = house.receiver.wait(1)[0]
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", delivery.headers["whereby-signature"])
    assert found is not None
    assert found[2] == webhook.signature(SECRET, int(found[1]), delivery.body)
    assert abs(int(found[1]) - clock.now().timestamp()) < 10


def test_a_wrong_key_makes_a_visitor(house: House) -> None:
    person = house.enter(house.room["roomUrl"] + "?roomKey=guessed")
    assert person["roleName"] == "visitor"
    assert house.enter(house.room["viewerRoomUrl"])["roleName"] == "viewer"


@pytest.mark.parametrize(
    "query", ["externalId=has space", "externalId=" + "x" * 37, "displayName=a<b", "externalId="]
)
def test_a_bad_address_parameter_is_an_error(house: House, query: str) -> None:
    answer = house.control("POST", "visits", {"url": house.room["roomUrl"] + "?" + query})
    assert answer.status_code == 400


def test_a_visitor_of_a_locked_room_knocks_and_waits_for_the_host(locked: House) -> None:
    kari = locked.guest()
    assert kari["state"] == "knocking"
    locked.host()
    inside = locked.control("GET", f"visits/{kari['participantId']}").json()
    assert (inside["state"], inside["roleName"]) == ("inside", "granted_visitor")
    assert locked.receiver.types(4) == [
        "room.client.knocked",
        "room.client.joined",
        "room.client.joined",
        "room.session.started",
    ]
    knock = locked.receiver.received[0].json()["data"]
    assert "roleName" not in knock
    assert knock["externalId"] == "per_kari"


def test_a_host_who_is_there_lets_a_visitor_in(locked: House) -> None:
    locked.host()
    assert locked.guest()["roleName"] == "granted_visitor"


def test_a_test_may_let_somebody_in_without_a_host(locked: House) -> None:
    assert locked.guest(admit=True)["state"] == "inside"


def test_giving_up_knocking_is_told(locked: House) -> None:
    locked.leave(locked.guest())
    assert locked.receiver.types(2) == ["room.client.knocked", "room.client.knockCancelled"]


def test_a_room_that_is_deleted_sends_everyone_out_and_stays_shut(house: House) -> None:
    house.host()
    house.guest()
    house.api("DELETE", f"/v1/meetings/{house.room['meetingId']}")
    assert sorted(house.receiver.types(6)[3:]) == [
        "room.client.left",
        "room.client.left",
        "room.session.ended",
    ]
    gone = house.control("POST", "visits", {"url": house.room["roomUrl"]})
    assert gone.status_code == 410
    unknown = house.control("POST", "visits", {"url": house.whereby.base_url + "/never"})
    assert unknown.status_code == 404
    assert house.control("DELETE", "visits/nobody").status_code == 404


def test_webhooks_end_one_hour_after_the_end_date(house: House, clock: Clock) -> None:
    ola = house.host()
    clock.advance(timedelta(minutes=90))
    kari = house.guest()
    house.receiver.wait(3)
    clock.advance(timedelta(minutes=31))
    house.control("DELETE", f"visits/{kari['participantId']}")
    house.control("DELETE", f"visits/{ola['participantId']}")
    house.settle()
    assert len(house.receiver.received) == 3


@pytest.mark.parametrize(("answers", "attempts"), [([500, 503], 3), ([500] * 5, 3), ([404], 1)])
def test_only_server_errors_are_tried_again_and_only_twice(
    house: House, answers: list[int], attempts: int
) -> None:
    house.receiver.answers = answers
    house.host()
    house.receiver.wait(attempts)
    house.settle()
    assert len(house.receiver.received) == attempts
    assert len({item.body for item in house.receiver.received}) == 1
    (log,) = house.control("GET", "webhooks").json()
    assert log["attempts"] == attempts


def test_nothing_is_sent_where_the_dashboard_has_no_webhook(house: House) -> None:
    house.control("DELETE", "webhook")
    house.host()
    house.settle()
    assert house.receiver.received == []
    assert house.control("POST", "webhook", {"url": "http://127.0.0.1:9/"}).status_code == 400


def test_a_person_with_a_browser_can_join_and_leave(house: House) -> None:
    lobby = requests.get(house.room["hostRoomUrl"], timeout=TIMEOUT)
    assert lobby.status_code == 200
    assert '<html lang="nb">' in lobby.text
    inside = requests.post(house.room["hostRoomUrl"], timeout=TIMEOUT)
    assert "Du er i møtet" in inside.text
    person = re.search(r'name="participantId" value="([^"]+)"', inside.text)
    assert person is not None
    left = requests.post(
        house.room["roomUrl"] + "/leave", data={"participantId": person[1]}, timeout=TIMEOUT
    )
    assert left.status_code == 200
    assert house.receiver.types(2) == ["room.client.joined", "room.client.left"]


def test_a_reset_forgets_the_rooms_and_keeps_the_webhook(house: House) -> None:
    house.host()
    house.control("POST", "reset")
    assert house.api("GET", "/v1/meetings").json()["results"] == []
    assert house.whereby.webhook is not None
