"""/v1/calendar and /v1/bookings/{id}/calendar.ics: sessions in a calendar of one's own."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import icalendar
import pytest

from lib.calendars import repository, rules, service
from lib.core.db import Db, transact
from sandbox.app import App
from sandbox.world import World
from tests.cast import Cast, refusal
from tests.market import open_stall
from tests.stage import Stage, change, rows

FEED = "/v1/calendar/feed"


def events(app: App, path: str) -> list[Any]:
    """Return the events of a calendar that a person fetches with what their device has."""
    headers = {"Authorization": f"Bearer {app.access_token}"} if app.access_token else {}
    with urlopen(Request(app.url + path, headers=headers), timeout=30) as answer:
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        content = answer.read()
        assert b"whereby" not in content
        return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def address(app: App) -> str:
    """Have the person's sessions shown at an address; return its path."""
    answer = app.post(FEED)
    assert answer.status == 201, answer.json
    assert answer.json["address"].startswith(app.url)
    return str(answer.json["address"].removeprefix(app.url))


def kept(path: str) -> str:
    """Return what may be stored of an address."""
    token = path.removeprefix("/v1/calendar/").removesuffix(".ics")
    return hashlib.sha256(token.encode()).hexdigest()


def test_each_party_gets_the_session_with_the_others_public_name_only(stage: Stage) -> None:
    session = stage.book().pay()
    path = f"/v1/bookings/{session.booking_id}/calendar.ics"
    for person, other in ((stage.mentor, stage.mentee), (stage.mentee, stage.mentor)):
        (event,) = events(person, path)
        profile = other.get("/v1/profile").json
        short = f"{profile['given_name']} {profile['family_name'][0]}."
        assert str(event["SUMMARY"]).endswith(f" – {short}")
        for secret in (profile["family_name"], profile["email"], profile["phone"]):
            assert secret not in event.to_ical().decode()
        assert str(event["STATUS"]) == "CONFIRMED"
        assert event["DTSTART"].dt == session.starts_at
        assert str(event["URL"]).endswith(f"/bookings/{session.booking_id}")


def test_what_is_called_off_is_called_off_in_the_calendar_with_a_higher_number(
    stage: Stage,
) -> None:
    session = stage.book().pay()
    feed = address(stage.mentor)
    path = f"/v1/bookings/{session.booking_id}/calendar.ics"
    (before,) = events(stage.mentor, feed)
    reason = {"reason": "Fru Hansen er syk"}
    assert stage.mentee.post(path.replace("calendar.ics", "cancel"), reason).status == 200
    stage.settle()
    for (after,) in (events(stage.cast.app(), feed), events(stage.mentor, path)):
        assert after["UID"] == before["UID"]
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
        assert "Hansen" not in after.to_ical().decode()


def test_a_stranger_finds_nothing(world: World, cast: Cast) -> None:
    booking_id = open_stall(world, cast.mentor).book(cast.mentee).json["id"]
    path = f"/v1/bookings/{booking_id}/calendar.ics"
    assert refusal(cast.stranger.get(path)) == (404, "not_found")
    assert refusal(cast.app().get(path)) == (401, "unauthenticated")
    assert str(events(cast.mentee, path)[0]["STATUS"]) == "TENTATIVE"
    assert events(cast.stranger, address(cast.stranger)) == []


def test_a_feed_shows_confirmed_sessions_to_whoever_has_its_address(stage: Stage) -> None:
    stage.book(20)
    confirmed = stage.book(30).pay()
    paths = {address(person) for person in (stage.mentor, stage.mentee)}
    assert len(paths) == 2
    for path in paths:
        (event,) = events(stage.cast.app(), path)
        assert str(event["UID"]) == f"{confirmed.booking_id}@minmentor.no"
    for wrong in (f"/v1/calendar/{'x' * 43}.ics", next(iter(paths)).removesuffix(".ics")):
        assert refusal(stage.cast.app().get(wrong)) == (404, "not_found")


def test_the_secret_is_stored_nowhere_and_a_lost_answer_is_given_again(cast: Cast) -> None:
    first = cast.mentee.post(FEED, key="one-and-the-same")
    again = cast.mentee.post(FEED, key="one-and-the-same")
    assert first.json == again.json
    path = first.json["address"].removeprefix(cast.mentee.url)
    token = path.removeprefix("/v1/calendar/").removesuffix(".ics")
    (feed,) = rows("SELECT * FROM calendar_feed")
    assert feed["token_hash"] == kept(path)
    stored = str([feed, *rows("SELECT reply FROM idempotency_key")])
    assert token not in stored
    assert cast.mentee.get(FEED).json["created_at"] == first.json["created_at"]


