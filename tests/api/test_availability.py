"""/v1/availability: when a mentor can be booked."""

from collections.abc import Mapping

import pytest

from tests.cast import Cast
from tests.market import ALWAYS, become_mentor

WEEK = {
    "time_zone": "Europe/Oslo",
    "notice_minutes": 120,
    "window_days": 60,
    "buffer_before_minutes": 15,
    "buffer_after_minutes": 30,
    "rules": [
        {"weekday": 1, "starts": "09:00", "ends": "12:00"},
        {"weekday": 1, "starts": "12:00", "ends": "15:30"},
        {"weekday": 5, "starts": "20:00", "ends": "24:00"},
    ],
    "exceptions": [
        {"date": "2027-05-17", "starts": "00:00", "ends": "24:00", "is_open": False},
        {"date": "2027-05-18", "starts": "07:00", "ends": "08:00", "is_open": True},
    ],
}

# What is so until the mentor says otherwise.
PLAIN = {
    "move_notice_minutes": 0,
    "cancel_notice_minutes": 0,
    "window_kind": "days",
    "first_date": None,
    "last_date": None,
    "interval_minutes": 15,
    "offset_minutes": 0,
}
SHOWN = {**WEEK, **PLAIN}


def rule(starts: str, ends: str, weekday: object = 1) -> dict[str, object]:
    return {"weekday": weekday, "starts": starts, "ends": ends}


def exception(starts: str, ends: str, date: str = "2027-05-17") -> dict[str, object]:
    return {"date": date, "starts": starts, "ends": ends, "is_open": True}


def test_what_is_set_is_what_is_read(cast: Cast) -> None:
    become_mentor(cast.mentor)
    assert cast.mentor.put("/v1/availability", WEEK).json == SHOWN
    assert cast.mentor.get("/v1/availability").json == SHOWN


def test_before_it_is_set_nothing_is_open(cast: Cast) -> None:
    become_mentor(cast.stranger)
    found = cast.stranger.get("/v1/availability")
    assert found.status == 200
    assert (found.json["rules"], found.json["exceptions"]) == ([], [])


def test_it_is_replaced_as_a_whole(cast: Cast) -> None:
    become_mentor(cast.mentor)
    cast.mentor.put("/v1/availability", WEEK)
    cast.mentor.put("/v1/availability", ALWAYS)
    found = cast.mentor.get("/v1/availability").json
    assert found == {
        **ALWAYS,
        **PLAIN,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "exceptions": [],
    }


