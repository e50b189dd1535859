"""Theirs against ours, a day at a time: what a provider has that our books have not.

A day that is over is looked at once, from the first on which anybody was to pay: when money was
taken for the first time we may have heard days after it was. Which was the last is noted with what
was found. What is about something that we know only has that compared: how it
differs, and when it no longer does, is said there. What we do not know stays a difference until it
is known, or an operator has explained it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from lib.core import batches, clock, log
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.providers.http import ProviderRefusedError
from lib.providers.vipps.report import DayNotClosedError
from lib.reconciliation import differences, progress, rail_repository, repository
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.repository import Difference
from lib.reconciliation.schemas import Checked
from lib.treasury import service as treasury
from lib.treasury.rules import Move

_DAY = timedelta(days=1)
_RECHECKED = (Kind.TOP_UP_UNKNOWN, Kind.DISPUTE_UNKNOWN, Kind.TRANSFER_UNKNOWN)
_BATCH = 200


@dataclass(frozen=True)
class Seen:
    """What a day has shown, and what is carried over to the next one."""

    findings: Sequence[Finding]
    carried: dict[str, Any]


# Looks at a day, with what was carried over; raises where the provider does not tell (yet).
type Look = Callable[[date, dict[str, Any], datetime], Seen]


def run(job: str, look: Look, last: date, now: datetime, deadline: datetime) -> Checked:
    """Look at every day that was not looked at, up to the last one that is over."""
    examined = opened = 0
    while clock.now() < deadline:
        found = transact(partial(_next, job, last, now))
        if found is None:
            break
        day, carried = found
        try:
            seen = look(day, carried, now)
        except (DayNotClosedError, ProviderUnavailableError):
            break
        except ProviderRefusedError as error:
            log.event("report_refused", job=job, code=error.code)
            break
        opened += transact(partial(_note, job, day, seen, now))
        examined += 1
    return progress.checked(job, examined, opened)


def recheck(now: datetime, deadline: datetime) -> int:
    """Close differences about what was not known and is by now; return how many."""

    def page(after: str) -> list[Difference]:
        return transact(
            lambda db: repository.open_of(db, kinds=_RECHECKED, after=after, limit=_BATCH)
        )

    waiting = batches.until(deadline, page, lambda difference: difference.id)
    return sum(transact(partial(_closed_if_known, each, now)) for each in waiting)


def _next(job: str, last: date, now: datetime, db: Db) -> tuple[date, dict[str, Any]] | None:
    """Return the day that is to be looked at; None where there is none, and the round is over."""
    here = progress.of(db, job, now)
    day = date.fromisoformat(here.position) + _DAY if here.position else _first(db)
    if day is None or day > last:
        progress.caught_up(db, here, now)
        return None
    return day, progress.carried(here)


def _first(db: Db) -> date | None:
    begun = rail_repository.first_purchase(db)
    # A day is begun in Norway before it is in UTC, and elsewhere after.
    return (begun - _DAY).date() if begun else None


def _note(job: str, day: date, seen: Seen, now: datetime, db: Db) -> int:
    here = progress.of(db, job, now)
    progress.advanced(db, here, day.isoformat(), seen.carried)
    return differences.note(db, seen.findings, now)


def _closed_if_known(difference: Difference, now: datetime, db: Db) -> bool:
    if not _is_known(db, difference):
        return False
    differences.close_about(db, [Kind(difference.kind)], difference.subject_id, now)
    return True


def _is_known(db: Db, difference: Difference) -> bool:
    subject = [difference.subject_id]
    if difference.kind == Kind.TOP_UP_UNKNOWN:
        return treasury.known(db, Move.BANK_TO_STRIPE, difference.subject_id) is not None
    if difference.kind == Kind.DISPUTE_UNKNOWN:
        return bool(rail_repository.known_disputes(db, provider_ids=subject))
    found = rail_repository.payouts_of_transfers(db, provider_ids=subject)
    return any(payout.state == "paid" for payout in found)
