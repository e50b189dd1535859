"""Tables as they are written in db/schema.sql, read from the file's own text.

The reader is strict and small: it knows the statements as this project writes them, one column or
key to a line, and refuses what it can't read, so that nothing is passed over unclassified.
"""

import re
from dataclasses import dataclass
from typing import Literal

type Kind = Literal["text", "json", "number", "boolean", "time", "date"]


class SchemaError(ValueError):
    """A line of the schema can't be read; the message has its number and its text."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its COMMENT; `kind` is what both engines agree on of its type."""

    name: str
    kind: Kind
    nullable: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Index:
    """A key beside the primary key, with its columns in order."""

    name: str
    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns in order and its keys by name."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    indexes: tuple[Index, ...]
    comment: str


_QUOTED = r"'((?:[^'\\]|'')*)'"
_NAME = r"[a-z][a-z0-9_]{0,63}"
_TYPES: tuple[tuple[str, Kind], ...] = (
    (r"(?:VAR)?CHAR\(\d+\)", "text"),
    (r"(?:MEDIUM)?TEXT", "text"),
    (r"JSON", "json"),
    (r"(?:TINY|SMALL|MEDIUM|BIG)?INT(?: UNSIGNED)?", "number"),
    (r"DECIMAL\(\d+,\d+\)", "number"),
    (r"BOOLEAN", "boolean"),
    (r"DATETIME\(6\)", "time"),
    (r"DATE", "date"),
)
_COLUMN = re.compile(
    rf"(?P<name>{_NAME}) +(?P<type>{'|'.join(pattern for pattern, _ in _TYPES)})"
    r"(?: +CHARACTER SET \w+ COLLATE \w+)? +(?P<null>NOT NULL|NULL)"
    rf"(?: DEFAULT (?:{_QUOTED.replace('(', '(?:', 1)}|-?\d+|NULL|TRUE|FALSE))?"
    rf"(?: COMMENT {_QUOTED})?"
)
_KEY = re.compile(
    rf"(?:PRIMARY KEY|(?P<unique>UNIQUE )?KEY (?P<name>{_NAME}))"
    rf" \((?P<columns>{_NAME}(?:, {_NAME})*)\)"
)
_CHECK = re.compile(rf"CONSTRAINT {_NAME} CHECK \(.+\)")
_OPENING = re.compile(rf"CREATE TABLE (?P<name>{_NAME}) \(")
_CLOSING = re.compile(
    r"\) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin"
    rf"(?:\s+COMMENT={_QUOTED})?;"
)


def read_tables(text: str) -> tuple[Table, ...]:
    """Return the tables of a schema file's text in its order; raises SchemaError."""
    lines = [
        (number, line.strip())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("--")
    ]
    tables: list[Table] = []
    at = 0
    while at < len(lines):
        table, at = _table(lines, at)
        tables.append(table)
    names = [table.name for table in tables]
    if len(set(names)) != len(names):
        raise SchemaError("a table is created twice")
    return tuple(tables)


def _table(lines: list[tuple[int, str]], at: int) -> tuple[Table, int]:
    number, line = lines[at]
    opening = _OPENING.fullmatch(line)
    if not opening:
        raise _unreadable(number, line)
    columns: list[Column] = []
    keys: list[tuple[str, tuple[str, ...], bool]] = []
    for end in range(at + 1, len(lines)):
        number, line = lines[end]
        if line.startswith(")"):
            comment, after = _closing(lines, end)
            return _assembled(opening["name"], columns, keys, comment), after
        _member(number, line.removesuffix(","), columns, keys)
    raise SchemaError(f"{opening['name']}: the statement has no end")


def _member(
    number: int,
    line: str,
    columns: list[Column],
    keys: list[tuple[str, tuple[str, ...], bool]],
) -> None:
    """Read one line between the parentheses: a column, a key or a check."""
    key = _KEY.fullmatch(line)
    if key:
        names = tuple(key["columns"].split(", "))
        keys.append((key["name"] or "PRIMARY", names, bool(key["unique"])))
        return
    if _CHECK.fullmatch(line):
        return
    found = _COLUMN.fullmatch(line)
    if not found:
        raise _unreadable(number, line)
    columns.append(
        Column(
            name=found["name"],
            kind=_kind(found["type"]),
            nullable=found["null"] == "NULL",
            comment=_unquoted(found[found.re.groups]),
        )
    )


def _closing(lines: list[tuple[int, str]], at: int) -> tuple[str, int]:
    """Return the table's COMMENT, and where the next statement begins."""
    number, text = lines[at]
    end = at + 1
    if not text.endswith(";") and end < len(lines):
        text = f"{text} {lines[end][1]}"
        end += 1
    found = _CLOSING.fullmatch(text)
    if not found:
        raise _unreadable(number, text)
    return _unquoted(found[1]), end


def _assembled(
    name: str,
    columns: list[Column],
    keys: list[tuple[str, tuple[str, ...], bool]],
    comment: str,
) -> Table:
    names = [column.name for column in columns]
    if len(set(names)) != len(names):
        raise SchemaError(f"{name}: a column is there twice")
    unknown = {column for _, key, _ in keys for column in key} - set(names)
    if unknown:
        raise SchemaError(f"{name}: a key is on {', '.join(sorted(unknown))}, which is no column")
    primary = [key for key_name, key, _ in keys if key_name == "PRIMARY"]
    if len(primary) != 1:
        raise SchemaError(f"{name}: has no primary key of its own line")
    others = sorted(key for key in keys if key[0] != "PRIMARY")
    indexes = tuple(Index(key_name, key, unique) for key_name, key, unique in others)
    return Table(name, tuple(columns), primary[0], indexes, comment)


def _kind(type_text: str) -> Kind:
    for pattern, kind in _TYPES:
        if re.fullmatch(pattern, type_text):
            return kind
    raise SchemaError(f"{type_text} is no type that is known here")


def _unquoted(text: str | None) -> str:
    return (text or "").replace("''", "'")


def _unreadable(number: int, line: str) -> SchemaError:
    return SchemaError(f"line {number} can't be read: {line[:100]}")
