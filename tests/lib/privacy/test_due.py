"""To the second: when each kind of term ends, and that finding what is due agrees with it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.privacy import due, rules
from lib.privacy.contract import load
from lib.privacy.grammar import Keep

_SECOND = timedelta(seconds=1)
_DAYS = Keep("term", "at", 90, "D")
_YEARS = Keep("term", "at", 3, "Y")
_BOOKS = Keep("bookkeeping", "at")
_times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (given its zone by the strategy)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("keep", "clock", "gone_from"),
    [
        (_DAYS, "2026-01-01T12:00:00", "2026-04-01T12:00:00"),
        (_DAYS, "2027-12-31T00:00:00", "2028-03-30T00:00:00"),  # over a leap day
        (_YEARS, "2026-03-01T08:00:00", "2029-03-01T08:00:00"),
        (_YEARS, "2028-02-28T08:00:00", "2031-02-28T08:00:00"),
        (_YEARS, "2028-02-29T08:00:00", "2031-03-01T00:00:00"),
        (_YEARS, "2025-02-28T23:59:59", "2028-02-28T23:59:59"),
        (Keep("term", "at", 4, "Y"), "2024-02-29T08:00:00", "2028-02-29T08:00:00"),
        (_BOOKS, "2026-01-01T00:00:00", "2031-12-31T23:00:00"),
        (_BOOKS, "2026-12-31T22:59:59", "2031-12-31T23:00:00"),
        (_BOOKS, "2026-12-31T23:00:00", "2032-12-31T23:00:00"),  # the year in Norway
    ],
)
def test_a_row_goes_at_the_second_at_which_its_term_ends(
    keep: Keep, clock: str, gone_from: str
) -> None:
    end = _at(gone_from)
    assert rules.kept_until(keep, _at(clock)) == end
    assert _at(clock) <= due.last_due(keep, end)
    assert _at(clock) > due.last_due(keep, end - _SECOND)


@given(keep=st.sampled_from([_DAYS, _YEARS, _BOOKS]), clock=_times, now=_times)
@example(keep=_YEARS, clock=_at("2024-02-29T23:00:00"), now=_at("2027-03-01T01:00:00"))
@example(keep=_YEARS, clock=_at("2025-02-28T23:59:59"), now=_at("2028-02-29T00:00:00"))
@example(keep=_YEARS, clock=_at("2025-03-01T00:00:00"), now=_at("2028-02-29T23:59:59"))
def test_what_is_found_due_is_what_is_kept_no_longer(
    keep: Keep, clock: datetime, now: datetime
) -> None:
    until = rules.kept_until(keep, clock)
    assert until is not None
    assert (clock <= due.last_due(keep, now)) == (until <= now)


@given(quarter=st.integers(0, 4_000_000), now=_times)
def test_a_clock_of_quarter_hours_agrees_as_well(quarter: int, now: datetime) -> None:
    (rule,) = [one for one in due.retention_rules(load()) if one.table.name == "calendar_atom"]
    until = rules.kept_until(rule.table.keep, quarter)
    assert until is not None
    assert (quarter <= int(str(rule.last_due(now)))) == (until <= now)


@pytest.mark.parametrize("keep", [Keep("account"), Keep("forever")])
def test_where_no_term_runs_nothing_is_due(keep: Keep) -> None:
    with pytest.raises(ValueError, match="has no term"):
        due.last_due(keep, _at("2026-01-01T00:00:00"))


def test_every_table_that_is_not_kept_forever_has_its_rule() -> None:
    contract = load()
    ruled = {rule.table.name for rule in due.retention_rules(contract)}
    assert ruled == {table.name for table in contract if table.keep.rule != "forever"}


def test_rows_go_before_the_rows_that_they_hang_on_or_that_wait_for_them() -> None:
    names = [rule.table.name for rule in due.retention_rules(load())]
    waiting = [(rule, other) for rule in due.retention_rules(load()) for other in rule.after]
    assert len(waiting) > 5
    for rule, other in waiting:
        assert names.index(other) < names.index(rule.table.name), f"{other} → {rule.name}"


def test_what_waits_is_in_the_schema() -> None:
    contract = load()
    for table, waits in due.WAITS.items():
        for wait in waits:
            assert contract[table].column(wait.column)
            assert contract[wait.other].column(wait.other_column)


def test_every_clock_begins_an_index_of_its_own() -> None:
    # Retention reads by the clock, oldest first: without it each batch would read the whole table.
    missing = [
        f"{rule.clock_table.name}: KEY … ({rule.clock})"
        for rule in due.retention_rules(load())
        if (rule.clock,) not in {index.columns for index in rule.clock_table.indexes}
    ]
    assert missing == []
