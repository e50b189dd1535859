"""The books, checked: from within over the whole history, and both ways against Vipps and Stripe.

Each run goes on where the last one stopped, in shares of its time, so that a long check does not
keep the others from theirs. What is off becomes a difference, which an operator looks at; nothing
here puts anything right.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from lib.core import clock, log
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError, ProviderUnavailableError
from lib.ledger.schemas import AccountTotal
from lib.operators import service as operators
from lib.papers import service as papers
from lib.providers.http import ProviderRefusedError
from lib.reconciliation import (
    comparing,
    days,
    inside,
    progress,
    repository,
    stripe_days,
    vipps_days,
    walking,
)
from lib.reconciliation.kinds import OF_TRANSIT, Kind
from lib.reconciliation.schemas import BooksReport, Checked, ReadBooks
from lib.reconciliation.walking import Walk

_ENTRIES = "entries"
_MOST_JOBS = 100
_WITHIN = 0.5
_RAILS = 0.75
_KINDS = tuple(Kind)
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def check(now: datetime, deadline: datetime) -> BooksReport:
    """Go on with every check until the deadline; return what stands, and raise the alarm over it.

    Papers that are missing are issued first, by their own sweep: that is no check.
    """
    began = clock.now()
    issued = papers.sweep(now, _share(began, deadline, _WITHIN / 2))
    within = _share(began, deadline, _WITHIN)
    checks = [walking.walk(each, now, within) for each in transact(_in_turn)]
    rails = _share(began, deadline, _RAILS)
    checks += [comparing.compare_purchases(now, rails), comparing.compare_payouts(now, rails)]
    checks += [vipps_days.check(now, deadline), stripe_days.check(now, deadline)]
    checks += _balance(now)
    days.recheck(now, deadline)
    report = transact(lambda db: _report(db, checks, issued))
    if report.differences:
        log.event("books_off", differences=report.differences, transit=report.open_transit)
    return report


def read(db: Db, wanted: ReadBooks, *, operator_id: str, now: datetime) -> BooksReport:
    """Return what the last round found, for an operator.

    Raises NotFoundError before the first round is over.
    """
    operators.log(db, operator_id, "read_books", None, wanted.reason, now)
    rounds = [
        Checked(check=each.job, examined=0, opened=0, round_ended_at=each.round_ended_at)
        for each in repository.all_progress(db, limit=_MOST_JOBS)
    ]
    if not rounds:
        raise NotFoundError
    return _report(db, rounds, 0)


def _in_turn(db: Db) -> list[Walk]:
    """Return the checks from within, that first whose last round ended the longest ago.

    One that takes many runs goes on until it is through, and no other begins again before it is.
    """
    ended = {
        each.job: each.round_ended_at for each in repository.all_progress(db, limit=_MOST_JOBS)
    }
    return sorted(inside.WALKS, key=lambda walk: ended.get(walk.job) or _NEVER)


def _share(began: datetime, deadline: datetime, part: float) -> datetime:
    """Return until when so much of the time from the beginning on may be used."""
    return began + max(deadline - began, timedelta()) * part


def _balance(now: datetime) -> list[Checked]:
    try:
        return [stripe_days.check_balance(now)]
    except (ProviderUnavailableError, ProviderRefusedError) as error:
        log.failure("balance_not_compared", error)
        return []


def _report(db: Db, checks: list[Checked], issued: int) -> BooksReport:
    # Read without a lock: an operator does not wait for a page that is being checked.
    jobs = {each.job: each for each in repository.all_progress(db, limit=_MOST_JOBS)}
    there = jobs.get(_ENTRIES)
    whole: dict[str, Any] = progress.carried(there).get("whole", {}) if there else {}
    return BooksReport(
        accounts=[AccountTotal(**each) for each in whole.get("accounts", [])],
        sum_ore=whole.get("sum_ore", 0),
        open_transit=repository.count_open(db, kinds=sorted(OF_TRANSIT)),
        differences=repository.count_open(db, kinds=_KINDS),
        papers=issued,
        checks=checks,
    )