def test_a_new_address_ends_the_old_one_and_each_can_be_ended(cast: Cast) -> None:
    assert cast.mentee.get(FEED).json == {"created_at": None}
    old = address(cast.mentee)
    new = address(cast.mentee)
    assert refusal(cast.app().get(old)) == (404, "not_found")
    assert cast.app().get(new).status == 200
    assert cast.stranger.delete(FEED).status == 204
    assert cast.app().get(new).status == 200
    for _ in range(2):
        assert cast.mentee.delete(FEED).status == 204
        assert refusal(cast.app().get(new)) == (404, "not_found")


def test_who_is_restricted_is_shown_at_no_address_and_reads_a_deal_that_stands(
    stage: Stage,
) -> None:
    session = stage.book().pay()
    path = address(stage.mentee)
    restriction = "/v1/privacy/restriction"
    assert stage.mentee.put(restriction, {"restricted": True}).status == 200
    assert refusal(stage.cast.app().get(path)) == (404, "not_found")
    assert refusal(stage.mentee.post(FEED)) == (409, "processing_restricted")
    (event,) = events(stage.mentee, f"/v1/bookings/{session.booking_id}/calendar.ics")
    assert str(event["STATUS"]) == "CONFIRMED"
    assert stage.mentee.get(FEED).json["created_at"]
    assert stage.mentee.put(restriction, {"restricted": False}).status == 200
    assert len(events(stage.cast.app(), path)) == 1
    assert stage.mentee.put(restriction, {"restricted": True}).status == 200
    assert stage.mentee.delete(FEED).status == 204
    assert rows("SELECT person_id FROM calendar_feed") == []


def test_a_feed_goes_back_90_days_and_is_read_in_pages(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PAGE_SIZE", 2)
    session = stage.book().pay()
    booking = session.booking
    columns = ("offer_id", "mentor_id", "mentee_id", "title", "price_ore", "currency")
    ends = [timedelta(days=-91), *[timedelta(days=-89)] * 3, timedelta(days=300), timedelta(days=9)]
    for number, end in enumerate(ends):
        change(
            """
            INSERT INTO booking (id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at,
                   price_ore, currency, state, version, hold_expires_at, created_at, confirmed_at)
            VALUES (%(id)s, %(offer_id)s, %(mentor_id)s, %(mentee_id)s, %(title)s, %(starts_at)s,
                   %(ends_at)s, %(price_ore)s, %(currency)s, 'confirmed', 0, %(starts_at)s,
                   %(starts_at)s, %(starts_at)s)
            """,
            {
                **{name: booking[name] for name in columns},
                # Parties swapped: a mentor is somebody else's mentee as well.
                "mentor_id": booking["mentor_id" if number % 2 else "mentee_id"],
                "mentee_id": booking["mentee_id" if number % 2 else "mentor_id"],
                "id": f"bkg_{number:026}",
                "ends_at": stage.now + end,
                "starts_at": stage.now + end - timedelta(hours=1),
            },
        )
    token = address(stage.mentor).removeprefix("/v1/calendar/").removesuffix(".ics")
    sheet = transact(lambda db: service.read_feed(db, token, now=stage.now))
    found = [event.booking_id for event in sheet.events]
    later = [f"bkg_{number:026}" for number in (1, 2, 3)]
    assert found == [*later, session.booking_id, f"bkg_{5:026}", f"bkg_{4:026}"]


def test_a_feed_is_read_by_key(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.book().pay()
    statements: list[tuple[Any, Any]] = []
    run = Db._run

    def kept_too(self: Db, sql: str, params: Any) -> Any:  # noqa: ANN401 (as it is declared)
        statements.append((sql, params))
        return run(self, sql, params)

    def plans(db: Db) -> list[dict[str, Any]]:
        monkeypatch.setattr(Db, "_run", kept_too)
        repository.confirmed_of(
            db, person_id=stage.mentor.person_id, ends_at=stage.now, after="", limit=9
        )
        ((sql, params),) = statements
        return db.rows("EXPLAIN " + sql, params)

    keys = [str(each["key"]) for each in transact(plans)]
    assert [key for key in keys if key.startswith("booking_by_")] == [
        "booking_by_mentee_end",
        "booking_by_mentor_end",
    ]
