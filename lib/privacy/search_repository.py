"""SQL that goes through whole tables: the search after an erasure, and the live schema."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib.core.db import Db
from lib.privacy import tables
from lib.privacy.identifiers import Needle
from lib.privacy.model import Table
from lib.privacy.statements import Key, filled, is_beyond, listed, quoted

type Row = dict[str, Any]


# MariaDB's JSON is LONGTEXT with a check; db/schema.sql has no LONGTEXT of its own.
_KINDS: dict[str, tables.Kind] = {
    "char": "text",
    "varchar": "text",
    "text": "text",
    "mediumtext": "text",
    "longtext": "json",
    "json": "json",
    "tinyint": "number",
    "smallint": "number",
    "mediumint": "number",
    "int": "number",
    "bigint": "number",
    "decimal": "number",
    "datetime": "time",
    "date": "date",
}


def window_end(db: Db, table: Table, after: Key | None, size: int) -> Key | None:
    """Return the key of the row `size` rows further on; None where the table ends before."""
    params: dict[str, object] = {"size": size}
    condition = is_beyond("r", table.primary_key, after, params, "a") if after else "TRUE"
    statement = filled(
        "SELECT {key} FROM {table} AS r WHERE {condition} ORDER BY {key} LIMIT 1 OFFSET %(size)s",
        key=listed("r", table.primary_key),
        table=quoted(table.name),
        condition=condition,
    )
    found = db.rows(statement, params)
    return tuple(found[0].values()) if found else None


def search(
    db: Db,
    table: Table,
    needles: Sequence[Needle],
    *,
    after: Key | None,
    upto: Key | None,
) -> list[Row]:
    """Return the rows between two keys that may hold a needle: their key and all their text.

    The search is wide (letter case is ignored); the caller looks closely at what it returns.
    """
    columns = [column.name for column in table.columns if column.is_searchable]
    if not columns or not needles:
        return []
    params: dict[str, object] = {}
    bounds = ["TRUE"]
    if after:
        bounds.append(is_beyond("r", table.primary_key, after, params, "a"))
    if upto:
        bounds.append(f"NOT {is_beyond('r', table.primary_key, upto, params, 'u')}")
    texts = ", ".join(
        f"CAST({quoted('r', name)} AS CHAR CHARACTER SET utf8mb4)" for name in columns
    )
    # Joined anew for each needle: a derived table would spare that, and be written to disk.
    hay = f"LOWER(CONCAT_WS('|', {texts})) COLLATE utf8mb4_bin"
    statement = filled(
        "SELECT {columns} FROM {table} AS r WHERE {bounds} AND ({wanted})",
        columns=listed("r", dict.fromkeys((*table.primary_key, *columns))),
        table=quoted(table.name),
        bounds=" AND ".join(bounds),
        wanted=" OR ".join(_needle(hay, needle, params) for needle in needles),
    )
    return db.rows(statement, params)


def _needle(hay: str, needle: Needle, params: dict[str, object]) -> str:
    if needle.digits:
        for at, separator in enumerate((" ", "-", ".", "(", ")", "/", "\u00a0")):
            params[f"s{at}"] = separator
            hay = f"REPLACE({hay}, %(s{at})s, '')"
    conditions = []
    for part in needle.parts:
        name = f"n{len(params)}"
        params[name] = "%" + re.sub(r"([%_!])", r"!\1", part) + "%"
        conditions.append(f"{hay} LIKE %({name})s ESCAPE '!'")
    return "(" + " AND ".join(conditions) + ")"


@dataclass(frozen=True)
class _LiveTable:
    name: str
    comment: str


@dataclass(frozen=True)
class _LiveColumn:
    table_name: str
    name: str
    type_name: str
    full_type: str
    nullable: str
    comment: str


@dataclass(frozen=True)
class _LiveKey:
    table_name: str
    name: str
    column_name: str
    is_free: int


def read_schema(db: Db) -> tuple[tables.Table, ...]:
    """Return the tables of the database in the words of lib/privacy/tables.py, by name.

    Raises SchemaError for a column of a type that db/schema.sql does not use.
    """
    named = db.all(
        _LiveTable,
        """
        SELECT table_name AS name, table_comment AS comment
          FROM information_schema.tables
         WHERE table_schema = DATABASE()
           AND table_type = 'BASE TABLE'
         ORDER BY table_name
        """,
    )
    columns = db.all(
        _LiveColumn,
        """
        SELECT table_name AS table_name, column_name AS name, data_type AS type_name,
               column_type AS full_type, is_nullable AS nullable, column_comment AS comment
          FROM information_schema.columns
         WHERE table_schema = DATABASE()
         ORDER BY table_name, ordinal_position
        """,
    )
    keys = db.all(
        _LiveKey,
        """
        SELECT table_name AS table_name, index_name AS name, column_name AS column_name,
               non_unique AS is_free
          FROM information_schema.statistics
         WHERE table_schema = DATABASE()
         ORDER BY table_name, index_name, seq_in_index
        """,
    )
    return tuple(_live_table(table, columns, keys) for table in named)


def _live_table(
    table: _LiveTable, columns: Sequence[_LiveColumn], keys: Sequence[_LiveKey]
) -> tables.Table:
    own = [key for key in keys if key.table_name == table.name]
    by_name = {
        key.name: tables.Index(
            key.name,
            tuple(part.column_name for part in own if part.name == key.name),
            not key.is_free,
        )
        for key in own
    }
    primary = by_name.pop("PRIMARY", None)
    if primary is None:
        raise tables.SchemaError(f"{table.name}: has no primary key")
    return tables.Table(
        name=table.name,
        columns=tuple(
            tables.Column(column.name, _kind(column), column.nullable == "YES", column.comment)
            for column in columns
            if column.table_name == table.name
        ),
        primary_key=primary.columns,
        indexes=tuple(by_name[name] for name in sorted(by_name)),
        comment=table.comment,
    )


def _kind(column: _LiveColumn) -> tables.Kind:
    if column.full_type == "tinyint(1)":
        return "boolean"
    kind = _KINDS.get(column.type_name)
    if kind is None:
        raise tables.SchemaError(
            f"{column.table_name}.{column.name}: {column.full_type} is no type that is known here"
        )
    return kind
