"""The grammar of a COMMENT in db/schema.sql: pairs, a semicolon, and why the thing is there.

    subject=person_id purpose=account basis=contract …; makes a call safe to repeat
    data=user.contact.email erase=null; receipts and notices

What is read here is checked by itself: known keys, known values, prose. How the tables fit together
is checked in lib/privacy/checks.py. docs/privacy-contract.md explains the grammar to its writers.
"""

import re
from dataclasses import dataclass
from typing import Literal

from lib.privacy.categories import CATEGORIES
from lib.privacy.vocabulary import BASES, COLUMN_ERASE, EXPORTS, PURPOSES, TABLE_ERASE, TIERS

type KeepRule = Literal["account", "forever", "bookkeeping", "term"]

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# What the engines store of a COMMENT; MySQL refuses a longer one.
_LONGEST_TABLE_COMMENT = 2048
_LONGEST_COLUMN_COMMENT = 1024

_TABLE_KEYS = ("subject", "purpose", "basis", "keep", "erase", "export", "tier")
_COLUMN_KEYS = ("data", "erase", "export", "tier")
_TERM = re.compile(r"P([1-9][0-9]{0,3})([DY])")


class GrammarError(ValueError):
    """A COMMENT can't be read; the message says why, without saying where it stands."""


@dataclass(frozen=True, slots=True)
class Path:
    """How a row leads to a person: a column with their id, or with the key of a row in `table`."""

    column: str
    table: str | None = None

    def __str__(self) -> str:
        return f"{self.column}>{self.table}" if self.table else self.column


@dataclass(frozen=True, slots=True)
class Keep:
    """How long a row is kept.

    `bookkeeping` is five years after the end of the clock's year; `term` is `count` days (D) or
    years (Y) after the clock. Without a `clock` of its own a row has that of the row it hangs on.
    """

    rule: KeepRule
    clock: str | None = None
    count: int = 0
    unit: str = ""

    def __str__(self) -> str:
        word = f"P{self.count}{self.unit}" if self.rule == "term" else self.rule
        return f"{word}@{self.clock}" if self.clock else word


@dataclass(frozen=True, slots=True)
class TableTerms:
    """What a table's COMMENT says; `subject` is empty where the table is about nobody."""

    subject: tuple[Path, ...]
    purpose: str
    basis: str
    keep: Keep
    erase: str
    export: frozenset[str]
    tier: str
    why: str


@dataclass(frozen=True, slots=True)
class ColumnTerms:
    """What a column's COMMENT says; None where the table decides."""

    data: str | None
    erase: str | None
    export: frozenset[str] | None
    tier: str | None
    why: str


def table_terms(comment: str) -> TableTerms:
    """Read a table's COMMENT; raises GrammarError."""
    pairs, why = _split(comment, _TABLE_KEYS, _LONGEST_TABLE_COMMENT)
    missing = [key for key in _TABLE_KEYS if key not in pairs]
    if missing:
        raise GrammarError(f"says nothing of {', '.join(missing)}")
    return TableTerms(
        subject=_subject(pairs["subject"]),
        purpose=_one_of("purpose", pairs["purpose"], PURPOSES),
        basis=_one_of("basis", pairs["basis"], BASES),
        keep=_keep(pairs["keep"]),
        erase=_one_of("erase", pairs["erase"], TABLE_ERASE),
        export=_export(pairs["export"]),
        tier=_one_of("tier", pairs["tier"], TIERS),
        why=why,
    )


def column_terms(comment: str) -> ColumnTerms:
    """Read a column's COMMENT; raises GrammarError."""
    pairs, why = _split(comment, _COLUMN_KEYS, _LONGEST_COLUMN_COMMENT)
    if "data" not in pairs:
        raise GrammarError("says nothing of data")
    data = pairs["data"]
    if data != "none" and data not in CATEGORIES:
        raise GrammarError(f"data={data} is no category of fideslang")
    return ColumnTerms(
        data=None if data == "none" else data,
        erase=_one_of("erase", pairs["erase"], COLUMN_ERASE) if "erase" in pairs else None,
        export=_export(pairs["export"]) if "export" in pairs else None,
        tier=_one_of("tier", pairs["tier"], TIERS) if "tier" in pairs else None,
        why=why,
    )


def _split(comment: str, known: tuple[str, ...], longest: int) -> tuple[dict[str, str], str]:
    if not comment:
        raise GrammarError("has no COMMENT")
    if len(comment) > longest:
        raise GrammarError(f"has a COMMENT of more than {longest} characters")
    head, separator, why = comment.partition("; ")
    if not separator or not why.strip():
        raise GrammarError("does not say why it is there, after '; '")
    pairs: dict[str, str] = {}
    for word in head.split(" "):
        key, equals, value = word.partition("=")
        if not equals or not value:
            raise GrammarError(f"{word!r} is no key=value")
        if key not in known:
            raise GrammarError(f"{key} is no key that is known here")
        if key in pairs:
            raise GrammarError(f"{key} is said twice")
        pairs[key] = value
    return pairs, why.strip()


def _one_of[Meaning](key: str, value: str, known: dict[str, Meaning]) -> str:
    if value not in known:
        raise GrammarError(f"{key}={value} is not one of {', '.join(known)}")
    return value


def _export(value: str) -> frozenset[str]:
    if value == "none":
        return frozenset()
    if value not in {"access", "access+portability"}:
        raise GrammarError(f"export={value} is not one of access, access+portability, none")
    return frozenset(value.split("+")) & frozenset(EXPORTS)


def _subject(value: str) -> tuple[Path, ...]:
    if value == "none":
        return ()
    paths = []
    for part in value.split(","):
        column, arrow, table = part.partition(">")
        if not NAME.fullmatch(column) or (arrow and not NAME.fullmatch(table)):
            raise GrammarError(f"subject={value}: {part!r} is neither column nor column>table")
        paths.append(Path(column, table or None))
    if len(set(paths)) != len(paths):
        raise GrammarError(f"subject={value} names a path twice")
    return tuple(paths)


def _keep(value: str) -> Keep:
    word, at, clock = value.partition("@")
    if at and not NAME.fullmatch(clock):
        raise GrammarError(f"keep={value}: {clock!r} is no column")
    term = _TERM.fullmatch(word)
    if term:
        return Keep("term", clock or None, int(term[1]), term[2])
    if word == "bookkeeping":
        return Keep("bookkeeping", clock or None)
    if value == "account":
        return Keep("account")
    if value == "forever":
        return Keep("forever")
    raise GrammarError(
        f"keep={value} is not one of account, forever, bookkeeping[@column], P<n>D/P<n>Y[@column]"
    )
