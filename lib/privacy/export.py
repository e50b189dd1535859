"""A person's own data, page by page: tables in the order of the schema, rows by their keys."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from lib.core import page_keys
from lib.core.db import Db
from lib.privacy import repository, rules
from lib.privacy.model import Column, Contract, Table
from lib.privacy.repository import Page
from lib.privacy.schemas import ExportedColumn, ExportedTable, ExportPage, Right, Text, Value
from lib.privacy.statements import Key
from lib.privacy.vocabulary import BASES, PURPOSES, TIERS

PAGE_ROWS = 500
_LONGEST_CURSOR = 2000


def page(
    db: Db, contract: Contract, person_id: str, *, right: Right, after: str | None
) -> ExportPage:
    """Return the page that follows a cursor; raises InvalidError for a cursor that is none."""
    exported = exported_tables(contract, right)
    at, key = _position(exported, after)
    sections: list[ExportedTable] = []
    room = PAGE_ROWS
    for index, table in enumerate(exported[at:], start=at):
        columns = rules.shown_columns(table, right)
        rows = repository.rows_about(
            db,
            table,
            person_id,
            Page(room + 1, key if index == at else None),
            columns=[column.name for column in columns],
        )
        if rows[:room]:
            sections.append(section(table, columns, rows[:room]))
        if len(rows) > room:
            # A page that is full to the row goes on with this table even if none of it fitted.
            last = rows[room - 1] if room else None
            return ExportPage(tables=sections, next=_cursor(table, last))
        room -= len(rows)
    return ExportPage(tables=sections, next=None)


def exported_tables(contract: Contract, right: Right) -> list[Table]:
    """Return the tables that a right gives anything of, in the order of the schema."""
    return [table for table in contract if rules.shown_columns(table, right) and table.chains]


def section(
    table: Table, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]
) -> ExportedTable:
    """Return rows of a table with all that is to be said of them."""
    return ExportedTable(
        table=table.name,
        why=table.why,
        purpose=Text.of(PURPOSES[table.purpose]),
        basis=Text.of(BASES[table.basis]),
        kept=Text.of(rules.kept_words(table.keep)),
        columns=[
            ExportedColumn(
                name=column.name,
                category=column.data,
                seen_by=Text.of(TIERS[column.tier]),
                why=column.why,
            )
            for column in columns
        ],
        rows=[{c.name: json_value(c, row[c.name]) for c in columns} for row in rows],
    )


def json_value(column: Column, value: object) -> Value:
    """Return a column's value as an export has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if column.kind == "json" and value is not None:
        parsed: Value = json.loads(str(value))
        return parsed
    if isinstance(value, str | int | None):
        return value
    return str(value)


def _cursor(table: Table, row: Mapping[str, Any] | None) -> str:
    """Return where a page ended, opaque: the table, and the key of its last row that was shown."""
    key = None if row is None else key_values(table, row)
    text = json.dumps([table.name, key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def key_values(table: Table, row: Mapping[str, Any]) -> list[Value]:
    """Return a row's key as values for JSON."""
    return [json_value(_known(table, name), row[name]) for name in table.primary_key]


def _position(exported: Sequence[Table], after: str | None) -> tuple[int, Key | None]:
    """Return the index of the table to go on with, and the key after which to do so."""
    if after is None:
        return 0, None
    if len(after) > _LONGEST_CURSOR:
        raise page_keys.refusal()
    try:
        padded = after.encode("ascii") + b"=" * (-len(after) % 4)
        name, key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        index = [table.name for table in exported].index(name)
        return index, None if key is None else row_key(exported[index], key)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise page_keys.refusal() from None


def row_key(table: Table, values: Sequence[object]) -> Key:
    """Return a row's key out of its values in JSON; raises ValueError or TypeError."""
    if not isinstance(values, list) or len(values) != len(table.primary_key):
        raise ValueError("another key")
    return tuple(
        _key_part(_known(table, name), value)
        for name, value in zip(table.primary_key, values, strict=True)
    )


def _key_part(column: Column, value: object) -> object:
    if column.kind == "time":
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    if column.kind == "date":
        return date.fromisoformat(str(value))
    if not isinstance(value, str if column.kind == "text" else int):
        raise TypeError("another type")
    return value


def _known(table: Table, name: str) -> Column:
    column = table.column(name)
    if column is None:
        raise ValueError(f"{table.name} has no column {name}")
    return column
