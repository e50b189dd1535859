"""Webhooks that came, as rows."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Event:
    """A stored event; `payload` is JSON of the fields that we use."""

    source: str
    event_id: str
    kind: str
    payload: str
    received_at: datetime
    handled_at: datetime | None


def insert(db: Db, event: Event) -> None:
    """Store an event; raises DuplicateError when it is there already."""
    db.execute(
        """
        INSERT INTO inbound_event (source, event_id, kind, payload, received_at)
        VALUES (%(source)s, %(event_id)s, %(kind)s, %(payload)s, %(received_at)s)
        """,
        {
            "source": event.source,
            "event_id": event.event_id,
            "kind": event.kind,
            "payload": event.payload,
            "received_at": event.received_at,
        },
    )


def find(db: Db, *, source: str, event_id: str) -> Event | None:
    """Return a stored event."""
    return db.one(
        Event,
        """
        SELECT source, event_id, kind, payload, received_at, handled_at
          FROM inbound_event
         WHERE source = %(source)s
           AND event_id = %(event_id)s
        """,
        {"source": source, "event_id": event_id},
    )


def page(db: Db, *, source: str, since: datetime, kind: str, after: str, limit: int) -> list[Event]:
    """Return events of a source that were received since then, by id; of every kind where ''."""
    return db.all(
        Event,
        """
        SELECT source, event_id, kind, payload, received_at, handled_at
          FROM inbound_event
         WHERE source = %(source)s
           AND event_id > %(after)s
           AND received_at >= %(since)s
           AND (%(kind)s = '' OR kind = %(kind)s)
         ORDER BY event_id
         LIMIT %(limit)s
        """,
        {"source": source, "since": since, "kind": kind, "after": after, "limit": limit},
    )


def mark_handled(db: Db, *, source: str, event_id: str, outcome: str, now: datetime) -> None:
    """Note what was made of the event."""
    db.execute(
        """
        UPDATE inbound_event
           SET handled_at = %(now)s, outcome = %(outcome)s
         WHERE source = %(source)s
           AND event_id = %(event_id)s
        """,
        {"source": source, "event_id": event_id, "outcome": outcome, "now": now},
    )
