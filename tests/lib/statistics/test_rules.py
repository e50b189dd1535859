"""No two published figures, nor any number of them, tell of fewer than k people."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from lib.statistics import rules
from lib.statistics.rules import Bundle, Cell

_K = 3
_PEOPLE = st.integers(0, 6)
_SESSIONS = st.lists(
    st.tuples(
        st.sampled_from(["2026-01", "2026-02", "2026-03", ""]),
        st.frozensets(st.sampled_from(["a", "b", "c"])),
        _PEOPLE,
        _PEOPLE,
        # '' for one that is no longer counted when the year is published: somebody is restricted.
        st.sampled_from(["2026", "2026", "2026", ""]),
    ),
    max_size=60,
)
type Session = tuple[str, frozenset[str], int, int, str]


def _bundled(sessions: list[Session]) -> list[Bundle]:
    found: dict[tuple[str, str, frozenset[str]], Bundle] = {}
    for month, skills, mentor, mentee, year in sessions:
        bundle = found.setdefault((year, month, skills), Bundle(year, month, skills))
        bundle.add(f"m{mentor}", f"e{mentee}", _K)
    return list(found.values())


def _published(sessions: list[Session], periods: list[str]) -> list[Cell]:
    bundles = _bundled(sessions)
    told: list[Cell] = []
    for period in periods:
        totals = [cell for cell in told if not cell.skill]
        told += rules.allowed(rules.candidates_of(period, bundles), totals, bundles, _K)
    return told


def _counted(cell: Cell, sessions: list[Session]) -> set[int]:
    """Return which sessions a figure counts, found apart from the rules."""
    return {
        at
        for at, (month, skills, _, _, year) in enumerate(sessions)
        if (cell.period in {month, year}) and (not cell.skill or cell.skill in skills)
    }


def _is_safe(part: set[int], sessions: list[Session]) -> bool:
    mentors = {sessions[at][2] for at in part}
    mentees = {sessions[at][3] for at in part}
    return not part or min(len(mentors), len(mentees)) >= _K


_ORDERS = st.permutations(["2026-01", "2026-02", "2026-03", "2026"])


@given(_SESSIONS, _ORDERS)
def test_no_pair_of_figures_tells_of_fewer_than_k_people(
    sessions: list[Session], order: list[str]
) -> None:
    counted = [_counted(cell, sessions) for cell in _published(sessions, order)]
    for one in counted:
        assert one
        assert _is_safe(one, sessions)
    for one, other in combinations(counted, 2):
        for part in (one - other, other - one, one & other):
            assert _is_safe(part, sessions)


@given(_SESSIONS, _ORDERS)
def test_nor_does_what_any_number_of_figures_leave_over(
    sessions: list[Session], order: list[str]
) -> None:
    counted = [_counted(cell, sessions) for cell in _published(sessions, order)]
    classes: dict[tuple[bool, ...], set[int]] = {}
    for at in range(len(sessions)):
        signature = tuple(at in one for one in counted)
        classes.setdefault(signature, set()).add(at)
    assert all(_is_safe(part, sessions) for sign, part in classes.items() if any(sign))


def test_a_skill_is_kept_back_where_the_rest_of_the_month_would_be_few() -> None:
    many = [("2026-01", frozenset({"a"}), at, at, "2026") for at in range(5)]
    few = [("2026-01", frozenset[str](), at, at, "2026") for at in range(2)]
    assert _published(many, ["2026-01"]) == [Cell("2026-01"), Cell("2026-01", "a")]
    assert _published([*many, *few], ["2026-01"]) == [Cell("2026-01")]


def test_a_year_is_kept_back_where_it_would_tell_of_the_month_that_was_not_told() -> None:
    january = [("2026-01", frozenset[str](), at, at, "2026") for at in range(5)]
    late = [("", frozenset[str](), 0, 1, "2026")]
    assert Cell("2026") in _published(january, ["2026-01", "2026"])
    assert Cell("2026") not in _published([*january, *late], ["2026-01", "2026"])
    assert Cell("2026") in _published([*january, *late], ["2026"])


def test_a_year_is_kept_back_where_its_months_would_tell_whom_it_leaves_out() -> None:
    january = [("2026-01", frozenset[str](), at, at, "2026") for at in range(5)]
    left_out = [("2026-01", frozenset[str](), 5, 5, "")]
    assert Cell("2026") in _published(january, ["2026-01", "2026"])
    assert _published([*january, *left_out], ["2026-01", "2026"]) == [Cell("2026-01")]


def test_who_is_restricted_is_known_by_the_last_turn_before() -> None:
    begins = datetime(2026, 5, 1, tzinfo=UTC)
    ends = begins + timedelta(days=1)
    turns = [rules.Turn(is_restricted=True, decided_at=begins)]
    turns.append(rules.Turn(is_restricted=False, decided_at=ends))
    moments = (begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends)
    assert [rules.was_restricted(turns, at) for at in moments] == [False, True, True, False]
    assert not rules.was_restricted((), begins)


def test_many_sessions_of_one_person_are_no_crowd() -> None:
    alone = [("2026-01", frozenset[str](), 1, at, "2026") for at in range(20)]
    assert _published(alone, ["2026-01"]) == []


def test_periods_follow_each_other_and_a_year_follows_its_december() -> None:
    periods = ["2026-11"]
    for _ in range(3):
        periods.append(rules.following(periods[-1]))
    assert periods == ["2026-11", "2026-12", "2026", "2027-01"]
    assert rules.span("2026-03")[1] == rules.span("2026-04")[0]
    assert rules.span("2026")[0] == rules.span("2026-01")[0]
    assert all(rules.settled_at(a) <= rules.settled_at(b) for a, b in pairwise(periods))
