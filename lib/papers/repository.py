"""Papers and their series, as rows: nothing here changes a paper that was issued."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from lib.core.db import Db, DuplicateError


@dataclass(frozen=True)
class Series:
    """Where a series stands: its last number, and the hash of the paper that has it."""

    last_number: int
    last_hash: str


@dataclass(frozen=True)
class Paper:
    """A paper; `body` is canonical JSON."""

    id: str
    kind: str
    series: str
    accounting_year: int
    number: int
    person_id: str
    seller_id: str | None
    cause_id: str
    body: str
    body_hash: str
    issued_at: datetime


@dataclass(frozen=True)
class Number:
    """What a paper is referred to by."""

    series: str
    accounting_year: int
    number: int


@dataclass(frozen=True)
class Issued:
    """A paper that was issued, without what it says."""

    kind: str
    series: str
    accounting_year: int
    number: int
    cause_id: str
    issued_at: datetime


@dataclass(frozen=True)
class Documented(Number):
    """The number of the paper that documents a cause."""

    cause_id: str


@dataclass(frozen=True)
class _Cause:
    cause_id: str


_SELECT: LiteralString = """
    SELECT id, kind, series, accounting_year, number, person_id, seller_id, cause_id, body,
           body_hash, issued_at
      FROM paper
"""
_SERIES: LiteralString = """
    SELECT last_number, last_hash
      FROM paper_series
     WHERE series = %(series)s
       AND accounting_year = %(accounting_year)s
"""


def series(db: Db, *, series: str, year: int) -> Series | None:
    """Return where a series stands."""
    return db.one(Series, _SERIES, {"series": series, "accounting_year": year})


def lock_series(db: Db, *, series: str, year: int, empty: Series) -> Series:
    """Return where a series stands, locked until the commit; the first paper begins it."""
    values: dict[str, object] = {"series": series, "accounting_year": year, **vars(empty)}
    found = db.one(Series, _SERIES + " FOR UPDATE", values)
    if found:
        return found
    with suppress(DuplicateError):
        db.execute(
            """
            INSERT INTO paper_series (series, accounting_year, last_number, last_hash)
            VALUES (%(series)s, %(accounting_year)s, %(last_number)s, %(last_hash)s)
            """,
            values,
        )
    return db.one(Series, _SERIES + " FOR UPDATE", values) or empty


def advance(db: Db, *, series: str, year: int, reached: Series) -> None:
    """Note the number that was given, in the transaction that gave it."""
    db.execute(
        """
        UPDATE paper_series
           SET last_number = %(last_number)s, last_hash = %(last_hash)s
         WHERE series = %(series)s
           AND accounting_year = %(accounting_year)s
        """,
        {"series": series, "accounting_year": year, **vars(reached)},
    )


def insert(db: Db, paper: Paper) -> None:
    """Write a paper; raises DuplicateError `paper_once` where its cause has one of the kind."""
    db.execute(
        """
        INSERT INTO paper
               (id, kind, series, accounting_year, number, person_id, seller_id, cause_id, body,
                body_hash, issued_at)
        VALUES (%(id)s, %(kind)s, %(series)s, %(accounting_year)s, %(number)s, %(person_id)s,
                %(seller_id)s, %(cause_id)s, %(body)s, %(body_hash)s, %(issued_at)s)
        """,
        vars(paper),
    )


def of_cause(db: Db, *, kind: str, cause_id: str) -> Paper | None:
    """Return the paper of a kind that documents a cause."""
    return db.one(
        Paper,
        _SELECT
        + """
         WHERE kind = %(kind)s
           AND cause_id = %(cause_id)s
        """,
        {"kind": kind, "cause_id": cause_id},
    )


def number(db: Db, *, kind: str, cause_id: str, is_new: bool = False) -> Number | None:
    """Return the number of the paper of a kind that documents a cause.

    `is_new` reads past this transaction's snapshot, for one that another has just issued.
    """
    plain: LiteralString = """
        SELECT series, accounting_year, number
          FROM paper
         WHERE kind = %(kind)s
           AND cause_id = %(cause_id)s
    """
    values = {"kind": kind, "cause_id": cause_id}
    return db.one(Number, plain + " FOR UPDATE" if is_new else plain, values)


def numbers_of(db: Db, *, causes: Sequence[str]) -> list[Documented]:
    """Return the numbers of the papers that document these causes; a cause may have two."""
    if not causes:
        return []
    return db.all(
        Documented,
        """
        SELECT cause_id, series, accounting_year, number
          FROM paper
         WHERE kind IN ('receipt', 'prepayment', 'credit_note', 'repayment', 'statement')
           AND cause_id IN %(causes)s
         ORDER BY cause_id, series DESC
         LIMIT %(limit)s
        """,
        {"causes": list(causes), "limit": 2 * len(causes)},
    )


def documented(
    db: Db, *, kinds: Sequence[str], causes: Sequence[str], is_new: bool = False
) -> set[str]:
    """Return which of these causes have a paper of one of the kinds; `is_new` as of `number`."""
    if not causes:
        return set()
    plain: LiteralString = """
        SELECT cause_id
          FROM paper
         WHERE kind IN %(kinds)s
           AND cause_id IN %(causes)s
         LIMIT %(limit)s
    """
    values = {"kinds": list(kinds), "causes": list(causes), "limit": len(causes) * len(kinds)}
    found = db.all(_Cause, plain + " FOR UPDATE" if is_new else plain, values)
    return {each.cause_id for each in found}


def issued_for(db: Db, *, kinds: Sequence[str], causes: Sequence[str]) -> list[Issued]:
    """Return the papers that document some causes."""
    return db.all(
        Issued,
        """
        SELECT kind, series, accounting_year, number, cause_id, issued_at
          FROM paper
         WHERE kind IN %(kinds)s
           AND cause_id IN %(causes)s
         ORDER BY issued_at, id
         LIMIT %(limit)s
        """,
        {"kinds": list(kinds), "causes": list(causes), "limit": len(causes) * len(kinds)},
    )


def of_party(db: Db, *, person_id: str, before: str, limit: int) -> list[Paper]:
    """Return a page of the papers to a person or in their name, newest first."""
    return db.all(
        Paper,
        """
        (SELECT id, kind, series, accounting_year, number, person_id, seller_id, cause_id, body,
                body_hash, issued_at
           FROM paper
          WHERE person_id = %(person_id)s
            AND id < %(before)s
          ORDER BY id DESC
          LIMIT %(limit)s)
        UNION
        (SELECT id, kind, series, accounting_year, number, person_id, seller_id, cause_id, body,
                body_hash, issued_at
           FROM paper
          WHERE seller_id = %(person_id)s
            AND id < %(before)s
          ORDER BY id DESC
          LIMIT %(limit)s)
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "before": before, "limit": limit},
    )


def of_party_by_id(db: Db, *, paper_id: str, person_id: str) -> Paper | None:
    """Return a paper to the person, or in their name."""
    return db.one(
        Paper,
        _SELECT
        + """
         WHERE id = %(paper_id)s
           AND (person_id = %(person_id)s OR seller_id = %(person_id)s)
        """,
        {"paper_id": paper_id, "person_id": person_id},
    )


def of_series(db: Db, *, series: str, year: int, after: int, limit: int) -> list[Paper]:
    """Return the papers of a series with numbers above one, in their order."""
    return db.all(
        Paper,
        _SELECT
        + """
         WHERE series = %(series)s
           AND accounting_year = %(accounting_year)s
           AND number > %(after)s
         ORDER BY number
         LIMIT %(limit)s
        """,
        {"series": series, "accounting_year": year, "after": after, "limit": limit},
    )
