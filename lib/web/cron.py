"""Cron: the platform calls a path by the clock, with a secret; a lease lets one run at a time through.

The platform may call twice, at once, or not at all: each job works in small batches, is safe to repeat, and
picks up where the last run stopped.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lib.core import clock, config, ids
from lib.core.db import Db, DuplicateError, transact
from lib.core.errors import ProblemError, UnauthenticatedError
from lib.web.route import Guard, Route, Run

_LEASE = timedelta(seconds=60)  # twice what a function may run (vercel.json), so that the dead let go
_BUDGET = timedelta(seconds=20)


class AlreadyRunningError(ProblemError):
    """Another run of the job holds the lease."""

    status, code = 409, "already_running"
    nb, en = "Jobben kjører allerede", "The job is already running"


def _check(headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    del body, now
    wanted = f"Bearer {config.text('CRON_SECRET')}"
    if not hmac.compare_digest(headers.get("authorization", "").encode(), wanted.encode()):
        raise UnauthenticatedError


_SECRET = Guard(check=_check, errors=(UnauthenticatedError,), scheme="cron")


def cron(path: str) -> Callable[[Callable[..., Any]], Route]:
    """Declare a job; it is called with a Run and returns a report of counts."""

    def wrap(function: Callable[..., Any]) -> Route:
        return Route(
            method="GET",
            path=path,
            function=function,
            guard=_SECRET,
            errors=(AlreadyRunningError,),
            job=path,
        )

    return wrap


@dataclass(frozen=True)
class _Lease:
    leased_until: datetime


def run(handler: Any, route: Route, now: datetime) -> Any:
    """Run the job under its lease; raises AlreadyRunningError."""
    holder = ids.new("run")
    job = str(route.job)
    transact(lambda db: _take(db, job, holder, now))
    try:
        return route.function(handler, Run(now=now, deadline=now + _BUDGET))
    finally:
        finished = clock.now()
        transact(lambda db: _let_go(db, job, holder, finished))


def _take(db: Db, job: str, holder: str, now: datetime) -> None:
    values = {"job": job, "holder": holder, "now": now, "until": now + _LEASE}
    try:
        db.execute(
            """
            INSERT INTO cron_lease (job, leased_until, holder, started_at)
            VALUES (%(job)s, %(until)s, %(holder)s, %(now)s)
            """,
            values,
        )
    except DuplicateError:
        taken = db.execute(
            """
            UPDATE cron_lease
               SET leased_until = %(until)s, holder = %(holder)s, started_at = %(now)s, finished_at = NULL
             WHERE job = %(job)s AND (leased_until <= %(now)s OR holder = %(holder)s)
            """,
            values,
        )
        if not taken:
            raise AlreadyRunningError from None


def _let_go(db: Db, job: str, holder: str, now: datetime) -> None:
    db.execute(
        """
        UPDATE cron_lease
           SET leased_until = %(now)s, finished_at = %(now)s
         WHERE job = %(job)s AND holder = %(holder)s
        """,
        {"job": job, "holder": holder, "now": now},
    )
