"""Retention: what has served its time goes, by the `keep` of every table and without anyone asking.

    python -m lib.privacy.retention --dry-run      counts what is due, and deletes nothing

Rules take turns, a batch each, so that a table with much to do does not keep the others waiting;
a table waits until the rows that hang on its rows are dealt with. A batch is a transaction. Where a
run stopped is in the data: the next one begins with the oldest rows that are still there.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import cast

from lib.core import clock, log
from lib.core.db import Db, transact
from lib.privacy import contract, repository, retention_repository, rules
from lib.privacy.due import Rule, retention_rules
from lib.privacy.retention_schemas import RetentionReport, RetentionRule
from lib.privacy.statements import Key

BATCH = 1_000

# Which of some people have something that holds their data back: a hold, or a restriction.
type Holds = Callable[[Db, Sequence[str], datetime], set[str]]


@dataclass
class _Course:
    """How far a run has come with a rule."""

    rule: Rule
    after: Key | None = None
    gone: int = 0
    held: int = 0
    finished: bool = False


@dataclass(frozen=True)
class _Batch:
    """What became of a page: rows gone, rows held back, and where the next one begins."""

    gone: int
    held: int
    after: Key | None


def run(
    now: datetime,
    deadline: datetime,
    *,
    holds: Holds | None = None,
    size: int = BATCH,
    dry: bool = False,
) -> RetentionReport:
    """Delete or empty what is due, until nothing is or the deadline; `dry` only counts it."""
    courses = [_Course(rule) for rule in retention_rules(contract.load())]
    work = partial(_batch, now, holds or _holds, size, dry=dry)
    while clock.now() < deadline:
        ready = _ready(courses)
        if not ready:
            break
        for course in ready:
            if clock.now() >= deadline:
                break
            _advance(course, transact(partial(work, course.rule, course.after)))
    report = RetentionReport(
        finished=all(course.finished for course in courses),
        # Each in a transaction of its own: none keeps the engine from clearing away what is gone.
        rules=[_reported(course) for course in courses],
    )
    if not dry:
        _log(report)
    return report


def _ready(courses: Sequence[_Course]) -> list[_Course]:
    """Return the rules that are not through, and whose rows wait for no rule that is not."""
    busy = {course.rule.table.name for course in courses if not course.finished}
    return [course for course in courses if not course.finished and not course.rule.after & busy]


def _advance(course: _Course, batch: _Batch) -> None:
    course.gone += batch.gone
    course.held += batch.held
    course.after = batch.after
    course.finished = batch.after is None


def _batch(
    now: datetime, holds: Holds, size: int, rule: Rule, after: Key | None, db: Db, *, dry: bool
) -> _Batch:
    emptied = rules.emptied_columns(rule.table) if rule.empties else ()
    if rule.empties and not emptied:
        return _Batch(0, 0, None)
    found = retention_repository.due_rows(db, rule, now, after=after, limit=size, emptied=emptied)
    people = sorted({person for row in found for person in row.people})
    held = holds(db, people, now) if people else set()
    keys = [row.key for row in found if not row.people & held]
    gone = len(keys)
    if keys and not dry:
        if rule.empties:
            repository.empty_columns(db, rule.table, emptied, keys, now)
        else:
            gone = retention_repository.delete(db, rule, now, keys)
    is_last = len(found) < size
    return _Batch(gone, len(found) - len(keys), None if is_last else found[-1].position)


def _holds(db: Db, people: Sequence[str], now: datetime) -> set[str]:
    from lib.privacy import holds

    return holds.held_people(db, people, now) | holds.restricted_people(db, people)


def _reported(course: _Course) -> RetentionRule:
    rule = course.rule
    oldest = _oldest(course) if rule.table.keep.rule != "account" else None
    return RetentionRule(
        table=rule.table.name,
        keep=str(rule.table.keep),
        gone=course.gone,
        held=course.held,
        oldest=None if oldest is None else rules.moment(oldest),
        finished=course.finished,
    )


def _oldest(course: _Course) -> datetime | date | int | None:
    """Return the earliest clock of a rule's rows, or the one at which its run was cut off.

    Looking for the earliest then would walk over all that was just deleted, which stands in the
    index until the engine clears it away.
    """
    if course.after is not None:
        return cast("datetime | date | int", course.after[0])
    return transact(lambda db: retention_repository.oldest(db, course.rule))


def _log(report: RetentionReport) -> None:
    for rule in report.rules:
        if rule.gone or rule.held:
            log.event(
                "retention_rule", table=rule.table, keep=rule.keep, gone=rule.gone, held=rule.held
            )
    log.event(
        "retention_run",
        finished=report.finished,
        gone=sum(rule.gone for rule in report.rules),
        held=sum(rule.held for rule in report.rules),
    )


def main(arguments: Sequence[str]) -> int:
    """Count what is due, and print a line for each rule."""
    parser = argparse.ArgumentParser(prog="python -m lib.privacy.retention")
    parser.add_argument("--dry-run", action="store_true", required=True, help="delete nothing")
    parser.parse_args(arguments)
    now = clock.now()
    report = run(now, datetime.max.replace(tzinfo=now.tzinfo), dry=True)
    lines = [f"{'table':24} {'kept':30} {'due':>9} {'held':>6}  oldest"]
    lines += [
        f"{one.table:24} {one.keep:30} {one.gone:9} {one.held:6}  {one.oldest or '-'}"
        for one in report.rules
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
