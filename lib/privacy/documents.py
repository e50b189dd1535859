"""The documents of an archive, written piece by piece: data.json, portability.json, index.html.

A document says what goes before and behind the rows of each table; where the rows come from and
where the pieces go is lib/privacy/archives.py. It keeps no state, so that another run can go on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lib.privacy import export, rules
from lib.privacy.archive_schemas import Recipient
from lib.privacy.model import Column, Contract, Table
from lib.privacy.schemas import Right, Text, Value
from lib.privacy.tables import Kind
from lib.providers.supplier import Words

SCHEMA_NAME = "portability.schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[Kind, dict[str, object]] = {
    "text": {"type": "string"},
    "number": {"type": ["integer", "number", "string"]},
    "boolean": {"type": ["boolean", "integer"]},
    "time": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "json": {},
}

type Rows = Sequence[dict[str, Value]]


@dataclass(frozen=True)
class About:
    """Whose archive it is, by which right, and when it was asked for."""

    contract: Contract
    person_id: str
    right: Right
    asked_at: datetime


class Document(Protocol):
    """A file of the archive; `most_rows` is how many of a table it shows, None for all."""

    name: str
    right: Right
    most_rows: int | None

    def tables(self) -> list[Table]:
        """Return the tables that it shows, in order."""

    def head(self) -> str:
        """Return what goes before the first table."""

    def opening(self, table: Table, *, is_first: bool) -> str:
        """Return what goes before a table's rows; a table without rows is left out."""

    def rows(self, table: Table, rows: Rows, *, is_first: bool) -> str:
        """Return some rows of a table."""

    def closing(self, table: Table, *, is_cut: bool) -> str:
        """Return what goes behind a table's rows, of which there may be more than are shown."""

    def tail(self) -> str:
        """Return what goes behind the last table."""


def columns_of(document: Document, table: Table) -> tuple[Column, ...]:
    """Return the columns that a document shows of a table."""
    return rules.shown_columns(table, document.right)


def documents(about: About) -> list[Document]:
    """Return the documents of an archive, in order; the first shows every row."""
    from lib.privacy.page import Page

    portable: list[Document] = [Portability(about), Schema(about)]
    everything: list[Document] = [Data(about)] if about.right == "access" else []
    return [*everything, *portable, Page(about)]


def number_of_tables(contract: Contract, right: Right) -> int:
    """Return how many tables are gone through for an archive, a table once for each document."""
    shown = len(export.exported_tables(contract, right))
    portable = len(export.exported_tables(contract, "portability"))
    return 2 * shown + portable if right == "access" else portable + shown


def recipients() -> list[Recipient]:
    """Return everybody who is sent something."""
    from lib.providers.register import SUPPLIERS

    return [
        Recipient(
            name=one.name,
            purpose=_both(one.purpose),
            gets=_both(one.fields),
            place=_both(one.place),
            transfer_ground=_both(one.transfer_ground),
            policy_url=one.policy_url,
        )
        for one in SUPPLIERS
    ]


def _both(words: Words) -> Text:
    return Text(nb=words.nb, en=words.en)


class Data:
    """data.json: everything, with what is to be said of it."""

    name = "data.json"
    right: Right = "access"
    most_rows: int | None = None

    def __init__(self, about: About) -> None:
        self._about = about

    def tables(self) -> list[Table]:
        """Return what the right to access gives."""
        return export.exported_tables(self._about.contract, self.right)

    def head(self) -> str:
        """Return whose it is, and who was sent something."""
        head = {
            "format": "minmentor-access/1",
            "person_id": self._about.person_id,
            "asked_at": _iso(self._about.asked_at),
            "recipients": [each.model_dump() for each in recipients()],
        }
        return _json(head).removesuffix("}") + ',"tables":['

    def opening(self, table: Table, *, is_first: bool) -> str:
        """Return what is said of the table."""
        said = export.section(table, columns_of(self, table), []).model_dump(exclude={"rows"})
        return ("" if is_first else ",") + _json(said).removesuffix("}") + ',"rows":['

    def rows(self, table: Table, rows: Rows, *, is_first: bool) -> str:
        """Return the rows, each as an object."""
        del table
        return ("" if is_first else ",") + ",".join(_json(row) for row in rows)

    def closing(self, table: Table, *, is_cut: bool) -> str:
        """Return the end of the rows and of the table."""
        del table, is_cut
        return "]}"

    def tail(self) -> str:
        """Return the end of the tables."""
        return "]}\n"


