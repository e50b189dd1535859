"""Conversations as their two people read them; writing is sending.py's."""

from datetime import datetime

from lib.core import page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.mentors import service as mentors
from lib.messages import repository, rules
from lib.messages.schemas import (
    Conversation,
    Conversations,
    ListMessages,
    MarkRead,
    Message,
    Messages,
)
from lib.web.schema import PageQuery


def list_own(db: Db, wanted: PageQuery, *, person_id: str) -> Conversations:
    """Return a page of the person's conversations, the last written in first."""
    before = page_keys.begin(wanted.after, page_keys.NEWEST_FIRST)
    found = repository.conversations_of(db, person_id, before=before, limit=wanted.limit + 1)
    page = found[: wanted.limit]
    following = page_keys.encode(page[-1].last_message_id) if len(found) > len(page) else None
    return Conversations(conversations=_shown(db, page, person_id), next=following)


def read(db: Db, conversation_id: str, wanted: ListMessages, *, person_id: str) -> Messages:
    """Return a page of messages; raises NotFoundError to strangers, InvalidError for `after`."""
    start = _number(wanted.after)
    conversation = _for_one_of_two(db, conversation_id, person_id)
    limit = wanted.limit + 1
    if wanted.order == "newest":
        below = rules.MAX_NUMBER if start is None else start
        found = repository.newest_first(db, conversation_id, below=below, limit=limit)
    else:
        found = repository.oldest_first(db, conversation_id, above=start or 0, limit=limit)
    page = found[: wanted.limit]
    return Messages(
        messages=[_message(each, conversation, person_id) for each in page],
        next=page_keys.encode(str(page[-1].number)) if len(found) > len(page) else None,
        newest=page_keys.encode(str(max(each.number for each in page))) if page else None,
    )


def mark_read(db: Db, conversation_id: str, wanted: MarkRead, *, person_id: str) -> Conversation:
    """Note how far the person has read; raises NotFoundError to strangers."""
    _for_one_of_two(db, conversation_id, person_id)
    repository.mark_read(db, conversation_id, person_id, wanted.number)
    return _shown(db, [_for_one_of_two(db, conversation_id, person_id)], person_id)[0]


def delete(db: Db, conversation_id: str, message_id: str, *, person_id: str, now: datetime) -> None:
    """Take the words out of one's own message; that there was one both still see.

    Raises NotFoundError for what is not the person's own.
    """
    is_own = repository.empty_message(
        db, message_id, conversation_id=conversation_id, author_id=person_id, now=now
    )
    if not is_own:
        raise NotFoundError


def _for_one_of_two(db: Db, conversation_id: str, person_id: str) -> repository.Conversation:
    found = repository.conversation_of(db, conversation_id, person_id)
    if found is None:
        raise NotFoundError
    return found


def _number(after: str | None) -> int | None:
    """Return the number of the message from which a list goes on; raises InvalidError."""
    if after is None:
        return None
    (number,) = page_keys.decode(after)
    if not (number.isascii() and number.isdecimal() and int(number) <= rules.MAX_NUMBER):
        raise page_keys.refusal()
    return int(number)


def _shown(
    db: Db, conversations: list[repository.Conversation], person_id: str
) -> list[Conversation]:
    others = {
        each.id: each.two_id if each.one_id == person_id else each.one_id for each in conversations
    }
    names = mentors.public_names(db, others.values())
    counted = repository.unread(db, list(others), person_id, max(len(others), 1))
    unread = {each.conversation_id: each.messages for each in counted}
    return [
        Conversation(
            id=each.id,
            with_id=others[each.id],
            with_name=names.get(others[each.id], ""),
            last_at=each.last_at,
            last_number=each.last_number,
            read_number=_read_by(each, person_id),
            unread=unread.get(each.id, 0),
        )
        for each in conversations
    ]


def _message(
    message: repository.Message, conversation: repository.Conversation, person_id: str
) -> Message:
    is_by_one = message.author_id == conversation.one_id
    reader_id = conversation.two_id if is_by_one else conversation.one_id
    return Message(
        id=message.id,
        number=message.number,
        is_mine=message.author_id == person_id,
        text=message.body,
        sent_at=message.sent_at,
        deleted_at=message.deleted_at,
        is_read=message.number <= _read_by(conversation, reader_id),
    )


def _read_by(conversation: repository.Conversation, person_id: str) -> int:
    is_one = conversation.one_id == person_id
    return conversation.one_read if is_one else conversation.two_read
