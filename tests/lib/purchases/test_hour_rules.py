"""Which hours are drawn first, and what of them goes back when a session is called off."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.purchases.hour_rules import CalledOff, draw, given_back

START = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 40)),
    st.integers(0, 100),
)
def test_hours_are_drawn_in_order_never_more_than_there_are(
    packs: dict[str, int], needed: int
) -> None:
    drawn = draw(packs, needed)
    assert sum(drawn.values()) == min(needed, sum(packs.values()))
    assert all(0 < quarters <= packs[key] for key, quarters in drawn.items())
    # Whoever comes later gives nothing before the earlier ones are empty.
    emptied = [key for key, left in packs.items() if left]
    assert list(drawn) == emptied[: len(drawn)]
    assert all(drawn[key] == packs[key] for key in list(drawn)[:-1])


@pytest.mark.parametrize(
    ("notice", "back"),
    [
        (timedelta(hours=24), 4),
        (timedelta(hours=24) - timedelta(microseconds=1), 2),
        (timedelta(0), 2),
    ],
)
def test_half_is_used_when_the_mentee_calls_off_within_a_day(notice: timedelta, back: int) -> None:
    called_off = CalledOff(
        is_by_mentee=True, at=START - notice, starts_at=START, withdrawable_until=LONG_AGO
    )
    assert given_back(4, called_off) == back


@pytest.mark.parametrize(("quarters", "back"), [(1, 1), (2, 1), (3, 2), (5, 3), (32, 16)])
def test_what_is_used_is_rounded_down(quarters: int, back: int) -> None:
    late = CalledOff(is_by_mentee=True, at=START, starts_at=START, withdrawable_until=LONG_AGO)
    assert given_back(quarters, late) == back


def test_whoever_can_still_withdraw_gets_everything_back() -> None:
    late = CalledOff(
        is_by_mentee=True,
        at=START,
        starts_at=START,
        withdrawable_until=START + timedelta(microseconds=1),
    )
    assert given_back(4, late) == 4


def test_the_mentor_or_nobody_costs_the_mentee_nothing() -> None:
    late = CalledOff(is_by_mentee=False, at=START, starts_at=START, withdrawable_until=LONG_AGO)
    assert given_back(4, late) == 4
