"""Disclosures: noted in the transaction that discloses, told of what changes afterwards.

Whoever lets somebody else see data of a person, or is about to send it to a supplier, notes that
here; a person, a recipient, a purpose and a context are one row. When the person corrects
something, has processing restricted or is erased, every recipient of what changed is told (Art. 19
GDPR, lib/disclosures/telling.py).
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from lib.core import ids, page_keys
from lib.core.db import Db, DuplicateError
from lib.core.errors import TryAgainError
from lib.disclosures import notice_repository, repository, rules
from lib.disclosures.notice_repository import Notice, Outcome
from lib.disclosures.repository import Change, Row
from lib.disclosures.rules import Basis, ChangeKind, RecipientKind, Sent
from lib.outbox import service as outbox
from lib.providers.supplier import Words

SPREAD = "disclosures.spread"
_MOST_NOTICES = 500
_MOST_OUTCOMES = 20


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """What is disclosed of whom, to whom and why; `context_id` is the deal or paper it is for."""

    person_id: str
    recipient_kind: RecipientKind
    recipient: str
    purpose: str
    fields: tuple[str, ...]
    context_id: str = ""
    basis: Basis = "contract"
    ground: str = ""


def note(db: Db, disclosed: Disclosure, now: datetime) -> str:
    """Note a disclosure, or that it went on, with what it adds; return its id.

    Of somebody who was erased nothing is noted: '' then. A paper can be due after that.
    """
    if not repository.is_there(db, disclosed.person_id):
        return ""
    values: dict[str, object] = {**vars(disclosed), "id": ids.new("dsc"), "now": now}
    values["fields"] = as_json(disclosed.fields)
    if repository.find(db, values) is None:
        with suppress(DuplicateError):
            repository.insert(db, values)
            return str(values["id"])
    # As it is now: another transaction may have written it, or added to it, meanwhile.
    known = repository.find(db, values, is_new=True)
    if known is None:
        raise TryAgainError
    fields = rules.together(fields_of(known), disclosed.fields)
    repository.update(db, disclosure_id=known.id, fields=as_json(fields), now=now)
    return known.id


def between(
    db: Db, parties: tuple[str, str], fields: tuple[str, ...], *, context_id: str, now: datetime
) -> None:
    """Note that the two parties of a deal see these fields of each other."""
    for person_id, other_id in (parties, parties[::-1]):
        to_party(db, person_id, other_id, fields, context_id=context_id, now=now)


def to_party(
    db: Db,
    person_id: str,
    other_id: str,
    fields: tuple[str, ...],
    *,
    context_id: str,
    now: datetime,
    is_on_paper: bool = False,
) -> None:
    """Note that the other party of a deal sees these fields of a person.

    What stands on a paper the bookkeeping law wants there.
    """
    note(
        db,
        Disclosure(
            person_id=person_id,
            recipient_kind="person",
            recipient=other_id,
            purpose="bookkeeping" if is_on_paper else "booking",
            fields=fields,
            context_id=context_id,
            basis="legal_obligation" if is_on_paper else "contract",
        ),
        now,
    )


def to_supplier(db: Db, person_id: str, sent: Sent, now: datetime, *, context_id: str = "") -> None:
    """Note that a supplier is about to be sent this of a person."""
    note(
        db,
        Disclosure(
            person_id=person_id,
            recipient_kind="supplier",
            recipient=sent.supplier,
            purpose=sent.purpose,
            fields=sent.fields,
            context_id=context_id,
            basis=sent.basis,
        ),
        now,
    )


def named_in(db: Db, person_id: str, text: str) -> tuple[str, ...]:
    """Return which names of a person stand in a text that is sent, as fields."""
    found = repository.names_of(db, person_id)
    names = {f"person.{column}": name for column, name in vars(found).items()} if found else {}
    return rules.named_in(text, names)


def changed(
    db: Db, person_id: str, kind: ChangeKind, now: datetime, fields: Sequence[str] = ()
) -> None:
    """Have everybody told who has received what changed; without `fields`, all of it.

    Where nobody has received anything there is nothing to write.
    """
    if not _has_recipients(db, person_id):
        return
    change_id = ids.new("chg")
    _write_change(db, change_id, person_id, kind, now, fields)
    outbox.write(db, topic=SPREAD, subject_id=change_id, now=now)


def announce_erasure(db: Db, erasure_id: str, person_id: str, now: datetime) -> bool:
    """Write that a person is erased, once; return whether there is anybody to tell (any more).

    Where the disclosures have gone already, their recipients have been told before.
    """
    if not _has_recipients(db, person_id):
        return False
    with suppress(DuplicateError):
        _write_change(db, erasure_id, person_id, "erasure", now, ())
    return True


def tell_of_erasure(
    erasure_id: str, person_id: str, now: datetime, deadline: datetime | None
) -> bool:
    """Tell every recipient that a person is erased, outside of any transaction of the caller's.

    Returns whether all have been told before the deadline; may be called again.
    """
    from lib.disclosures import telling

    return telling.tell_of_erasure(erasure_id, person_id, now, deadline)


def tell_self(db: Db, person_id: str, kind: str, cause_id: str, now: datetime) -> None:
    """Write a notice to a person about their own data."""
    notice_repository.insert(
        db,
        {
            "id": ids.new("ntc"),
            "change_id": cause_id,
            "person_id": person_id,
            "recipient_kind": "person",
            "recipient": person_id,
            "recipient_id": person_id,
            "kind": kind,
            "fields": as_json(()),
            "context_id": "",
            "state": "told",
            "answer": None,
            "now": now,
            "answered_at": now,
        },
    )


def page(db: Db, *, person_id: str, after: str | None, limit: int) -> tuple[list[Row], str | None]:
    """Return a page of who has received what of a person, newest first, and the next page's key."""
    before = page_keys.begin(after, page_keys.NEWEST_FIRST)
    found = repository.of_person(db, person_id=person_id, before=before, limit=limit + 1)
    return page_keys.cut(found, limit)


