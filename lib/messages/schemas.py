"""What goes in and out of conversations."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from lib.core import ids
from lib.core.errors import ProblemError
from lib.messages.rules import MAX_LENGTH, MAX_NUMBER
from lib.web.schema import Input, Output, PageQuery

Text = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]
Order = Literal["newest", "oldest"]


class Write(Input):
    """A message: plain text."""

    text: Text


class WriteTo(Write):
    """A message to somebody: a mentor who is listed, or the other party of a session."""

    recipient_id: str = Field(pattern="^per" + ids.PATTERN)


class ListMessages(PageQuery):
    """A page of a conversation; `after` may be a `next`, or with `oldest` a `newest`."""

    order: Order = "newest"


class MarkRead(Input):
    """Up to which message you have read."""

    number: int = Field(ge=1, le=MAX_NUMBER)


class Sent(Output):
    """A message that was sent; the words are not repeated, so that they can be deleted."""

    id: str
    conversation_id: str
    number: int
    sent_at: datetime


class Message(Output):
    """A message; its text is null once its author has deleted it.

    `is_read` says whether the one to whom it was written has read it.
    """

    id: str
    number: int
    is_mine: bool
    text: str | None
    sent_at: datetime
    deleted_at: datetime | None
    is_read: bool


class Messages(Output):
    """A page of a conversation.

    `newest` is the key of the newest message on this page: with `order=oldest` it gives what was
    written after it.
    """

    messages: list[Message]
    next: str | None
    newest: str | None


class Conversation(Output):
    """A conversation as one of the two sees it; the name is empty once the other is gone."""

    id: str
    with_id: str
    with_name: str
    last_at: datetime
    last_number: int
    read_number: int
    unread: int


class Conversations(Output):
    """A page of your conversations, the last written in first."""

    conversations: list[Conversation]
    next: str | None


class NotWritableError(ProblemError):
    """The other can't be written to: they are gone, want no messages, or there is no reason to."""

    status, code = 409, "not_writable"
    nb, en = "Du kan ikke skrive til denne personen", "This person can't be written to"


class UnansweredError(ProblemError):
    """Three messages have no answer yet, and there has been no session."""

    status, code = 409, "awaiting_answer"
    nb, en = "Vent på svar før du skriver mer", "Wait for an answer before you write more"


class TooManyMessagesError(ProblemError):
    """More than sixty messages in an hour."""

    status, code = 429, "too_many_messages"
    nb, en = "Du har skrevet for mange meldinger, vent litt", "Too many messages, wait a while"
