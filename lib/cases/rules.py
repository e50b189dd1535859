"""Requests by right, as decisions without a database: by when, and what may follow what."""

import calendar
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

type Kind = Literal[
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "complaint",
    "other",
]
# What others wrote of somebody who was erased is no request of anybody's, but a case like one.
type CaseKind = Kind | Literal["mentions"]
type State = Literal["received", "identified", "decided", "closed"]
# What operators decide; a person may also take their request back.
type Verdict = Literal["granted", "partly", "refused", "duplicate"]
type Decision = Verdict | Literal["withdrawn"]

MAX_OPEN = 20
_NORWAY = ZoneInfo("Europe/Oslo")
_MONTHS_TO_ANSWER = 1


def due(received_at: datetime, more_months: int = 0) -> datetime:
    """Return when a request has to be answered: a calendar month later (GDPR Art. 12(3)).

    On the same day of the month in Norway, or its last day where it has no such day, at the same
    time of day.
    """
    local = received_at.astimezone(_NORWAY)
    month = local.month - 1 + _MONTHS_TO_ANSWER + more_months
    year, month = local.year + month // 12, month % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)


def days_left(due_at: datetime, now: datetime) -> int:
    """Return how many whole days are left; 0 on the last one and ever after."""
    return max((due_at - now).days, 0)


def is_overdue(due_at: datetime, closed_at: datetime | None, now: datetime) -> bool:
    """Return whether a request should have been answered, and what was decided carried out."""
    return closed_at is None and due_at <= now


def is_undecided(state: str) -> bool:
    """Return whether a request waits for its decision."""
    return state in {"received", "identified"}


def may_extend(state: str, due_at: datetime, extended_at: datetime | None, now: datetime) -> bool:
    """Return whether more time can be taken: once, and told within the first month."""
    return is_undecided(state) and extended_at is None and now < due_at


def needs_identity(decision: Decision) -> bool:
    """Return whether a decision can be made only for somebody who is known."""
    return decision in {"granted", "partly"}


def state_after(decision: Decision) -> State:
    """Return where a request stands once it is decided: what is granted has yet to be done."""
    return "decided" if needs_identity(decision) else "closed"


def is_for_a_claim(reason: str) -> bool:
    """Return whether somebody's restricted data may be read for it: claims, and others' rights."""
    return reason in {"dispute", "breach"}


def may_correct(kind: str, state: str) -> bool:
    """Return whether an operator may change a person's data on this request."""
    return kind == "rectification" and state in {"identified", "decided"}
