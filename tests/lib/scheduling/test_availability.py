"""Slots against a slow, obvious oracle: it asks the wall clock, quarter hour by quarter hour."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lib.scheduling import availability
from lib.scheduling.availability import Absence, DatedHours, Journey, Schedule, WeeklyHours
from tests.lib.scheduling.oracle import Oracle

_QUARTER = timedelta(minutes=15)
_MIDNIGHT = 1440

# Days on which the clocks change, in zones that make it hard.
SPRING_IN_OSLO = ("Europe/Oslo", date(2027, 3, 28))  # 02:00 -> 03:00
AUTUMN_IN_OSLO = ("Europe/Oslo", date(2027, 10, 31))  # 03:00 -> 02:00
HARD_DAYS = [
    SPRING_IN_OSLO,
    AUTUMN_IN_OSLO,
    ("Asia/Kolkata", date(2027, 2, 28)),  # +05:30, no change
    ("Asia/Kathmandu", date(2028, 2, 29)),  # +05:45, a leap day
    ("America/St_Johns", date(2027, 11, 7)),  # -03:30, back
    ("Australia/Lord_Howe", date(2027, 4, 4)),  # half an hour back
    ("Pacific/Chatham", date(2027, 9, 26)),  # +12:45, forward at 02:45
    ("America/Santiago", date(2027, 4, 4)),  # back at midnight: 23:00 comes twice
    ("America/Santiago", date(2027, 9, 5)),  # forward at midnight: there is no 00:00
    ("Pacific/Auckland", date(2027, 1, 1)),  # +13:00 over a new year
]

# Where a mentor travels: far to both sides of the date line, and where clocks change.
PLACES = ["Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu", "Europe/Oslo", "America/New_York"]


def schedule(zone: str = "Europe/Oslo", **changes: object) -> Schedule:
    fields: dict[str, object] = {
        "time_zone": zone,
        "notice_minutes": 0,
        "window_days": 365,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "weekly": (),
        "dated": (),
    }
    return Schedule(**{**fields, **changes})  # type: ignore[arg-type]


def every_day(starts: int, ends: int) -> tuple[WeeklyHours, ...]:
    return tuple(WeeklyHours(weekday, starts * 60, ends * 60) for weekday in range(1, 8))


def found(
    plan: Schedule,
    begin: datetime,
    end: datetime,
    now: datetime,
    minutes: int = 60,
    taken: Iterable[range] = (),
) -> list[datetime]:
    within = range(availability.quarter_from(begin), availability.quarter_from(end))
    quarters = availability.starts(plan, minutes=minutes, within=within, now=now, taken=taken)
    return [availability.moment_of(quarter) for quarter in quarters]


@st.composite
def hours(draw: st.DrawFn) -> tuple[int, int]:
    """A window on quarter hours; often one that touches midnight, or goes on beyond it."""
    first, last = sorted(draw(st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True)))
    shape = draw(
        st.sampled_from(["as drawn", "from midnight", "until", "all day", "over midnight"])
    )
    if shape == "over midnight":
        return last % 96 * 15, last % 96 * 15 + draw(st.integers(1, 96)) * 15
    if shape in {"from midnight", "all day"}:
        first = 0
    if shape in {"until", "all day"}:
        last = 96
    return first * 15, last * 15


@st.composite
def stays(draw: st.DrawFn, day: date) -> list[tuple[date, date]]:
    """Dates around a day, in order, of which none is in two."""
    borders = draw(st.lists(st.integers(-3, 5), max_size=4, unique=True).map(sorted))
    return [
        (day + timedelta(days=first), day + timedelta(days=after - 1))
        for first, after in pairwise(borders)
        if draw(st.booleans())
    ]


@st.composite
def plans(draw: st.DrawFn, zone: str, day: date) -> Schedule:
    weekly = draw(st.lists(st.tuples(st.integers(1, 7), hours()), max_size=10))
    dated = draw(st.lists(st.tuples(st.integers(-2, 2), hours(), st.booleans()), max_size=3))
    interval = draw(st.sampled_from([15, 15, 30, 45, 60, 105, 1440]))
    offered = sorted(draw(st.lists(st.integers(-2, 3), min_size=2, max_size=2)))
    away = draw(stays(day)) if draw(st.booleans()) else []
    return schedule(
        zone,
        notice_minutes=draw(st.sampled_from([0, 1, 15, 100, 600])),
        window_days=draw(st.integers(1, 9)),
        buffer_before_minutes=draw(st.sampled_from([0, 15, 45])),
        buffer_after_minutes=draw(st.sampled_from([0, 15, 30])),
        weekly=tuple(WeeklyHours(weekday, *window) for weekday, window in weekly),
        dated=tuple(
            DatedHours(day + timedelta(days=ahead), *window, is_open=is_open)
            for ahead, window, is_open in dated
        ),
        window_kind=draw(st.sampled_from(["days", "business_days", "dates"])),
        first_date=day + timedelta(days=offered[0]),
        last_date=day + timedelta(days=offered[1]),
        interval_minutes=interval,
        offset_minutes=draw(st.integers(0, interval // 15 - 1)) * 15,
        absences=tuple(Absence(*dates) for dates in away),
        journeys=tuple(
            Journey(*dates, draw(st.sampled_from(PLACES))) for dates in draw(stays(day))
        ),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Schedule, date, datetime, list[tuple[int, int]], int]:
    zone, day = draw(st.sampled_from(HARD_DAYS))
    plan = draw(plans(zone, day))
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    now = begin + timedelta(minutes=draw(st.integers(-5 * 1440, 1440)))
    taken = draw(st.lists(st.tuples(st.integers(0, 280), st.integers(1, 12)), max_size=5))
    return plan, day, now, taken, draw(st.sampled_from([15, 30, 60, 90, 480]))


@settings(max_examples=400, deadline=None)
@given(situations())
def test_slots_are_those_that_a_slow_look_at_the_wall_clock_finds(
    situation: tuple[Schedule, date, datetime, list[tuple[int, int]], int],
) -> None:
    plan, day, now, drawn, minutes = situation
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    end = begin + timedelta(days=3)
    first = availability.quarter_of(begin)
    taken = [
        (begin + start * _QUARTER, begin + (start + length) * _QUARTER) for start, length in drawn
    ]
    quarters = [range(first + start, first + start + length) for start, length in drawn]
    assert found(plan, begin, end, now, minutes, quarters) == Oracle(plan, now, taken).starts(
        begin, end, minutes
    )


@pytest.mark.parametrize(("zone", "day"), HARD_DAYS)
def test_a_window_of_each_length_at_each_hour_of_a_hard_day_agrees_with_the_wall_clock(
    zone: str, day: date
) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    end, now = begin + timedelta(days=3), begin - timedelta(days=2)
    for starts in range(0, _MIDNIGHT, 105):
        for ends in range(starts + 15, _MIDNIGHT + 1, 165):
            weekly = tuple(WeeklyHours(weekday, starts, ends) for weekday in range(1, 8))
            plan = schedule(zone, weekly=weekly)
            assert found(plan, begin, end, now) == Oracle(plan, now, []).starts(begin, end, 60)


def test_the_hour_that_spring_skips_is_not_offered() -> None:
    zone, day = SPRING_IN_OSLO
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    plan = schedule(zone, weekly=every_day(1, 4))
    end = begin + timedelta(hours=20)
    slots = found(plan, begin, end, begin - timedelta(days=1), minutes=120)
    # 01:00 local is 00:00Z; the window 01:00 to 04:00 has two hours that day.
    assert slots == [begin]


def test_the_hour_that_autumn_repeats_is_offered_twice() -> None:
    zone, day = AUTUMN_IN_OSLO
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    plan = schedule(zone, weekly=every_day(2, 3))
    slots = found(plan, begin, begin + timedelta(days=1), begin - timedelta(days=1), minutes=120)
    assert slots == [begin]  # both 02:00 to 03:00, one after the other: two hours in one piece


def test_a_window_over_midnight_is_one_and_belongs_to_the_day_it_begins_on() -> None:
    plan = schedule("UTC", weekly=(WeeklyHours(7, 23 * 60, 25 * 60),))
    sunday = datetime(2027, 1, 10, tzinfo=UTC)
    slots = found(plan, sunday, sunday + timedelta(days=2), sunday - timedelta(days=1), minutes=120)
    assert slots == [sunday.replace(hour=23)]


def test_what_is_closed_over_midnight_closes_the_next_morning_too() -> None:
    closed = (DatedHours(date(2027, 1, 10), 1380, 1500, is_open=False),)
    plan = schedule("UTC", weekly=every_day(0, 24), dated=closed)
    sunday = datetime(2027, 1, 10, tzinfo=UTC)
    slots = found(plan, sunday, sunday + timedelta(days=2), sunday - timedelta(days=1), minutes=15)
    missing = {sunday + quarter * _QUARTER for quarter in range(192)} - set(slots)
    assert missing == {sunday.replace(hour=23) + quarter * _QUARTER for quarter in range(8)}


def test_on_a_journey_the_hours_are_those_of_the_place() -> None:
    there = Journey(date(2027, 1, 12), date(2027, 1, 12), "Asia/Kathmandu")
    plan = schedule("UTC", weekly=every_day(9, 10), journeys=(there,))
    monday = datetime(2027, 1, 11, tzinfo=UTC)
    slots = found(plan, monday, monday + timedelta(days=3), monday - timedelta(days=1))
    assert slots == [
        monday.replace(hour=9),
        datetime(2027, 1, 12, 3, 15, tzinfo=UTC),
        datetime(2027, 1, 13, 9, tzinfo=UTC),
    ]


def test_an_absence_takes_whole_local_days() -> None:
    away = Absence(date(2027, 1, 12), date(2027, 1, 12))
    plan = schedule(weekly=every_day(0, 24), absences=(away,))
    monday = datetime(2027, 1, 11, tzinfo=UTC)
    slots = found(plan, monday, monday + timedelta(days=3), monday - timedelta(days=1), minutes=15)
    gap = [(one, other) for one, other in pairwise(slots) if other - one > _QUARTER]
    assert gap == [
        (datetime(2027, 1, 11, 22, 45, tzinfo=UTC), datetime(2027, 1, 12, 23, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("today", "days", "last"),
    [
        (15, 1, 18),
        (16, 1, 18),
        (17, 1, 18),
        (18, 1, 19),
        (18, 5, 25),
        (15, 6, 25),
        (14, 1, 15),
        (14, 2, 18),
    ],
)
def test_a_window_of_business_days_counts_mondays_to_fridays(
    today: int, days: int, last: int
) -> None:
    plan = schedule("UTC", weekly=every_day(0, 24), window_kind="business_days", window_days=days)
    now = datetime(2027, 1, today, 12, tzinfo=UTC)  # the 15th is a Friday
    assert found(plan, now, now + timedelta(days=20), now)[-1].day == last


def test_sessions_begin_where_the_mentor_lets_them() -> None:
    plan = schedule("UTC", weekly=every_day(8, 11), interval_minutes=60, offset_minutes=15)
    day = datetime(2027, 1, 11, tzinfo=UTC)
    slots = found(plan, day, day + timedelta(days=1), day - timedelta(days=1), minutes=30)
    assert [(slot.hour, slot.minute) for slot in slots] == [(8, 15), (9, 15), (10, 15)]


def test_windows_that_meet_at_midnight_are_one() -> None:
    monday = date(2027, 1, 11)
    plan = schedule(
        weekly=(WeeklyHours(1, 23 * 60, _MIDNIGHT), WeeklyHours(2, 0, 60)), window_days=30
    )
    begin = datetime(2027, 1, 11, tzinfo=UTC)
    slots = found(plan, begin, begin + timedelta(days=2), begin - timedelta(days=1), minutes=120)
    midnight = availability.local_midnight(monday + timedelta(days=1), ZoneInfo("Europe/Oslo"))
    assert slots == [midnight - timedelta(hours=1)]


def test_windows_with_a_quarter_hour_between_them_are_two() -> None:
    plan = schedule(weekly=(WeeklyHours(1, 23 * 60, _MIDNIGHT - 15), WeeklyHours(2, 0, 60)))
    begin = datetime(2027, 1, 11, tzinfo=UTC)
    assert not found(plan, begin, begin + timedelta(days=2), begin - timedelta(days=1), minutes=75)


def test_notice_counts_to_the_minute() -> None:
    plan = schedule("UTC", weekly=every_day(0, 24), notice_minutes=60)
    now = datetime(2027, 1, 11, 12, 1, tzinfo=UTC)
    assert found(plan, now, now + timedelta(hours=3), now)[0] == now.replace(hour=13, minute=15)
    sharp = now.replace(minute=0)
    assert found(plan, sharp, sharp + timedelta(hours=3), sharp)[0] == sharp.replace(hour=13)


def test_a_session_that_has_begun_is_not_offered_without_notice_either() -> None:
    plan = schedule("UTC", weekly=every_day(0, 24))
    now = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)
    assert found(plan, now, now + timedelta(hours=1), now)[0] == now.replace(minute=15)


def test_the_window_ends_with_a_local_day() -> None:
    plan = schedule(weekly=every_day(0, 24), window_days=2)
    now = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)
    last = found(plan, now, now + timedelta(days=9), now)[-1]
    assert last.astimezone(ZoneInfo("Europe/Oslo")) == datetime(
        2027, 1, 13, 23, 45, tzinfo=ZoneInfo("Europe/Oslo")
    )


@example(0, 0)
@given(st.integers(0, 16), st.integers(0, 16))
def test_buffers_keep_a_session_that_far_from_what_is_taken(before: int, after: int) -> None:
    plan = schedule(
        "UTC",
        weekly=every_day(0, 24),
        buffer_before_minutes=before * 15,
        buffer_after_minutes=after * 15,
    )
    begin = datetime(2027, 1, 11, tzinfo=UTC)
    noon = availability.quarter_of(begin) + 48
    slots = found(
        plan,
        begin,
        begin + timedelta(days=1),
        begin - timedelta(days=1),
        taken=[range(noon, noon + 4)],
    )
    last_before = max(slot for slot in slots if slot < begin + timedelta(hours=12))
    first_after = min(slot for slot in slots if slot >= begin + timedelta(hours=12))
    assert last_before == begin + timedelta(hours=11) - after * _QUARTER
    assert first_after == begin + timedelta(hours=13) + before * _QUARTER


def test_two_months_of_a_busy_calendar_are_computed_in_a_moment() -> None:
    import time

    day = datetime(2027, 1, 1, tzinfo=UTC)
    plan = schedule(
        weekly=every_day(8, 18),
        dated=tuple(
            DatedHours(date(2027, 1, 1) + timedelta(days=each), 480, 540, is_open=False)
            for each in range(100)
        ),
    )
    first = availability.quarter_of(day)
    taken = [range(first + each * 11, first + each * 11 + 6) for each in range(500)]
    began = time.perf_counter()
    assert found(plan, day, day + timedelta(days=60), day - timedelta(days=1), 60, taken)
    assert time.perf_counter() - began < 0.1


def test_every_zone_that_is_known_can_be_used() -> None:
    zones = availability.known_zones()
    assert {"Europe/Oslo", "Asia/Kathmandu", "America/St_Johns", "UTC"} <= zones
    assert not {"posix/Europe/Oslo", "right/Europe/Oslo", "localtime", ""} & zones
    now = datetime(2027, 1, 1, tzinfo=UTC)
    for zone in zones:
        plan = schedule(zone, weekly=every_day(0, 24), window_days=1)
        assert len(found(plan, now, now + timedelta(hours=2), now - _QUARTER)) == 8, zone
