"""Operations: nothing is asked of a provider before the asking is on record.

`begin` is committed, then the provider is called with the operation's id as idempotency key, then
`done` or `refused` records a certain outcome. A call without an answer records nothing: the
operation stays open, and whoever tries again gets the same one, with the same key, and the same
input.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from lib.core import ids
from lib.core.db import Db
from lib.operations import repository
from lib.operations.repository import Asked, Operation

__all__ = [
    "Operation",
    "abandon",
    "begin",
    "certain",
    "done",
    "find",
    "may_be_forgotten",
    "of_subject",
    "refused",
]

# A provider may forget a key after a day; before that becomes possible, it is asked first.
_KEY_IS_SAFE = timedelta(hours=23)
_MAX_CODE = 60
_MOST = 200


def begin(
    db: Db, *, kind: str, subject_id: str, given: Mapping[str, object], now: datetime
) -> Operation:
    """Return the operation to call the provider with: the open or done one, or else a new attempt.

    Raises ValueError when an open or done operation was begun with other input: a key is never sent
    with two contents.
    """
    input_hash = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
    latest = repository.lock_latest(db, kind=kind, subject_id=subject_id)
    if latest and latest.state != "refused":
        if latest.input_hash != input_hash:
            raise ValueError(f"{kind} of {subject_id} was begun with other input")
        return latest
    operation = Operation(
        id=ids.new("opn"),
        kind=kind,
        subject_id=subject_id,
        attempt=latest.attempt + 1 if latest else 1,
        input_hash=input_hash,
        state="open",
        provider_id=None,
        created_at=now,
    )
    repository.insert(db, operation)
    return operation


def may_be_forgotten(operation: Operation, now: datetime) -> bool:
    """Return whether the provider may know the key no more, and would do it once again."""
    return now - operation.created_at > _KEY_IS_SAFE


def find(db: Db, operation_id: str) -> Operation | None:
    """Return the operation that a provider was asked with; None for a key that was never ours."""
    return repository.find(db, operation_id=operation_id)


def of_subject(db: Db, subject_id: str) -> list[Asked]:
    """Return what was asked of providers about a subject, oldest first."""
    return repository.of_subject(db, subject_id=subject_id, limit=_MOST)


def done(db: Db, operation: Operation, *, now: datetime, provider_id: str | None = None) -> None:
    """Record that the provider did it."""
    repository.finish(
        db,
        operation_id=operation.id,
        state="done",
        provider_id=provider_id,
        error_code=None,
        now=now,
    )


def certain(db: Db, *, kind: str, subject_id: str, now: datetime) -> None:
    """Record of what was asked, if it was, that it is done: somebody else has seen that it is."""
    latest = repository.lock_latest(db, kind=kind, subject_id=subject_id)
    if latest and latest.state == "open":
        done(db, latest, now=now)


def refused(db: Db, operation: Operation, *, code: str, now: datetime) -> None:
    """Record that the provider certainly did not do it: the next attempt is a new one."""
    repository.finish(
        db,
        operation_id=operation.id,
        state="refused",
        provider_id=None,
        error_code=code[:_MAX_CODE],
        now=now,
    )


def abandon(db: Db, *, kind: str, subject_id: str, code: str, now: datetime) -> None:
    """Record of what was asked without an answer that it certainly was not done, and never will be.

    For whoever has looked at the provider and gives the thing up.
    """
    latest = repository.lock_latest(db, kind=kind, subject_id=subject_id)
    if latest and latest.state == "open":
        refused(db, latest, code=code, now=now)
