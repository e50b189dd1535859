"""The 72 hours of a breach, and when nothing is left to do."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.breaches import rules

NOTICED = datetime(2027, 3, 27, 12, tzinfo=UTC)
DEADLINE = NOTICED + timedelta(hours=72)
SECOND = timedelta(seconds=1)


def test_the_hours_are_those_of_the_clock_whatever_summer_time_does() -> None:
    assert rules.notify_by(NOTICED) == DEADLINE


@pytest.mark.parametrize(
    ("risk", "told", "now", "closed", "overdue"),
    [
        ("likely", None, DEADLINE - SECOND, False, False),
        ("likely", None, DEADLINE, False, True),
        ("high", None, DEADLINE, False, True),
        ("unlikely", None, DEADLINE, False, False),
        ("likely", NOTICED, DEADLINE, False, False),
        ("likely", None, DEADLINE, True, False),
    ],
)
def test_a_notice_is_overdue_after_72_hours_where_there_is_a_risk(
    risk: str, told: datetime | None, now: datetime, *, closed: bool, overdue: bool
) -> None:
    assert rules.is_overdue(risk, DEADLINE, told, now, closed=closed) is overdue


@pytest.mark.parametrize(
    ("risk", "authority", "people", "may"),
    [
        ("unlikely", None, None, True),
        ("likely", None, NOTICED, False),
        ("likely", NOTICED, None, True),
        ("high", NOTICED, None, False),
        ("high", NOTICED, NOTICED, True),
    ],
)
def test_a_breach_is_over_when_everybody_was_told_who_has_to_be(
    risk: str, authority: datetime | None, people: datetime | None, *, may: bool
) -> None:
    assert rules.may_close(risk, authority, people) is may


def test_a_late_notice_says_why() -> None:
    assert rules.lacks_reason(DEADLINE, DEADLINE + SECOND, "")
    assert not rules.lacks_reason(DEADLINE, DEADLINE + SECOND, "Vi visste ikke nok")
    assert not rules.lacks_reason(DEADLINE, DEADLINE, "")
    assert not rules.lacks_reason(DEADLINE, None, "")