class Portability:
    """portability.json: what the person provided, in the form that portability.schema.json says."""

    name = "portability.json"
    right: Right = "portability"
    most_rows: int | None = None

    def __init__(self, about: About) -> None:
        self._about = about

    def tables(self) -> list[Table]:
        """Return what the right to portability gives."""
        return export.exported_tables(self._about.contract, self.right)

    def head(self) -> str:
        """Return whose it is."""
        head = {
            "format": "minmentor-portability/1",
            "schema": SCHEMA_NAME,
            "person_id": self._about.person_id,
            "asked_at": _iso(self._about.asked_at),
        }
        return _json(head).removesuffix("}") + ',"data":{'

    def opening(self, table: Table, *, is_first: bool) -> str:
        """Return the table's name."""
        return ("" if is_first else ",") + _json(table.name) + ":["

    def rows(self, table: Table, rows: Rows, *, is_first: bool) -> str:
        """Return the rows, each as an object."""
        del table
        return ("" if is_first else ",") + ",".join(_json(row) for row in rows)

    def closing(self, table: Table, *, is_cut: bool) -> str:
        """Return the end of the rows."""
        del table, is_cut
        return "]"

    def tail(self) -> str:
        """Return the end of the tables."""
        return "}}\n"


class Schema:
    """portability.schema.json: the form of portability.json, made from the contract."""

    name = SCHEMA_NAME
    right: Right = "portability"
    most_rows: int | None = None

    def __init__(self, about: About) -> None:
        self._contract = about.contract

    def tables(self) -> list[Table]:
        """Return none: it holds no rows."""
        return []

    def head(self) -> str:
        """Return the whole."""
        return json.dumps(portability_schema(self._contract), ensure_ascii=False, indent=2) + "\n"

    def opening(self, table: Table, *, is_first: bool) -> str:
        """Return nothing."""
        del table, is_first
        return ""

    def rows(self, table: Table, rows: Rows, *, is_first: bool) -> str:
        """Return nothing."""
        del table, rows, is_first
        return ""

    def closing(self, table: Table, *, is_cut: bool) -> str:
        """Return nothing."""
        del table, is_cut
        return ""

    def tail(self) -> str:
        """Return nothing."""
        return ""


def portability_schema(contract: Contract) -> dict[str, object]:
    """Return the JSON Schema of portability.json."""
    tables = export.exported_tables(contract, "portability")
    return {
        "$schema": _DIALECT,
        "title": "MIN MENTOR: what a person has provided (GDPR Art. 20)",
        "type": "object",
        "required": ["format", "schema", "person_id", "asked_at", "data"],
        "additionalProperties": False,
        "properties": {
            "format": {"const": "minmentor-portability/1"},
            "schema": {"const": SCHEMA_NAME},
            "person_id": {"type": "string", "description": "our key for the person"},
            "asked_at": {"type": "string", "format": "date-time"},
            "data": {
                "type": "object",
                "additionalProperties": False,
                "properties": {table.name: _table_schema(table) for table in tables},
            },
        },
    }


def _table_schema(table: Table) -> dict[str, object]:
    columns = rules.shown_columns(table, "portability")
    return {
        "type": "array",
        "description": table.why,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": [column.name for column in columns],
            "properties": {column.name: _column_schema(column) for column in columns},
        },
    }


def _column_schema(column: Column) -> dict[str, object]:
    said = {"description": column.why, **_TYPES[column.kind]}
    if column.nullable and "type" in said:
        types = said["type"]
        said["type"] = [*(types if isinstance(types, list) else [types]), "null"]
    return said


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
