"""The rows that make calls and jobs safe to repeat: idempotency keys and leases."""

from collections.abc import Mapping
from dataclasses import dataclass

from lib.core.db import Db, DuplicateError


@dataclass(frozen=True)
class StoredReply:
    """What an idempotency key was used for, and what was answered (JSON)."""

    operation: str
    input_hash: str
    reply: str


def insert_key(db: Db, values: Mapping[str, object]) -> None:
    """Write the key before the work; raises DuplicateError once an earlier use has ended."""
    db.execute(
        """
        INSERT INTO idempotency_key
               (person_id, idempotency_key, operation, input_hash, status, reply, created_at)
        VALUES (%(person_id)s, %(key)s, %(operation)s, %(input_hash)s, %(status)s, 'null', %(now)s)
        """,
        values,
    )


def stored_reply(db: Db, *, person_id: str, key: str) -> StoredReply | None:
    """Return what the key was used for; locking, to read what was committed a moment ago."""
    return db.one(
        StoredReply,
        """
        SELECT operation, input_hash, reply
          FROM idempotency_key
         WHERE person_id = %(person_id)s
           AND idempotency_key = %(key)s
           FOR UPDATE
        """,
        {"person_id": person_id, "key": key},
    )


def keep_reply(db: Db, *, person_id: str, key: str, reply: str) -> None:
    """Store what is answered, as JSON."""
    db.execute(
        """
        UPDATE idempotency_key
           SET reply = %(reply)s
         WHERE person_id = %(person_id)s
           AND idempotency_key = %(key)s
        """,
        {"person_id": person_id, "key": key, "reply": reply},
    )


def take_lease(db: Db, values: Mapping[str, object]) -> bool:
    """Take the job's lease, unless another holder has it; return whether it was taken."""
    try:
        db.execute(
            """
            INSERT INTO cron_lease (job, leased_until, holder, started_at)
            VALUES (%(job)s, %(until)s, %(holder)s, %(now)s)
            """,
            values,
        )
    except DuplicateError:
        return bool(
            db.execute(
                """
                UPDATE cron_lease
                   SET leased_until = %(until)s,
                       holder = %(holder)s,
                       started_at = %(now)s,
                       finished_at = NULL
                 WHERE job = %(job)s
                   AND (leased_until <= %(now)s OR holder = %(holder)s)
                """,
                values,
            )
        )
    return True


def let_lease_go(db: Db, values: Mapping[str, object]) -> None:
    """End the lease at `now`, if this holder still has it."""
    db.execute(
        """
        UPDATE cron_lease
           SET leased_until = %(now)s,
               finished_at = %(now)s
         WHERE job = %(job)s
           AND holder = %(holder)s
        """,
        values,
    )
