"""Cron: the platform calls a path by the clock, with a secret; a lease lets one run through.

The platform may call twice, at once, or not at all: each job works in small batches, is safe to
repeat, and picks up where the last run stopped.
"""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from lib.core import clock, config, ids, log
from lib.core.db import transact
from lib.core.errors import ProblemError, UnauthenticatedError
from lib.web import repository
from lib.web.route import Guard, Route, Run

_LEASE = timedelta(
    seconds=60
)  # twice what a function may run (vercel.json), so that the dead let go
_BUDGET = timedelta(seconds=20)


class AlreadyRunningError(ProblemError):
    """Another run of the job holds the lease."""

    status, code = 409, "already_running"
    nb, en = "Jobben kjører allerede", "The job is already running"


def _check(headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    del body, now
    secret = config.text("CRON_SECRET", "")
    if not secret:
        # Without a secret nobody is let in, and the log says why nothing runs.
        log.event("cron_secret_not_set")
        raise UnauthenticatedError
    wanted = f"Bearer {secret}"
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


def run(handler: Any, route: Route, now: datetime) -> Any:
    """Run the job under its lease; raises AlreadyRunningError."""
    lease = {"job": route.job, "holder": ids.new("run"), "now": now, "until": now + _LEASE}
    if not transact(lambda db: repository.take_lease(db, lease)):
        raise AlreadyRunningError
    try:
        return route.function(handler, Run(now=now, deadline=now + _BUDGET))
    finally:
        finished = {**lease, "now": clock.now()}
        transact(lambda db: repository.let_lease_go(db, finished))
