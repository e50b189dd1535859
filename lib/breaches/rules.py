"""Breaches of security, as decisions without a database: the 72 hours, and when one is over."""

from datetime import datetime, timedelta
from typing import Literal

type Risk = Literal["unlikely", "likely", "high"]

# GDPR Art. 33(1): hours of the clock, holidays and nights included.
_TIME_TO_NOTIFY = timedelta(hours=72)


def notify_by(noticed_at: datetime) -> datetime:
    """Return by when the authority has to be told."""
    return noticed_at + _TIME_TO_NOTIFY


def is_overdue(
    risk: str, deadline: datetime, notified_at: datetime | None, now: datetime, *, closed: bool
) -> bool:
    """Return whether the authority should have been told and was not."""
    return not closed and risk != "unlikely" and notified_at is None and deadline <= now


def lacks_reason(deadline: datetime, notified_at: datetime | None, delay_reason: str) -> bool:
    """Return whether the authority was told late, and nobody has said why."""
    return notified_at is not None and notified_at > deadline and not delay_reason


def may_close(risk: str, authority_at: datetime | None, people_at: datetime | None) -> bool:
    """Return whether everybody who has to be told was told (GDPR Art. 33(1) and 34(1))."""
    if risk == "unlikely":
        return True
    return authority_at is not None and (risk != "high" or people_at is not None)
