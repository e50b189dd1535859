"""What others wrote of somebody who was erased: read by an operator, place by place.

Nothing is known of the person any more, so a place is a table, a column and the key of a row, as
the look has noted it. An operator reads the words, takes names out or leaves them on a ground, and
with that the key is forgotten; the case closes with its last place. Whoever wrote the words sees
that they were read and why, and whoever was erased sees what came of it.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from lib.cases import service as cases
from lib.core import page_keys
from lib.core.db import Db
from lib.core.errors import InvalidError, NotFoundError
from lib.operators import service as operators
from lib.privacy import contract, export, holds
from lib.privacy import mention_repository as repository
from lib.privacy import repository as people
from lib.privacy.erasure_repository import Erasure
from lib.privacy.mention_repository import Row
from lib.privacy.mention_schemas import (
    GROUNDS,
    LeaveMention,
    ListMentions,
    Mention,
    MentionChangedError,
    MentionHeldError,
    Mentions,
    MentionSettledError,
    MentionText,
    Redact,
)
from lib.privacy.model import Column, Table
from lib.privacy.schemas import MentionsLeft, MentionsTold, Text
from lib.privacy.statements import Key

_REMOVED = "[…]"


@dataclass(frozen=True)
class _Place:
    """An open place, locked: where it is, and whose row it is."""

    row: Row
    table: Table
    column: Column
    key: Key
    people: frozenset[str]


@dataclass(frozen=True)
class _Deed:
    """What an operator does about a place, and why; `ground` where the words stay."""

    action: str
    reason: str
    operator_id: str
    now: datetime
    ground: str | None = None


def open_case(db: Db, erasure: Erasure, now: datetime) -> None:
    """Make what the look has noted a case; it is due when the person's own month is over."""
    number = repository.count_found(db, erasure_id=erasure.id)
    if number:
        request_id = cases.open_mentions(
            db, places=number, received_at=erasure.requested_at, now=now
        )
        repository.open_all(db, erasure_id=erasure.id, request_id=request_id)


def told(db: Db, erasure_id: str) -> MentionsTold | None:
    """Return what becomes of the places, as whoever was erased is told; None without any."""
    request_id = repository.case_of(db, erasure_id=erasure_id)
    if request_id is None:
        return None
    case = cases.standing(db, request_id)
    tallies = repository.tally(db, erasure_id=erasure_id)
    return MentionsTold(
        open=sum(each.number for each in tallies if each.state == "open"),
        redacted=sum(each.number for each in tallies if each.state == "redacted"),
        left=[
            MentionsLeft(ground=ground, text=Text.of(words), places=each.number)
            for each in tallies
            for ground, words in GROUNDS.items()
            if each.ground == ground
        ],
        due_at=case.due_at,
        closed_at=case.closed_at,
        complaint=case.complaint,
    )


def find(db: Db, wanted: ListMentions, *, operator_id: str, now: datetime) -> Mentions:
    """Return a page of the places of a case, without the words; the reading is logged."""
    after = page_keys.begin(wanted.after, page_keys.OLDEST_FIRST)
    found = repository.places(db, request_id=wanted.request_id, after=after, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    operators.log(db, operator_id, "list_mentions", None, "queue", now, object_id=wanted.request_id)
    return Mentions(
        mentions=[Mention.model_validate(_fields(row)) for row in page],
        next=following,
    )


def read(db: Db, mention_id: str, *, operator_id: str, now: datetime) -> MentionText:
    """Return the words that stand in a place; logged. Raises NotFoundError, MentionSettledError."""
    place = _open(db, mention_id)
    text = repository.words(db, place.table, place.column, place.key)
    _log(db, place, _Deed("read_mention", "mention", operator_id, now))
    fields = {**_fields(place.row), "text": text, "version": _version(text)}
    return MentionText.model_validate(fields)


def redact(db: Db, mention_id: str, wanted: Redact, *, operator_id: str, now: datetime) -> Mention:
    """Take words out of a place; what is gone by itself is noted as gone.

    Raises NotFoundError, MentionSettledError, MentionChangedError, MentionHeldError; InvalidError
    for words that do not stand there, and for a reason that repeats them.
    """
    place = _open(db, mention_id)
    text = repository.words(db, place.table, place.column, place.key)
    if text is None:
        return _settled(db, place, _Deed("leave_mention", "gone", operator_id, now, "gone"))
    if _version(text) != wanted.version:
        raise MentionChangedError
    if holds.held_people(db, sorted(place.people), now):
        raise MentionHeldError
    _check(wanted, text)
    for words in sorted(wanted.remove, key=len, reverse=True):
        text = text.replace(words, _REMOVED)
    repository.set_words(db, place.table, place.column, place.key, text)
    return _settled(db, place, _Deed("redact_mention", wanted.reason, operator_id, now))


def leave(
    db: Db, mention_id: str, wanted: LeaveMention, *, operator_id: str, now: datetime
) -> Mention:
    """Leave the words of a place as they are; raises NotFoundError, MentionSettledError."""
    place = _open(db, mention_id)
    deed = _Deed("leave_mention", wanted.reason, operator_id, now, wanted.ground)
    return _settled(db, place, deed)


def _check(wanted: Redact, text: str) -> None:
    errors = [
        {"pointer": f"/remove/{at}", "code": "not_there", "detail": "Not in the text"}
        for at, words in enumerate(wanted.remove)
        if words not in text
    ]
    if any(words.casefold() in wanted.reason.casefold() for words in wanted.remove):
        errors.append({"pointer": "/reason", "code": "names", "detail": "Repeats what is removed"})
    if errors:
        raise InvalidError(errors=errors)


def _open(db: Db, mention_id: str) -> _Place:
    row = repository.lock(db, mention_id=mention_id)
    if row is None or row.request_id is None:
        raise NotFoundError
    if row.state != "open" or row.row_key is None:
        raise MentionSettledError
    table = contract.load()[row.table_name]
    column = table.column(row.column_name)
    if column is None:
        raise NotFoundError
    key = export.row_key(table, json.loads(row.row_key))
    return _Place(row, table, column, key, frozenset(people.people_of(db, table, key)))


def _settled(db: Db, place: _Place, deed: _Deed) -> Mention:
    """Note what was decided, forget which row it was, and close the case with its last place."""
    state = "left" if deed.ground else "redacted"
    mention_id, request_id = place.row.id, str(place.row.request_id)
    repository.settle(db, mention_id=mention_id, state=state, ground=deed.ground, now=deed.now)
    _log(db, place, deed)
    if not repository.has_open(db, request_id=request_id):
        cases.close_mentions(db, request_id, operator_id=deed.operator_id, now=deed.now)
    settled = replace(place.row, state=state, ground=deed.ground, settled_at=deed.now, row_key=None)
    return Mention.model_validate(_fields(settled))


def _log(db: Db, place: _Place, deed: _Deed) -> None:
    people_of_row: list[str | None] = [*sorted(place.people)]
    for person_id in people_of_row or [None]:
        operators.log(
            db,
            deed.operator_id,
            deed.action,
            person_id,
            deed.reason,
            deed.now,
            object_id=place.row.id,
        )


def _version(text: str | None) -> str:
    return hashlib.sha256((text or "").encode()).hexdigest()


def _fields(row: Row) -> dict[str, object]:
    column = contract.load()[row.table_name].column(row.column_name)
    return {
        "id": row.id,
        "table": row.table_name,
        "column": row.column_name,
        "why": column.why if column else "",
        "row_key": json.loads(row.row_key) if row.row_key else None,
        "state": row.state,
        "ground": row.ground,
        "found_at": row.found_at,
        "settled_at": row.settled_at,
    }
