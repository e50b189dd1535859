"""Limits against a slow, obvious count."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.scheduling import limits
from lib.scheduling.limits import Caps

_BEGIN = datetime(2027, 2, 22, tzinfo=UTC)
_ZONES = ["Europe/Oslo", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati"]
_most = st.none() | st.integers(1, 4)
_moments = st.integers(0, 50 * 96).map(lambda quarter: _BEGIN + quarter * timedelta(minutes=15))


def _exceeds(caps: Caps, days: list[date]) -> bool:
    """Return whether so many sessions are too many, by three ways to name a date."""
    names: list[tuple[int | None, Callable[[date], object]]] = [
        (caps.day, lambda day: day),
        (caps.week, lambda day: day.isocalendar()[:2]),
        (caps.month, lambda day: (day.year, day.month)),
    ]
    return any(
        most is not None and max(Counter(name(day) for day in days).values()) > most
        for most, name in names
    )


@settings(max_examples=400, deadline=None)
@given(
    st.builds(Caps, _most, _most, _most),
    st.lists(_moments, max_size=12),
    st.sampled_from(_ZONES),
    _moments,
)
def test_a_limit_is_reached_just_where_one_session_more_would_exceed_it(
    caps: Caps, wanted: list[datetime], name: str, new: datetime
) -> None:
    zone = ZoneInfo(name)
    given_already: list[datetime] = []
    for moment in wanted:
        days = [each.astimezone(zone).date() for each in [*given_already, moment]]
        if not _exceeds(caps, days):
            given_already.append(moment)
    days = [each.astimezone(zone).date() for each in [*given_already, new]]
    begin, end = limits.counted_with(new, new, zone)
    counted = [each for each in given_already if begin <= each < end]
    found = limits.is_reached(limits.full(caps, counted, zone), new, zone)
    assert found is _exceeds(caps, days)