def told_since(db: Db, person_id: str, recipients: Sequence[str]) -> list[Notice]:
    """Return what recipients were told of a person's changes, newest first."""
    if not recipients:
        return []
    return notice_repository.told_of(
        db, person_id=person_id, recipients=sorted(set(recipients)), limit=_MOST_NOTICES
    )


def count_told_by_erasure(db: Db, person_id: str) -> int:
    """Return how many recipients an erasure of the person will tell."""
    return repository.count_told_by_erasure(db, person_id=person_id)


def outcomes(db: Db, change_id: str) -> list[Outcome]:
    """Return how many recipients of a change were told, by kind and outcome."""
    return notice_repository.outcomes(db, change_id=change_id, limit=_MOST_OUTCOMES)


def why(notice: Notice) -> Words | None:
    """Return why a recipient was not told, in words; None where there is nothing to say."""
    from lib.disclosures import suppliers, texts

    if notice.answer in {suppliers.UNTOUCHED, suppliers.AS_IT_IS}:
        return suppliers.why_not_corrected(notice.recipient)
    return texts.REASONS.get(notice.answer or "")


def fields_of(row: Row | Notice | Change) -> tuple[str, ...]:
    """Return the fields that a row speaks of."""
    return tuple(json.loads(row.fields))


def as_json(fields: Iterable[str]) -> str:
    """Return fields as they are stored."""
    return json.dumps(sorted(set(fields)))


def _has_recipients(db: Db, person_id: str) -> bool:
    return bool(
        repository.of_person(db, person_id=person_id, before=page_keys.NEWEST_FIRST, limit=1)
    )


def _write_change(
    db: Db,
    change_id: str,
    person_id: str,
    kind: ChangeKind,
    now: datetime,
    fields: Sequence[str],
) -> None:
    repository.insert_change(
        db,
        {
            "id": change_id,
            "person_id": person_id,
            "kind": kind,
            "fields": as_json(fields),
            "now": now,
        },
    )
