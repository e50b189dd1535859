"""Days as Norwegian law counts them: holidays of known years, and terms that end on them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.norwegian_days import easter_sunday, end_of_term, is_working_day

# Of the almanac of the University of Oslo.
EASTERS = [
    date(2000, 4, 23),
    date(2008, 3, 23),
    date(2011, 4, 24),
    date(2024, 3, 31),
    date(2025, 4, 20),
    date(2026, 4, 5),
    date(2027, 3, 28),
    date(2038, 4, 25),
]


@pytest.mark.parametrize("sunday", EASTERS, ids=str)
def test_easter_is_when_the_almanac_says(sunday: date) -> None:
    assert easter_sunday(sunday.year) == sunday


@given(st.integers(1900, 2199))
def test_easter_is_a_sunday_between_22_march_and_25_april(year: int) -> None:
    found = easter_sunday(year)
    assert found.isoweekday() == 7
    assert date(year, 3, 22) <= found <= date(year, 4, 25)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 4, 2),  # Maundy Thursday
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 14),  # Ascension Day
        date(2026, 5, 17),
        date(2026, 5, 25),  # Whit Monday
        date(2026, 12, 25),
        date(2026, 12, 26),
        date(2026, 11, 28),  # a Saturday
        date(2026, 11, 29),
    ],
    ids=str,
)
def test_no_work_is_done_on_holidays_and_weekends(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date(2026, 12, 24), date(2026, 4, 1), date(2026, 4, 7)], ids=str)
def test_the_days_around_them_are_working_days(day: date) -> None:
    assert is_working_day(day)


@pytest.mark.parametrize(
    ("begun", "ends"),
    [
        # A Tuesday in winter: the fourteenth day after it is a Tuesday, until midnight in Oslo.
        ("2026-11-24T12:00", "2026-12-08T23:00"),
        # Late in the evening, UTC, it is the day after in Oslo.
        ("2026-11-24T23:30", "2026-12-09T23:00"),
        # The last day is a Saturday: until Monday's end, in summer time.
        ("2026-06-13T08:00", "2026-06-29T22:00"),
        # It is 25 December: Christmas, the weekend, then Monday.
        ("2026-12-11T08:00", "2026-12-28T23:00"),
        # It is Maundy Thursday: until the Tuesday after Easter.
        ("2026-03-19T08:00", "2026-04-07T22:00"),
    ],
)
def test_a_term_ends_at_the_end_of_a_working_day(begun: str, ends: str) -> None:
    moment = datetime.fromisoformat(begun).replace(tzinfo=UTC)
    assert end_of_term(moment, 14) == datetime.fromisoformat(ends).replace(tzinfo=UTC)


@given(st.timedeltas(timedelta(0), timedelta(days=5000)), st.integers(1, 60))
def test_a_term_is_never_shorter_than_it_says(after: timedelta, days: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + after
    ends = end_of_term(moment, days)
    assert timedelta(days=days) <= ends - moment <= timedelta(days=days + 8)
    assert is_working_day((ends - timedelta(hours=3)).date())
