"""What goes in and out about messages that were given up."""

from datetime import datetime

from lib.web.schema import Input, Output, PageQuery, Reason


class ListParked(PageQuery):
    """A page of messages that were given up, and why they are read."""

    reason: Reason


class TryAgain(Input):
    """Why it should go better now."""

    reason: Reason


class ParkedMessage(Output):
    """Something that the world was to hear, and that was given up; `last_error` is a code."""

    id: str
    topic: str
    subject_id: str
    attempts: int
    created_at: datetime
    parked_at: datetime
    last_error: str | None


class ParkedMessages(Output):
    """A page of them, oldest first."""

    messages: list[ParkedMessage]
    next: str | None
