"""Which figures may be published: none that tells of fewer than ten people, alone or with others.

The published cells cut the sessions into classes: two sessions are in one class when every cell
that has one of them has the other. Whatever is added to or taken from what, sums of whole classes
are all that anybody gets. So a cell is published only where afterwards every class has sessions of
at least K mentors and of at least K mentees. That is the threshold, the complementary suppression
and the guard against differences in one, over this publication and all that went before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

K = 10
# A session may be decided some time after its end: what is later still counts in the year only.
SETTLED_AFTER = timedelta(days=7)
MOST_SKILLS = 50
_ZONE = ZoneInfo("Europe/Oslo")
_DECEMBER = 12


@dataclass(frozen=True)
class Cell:
    """Sessions of a month (2026-10) or a year (2026), of one skill or of all ('')."""

    period: str
    skill: str = ""


@dataclass
class Bundle:
    """Sessions that no cell can tell apart; of their people K on each side are kept, as is enough.

    `month` is '' for a session that is not counted in its month, `year` likewise: it was decided
    too late, or somebody in it had processing restricted when the figure was published.
    """

    year: str
    month: str
    skills: frozenset[str]
    sessions: int = 0
    mentors: set[str] = field(default_factory=set)
    mentees: set[str] = field(default_factory=set)

    def add(self, mentor_id: str, mentee_id: str, k: int = K) -> None:
        """Count a session."""
        self.sessions += 1
        for people, one in ((self.mentors, mentor_id), (self.mentees, mentee_id)):
            if len(people) < k:
                people.add(one)


@dataclass(frozen=True)
class Turn:
    """Somebody had processing restricted from then on, or ended that."""

    is_restricted: bool
    decided_at: datetime


def was_restricted(turns: Iterable[Turn], at: datetime) -> bool:
    """Return whether processing was restricted at a moment, by turns in their order."""
    state = False
    for turn in turns:
        if turn.decided_at <= at:
            state = turn.is_restricted
    return state


def covers(cell: Cell, bundle: Bundle) -> bool:
    """Return whether the sessions are counted in the cell."""
    if cell.period not in {bundle.year, bundle.month}:
        return False
    return not cell.skill or cell.skill in bundle.skills


def count(cell: Cell, bundles: Iterable[Bundle]) -> int:
    """Return how many sessions the cell counts."""
    return sum(each.sessions for each in bundles if covers(cell, each))


def allowed(
    candidates: Sequence[Cell], published: Sequence[Cell], bundles: Sequence[Bundle], k: int = K
) -> list[Cell]:
    """Return the candidates that may be published beside what is, each beside those before it."""
    accepted: list[Cell] = []
    for cell in candidates:
        counted = [*published, *accepted, cell]
        if count(cell, bundles) and all(_is_many(each, k) for each in _classes(counted, bundles)):
            accepted.append(cell)
    return accepted


def _classes(cells: Sequence[Cell], bundles: Iterable[Bundle]) -> list[list[Bundle]]:
    """Return the classes that cells cut the sessions into; what none of them counts is in none."""
    found: dict[tuple[bool, ...], list[Bundle]] = {}
    for each in bundles:
        signature = tuple(covers(cell, each) for cell in cells)
        if any(signature):
            found.setdefault(signature, []).append(each)
    return list(found.values())


def _is_many(bundles: Sequence[Bundle], k: int) -> bool:
    mentors = set[str]().union(*(each.mentors for each in bundles))
    mentees = set[str]().union(*(each.mentees for each in bundles))
    return min(len(mentors), len(mentees)) >= k


def candidates_of(period: str, bundles: Sequence[Bundle]) -> list[Cell]:
    """Return what one would like to publish of a period: its total, of a month each skill, too."""
    total = Cell(period)
    skills = {skill for each in bundles if covers(total, each) for skill in each.skills}
    if period.count("-") == 0:
        return [total]
    cells = [Cell(period, skill) for skill in skills]
    cells.sort(key=lambda cell: (-count(cell, bundles), cell.skill))
    return [total, *cells[:MOST_SKILLS]]


def month_of(moment: datetime) -> str:
    """Return the month in Norway: 2026-10."""
    return moment.astimezone(_ZONE).strftime("%Y-%m")


def span(period: str) -> tuple[datetime, datetime]:
    """Return when a month or a year begins and ends in Norway."""
    year, _, month = period.partition("-")
    begins = datetime(int(year), int(month or 1), 1, tzinfo=_ZONE)
    if not month or begins.month == _DECEMBER:
        return begins, datetime(int(year) + 1, 1, 1, tzinfo=_ZONE)
    return begins, datetime(int(year), begins.month + 1, 1, tzinfo=_ZONE)


def settled_at(period: str) -> datetime:
    """Return from when a period is published; what is decided later is not counted in it."""
    return span(period)[1] + SETTLED_AFTER


def following(period: str) -> str:
    """Return the period after it: a month's next month, and after December its year.

    A year is published after its months, so that its remainder is judged by what they have told.
    """
    year, _, month = period.partition("-")
    if not month:
        return f"{int(year) + 1}-01"
    if int(month) == _DECEMBER:
        return year
    return f"{year}-{int(month) + 1:02}"
