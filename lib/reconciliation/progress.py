"""How far a check has come: noted with each step, so that the next run goes on there."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from lib.core.db import Db, DuplicateError, transact
from lib.reconciliation import repository
from lib.reconciliation.repository import Progress
from lib.reconciliation.schemas import Checked


def of(db: Db, job: str, now: datetime) -> Progress:
    """Return how far a check has come, locked; one that has none begins its first round."""
    known = repository.progress(db, job=job)
    if known:
        return known
    first = Progress(job, "", "{}", now, None)
    try:
        repository.insert_progress(db, first)
    except DuplicateError:
        return repository.progress(db, job=job) or first
    return first


def begun(progress: Progress, now: datetime) -> Progress:
    """Return the progress with its round begun: one that is at its start begins now."""
    return progress if progress.position else replace(progress, round_began_at=now)


def advanced(
    db: Db, progress: Progress, position: str, carried: dict[str, Any] | None = None
) -> Progress:
    """Note that a check has come this far in its round; `carried` replaces what was carried."""
    kept = progress.carried if carried is None else json.dumps(carried)
    there = replace(progress, position=position, carried=kept)
    repository.save_progress(db, there)
    return there


def ended(
    db: Db, progress: Progress, now: datetime, carried: dict[str, Any] | None = None
) -> Progress:
    """Note that a round is over; the next step begins another."""
    kept = progress.carried if carried is None else json.dumps(carried)
    over = replace(progress, position="", carried=kept, round_ended_at=now)
    repository.save_progress(db, over)
    return over


def carried(progress: Progress) -> dict[str, Any]:
    """Return what was carried along."""
    found: dict[str, Any] = json.loads(progress.carried)
    return found


def checked(job: str, examined: int, opened: int) -> Checked:
    """Return what a run of a check came to, and when its last round ended."""
    there = transact(lambda db: repository.progress(db, job=job))
    ended_at = there.round_ended_at if there else None
    return Checked(check=job, examined=examined, opened=opened, round_ended_at=ended_at)


def caught_up(db: Db, progress: Progress, now: datetime) -> None:
    """Note that there was nothing more to look at; the next run goes on from the same place."""
    repository.save_progress(db, replace(progress, round_ended_at=now))
