"""Statistics of sessions that were held: published once, stored, and told from what is stored.

Nobody's question is ever computed from the sessions themselves: a question can't single anybody
out, and the same question has the same answer for ever.
"""

from datetime import datetime
from functools import partial

from lib.core import clock
from lib.core.db import Db, DuplicateError, transact
from lib.statistics import repository, rules
from lib.statistics.repository import Held
from lib.statistics.rules import Bundle, Cell, Turn
from lib.statistics.schemas import Figure, Period, Published, Statistics, StatisticsQuery

_PAGE = 1000
_SKILLS_OF_A_PAGE = 100_000
_MOST_RELEASES = 2000
_MOST_TURNS = 100_000
_MONTHS = 12
_LENGTHS = {"month": 7, "skill": 7, "year": 4}
_LAST = "9999-99"


def publish(now: datetime, deadline: datetime) -> Published:
    """Publish each period that has settled, oldest first and each in a transaction of its own."""
    periods = figures = 0
    for period in transact(lambda db: _due(db, now)):
        if clock.now() >= deadline:
            break
        try:
            figures += transact(partial(_publish, period=period, now=now))
        except DuplicateError:
            continue  # another run was quicker
        periods += 1
    return Published(periods=periods, figures=figures)


def read(db: Db, query: StatisticsQuery) -> Statistics:
    """Return a page of what has been published."""
    found = repository.releases(
        db, length=_LENGTHS[query.by], before=query.after or _LAST, limit=query.limit + 1
    )
    shown = found[: query.limit]
    told = []
    if shown:
        most = len(shown) * (rules.MOST_SKILLS + 2) * 2
        told = repository.told(db, first=shown[-1].period, last=shown[0].period, limit=most)
    periods = [
        Period(
            period=release.period,
            published_at=release.released_at,
            figures=[
                Figure(skill=each.skill or None, sessions=each.sessions)
                for each in told
                if each.period == release.period and bool(each.skill) == (query.by == "skill")
            ],
        )
        for release in shown
    ]
    return Statistics(
        k=rules.K, periods=periods, next=shown[-1].period if len(found) > query.limit else None
    )


def _due(db: Db, now: datetime) -> list[str]:
    """Return the periods since the first session that have settled and are not decided on."""
    first = repository.first_held(db)
    if first is None:
        return []
    done = repository.released(db, _MOST_RELEASES)
    due = []
    period = rules.month_of(first)
    while rules.settled_at(period) <= now:
        due += [] if period in done else [period]
        period = rules.following(period)
    return due


def _publish(db: Db, *, period: str, now: datetime) -> int:
    """Decide what of a period can be told beside what was told before; return how many figures."""
    repository.insert_release(db, period=period, now=now)
    year = period[:4]
    bundles = _bundles(db, year, now)
    told = repository.told(db, first=year, last=f"{year}-12", limit=_MOST_RELEASES)
    # The skills of a month are told with it, once: later only its total can be cut by another.
    totals = [each for each in told if not each.skill]
    history = [Cell(each.period) for each in totals]
    is_as_told = all(rules.count(Cell(each.period), bundles) == each.sessions for each in totals)
    candidates = rules.candidates_of(period, bundles) if is_as_told else []
    cells = rules.allowed(candidates, history, bundles)
    rows: list[dict[str, object]] = [
        {
            "period": period,
            "place": place,
            "skill": cell.skill,
            "sessions": rules.count(cell, bundles),
        }
        for place, cell in enumerate(cells)
    ]
    repository.insert_cells(db, rows)
    return len(rows)


def _bundles(db: Db, year: str, now: datetime) -> list[Bundle]:
    """Return the year's sessions, bundled; read in pages, kept without who they were."""
    begins, ends = rules.span(year)
    published = _published(db, year)
    found: dict[tuple[str, str, frozenset[str]], Bundle] = {}
    skills: dict[str, frozenset[str]] = {}
    last: Held | None = None
    while page := repository.held(db, begins=begins, ends=ends, after=last, limit=_PAGE):
        _learn(db, page, skills)
        restricted = _restricted(db, page)
        for one in page:
            counted = [
                period if _is_counted(one, period, restricted, published.get(period, now)) else ""
                for period in (year, rules.month_of(one.ends_at))
            ]
            if any(counted):
                key = (counted[0], counted[1], skills[one.mentor_id])
                bundle = found.setdefault(key, Bundle(*key))
                bundle.add(one.mentor_id, one.mentee_id)
        last = page[-1]
    return list(found.values())


def _is_counted(
    one: Held, period: str, restricted: dict[str, list[Turn]], published_at: datetime
) -> bool:
    """Return whether a session counts in a period: decided in time, and of people who may be.

    Whoever had processing restricted when the period was published is not in it; what was published
    before can be counted again as it was.
    """
    if (one.closed_at or one.ends_at) >= rules.settled_at(period):
        return False
    return not any(
        rules.was_restricted(restricted.get(person_id, ()), published_at)
        for person_id in (one.mentor_id, one.mentee_id)
    )


def _published(db: Db, year: str) -> dict[str, datetime]:
    """Return when the year and its months were published, those that were."""
    months = repository.releases(db, length=_LENGTHS["month"], before=f"{year}-99", limit=_MONTHS)
    years = repository.releases(db, length=_LENGTHS["year"], before=f"{year}~", limit=1)
    return {each.period: each.released_at for each in (*months, *years)}


def _restricted(db: Db, page: list[Held]) -> dict[str, list[Turn]]:
    """Return when people of a page had processing restricted; of most there is nothing."""
    people = {person for one in page for person in (one.mentor_id, one.mentee_id)}
    found: dict[str, list[Turn]] = {}
    for each in repository.restrictions_of(db, sorted(people), _MOST_TURNS):
        turn = Turn(each.is_restricted, each.decided_at)
        found.setdefault(each.person_id, []).append(turn)
    return found


def _learn(db: Db, page: list[Held], known: dict[str, frozenset[str]]) -> None:
    """Look up what the mentors of a page can help with."""
    new = {one.mentor_id for one in page} - known.keys()
    if not new:
        return
    gathered: dict[str, set[str]] = {mentor: set() for mentor in new}
    for each in repository.skills_of(db, sorted(new), _SKILLS_OF_A_PAGE):
        gathered[each.person_id].add(" ".join(each.skill.casefold().split()))
    known.update({mentor: frozenset(skills) for mentor, skills in gathered.items()})
