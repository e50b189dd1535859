"""Slots against a slow, obvious oracle: it asks the wall clock, quarter hour by quarter hour."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lib.scheduling import availability
from lib.scheduling.availability import DatedHours, Schedule, WeeklyHours

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


class Oracle:
    """Says whether one session can begin at one moment, with nothing but a wall clock."""

    def __init__(
        self, plan: Schedule, now: datetime, taken: list[tuple[datetime, datetime]]
    ) -> None:
        self.plan, self.now, self.taken = plan, now, taken
        self.zone = ZoneInfo(plan.time_zone)

    def starts(self, begin: datetime, end: datetime, minutes: int) -> list[datetime]:
        answer, moment = [], begin
        while moment < end:
            if self.may_begin(moment, minutes):
                answer.append(moment)
            moment += _QUARTER
        return answer

    def may_begin(self, moment: datetime, minutes: int) -> bool:
        if moment <= self.now or moment < self.now + timedelta(minutes=self.plan.notice_minutes):
            return False
        days_ahead = moment.astimezone(self.zone).date() - self.now.astimezone(self.zone).date()
        if days_ahead.days > self.plan.window_days:
            return False
        for place in range(minutes // 15):
            if not self.is_open(moment + place * _QUARTER):
                return False
        begin = moment - timedelta(minutes=self.plan.buffer_before_minutes)
        end = moment + timedelta(minutes=minutes + self.plan.buffer_after_minutes)
        return not any(start < end and begin < stop for start, stop in self.taken)

    def is_open(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        exceptions = [
            each.is_open
            for each in self.plan.dated
            if each.local_date == local.date() and each.starts_minute <= minute < each.ends_minute
        ]
        if exceptions:
            return all(exceptions)
        return any(
            rule.weekday == local.isoweekday() and rule.starts_minute <= minute < rule.ends_minute
            for rule in self.plan.weekly
        )


@st.composite
def hours(draw: st.DrawFn) -> tuple[int, int]:
    """A window on quarter hours; often one that touches midnight."""
    first, last = sorted(draw(st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True)))
    shape = draw(st.sampled_from(["as drawn", "from midnight", "until midnight", "all day"]))
    if shape in {"from midnight", "all day"}:
        first = 0
    if shape in {"until midnight", "all day"}:
        last = 96
    return first * 15, last * 15


@st.composite
def situations(draw: st.DrawFn) -> tuple[Schedule, date, datetime, list[tuple[int, int]], int]:
    zone, day = draw(st.sampled_from(HARD_DAYS))
    weekly = draw(st.lists(st.tuples(st.integers(1, 7), hours()), max_size=10))
    dated = draw(st.lists(st.tuples(st.integers(-1, 2), hours(), st.booleans()), max_size=3))
    plan = schedule(
        zone,
        notice_minutes=draw(st.sampled_from([0, 1, 15, 100, 600])),
        window_days=draw(st.integers(1, 4)),
        buffer_before_minutes=draw(st.sampled_from([0, 15, 45])),
        buffer_after_minutes=draw(st.sampled_from([0, 15, 30])),
        weekly=tuple(WeeklyHours(weekday, *window) for weekday, window in weekly),
        dated=tuple(
            DatedHours(day + timedelta(days=ahead), *window, is_open=is_open)
            for ahead, window, is_open in dated
        ),
    )
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    now = begin + timedelta(minutes=draw(st.integers(-1440, 1440)))
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
