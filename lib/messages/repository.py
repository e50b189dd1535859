"""All SQL of conversations and their messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Conversation:
    """A row of `conversation`."""

    id: str
    one_id: str
    two_id: str
    last_number: int
    last_message_id: str
    last_author_id: str
    in_a_row: int
    last_at: datetime
    one_read: int
    two_read: int


@dataclass(frozen=True)
class Message:
    """A row of `message`."""

    id: str
    number: int
    author_id: str
    body: str | None
    sent_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True)
class Unread:
    """How many messages of a conversation somebody has not read."""

    conversation_id: str
    messages: int


def lock_conversation(db: Db, conversation_id: str) -> Conversation | None:
    """Return a conversation as it is now, locked until the commit."""
    return db.one(
        Conversation,
        """
        SELECT id, one_id, two_id, last_number, last_message_id, last_author_id, in_a_row, last_at,
               one_read, two_read
          FROM conversation
         WHERE id = %(conversation_id)s
           FOR UPDATE
        """,
        {"conversation_id": conversation_id},
    )


def conversation_of(db: Db, conversation_id: str, person_id: str) -> Conversation | None:
    """Return the conversation where the person is one of the two."""
    return db.one(
        Conversation,
        """
        SELECT id, one_id, two_id, last_number, last_message_id, last_author_id, in_a_row, last_at,
               one_read, two_read
          FROM conversation
         WHERE id = %(conversation_id)s
           AND (one_id = %(person_id)s OR two_id = %(person_id)s)
        """,
        {"conversation_id": conversation_id, "person_id": person_id},
    )


def conversations_of(db: Db, person_id: str, *, before: str, limit: int) -> list[Conversation]:
    """Return a person's conversations, the last written in first."""
    return db.all(
        Conversation,
        """
        SELECT id, one_id, two_id, last_number, last_message_id, last_author_id, in_a_row, last_at,
               one_read, two_read
          FROM conversation
         WHERE (one_id = %(person_id)s OR two_id = %(person_id)s)
           AND last_message_id < %(before)s
         ORDER BY last_message_id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "before": before, "limit": limit},
    )


def unread(db: Db, conversation_ids: Sequence[str], person_id: str, limit: int) -> list[Unread]:
    """Return how much of these conversations the person has not read, where it is anything."""
    if not conversation_ids:
        return []
    return db.all(
        Unread,
        """
        SELECT c.id AS conversation_id, COUNT(m.id) AS messages
          FROM conversation c
          JOIN message m ON m.conversation_id = c.id
         WHERE c.id IN %(conversation_ids)s
           AND m.author_id <> %(person_id)s
           AND m.deleted_at IS NULL
           AND m.number > CASE c.one_id WHEN %(person_id)s THEN c.one_read ELSE c.two_read END
         GROUP BY c.id
         LIMIT %(limit)s
        """,
        {"conversation_ids": list(conversation_ids), "person_id": person_id, "limit": limit},
    )


def insert_conversation(db: Db, values: Mapping[str, object]) -> None:
    """Write a new conversation."""
    db.execute(
        """
        INSERT INTO conversation
               (id, one_id, two_id, last_number, last_message_id, last_author_id, in_a_row, last_at,
                one_read, two_read)
        VALUES (%(id)s, %(one_id)s, %(two_id)s, %(last_number)s, %(last_message_id)s,
                %(last_author_id)s, %(in_a_row)s, %(last_at)s, %(one_read)s, %(two_read)s)
        """,
        values,
    )


def update_conversation(db: Db, values: Mapping[str, object]) -> None:
    """Note the newest message of a conversation; how far it is read stays as it is."""
    db.execute(
        """
        UPDATE conversation
           SET last_number = %(last_number)s,
               last_message_id = %(last_message_id)s,
               last_author_id = %(last_author_id)s,
               in_a_row = %(in_a_row)s,
               last_at = %(last_at)s
         WHERE id = %(id)s
        """,
        values,
    )


def mark_read(db: Db, conversation_id: str, person_id: str, number: int) -> None:
    """Note how far the person has read: never back, and never beyond what is written."""
    db.execute(
        """
        UPDATE conversation
           SET one_read = CASE one_id
                          WHEN %(person_id)s
                          THEN GREATEST(one_read, LEAST(%(number)s, last_number))
                          ELSE one_read END,
               two_read = CASE two_id
                          WHEN %(person_id)s
                          THEN GREATEST(two_read, LEAST(%(number)s, last_number))
                          ELSE two_read END
         WHERE id = %(conversation_id)s
           AND (one_id = %(person_id)s OR two_id = %(person_id)s)
        """,
        {"conversation_id": conversation_id, "person_id": person_id, "number": number},
    )


def insert_message(db: Db, values: Mapping[str, object]) -> None:
    """Write a message."""
    db.execute(
        """
        INSERT INTO message (id, conversation_id, number, author_id, body, sent_at)
        VALUES (%(id)s, %(conversation_id)s, %(number)s, %(author_id)s, %(body)s, %(now)s)
        """,
        values,
    )


def count_written(db: Db, author_id: str, *, since: datetime, limit: int) -> int:
    """Return how many messages a person has written since then, up to `limit`, as it is now."""
    found = db.rows(
        """
        SELECT id
          FROM message
         WHERE author_id = %(author_id)s
           AND sent_at > %(since)s
         LIMIT %(limit)s
           FOR UPDATE
        """,
        {"author_id": author_id, "since": since, "limit": limit},
    )
    return len(found)


def newest_first(db: Db, conversation_id: str, *, below: int, limit: int) -> list[Message]:
    """Return messages of a conversation that the caller may read, from the newest down."""
    return db.all(
        Message,
        """
        SELECT id, number, author_id, body, sent_at, deleted_at
          FROM message
         WHERE conversation_id = %(conversation_id)s
           AND number < %(below)s
         ORDER BY number DESC
         LIMIT %(limit)s
        """,
        {"conversation_id": conversation_id, "below": below, "limit": limit},
    )


def oldest_first(db: Db, conversation_id: str, *, above: int, limit: int) -> list[Message]:
    """Return messages of a conversation that the caller may read, from the oldest up."""
    return db.all(
        Message,
        """
        SELECT id, number, author_id, body, sent_at, deleted_at
          FROM message
         WHERE conversation_id = %(conversation_id)s
           AND number > %(above)s
         ORDER BY number
         LIMIT %(limit)s
        """,
        {"conversation_id": conversation_id, "above": above, "limit": limit},
    )


def empty_message(
    db: Db, message_id: str, *, conversation_id: str, author_id: str, now: datetime
) -> bool:
    """Take the words out of a person's own message; False where there is none."""
    found = db.execute(
        """
        UPDATE message
           SET body = NULL,
               deleted_at = COALESCE(deleted_at, %(now)s)
         WHERE id = %(message_id)s
           AND conversation_id = %(conversation_id)s
           AND author_id = %(author_id)s
        """,
        {
            "message_id": message_id,
            "conversation_id": conversation_id,
            "author_id": author_id,
            "now": now,
        },
    )
    return found > 0
