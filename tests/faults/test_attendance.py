"""Who was in the room: Whereby's events as they come, late, twice, not at all, or made up."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from lib.core.db import transact
from lib.inbound import service as inbound
from lib.meetings import attendance, rooms
from lib.scheduling import service as scheduling
from tests.stage import PRICE_ORE, Session, Stage, at_once, change, rows, until

ROOMS = "/v1/meetings"


def noted() -> list[tuple[str, str]]:
    """Who joined and left; that a mentee knocks at a locked door goes without saying."""
    found = rows(
        "SELECT role, step FROM attendance WHERE step <> 'knocked' ORDER BY occurred_at, event_id"
    )
    return [(each["role"], each["step"]) for each in found]


def delivery() -> dict[str, Any]:
    return rows("SELECT is_delivered, ground, overlap_seconds FROM delivery")[0]


def settle(stage: Stage, session: Session, after: timedelta = timedelta(minutes=15)) -> int:
    stage.jump_to(session.ends_at + after)
    return int(stage.cron("meetings")["settled"])


@pytest.mark.parametrize("mode", ["repeat", "shuffle"])
def test_events_that_come_twice_or_out_of_order_prove_the_same(stage: Stage, mode: str) -> None:
    session = stage.book().pay()
    stage.whereby.webhooks("repeat" if mode == "repeat" else "hold")
    stage.jump_to(session.starts_at)
    visits = [session.enter(person) for person in (stage.mentor, stage.mentee)]
    if mode == "shuffle":  # signed when it is sent: what was held must still be sent in time
        stage.world.clock.set_to(session.ends_at)
    else:
        stage.jump_to(session.ends_at)
    for participant in visits:
        session.leave(participant)
    if mode == "shuffle":
        stage.whereby.webhooks("deliver")
        stage.whereby.release("shuffle")
    stage.settle()
    assert sorted(noted()) == [(r, s) for r in ("mentee", "mentor") for s in ("joined", "left")]
    assert settle(stage, session) == 1
    assert delivery()["ground"] == "overlap"
    assert 3590 <= delivery()["overlap_seconds"] <= 3610
    until(lambda: session.states == ("completed", "captured"))


def test_a_leaving_that_is_never_told_and_a_second_coming(stage: Stage) -> None:
    session = stage.book().pay()
    stage.jump_to(session.starts_at)
    session.enter(stage.mentor)
    first = session.enter(stage.mentee)
    stage.jump_to(session.starts_at + timedelta(minutes=4))
    session.leave(first)
    stage.jump_to(session.starts_at + timedelta(minutes=52))
    second = session.enter(stage.mentee)
    stage.jump_to(session.starts_at + timedelta(minutes=59))
    stage.whereby.webhooks("lose")
    session.leave(second)
    assert settle(stage, session) == 1
    assert delivery()["ground"] == "overlap"
    assert abs(delivery()["overlap_seconds"] - 12 * 60) < 10  # 4, then 8 to the end


def test_lost_webhooks_leave_it_to_the_mentees_word(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    stage.whereby.webhooks("lose")
    session.meet()
    assert stage.cron("meetings")["settled"] == 0
    assert session.states == ("confirmed", "authorised")
    answer = stage.mentee.post(f"/v1/bookings/{session.booking_id}/delivery")
    assert answer.json["ground"] == "mentee_word"
    until(lambda: session.states == ("completed", "captured"))


def test_without_any_word_for_a_day_the_money_goes_back(stage: Stage) -> None:
    session = stage.book().pay()
    day = timedelta(hours=24)
    assert settle(stage, session, day - timedelta(seconds=30)) == 0
    assert settle(stage, session, day) == 1
    assert delivery() == {"is_delivered": False, "ground": "no_evidence", "overlap_seconds": 0}
    until(lambda: session.states == ("undelivered", "released"))
    answer = stage.mentee.post(f"/v1/bookings/{session.booking_id}/delivery")
    assert (answer.status, answer.json["code"]) == (409, "not_confirmable")


INSIGHTS = "/v1/insights/participants"
DAY = timedelta(hours=24)


def test_an_hour_whose_events_were_all_lost_is_found_at_whereby_before_it_counts_as_not_given(
    stage: Stage,
) -> None:
    session = stage.book().pay()
    stage.settle()
    stage.whereby.webhooks("lose")
    session.meet()
    assert stage.cron("meetings")["settled"] == 0
    assert stage.whereby.requests("GET", INSIGHTS) == []  # the mentee may still say so
    assert settle(stage, session, DAY) == 1
    assert delivery()["ground"] == "overlap"
    assert 3500 <= delivery()["overlap_seconds"] <= 3700
    until(lambda: session.states == ("completed", "captured"))
    assert len(stage.whereby.requests("GET", INSIGHTS)) == 2
    assert sorted(noted()) == [(r, s) for r in ("mentee", "mentor") for s in ("joined", "left")]


def test_a_mentor_who_came_unheard_of_is_paid_and_a_visitor_with_their_key_is_not(
    stage: Stage,
) -> None:
    waited, false = stage.book(0).pay(), stage.book(2).pay()
    stage.settle()
    stage.whereby.webhooks("lose")
    stage.jump_to(waited.starts_at)
    mentor = waited.enter(stage.mentor)
    stage.jump_to(waited.starts_at + timedelta(minutes=20))
    waited.leave(mentor)
    stage.jump_to(false.starts_at)
    keys = rows(
        "SELECT mentor_key, mentee_key FROM meeting WHERE booking_id = %(id)s",
        {"id": false.booking_id},
    )[0]
    url = false.way_in(stage.mentee).json["url"].replace(keys["mentee_key"], keys["mentor_key"])
    visit = stage.whereby.control("POST", "visits", {"url": url, "admit": True})
    stage.jump_to(false.ends_at)
    false.leave(visit["participantId"])
    assert settle(stage, false, DAY) == 2
    found = rows("SELECT booking_id, ground FROM delivery")
    assert {each["booking_id"]: each["ground"] for each in found} == {
        waited.booking_id: "mentee_absent",
        false.booking_id: "no_evidence",
    }


def test_while_whereby_does_not_answer_nothing_is_decided_but_not_for_ever(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    stage.whereby.order("fail", "GET", INSIGHTS, status=500, times=None)
    assert settle(stage, session, DAY) == 0
    assert settle(stage, session, DAY + timedelta(hours=11)) == 0
    assert session.states == ("confirmed", "authorised")
    assert settle(stage, session, DAY + timedelta(hours=12)) == 1
    assert delivery()["ground"] == "no_evidence"


def test_a_mentor_who_waited_is_paid_and_one_who_did_not_come_is_not(stage: Stage) -> None:
    waited, missed = stage.book(0).pay(), stage.book(2).pay()
    stage.jump_to(waited.starts_at)
    mentor = waited.enter(stage.mentor)
    stage.jump_to(waited.starts_at + timedelta(minutes=20))
    waited.leave(mentor)
    assert settle(stage, waited) == 1
    assert delivery()["ground"] == "mentee_absent"
    until(lambda: waited.states == ("completed", "captured"))
    stage.jump_to(missed.starts_at)
    url = missed.way_in(stage.mentee).json["url"]
    visit = stage.whereby.control("POST", "visits", {"url": url, "admit": True})
    stage.jump_to(missed.starts_at + timedelta(minutes=30))
    missed.leave(visit["participantId"])
    assert settle(stage, missed) == 0  # the mentee may still say that they met elsewhere
    assert settle(stage, missed, timedelta(hours=24)) == 1
    found = rows("SELECT ground FROM delivery WHERE booking_id = %(id)s", {"id": missed.booking_id})
    assert found == [{"ground": "mentor_absent"}]
    until(lambda: missed.states == ("undelivered", "released"))


def test_a_mentee_with_the_mentors_name_tag_is_not_the_mentor(stage: Stage) -> None:
    """Whoever knows the mentor's key but not the host's door key comes in as a visitor."""
    session = stage.book().pay()
    stage.jump_to(session.starts_at)
    keys = rows("SELECT mentor_key, mentee_key FROM meeting")[0]
    url = session.way_in(stage.mentee).json["url"]
    false = url.replace(keys["mentee_key"], keys["mentor_key"])
    for address in (false, url, url.replace(keys["mentee_key"], "att_somebody_else")):
        stage.whereby.control("POST", "visits", {"url": address, "admit": True})
    stage.settle()
    assert noted() == [("mentee", "joined")]
    outcomes = rows("SELECT outcome FROM inbound_event WHERE kind = 'room.client.joined'")
    assert sorted(each["outcome"] for each in outcomes) == [
        "noted",
        "unknown_participant",
        "unknown_participant",
    ]


def event(number: int, role_name: str, external_id: str, at: datetime, room: str) -> str:
    return (
        f'{{"id": "evt_{number}", "createdAt": "{at.isoformat()}", "type": "room.client.joined",'
        f' "data": {{"roomName": "{room}", "participantId": "p{number}",'
        f' "externalId": "{external_id}", "roleName": "{role_name}"}}}}'
    )


def test_machines_and_other_rooms_are_nobodys_attendance(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    found = rows("SELECT mentor_key, mentee_key, room_name FROM meeting")[0]
    told = [
        event(1, "recorder", found["mentee_key"], session.starts_at, found["room_name"]),
        event(2, "streamer", found["mentor_key"], session.starts_at, found["room_name"]),
        event(3, "host", found["mentor_key"], session.starts_at, "/another-room"),
        event(4, "host", found["mentee_key"] + "x", session.starts_at, found["room_name"]),
        event(5, "host", found["mentor_key"], session.starts_at, found["room_name"]),
    ]
    for number, payload in enumerate(told, 1):
        transact(
            lambda db, number=number, payload=payload: inbound.receive(  # type: ignore[misc]
                db,
                source="whereby",
                event_id=f"evt_{number}",
                kind="room.client.joined",
                payload=payload,
                now=stage.now,
            )
        )
        inbound.handle(f"whereby:evt_{number}", stage.now)
        inbound.handle(f"whereby:evt_{number}", stage.now)  # replayed from the store
    assert noted() == [("mentor", "joined")]


def test_sessions_that_can_not_be_decided_yet_do_not_hold_up_the_rest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "_BATCH", 2)
    sessions = []
    for hours in range(7):
        sessions.append(stage.book(hours))
        change("UPDATE booking SET state = 'confirmed'")
    last = max(sessions, key=lambda session: session.booking_id)
    now = last.ends_at + timedelta(minutes=10)
    for role in ("mentor", "mentee"):
        change(
            "INSERT INTO attendance"
            " (event_id, booking_id, role, participant_id, step, occurred_at)"
            " VALUES (%(role)s, %(booking_id)s, %(role)s, %(role)s, 'joined', %(at)s)",
            {"role": role, "booking_id": last.booking_id, "at": last.starts_at},
        )
    stage.world.clock.set_to(now)
    assert attendance.settle_ended(now, now - timedelta(seconds=1)) == 0  # no time left
    assert attendance.settle_ended(now, stage.deadline) == 1
    assert last.booking["state"] == "completed"

    def page(after: str) -> list[str]:
        found = transact(
            lambda db: scheduling.ended_unsettled(db, before=now, after=after, limit=4)
        )
        return [booking.id for booking in found]

    waiting = sorted(each.booking_id for each in sessions if each is not last)
    assert page("") == waiting[:4]
    assert page(waiting[3]) == waiting[4:]


def test_a_room_whose_making_was_not_answered_is_made_again(stage: Stage) -> None:
    stage.whereby.order("hang_up_after", "POST", ROOMS)
    session = stage.book().pay()
    stage.jump(timedelta(seconds=5))
    assert stage.cron("outbox")["delivered"] >= 1
    stage.jump_to(session.starts_at)
    room = urlless(session.way_in(stage.mentor).json["url"])
    made = stage.whereby.control("GET", "meetings")
    assert len(made) == 2  # the first is an orphan and ends by itself
    assert room in {urlless(each["roomUrl"]) for each in made}


def test_no_room_is_made_for_a_session_that_is_over(stage: Stage) -> None:
    stage.whereby.order("fail", "POST", ROOMS)
    session = stage.book().pay()
    stage.jump_to(session.ends_at + timedelta(minutes=31))
    assert stage.cron("outbox")["failed"] == 0  # Whereby refuses a room whose time is over
    assert stage.whereby.control("GET", "meetings") == []


def urlless(url: str) -> str:
    return url.partition("?")[0]


def test_of_two_rooms_made_at_once_the_second_is_deleted(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    change("UPDATE meeting SET provider_id = NULL, room_name = NULL")
    stage.whereby.order("delay", "POST", ROOMS, seconds=0.3)
    at_once(lambda: rooms.create(session.booking_id, stage.now), 2)
    made = stage.whereby.control("GET", "meetings")
    assert len(made) == 3  # the one of before, and two
    assert len([each for each in made if each["deletedAt"]]) == 1
    kept = rows("SELECT provider_id FROM meeting")[0]["provider_id"]
    assert kept in {each["meetingId"] for each in made if not each["deletedAt"]}


def test_a_room_is_deleted_when_it_has_served(stage: Stage) -> None:
    session = stage.book().pay().capture()
    stage.jump_to(session.ends_at + timedelta(minutes=29))
    assert stage.cron("meetings")["deleted"] == 0
    stage.jump_to(session.ends_at + timedelta(minutes=30))
    assert stage.cron("meetings")["deleted"] == 1
    made = stage.whereby.control("GET", "meetings")
    assert [each["deletedAt"] is not None for each in made] == [True]
    found = rows("SELECT room_url, host_room_url FROM meeting")
    assert found == [{"room_url": None, "host_room_url": None}]
    assert stage.cron("meetings")["deleted"] == 0


def test_rooms_that_can_not_be_deleted_do_not_hold_up_the_rest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "_BATCH", 1)
    for hours in (0, 2, 4):
        stage.book(hours).pay()
    stage.settle()
    change("UPDATE meeting SET delete_after = %(at)s", {"at": stage.now})
    first = rows("SELECT provider_id FROM meeting ORDER BY booking_id")[0]["provider_id"]
    stage.whereby.order("fail", "DELETE", f"{ROOMS}/{first}", status=500, times=None)
    assert rooms.delete_finished(stage.now, stage.deadline) == 2
    stage.whereby.control("DELETE", "faults")
    assert rooms.delete_finished(stage.now, stage.deadline) == 1


def test_a_room_made_for_a_session_called_off_meanwhile_is_deleted_again(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    change(
        "UPDATE meeting SET provider_id = NULL, room_name = NULL, deleted_at = %(at)s",
        {"at": stage.now},
    )
    rooms.create(session.booking_id, stage.now)
    made = stage.whereby.control("GET", "meetings")
    assert len(made) == 2
    assert [each["deletedAt"] is not None for each in made].count(True) == 1
    assert rows("SELECT provider_id FROM meeting") == [{"provider_id": None}]


def test_the_whole_price_is_kept_or_let_go_never_a_part(stage: Stage) -> None:
    kept, gone = stage.book(0).pay(), stage.book(3).pay()
    kept.capture()
    assert settle(stage, gone, timedelta(hours=24)) == 1
    until(lambda: gone.states == ("undelivered", "released"))
    assert kept.sums == {"authorized": PRICE_ORE, "captured": PRICE_ORE, "cancelled": 0}
    assert gone.sums == {"authorized": PRICE_ORE, "captured": 0, "cancelled": PRICE_ORE}
    assert stage.books()["prepaid"] == 0
