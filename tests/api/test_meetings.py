"""/v1/bookings/{id}/meeting and …/delivery: the way into the room, and the mentee's word."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.app import Answer
from tests.cast import refusal
from tests.stage import Session, Stage, rows, until

OPENS = timedelta(minutes=10)
CLOSES = timedelta(minutes=15)


def word(session: Session) -> Answer:
    return session.mentee.post(f"/v1/bookings/{session.booking_id}/delivery")


def query_of(answer: Answer) -> dict[str, list[str]]:
    assert answer.status == 200, answer.json
    return parse_qs(urlsplit(answer.json["url"]).query)


def test_the_way_in_is_open_from_ten_minutes_before_to_fifteen_after(stage: Stage) -> None:
    session = stage.book().pay()
    early = session.way_in(stage.mentee)
    assert refusal(early) == (409, "meeting_not_open")
    assert early.json["opens_at"] == (session.starts_at - OPENS).isoformat()
    assert early.json["closes_at"] == (session.ends_at + CLOSES).isoformat()
    for moment, status in (
        (session.starts_at - OPENS - timedelta(seconds=5), 409),
        (session.starts_at - OPENS, 200),
        (session.ends_at + CLOSES - timedelta(seconds=5), 200),
        (session.ends_at + CLOSES, 409),
    ):
        stage.jump_to(moment)
        assert session.way_in(stage.mentee).status == status
        assert session.way_in(stage.mentor).status == status


def test_each_has_a_way_in_of_their_own_and_only_the_mentors_opens_the_room(stage: Stage) -> None:
    session = stage.book().pay()
    stage.jump_to(session.starts_at)
    mentor, mentee = session.way_in(stage.mentor), session.way_in(stage.mentee)
    assert (mentor.json["role"], mentee.json["role"]) == ("mentor", "mentee")
    assert "roomKey" in query_of(mentor)
    assert "roomKey" not in query_of(mentee)
    keys = rows("SELECT mentor_key, mentee_key FROM meeting")[0]
    assert query_of(mentor)["externalId"] == [keys["mentor_key"]]
    assert query_of(mentee)["externalId"] == [keys["mentee_key"]]
    assert stage.mentor.person_id not in mentor.json["url"] + mentee.json["url"]
    host = rows("SELECT host_room_url FROM meeting")[0]["host_room_url"]
    room_key = parse_qs(urlsplit(host).query)["roomKey"][0]
    assert room_key not in str(mentee.json)
    visit = stage.whereby.control("POST", "visits", {"url": mentee.json["url"]})
    assert visit["state"] == "knocking"  # until the mentor is there


def test_the_room_is_nobody_elses(stage: Stage) -> None:
    session = stage.book().pay()
    stage.jump_to(session.starts_at)
    assert refusal(session.way_in(stage.stranger)) == (404, "not_found")
    path = f"/v1/bookings/{session.booking_id}/delivery"
    assert refusal(stage.stranger.post(path)) == (404, "not_found")
    nothing = "/v1/bookings/bkg_" + "0" * 26
    assert refusal(stage.mentee.get(f"{nothing}/meeting")) == (404, "not_found")
    assert refusal(stage.mentee.post(f"{nothing}/delivery")) == (404, "not_found")
    assert rows("SELECT booking_id FROM delivery") == []


def test_an_hour_that_is_not_paid_for_has_no_room(stage: Stage) -> None:
    session = stage.book().ask_to_pay()
    assert refusal(session.way_in(stage.mentee)) == (404, "not_found")
    assert stage.whereby.control("GET", "meetings") == []


def test_the_way_in_closes_when_the_session_is_called_off(stage: Stage) -> None:
    session = stage.book().pay()
    stage.jump_to(session.starts_at - timedelta(minutes=5))
    assert session.way_in(stage.mentee).status == 200
    stage.mentor.post(f"/v1/bookings/{session.booking_id}/cancel", {"reason": "Syk"})
    for person in (stage.mentor, stage.mentee):
        assert refusal(session.way_in(person)) == (409, "meeting_not_open")


def test_a_room_that_is_still_being_made_is_asked_for_again(stage: Stage) -> None:
    stage.whereby.order("fail", "POST", "/v1/meetings", status=500)
    session = stage.book().pay()
    stage.jump_to(session.starts_at - OPENS)
    assert refusal(session.way_in(stage.mentee)) == (409, "meeting_not_ready")
    assert stage.cron("outbox")["delivered"] >= 1
    assert session.way_in(stage.mentee).status == 200


def test_the_mentees_word_settles_the_hour(stage: Stage) -> None:
    session = stage.book().pay()
    stage.jump_to(session.starts_at - timedelta(seconds=30))
    assert refusal(word(session)) == (409, "not_confirmable")  # it has not begun
    stage.jump_to(session.starts_at)
    mentors = stage.mentor.post(f"/v1/bookings/{session.booking_id}/delivery")
    assert refusal(mentors) == (409, "not_confirmable")
    answer = word(session)
    assert (answer.status, answer.json) == (
        200,
        {"booking_id": session.booking_id, "is_delivered": True, "ground": "mentee_word"},
    )
    until(lambda: session.states == ("completed", "captured"))
    again = word(session)  # with a key of its own
    assert (again.status, again.json) == (200, answer.json)
    assert len(stage.tries("capture")) == 1


@pytest.mark.parametrize("state", ["held", "awaiting_payment", "cancelled"])
def test_what_is_not_a_paid_session_can_not_be_confirmed(stage: Stage, state: str) -> None:
    stage.vipps.webhooks("lose")  # or the payment's end would be heard of
    session = stage.book()
    if state != "held":
        session.ask_to_pay()
    if state == "cancelled":
        path = f"/v1/bookings/{session.booking_id}/cancel"
        assert session.mentee.post(path, {"reason": "Syk"}).status == 200
    stage.world.clock.set_to(session.starts_at)
    assert session.mentee.refresh().status == 200
    assert session.booking["state"] == state
    assert refusal(word(session)) == (409, "not_confirmable")