def test_setting_it_twice_is_setting_it_once(cast: Cast) -> None:
    become_mentor(cast.mentor)
    assert cast.mentor.put("/v1/availability", WEEK).json == SHOWN
    assert cast.mentor.put("/v1/availability", WEEK).json == SHOWN


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"time_zone": "Europe/Bergen"}, "/time_zone"),
        ({"time_zone": "../etc/passwd"}, "/time_zone"),
        ({"time_zone": "europe/oslo"}, "/time_zone"),
        ({"time_zone": 1}, "/time_zone"),
        ({"notice_minutes": -1}, "/notice_minutes"),
        ({"notice_minutes": 10**9}, "/notice_minutes"),
        ({"notice_minutes": "120"}, "/notice_minutes"),
        ({"window_days": 0}, "/window_days"),
        ({"window_days": 366}, "/window_days"),
        ({"buffer_before_minutes": 10}, "/buffer_before_minutes"),
        ({"buffer_after_minutes": 255}, "/buffer_after_minutes"),
        ({"rules": None}, "/rules"),
        ({"rules": {}}, "/rules"),
        ({"rules": [rule("09:00", "10:00", weekday=0)]}, "/rules/0/weekday"),
        ({"rules": [rule("09:00", "10:00", weekday=8)]}, "/rules/0/weekday"),
        ({"rules": [rule("09:00", "10:00", weekday="1")]}, "/rules/0/weekday"),
        ({"rules": [rule("9:00", "10:00")]}, "/rules/0/starts"),
        ({"rules": [rule("09:05", "10:00")]}, "/rules/0/starts"),
        ({"rules": [rule("24:00", "24:00")]}, "/rules/0/starts"),
        ({"rules": [rule("09:00", "25:00")]}, "/rules/0/ends"),
        ({"rules": [rule("09:00", "24:15")]}, "/rules/0/ends"),
        ({"rules": [rule("09:00", "09:00")]}, "/rules/0"),
        ({"rules": [rule("22:00", "02:00"), rule("01:45", "03:00", 2)]}, "/rules/1"),
        ({"rules": [rule("00:00", "01:00"), rule("23:00", "00:15", 7)]}, "/rules/0"),
        (
            {
                "exceptions": [
                    exception("22:00", "02:00"),
                    exception("01:00", "03:00", "2027-05-18"),
                ]
            },
            "/exceptions/1",
        ),
        ({"move_notice_minutes": -1}, "/move_notice_minutes"),
        ({"cancel_notice_minutes": 10**9}, "/cancel_notice_minutes"),
        ({"window_kind": "weeks"}, "/window_kind"),
        ({"window_kind": "dates"}, "/"),
        ({"window_kind": "dates", "first_date": "2027-02-02", "last_date": "2027-02-01"}, "/"),
        ({"first_date": "2027-02-02", "last_date": "2027-02-03"}, "/"),
        ({"interval_minutes": 20}, "/interval_minutes"),
        ({"interval_minutes": 1455}, "/interval_minutes"),
        ({"interval_minutes": 30, "offset_minutes": 30}, "/"),
        ({"offset_minutes": 10}, "/offset_minutes"),
        ({"rules": [rule("09:00\n", "10:00")] * 201}, "/rules"),
        ({"rules": [rule("09:00", "12:00"), rule("11:45", "13:00")]}, "/rules/1"),
        ({"rules": [rule("11:45", "13:00"), rule("09:00", "12:00")]}, "/rules/0"),
        ({"rules": [rule("09:00", "10:00"), rule("09:00", "10:00")]}, "/rules/1"),
        ({"exceptions": [exception("09:00", "10:00", "17.05.2027")]}, "/exceptions/0/date"),
        ({"exceptions": [exception("09:00", "10:00", "2027-02-29")]}, "/exceptions/0/date"),
        ({"exceptions": [exception("09:00", "10:00", "9999-12-31")]}, "/exceptions/0/date"),
        (
            {"exceptions": [exception("09:00", "10:00"), exception("09:45", "11:00")]},
            "/exceptions/1",
        ),
        ({"mentor_id": "per_somebody"}, "/mentor_id"),
    ],
)
def test_a_bad_availability_says_where_and_changes_nothing(
    cast: Cast, change: Mapping[str, object], pointer: str
) -> None:
    become_mentor(cast.mentor)
    cast.mentor.put("/v1/availability", WEEK)
    answer = cast.mentor.put("/v1/availability", {**WEEK, **change})
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert answer.json["errors"][0]["pointer"] == pointer
    assert cast.mentor.get("/v1/availability").json == SHOWN


@pytest.mark.parametrize("field", ["time_zone", "notice_minutes", "window_days", "rules"])
def test_what_decides_must_be_said(cast: Cast, field: str) -> None:
    become_mentor(cast.mentor)
    rest = {name: value for name, value in WEEK.items() if name != field}
    answer = cast.mentor.put("/v1/availability", rest)
    assert answer.json["errors"][0]["pointer"] == f"/{field}"


def test_windows_on_different_days_do_not_overlap(cast: Cast) -> None:
    become_mentor(cast.mentor)
    rules = [rule("09:00", "12:00", weekday) for weekday in range(1, 8)]
    answer = cast.mentor.put("/v1/availability", {**WEEK, "rules": rules})
    assert answer.json["rules"] == rules


def test_one_who_is_no_mentor_has_none(cast: Cast) -> None:
    for answer in (
        cast.stranger.get("/v1/availability"),
        cast.stranger.put("/v1/availability", WEEK),
    ):
        assert (answer.status, answer.json["code"]) == (403, "not_a_mentor")


def test_each_mentor_has_their_own(cast: Cast) -> None:
    become_mentor(cast.mentor)
    become_mentor(cast.stranger)
    cast.mentor.put("/v1/availability", WEEK)
    cast.stranger.put("/v1/availability", ALWAYS)
    assert cast.mentor.get("/v1/availability").json == SHOWN


def test_every_setting_is_kept(cast: Cast) -> None:
    become_mentor(cast.mentor)
    settings = {
        **WEEK,
        "rules": [rule("22:00", "02:00"), rule("02:00", "03:00", 2), rule("23:00", "24:00", 7)],
        "exceptions": [exception("22:00", "02:00")],
        "move_notice_minutes": 60,
        "cancel_notice_minutes": 1440,
        "window_kind": "dates",
        "first_date": "2027-02-01",
        "last_date": "2027-02-28",
        "interval_minutes": 60,
        "offset_minutes": 15,
    }
    assert cast.mentor.put("/v1/availability", settings).json == settings
    assert cast.mentor.get("/v1/availability").json == settings
    cast.mentor.put("/v1/availability", WEEK)
    assert cast.mentor.get("/v1/availability").json == SHOWN
