"""Walking through everything there is, page by page, each page a transaction of its own.

A page's facts are read, judged and noted in one transaction, so that they are of one moment, and
the place where it ends is noted with them: a run that is cut short goes on there. At the end of a
round the differences are closed that it has not seen any more. Nothing holds more than a page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from lib.core import clock
from lib.core.db import Db, transact
from lib.reconciliation import differences, progress
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.schemas import Checked


@dataclass(frozen=True)
class Page:
    """What a page held; `last` is where the next one begins, '' where there was nothing left."""

    last: str
    examined: int
    findings: Sequence[Finding] = ()
    sums: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Walk:
    """A check: which invariants it alone looks at, and how it reads and judges a page after a key.

    `finish` is told the sums of a whole round, and returns what is to be kept of it.
    """

    job: str
    kinds: frozenset[Kind]
    page: Callable[[Db, str, datetime], Page]
    finish: Callable[[Db, Mapping[str, int], datetime], dict[str, Any]] | None = None


@dataclass(frozen=True)
class _Step:
    examined: int
    opened: int
    is_over: bool


def walk(one: Walk, now: datetime, deadline: datetime) -> Checked:
    """Go on with a check to the end of its round, or the deadline."""
    examined = opened = 0
    while clock.now() < deadline:
        step = transact(partial(_step, one, now))
        examined, opened = examined + step.examined, opened + step.opened
        if step.is_over:
            break
    return progress.checked(one.job, examined, opened)


def _step(one: Walk, now: datetime, db: Db) -> _Step:
    here = progress.begun(progress.of(db, one.job, now), now)
    page = one.page(db, here.position, now)
    opened = differences.note(db, page.findings, now)
    kept = progress.carried(here)
    if page.last:
        sums = dict(kept.get("sums", {}) if here.position else {})
        for name, ore in page.sums.items():
            sums[name] = sums.get(name, 0) + ore
        progress.advanced(db, here, page.last, {**kept, "sums": sums})
        return _Step(page.examined, opened, is_over=False)
    differences.close_unseen(db, sorted(one.kinds), here.round_began_at, now)
    if one.finish:
        kept["whole"] = one.finish(db, kept.get("sums", {}) if here.position else {}, now)
    progress.ended(db, here, now, kept)
    return _Step(page.examined, opened, is_over=True)
