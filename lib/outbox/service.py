"""The outbox: what the world must hear is written in the transaction that makes it true.

It is delivered after the commit, at least once: by the request that wrote it once its caller has
the answer, and by cron every minute. A failure is tried again with growing pauses; after the last
try the message is parked, where an operator sees it.
"""

from datetime import datetime, timedelta

from lib.core import clock, deferred, ids, log
from lib.core.db import Db, DuplicateError, transact
from lib.core.errors import ProviderUnavailableError
from lib.outbox import repository, topics
from lib.outbox.repository import Message

_CLAIM = timedelta(seconds=60)  # longer than a function may run
_TRIES = 15
_LONGEST_PAUSE = timedelta(hours=1)
_AFTER_REPLY = timedelta(seconds=15)


class ParkedError(Exception):
    """A handler says that trying again is of no use; its code says why."""


def write(
    db: Db, *, topic: str, subject_id: str, now: datetime, due_at: datetime | None = None
) -> None:
    """Have the subject delivered to the topic's handler once this transaction has committed.

    A subject has one message of a topic: writing it again changes nothing.
    """
    try:
        repository.insert(
            db,
            {
                "id": ids.new("out"),
                "topic": topic,
                "subject_id": subject_id,
                "due_at": due_at or now,
                "now": now,
            },
        )
    except DuplicateError:
        return
    db.after_commit.append(_drain_after_reply)


def again(db: Db, *, topic: str, subject_id: str, now: datetime) -> None:
    """Have a message delivered once more, whatever became of it; one that still waits stays so."""
    if repository.renew(db, topic=topic, subject_id=subject_id, now=now):
        db.after_commit.append(_drain_after_reply)
    else:
        write(db, topic=topic, subject_id=subject_id, now=now)


def drop(db: Db, *, topics: str, person_id: str) -> None:
    """Take away what waits to be sent to a person: topics that begin so, subjects with their id."""
    subject = person_id.replace("_", "!_") + "%"
    if found := repository.waiting_for(db, topics=f"{topics}%", subject=subject):
        repository.delete(db, found)


def drain(deadline: datetime) -> tuple[int, int]:
    """Deliver what is due until nothing is left or the deadline; return delivered and failed."""
    delivered = failed = 0
    while clock.now() < deadline and (message := transact(_claim)):
        if _deliver(message):
            delivered += 1
        else:
            failed += 1
    return delivered, failed


def parked() -> int:
    """Return how many messages were given up and wait for an operator."""
    return transact(repository.count_parked)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 2 s, 4 s, 8 s … up to an hour."""
    return min(timedelta(seconds=2.0 ** min(attempts, 20)), _LONGEST_PAUSE)


def _drain_after_reply() -> None:
    deferred.later(_drain_now)


def _drain_now() -> None:
    drain(clock.now() + _AFTER_REPLY)


def _claim(db: Db) -> Message | None:
    """Take the message that is due first; one at a time, so that none is claimed and kept waiting.

    Of a batch the last would be tried when its claim is over and somebody else has taken it.
    """
    now = clock.now()
    for message in repository.lock_due(db, now=now, limit=1):
        repository.claim(db, message_id=message.id, until=now + _CLAIM)
        return message
    return None


def _deliver(message: Message) -> bool:
    if message.attempts >= _TRIES:
        # Every try was begun and none came back: whoever delivered it died of it.
        _park(message, "never_finished")
        return False
    try:
        topics.handler(message.topic)(message.subject_id, clock.now())
    except ParkedError as error:
        _park(message, str(error))
        return False
    except ProviderUnavailableError as error:
        _fail(message, error.code)
        return False
    except Exception as error:  # noqa: BLE001 (one message must not stop the rest)
        log.failure("outbox_failed", error, topic=message.topic)
        _fail(message, type(error).__name__)
        return False
    now = clock.now()
    transact(lambda db: repository.mark_delivered(db, message_id=message.id, now=now))
    return True


def _fail(message: Message, error: str) -> None:
    attempts = message.attempts + 1
    if attempts >= _TRIES:
        _park(message, error)
        return
    due_at = clock.now() + pause_after(attempts)
    transact(lambda db: repository.put_back(db, message_id=message.id, due_at=due_at, error=error))


def _park(message: Message, error: str) -> None:
    log.event("outbox_parked", topic=message.topic, error=error)
    now = clock.now()
    transact(lambda db: repository.park(db, message_id=message.id, error=error, now=now))
