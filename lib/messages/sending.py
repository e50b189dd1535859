"""Writing a message, and blocking who writes.

Both people are locked first. What is asked after that is read as it is now, so that of fifty first
messages one begins the conversation, and a block that has been answered lets none through.
"""

from datetime import datetime

from lib.accounts import service as accounts
from lib.blocks import service as blocks
from lib.core import ids
from lib.core.db import Db
from lib.core.errors import NotFoundError, ProcessingRestrictedError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.mentors import service as mentors
from lib.messages import repository, rules
from lib.messages.repository import Conversation
from lib.messages.schemas import (
    NotWritableError,
    Sent,
    TooManyMessagesError,
    UnansweredError,
    Write,
    WriteTo,
)
from lib.scheduling import service as scheduling


def begin(db: Db, wanted: WriteTo, *, person_id: str, now: datetime) -> Sent:
    """Write to somebody by who they are; goes on with the conversation where there is one.

    Raises NotFoundError for whoever can't be written to, and there is no conversation with;
    otherwise as `go_on`.
    """
    return _write(db, person_id, wanted.recipient_id, wanted.text, now)


def go_on(db: Db, conversation_id: str, wanted: Write, *, person_id: str, now: datetime) -> Sent:
    """Write in a conversation.

    Raises NotFoundError to strangers, NotWritableError, UnansweredError, TooManyMessagesError.
    """
    found = repository.conversation_of(db, conversation_id, person_id)
    if found is None:
        raise NotFoundError
    other_id = found.two_id if found.one_id == person_id else found.one_id
    return _write(db, person_id, other_id, wanted.text, now)


def block(db: Db, blocked_id: str, *, person_id: str, now: datetime) -> None:
    """Block whoever has written, shared a session, or can be found; else raises NotFoundError."""
    is_known = blocked_id != person_id and (
        repository.conversation_of(db, _key(person_id, blocked_id), person_id) is not None
        or scheduling.have_dealt(db, person_id, blocked_id)
        or mentors.is_listed(db, blocked_id)
        or blocks.has_blocked(db, blocked_id, person_id=person_id)
    )
    if not is_known:
        raise NotFoundError
    blocks.block(db, blocked_id, person_id=person_id, now=now)


def _write(db: Db, author_id: str, recipient_id: str, text: str, now: datetime) -> Sent:
    if recipient_id == author_id:
        raise NotFoundError
    is_there = _is_there(db, author_id, recipient_id)
    known = repository.lock_conversation(db, _key(author_id, recipient_id))
    have_dealt = scheduling.have_dealt(db, author_id, recipient_id)
    may_write = is_there and rules.may_write(
        have_dealt=have_dealt,
        has_answered=known is not None and _has_written(known, recipient_id),
        is_listed=mentors.is_listed(db, recipient_id),
    )
    if not may_write or blocks.is_between(db, author_id, recipient_id):
        raise NotWritableError if known else NotFoundError
    unanswered = (
        rules.written_in_a_row(author_id, known.last_author_id, known.in_a_row) if known else 0
    )
    if rules.is_urging(have_dealt=have_dealt, unanswered=unanswered):
        raise UnansweredError
    since = now - rules.PER
    written = repository.count_written(db, author_id, since=since, limit=rules.MAX_AN_HOUR)
    if written >= rules.MAX_AN_HOUR:
        raise TooManyMessagesError
    return _put(db, known, author_id, recipient_id, unanswered + 1, text, now)


def _is_there(db: Db, author_id: str, recipient_id: str) -> bool:
    """Lock both; return whether the recipient has an account that may be used."""
    people = {each.id: each for each in accounts.lock_people(db, [author_id, recipient_id])}
    author, recipient = people.get(author_id), people.get(recipient_id)
    if author is None or author.restricted_at:
        raise ProcessingRestrictedError
    return recipient is not None and not (recipient.restricted_at or recipient.erased_at)


def _has_written(known: Conversation, person_id: str) -> bool:
    return rules.has_written(person_id, known.last_author_id, known.last_number, known.in_a_row)


def _put(
    db: Db,
    known: Conversation | None,
    author_id: str,
    recipient_id: str,
    in_a_row: int,
    text: str,
    now: datetime,
) -> Sent:
    one_id, two_id = sorted((author_id, recipient_id))
    message_id = ids.new("msg")
    written = Conversation(
        id=_key(author_id, recipient_id),
        one_id=one_id,
        two_id=two_id,
        last_number=known.last_number + 1 if known else 1,
        last_message_id=message_id,
        last_author_id=author_id,
        in_a_row=in_a_row,
        last_at=now,
        one_read=0,
        two_read=0,
    )
    if known is None:
        repository.insert_conversation(db, vars(written))
        parties = (one_id, two_id)
        disclosures.between(db, parties, disclosed.CONVERSATION, context_id=written.id, now=now)
    else:
        repository.update_conversation(db, vars(written))
    repository.insert_message(
        db,
        {
            "id": message_id,
            "conversation_id": written.id,
            "number": written.last_number,
            "author_id": author_id,
            "body": text,
            "now": now,
        },
    )
    # Who writes has read what stands above.
    repository.mark_read(db, written.id, author_id, written.last_number)
    return Sent(
        id=message_id,
        conversation_id=written.id,
        number=written.last_number,
        sent_at=now,
    )


def _key(person_id: str, other_id: str) -> str:
    """Return the key of the one conversation of two people."""
    return ids.of("cnv", *sorted((person_id, other_id)))
