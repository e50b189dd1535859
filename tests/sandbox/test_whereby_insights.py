"""What Whereby's Insights knows of a meeting, ten minutes after it happened."""

from datetime import timedelta

from sandbox.clock import Clock
from tests.sandbox.whereby_house import House


def test_insights_know_who_was_there_ten_minutes_later(house: House, clock: Clock) -> None:
    name = house.room["roomName"]
    ola, kari = house.host(), house.guest()
    clock.advance(timedelta(minutes=9))
    assert house.insights("room-sessions", roomName=name) == []
    clock.advance(timedelta(minutes=51))
    house.leave(kari)
    house.leave(ola)
    (running,) = house.insights("room-sessions", roomName=name)
    assert running["endedAt"] is None
    clock.advance(timedelta(minutes=11))
    (session,) = house.insights("room-sessions", roomName=name.lstrip("/"))
    assert session["endedAt"] is not None
    assert session["totalUniqueParticipants"] == 2
    assert session["totalParticipantMinutes"] in (120, 121, 122)
    people = house.insights("participants", roomSessionId=session["roomSessionId"])
    assert {(one["externalId"], one["roleName"]) for one in people} == {
        ("per_ola", "host"),
        ("per_kari", "visitor"),
    }
    assert all(one["joinedAt"] < one["leftAt"] for one in people)
    mine = house.insights("participants", externalId="per_kari", sortBy="joinedAt:desc")
    assert [one["participantId"] for one in mine] == [kari["participantId"]]


def test_insights_outlive_the_room(house: House, clock: Clock) -> None:
    house.host()
    house.api("DELETE", f"/v1/meetings/{house.room['meetingId']}")
    clock.advance(timedelta(minutes=11))
    assert len(house.insights("room-sessions", roomName=house.room["roomName"])) == 1


def test_insights_ask_for_a_room_a_session_or_a_person(house: House) -> None:
    for path in (
        "room-sessions",
        "participants",
        "participants?roomSessionId=x&sortBy=age",
        "participants?roomSessionId=x&limit=101",
    ):
        assert house.api("GET", f"/v1/insights/{path}").status_code == 400


def test_coming_back_after_a_session_ended_begins_another(house: House, clock: Clock) -> None:
    house.host()
    house.leave(house.guest())
    clock.advance(timedelta(minutes=5))
    house.guest()
    clock.advance(timedelta(minutes=11))
    first, second = house.insights("room-sessions", roomName=house.room["roomName"])
    assert first["roomSessionId"] != second["roomSessionId"]
    assert second["totalUniqueParticipants"] == 2
    stays = house.insights("participants", externalId="per_ola")
    assert [stay["roomSessionId"] for stay in stays] == [
        first["roomSessionId"],
        second["roomSessionId"],
    ]
    assert stays[0]["leftAt"] == first["endedAt"]
    types = house.receiver.types(7)
    assert types.count("room.session.started") == 2
