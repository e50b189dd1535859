"""Who has received what of a person, and what each was told since (Art. 15(1)(c), 19 GDPR).

The rows are those of lib/disclosures; what they mean is said here, from the contract's words.
"""

from collections.abc import Iterable
from datetime import datetime

from lib.accounts import service as accounts
from lib.core.db import Db
from lib.core.errors import InvalidError
from lib.disclosures import service as disclosures
from lib.disclosures.notice_repository import Notice
from lib.disclosures.repository import Row
from lib.disclosures.rules import whole
from lib.mentors import service as mentors
from lib.operators import service as operators
from lib.privacy import contract
from lib.privacy.categories import is_personal
from lib.privacy.disclosed_schemas import (
    DisclosedField,
    Disclosure,
    Disclosures,
    NotedDisclosure,
    NoteDisclosure,
    ReceivedBy,
    TellingOf,
)
from lib.privacy.model import Contract
from lib.privacy.schemas import Text
from lib.privacy.vocabulary import BASES, PURPOSES, RECEIVED_FOR
from lib.providers.register import SUPPLIERS
from lib.web.schema import PageQuery

_AUTHORITY = "authority"


def page(db: Db, wanted: PageQuery, *, person_id: str) -> Disclosures:
    """Return a page of who has received what of the person, newest first."""
    rows, following = disclosures.page(
        db, person_id=person_id, after=wanted.after, limit=wanted.limit
    )
    told = disclosures.told_since(db, person_id, [row.recipient for row in rows])
    people = [row.recipient for row in rows if row.recipient_kind == "person"]
    names = mentors.public_names(db, people)
    terms = contract.load()
    return Disclosures(
        disclosures=[_shown(terms, row, names, _of(row, told)) for row in rows], next=following
    )


def note(
    db: Db, person_id: str, wanted: NoteDisclosure, *, operator_id: str, now: datetime
) -> NotedDisclosure:
    """Note what an authority was given of a person; raises NotFoundError, InvalidError."""
    accounts.lock_account(db, person_id=person_id)
    _refuse_unknown(wanted.fields)
    disclosure_id = disclosures.note(
        db,
        disclosures.Disclosure(
            person_id=person_id,
            recipient_kind="authority",
            recipient=wanted.recipient,
            purpose=_AUTHORITY,
            fields=tuple(wanted.fields),
            context_id=wanted.reference,
            basis=wanted.basis,
            ground=wanted.ground,
        ),
        now,
    )
    operators.log(
        db, operator_id, "disclose", person_id, wanted.reason, now, object_id=disclosure_id
    )
    return NotedDisclosure(id=disclosure_id)


def vocabulary(terms: Contract) -> frozenset[str]:
    """Return every field that can be disclosed: what the contract says is about somebody."""
    return frozenset(
        field
        for table in terms
        if table.chains
        for field in (
            whole(table.name),
            *(f"{table.name}.{c.name}" for c in table.columns if c.data and is_personal(c.data)),
        )
    )


def _refuse_unknown(fields: Iterable[str]) -> None:
    known = vocabulary(contract.load())
    errors = [
        {"pointer": f"/fields/{place}", "code": "unknown_field", "detail": "No field of anybody"}
        for place, field in enumerate(fields)
        if field not in known
    ]
    if errors:
        raise InvalidError(errors=errors)


def _of(row: Row, told: Iterable[Notice]) -> list[Notice]:
    return [
        each
        for each in told
        if (each.recipient_kind, each.recipient) == (row.recipient_kind, row.recipient)
    ]


def _shown(terms: Contract, row: Row, names: dict[str, str], told: list[Notice]) -> Disclosure:
    return Disclosure.model_validate(
        {
            "id": row.id,
            "recipient": _recipient(row, names),
            "purpose": Text.of((PURPOSES | RECEIVED_FOR)[row.purpose]),
            "basis": Text.of(BASES[row.basis]),
            "ground": row.ground or None,
            "context_id": row.context_id or None,
            "fields": [_field(terms, field) for field in disclosures.fields_of(row)],
            "first_at": row.first_at,
            "last_at": row.last_at,
            "told": [_telling(each) for each in told],
        }
    )


def _recipient(row: Row, names: dict[str, str]) -> ReceivedBy:
    supplier = next((one for one in SUPPLIERS if one.key == row.recipient), None)
    if row.recipient_kind == "person":
        name = names.get(row.recipient) or None
    elif row.recipient_kind == "supplier" and supplier:
        name = supplier.name
    else:
        name = row.recipient
    return ReceivedBy.model_validate(
        {"kind": row.recipient_kind, "key": row.recipient, "name": name}
    )


def _field(terms: Contract, field: str) -> DisclosedField:
    name, _, column_name = field.partition(".")
    table = terms.tables.get(name)
    column = table.column(column_name) if table else None
    about = column or table
    return DisclosedField(
        field=field,
        category=column.data if column else None,
        why=about.why if about else "",
    )


def _telling(notice: Notice) -> TellingOf:
    why = disclosures.why(notice)
    return TellingOf.model_validate(
        {
            "kind": notice.kind,
            "fields": list(disclosures.fields_of(notice)),
            "state": notice.state,
            "made_at": notice.made_at,
            "answered_at": notice.answered_at,
            "why_not": Text(nb=why.nb, en=why.en) if why else None,
        }
    )
