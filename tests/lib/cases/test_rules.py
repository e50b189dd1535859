"""By when a request has to be answered, and what may follow what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.cases import rules


@pytest.mark.parametrize(
    ("received", "months", "due"),
    [
        ("2026-11-23T12:00:00+00:00", 0, "2026-12-23T12:00:00+00:00"),
        ("2026-12-31T12:00:00+00:00", 0, "2027-01-31T12:00:00+00:00"),
        ("2027-01-31T12:00:00+00:00", 0, "2027-02-28T12:00:00+00:00"),
        ("2028-01-31T12:00:00+00:00", 0, "2028-02-29T12:00:00+00:00"),
        # Half past midnight in Norway is the day before in UTC; the month is Norway's.
        ("2027-01-30T23:30:00+00:00", 0, "2027-02-27T23:30:00+00:00"),
        # Summer time begins in between: the same time of day in Norway.
        ("2027-03-01T12:00:00+00:00", 0, "2027-04-01T11:00:00+00:00"),
        ("2026-11-23T12:00:00+00:00", 2, "2027-02-23T12:00:00+00:00"),
        ("2026-11-30T12:00:00+00:00", 2, "2027-02-28T12:00:00+00:00"),
    ],
)
def test_a_request_is_due_a_calendar_month_after_it_came(
    received: str, months: int, due: str
) -> None:
    found = rules.due(datetime.fromisoformat(received), months)
    assert found == datetime.fromisoformat(due)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (hypothesis adds the zone)
def test_a_month_is_never_more_than_a_month(received: datetime) -> None:
    span = rules.due(received) - received
    assert timedelta(days=27, hours=22) <= span <= timedelta(days=31, hours=2)
    assert rules.due(received, 1) < rules.due(received, 2)


def test_days_left_are_whole_and_never_negative() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert rules.days_left(now + timedelta(days=3, seconds=-1), now) == 2
    assert rules.days_left(now + timedelta(hours=1), now) == 0
    assert rules.days_left(now - timedelta(days=3), now) == 0


def test_a_request_is_overdue_at_its_deadline_until_it_is_closed() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert not rules.is_overdue(now + second, None, now)
    assert rules.is_overdue(now, None, now)
    assert not rules.is_overdue(now, now, now)


def test_more_time_is_taken_once_and_within_the_first_month() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    later = now + timedelta(seconds=1)
    assert rules.may_extend("received", later, None, now)
    assert rules.may_extend("identified", later, None, now)
    assert not rules.may_extend("identified", now, None, now)
    assert not rules.may_extend("identified", later, now, now)
    assert not rules.may_extend("decided", later, None, now)
