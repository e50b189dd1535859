"""Calendars as files: byte for byte as they should be, and as another program reads them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from lib.calendars import rules, writing
from lib.calendars.schemas import Event, Sheet

GOLDEN = Path(__file__).parent / "session.ics"
NOW = datetime(2026, 11, 25, 8, 0, 0, 123456, UTC)
EVENT = Event(
    booking_id="bkg_00000000000000000000000001",
    title="Én time om veien videre; ledelse, økonomi og \\ fag for deg som er ny i rollen som sjef",
    other="Åse Ø.",
    starts_at=datetime(2027, 3, 1, 9, tzinfo=UTC),
    ends_at=datetime(2027, 3, 1, 10, tzinfo=UTC),
    created_at=datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
    status="CONFIRMED",
    sequence=0,
)
SHEET = Sheet(
    name=EVENT.booking_id,
    method="REQUEST",
    language="nb",
    time_zone="Europe/Oslo",
    address="kari@example.no",
    events=(EVENT,),
)


@pytest.fixture(autouse=True)
def app_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of the app, as it is in production."""
    monkeypatch.setenv("APP_URL", "https://app.minmentor.no")


def read(sheet: Sheet) -> Any:  # noqa: ANN401 (a calendar, of which the library tells no types)
    """Return a calendar as another program reads it."""
    return parsed(writing.written(sheet, NOW))


def parsed(content: bytes) -> Any:  # noqa: ANN401 (as above)
    return icalendar.Calendar.from_ical(content)


def at(starts_at: datetime, zone: str = "Europe/Oslo") -> Sheet:
    event = replace(EVENT, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    return replace(SHEET, time_zone=zone, events=(event,))


def test_a_session_is_written_byte_for_byte_as_it_should_be() -> None:
    assert writing.written(SHEET, NOW) == GOLDEN.read_bytes()


def test_what_is_written_is_read_as_it_was_meant() -> None:
    calendar = read(SHEET)
    (event,) = calendar.walk("VEVENT")
    assert str(event["SUMMARY"]) == f"{EVENT.title} – Åse Ø."
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (EVENT.starts_at, EVENT.ends_at)
    assert event["DTSTART"].params["TZID"] == "Europe/Oslo"
    assert str(event["UID"]) == "bkg_00000000000000000000000001@minmentor.no"
    assert event["DTSTAMP"].dt == NOW.replace(microsecond=0)
    assert calendar.errors == event.errors == []


def test_no_line_is_longer_than_75_bytes_and_no_letter_is_cut_in_two() -> None:
    lines = writing.written(SHEET, NOW).split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert any(line.startswith(b" ") for line in lines)
    assert all(b"\n" not in line and line.decode() is not None for line in lines)


def test_what_would_break_a_line_or_a_list_is_escaped() -> None:
    hostile = "a;b,c\\d\r\nATTENDEE:mailto:x@example.no\nEND:VEVENT"
    sheet = replace(SHEET, events=(replace(EVENT, title=hostile, other=""),))
    (event,) = read(sheet).walk("VEVENT")
    assert str(event["SUMMARY"]).replace("\r\n", "\n") == hostile.replace("\r\n", "\n")
    assert str(event["ATTENDEE"]) == "mailto:kari@example.no"


@pytest.mark.parametrize(
    ("starts_at", "local"),
    [
        # The hour that is left out: from 01:59 CET it goes on with 03:00 CEST.
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "01:30"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "03:00"),
        # The hour that comes twice: the first is local, the second can only be said in UTC.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), None),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "03:00"),
    ],
)
def test_it_is_right_on_both_days_on_which_clocks_are_changed(
    starts_at: datetime, local: str | None
) -> None:
    calendar = read(at(starts_at))
    (event,) = calendar.walk("VEVENT")
    # By the rules that stand in the file, and not by the reader's own: a name that nobody knows.
    text = writing.written(at(starts_at), NOW).replace(b"Europe/Oslo", b"X-Nowhere")
    (by_rules,) = parsed(text).walk("VEVENT")
    for found in (event, by_rules):
        start, end = found["DTSTART"].dt, found["DTEND"].dt
        assert start.astimezone(UTC) == starts_at
        assert end.astimezone(UTC) == starts_at + timedelta(hours=1)
    is_local = "TZID" in event["DTSTART"].params
    assert (event["DTSTART"].dt.strftime("%H:%M") if is_local else None) == local


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Africa/Casablanca"])
def test_times_stand_in_the_zone_of_who_looks_with_its_rules_beside_them(zone: str) -> None:
    calendar = read(at(EVENT.starts_at, zone))
    (event,), (rules_of_zone,) = calendar.walk("VEVENT"), calendar.walk("VTIMEZONE")
    assert str(rules_of_zone["TZID"]) == event["DTSTART"].params["TZID"] == zone
    assert event["DTSTART"].dt == EVENT.starts_at.astimezone(ZoneInfo(zone))


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York", "Africa/Casablanca"])
def test_the_rules_change_at_the_very_second_at_which_clocks_are_changed(zone: str) -> None:
    (rules_of_zone,) = read(at(EVENT.starts_at, zone)).walk("VTIMEZONE")
    _, *onsets = rules_of_zone.subcomponents
    assert len(onsets) >= 5
    for each in onsets:
        # An onset is told in the time that it ends.
        moment = (each["DTSTART"].dt - each["TZOFFSETFROM"].td).replace(tzinfo=UTC)
        before, after = (
            when.astimezone(ZoneInfo(zone)).utcoffset()
            for when in (moment - timedelta(seconds=1), moment)
        )
        assert (each["TZOFFSETFROM"].td, each["TZOFFSETTO"].td) == (before, after)
        assert before != after


def test_in_utc_there_are_no_rules() -> None:
    assert read(at(EVENT.starts_at, "UTC")).walk("VTIMEZONE") == []


def test_a_feed_invites_nobody() -> None:
    published = replace(SHEET, method="PUBLISH")
    assert "ATTENDEE" not in read(published).walk("VEVENT")[0]
    assert b"kari@example.no" not in writing.written(published, NOW)
    assert read(replace(published, events=())).walk("VEVENT") == []


def test_who_is_erased_is_not_named_and_the_language_is_that_of_who_looks() -> None:
    sheet = replace(SHEET, language="en", events=(replace(EVENT, other=""),))
    (event,) = read(sheet).walk("VEVENT")
    assert str(event["SUMMARY"]) == EVENT.title
    assert str(event["DESCRIPTION"]) == f"The meeting is here: {event['URL']}"


def test_what_is_called_off_frees_the_time_with_a_higher_number() -> None:
    for is_called_off, is_confirmed, expected in (
        (False, False, ("TENTATIVE", 3, "REQUEST")),
        (False, True, ("CONFIRMED", 3, "REQUEST")),
        (True, True, ("CANCELLED", 4, "CANCEL")),
        (True, False, ("CANCELLED", 4, "CANCEL")),
    ):
        status = rules.status(is_called_off=is_called_off, is_confirmed=is_confirmed)
        assert (status, rules.sequence(3, status), rules.method(status)) == expected
    (event,) = read(replace(SHEET, events=(replace(EVENT, status="CANCELLED"),))).walk("VEVENT")
    assert str(event["TRANSP"]) == "TRANSPARENT"
