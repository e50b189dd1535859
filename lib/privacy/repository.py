"""The rows about a person. Most statements are made from the contract.

The pieces put into a statement are names from the contract, each checked against a pattern; values
are always parameters. A row's way to its person is walked with joins, one SELECT a way and a UNION
of them, so that each uses the index of its column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lib.core.db import Db
from lib.privacy.model import Chain, Column, Contract, Table
from lib.privacy.statements import Key, filled, is_beyond, is_one_of, joined, listed, quoted

type Row = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """An account, erased or not."""

    id: str
    erased_at: datetime | None


@dataclass(frozen=True)
class Extent:
    """How many rows are about a person, and between which moments their clocks lie."""

    number: int
    first: datetime | date | None
    last: datetime | date | None


@dataclass(frozen=True)
class Page:
    """At most `limit` rows beyond the key `after`; `newest` begins at the far end."""

    limit: int
    after: Key | None = None
    newest: bool = False


def _walk(chain: Chain) -> str:
    """Return t0 and the joins along a chain; the last alias has the person's id."""
    joins = [f"{quoted(chain[0].table)} AS t0"]
    for at in range(1, len(chain)):
        parent = chain[at]
        on = f"{quoted(f't{at}', parent.key)} = {quoted(f't{at - 1}', chain[at - 1].column)}"
        joins.append(f"{quoted(parent.table)} AS t{at} ON {on}")
    return " JOIN ".join(joins)


def _mine(table: Table, condition: str, page: Page | None = None) -> str:
    """Return the SELECT of the keys of the rows about %(person)s that meet a condition on `t0`."""
    if not table.chains:
        raise ValueError(f"{table.name} is about nobody")
    key = listed("t0", table.primary_key)
    selects = [
        filled(
            "SELECT {key} FROM {walk} WHERE {person} = %(person)s AND {condition}{page}",
            key=key,
            walk=_walk(chain),
            person=quoted(f"t{len(chain) - 1}", chain[-1].column),
            condition=condition,
            page=_ordered(table, "t0", page),
        )
        for chain in table.chains
    ]
    if len(selects) == 1:
        return selects[0]
    return " UNION ".join(f"({select})" for select in selects) + _ordered(table, "", page)


def _ordered(table: Table, alias: str, page: Page | None) -> str:
    if page is None:
        return ""
    direction = " DESC" if page.newest else ""
    names = [quoted(alias, name) if alias else quoted(name) for name in table.primary_key]
    return " ORDER BY " + ", ".join(name + direction for name in names) + " LIMIT %(limit)s"


def rows_about(
    db: Db,
    table: Table,
    person_id: str,
    page: Page,
    *,
    columns: Sequence[str] = (),
    unerased: Sequence[Column] = (),
) -> list[Row]:
    """Return a page of the rows about a person by key: their key and `columns`.

    With `unerased`, only the rows in which one of these columns still has to be emptied.
    """
    params: dict[str, object] = {"person": person_id, "limit": page.limit}
    conditions = ["TRUE"]
    if page.after is not None:
        conditions.append(is_beyond("t0", table.primary_key, page.after, params, "a"))
    if unerased:
        conditions.append(_unerased("t0", table, unerased))
    statement = filled(
        "SELECT {columns} FROM ({mine}) AS mine JOIN {table} AS r ON {joined} ORDER BY {key}",
        columns=listed("r", dict.fromkeys((*table.primary_key, *columns))),
        mine=_mine(table, " AND ".join(conditions), page),
        table=quoted(table.name),
        joined=joined(table.primary_key),
        key=listed("r", table.primary_key),
    )
    return db.rows(statement, params)


def _unerased(alias: str, table: Table, columns: Sequence[Column]) -> str:
    left = [
        f"{quoted(alias, column.name)} IS NOT NULL"
        if column.erase == "null"
        else f"{quoted(alias, column.name)} <> ''"
        for column in columns
    ]
    if table.column("erased_at"):
        left.append(f"{quoted(alias, 'erased_at')} IS NULL")
    return "(" + " OR ".join(left) + ")"


def own_keys(db: Db, table: Table, person_id: str, keys: Sequence[Key]) -> set[Key]:
    """Return which of some rows are about a person."""
    if not table.chains or not keys:
        return set()
    params: dict[str, object] = {"person": person_id}
    condition = is_one_of("t0", table.primary_key, keys, params)
    found = db.rows(_mine(table, condition), params)
    return {tuple(row.values()) for row in found}


def people_of(db: Db, table: Table, key: Key) -> set[str]:
    """Return the people whom a row is about."""
    params: dict[str, object] = {}
    condition = is_one_of("t0", table.primary_key, [key], params)
    people: set[str] = set()
    for chain in table.chains:
        statement = filled(
            "SELECT {person} AS person FROM {walk} WHERE {condition}",
            person=quoted(f"t{len(chain) - 1}", chain[-1].column),
            walk=_walk(chain),
            condition=condition,
        )
        people |= {row["person"] for row in db.rows(statement, params) if row["person"]}
    return people


def extent(db: Db, contract: Contract, table: Table, person_id: str) -> Extent:
    """Return how many rows of a table are about a person, and the span of their clocks."""
    clock_table = contract.clock_table(table)
    way = table.chains[0]
    at = [step.table for step in way].index(clock_table.name)
    clock = quoted(f"t{at}", clock_table.keep.clock) if clock_table.keep.clock else "NULL"
    statement = filled(
        "SELECT COUNT(*) AS number, MIN({clock}) AS first, MAX({clock}) AS last"
        " FROM ({mine}) AS mine JOIN {walk} WHERE {joined}",
        clock=clock,
        mine=_mine(table, "TRUE"),
        walk=_walk(way[: at + 1]),
        joined=joined(table.primary_key, "t0"),
    )
    return db.one(Extent, statement, {"person": person_id}) or Extent(0, None, None)


def delete_rows(db: Db, table: Table, keys: Sequence[Key]) -> int:
    """Delete rows by key; return how many were there."""
    params: dict[str, object] = {}
    where = is_one_of(table.name, table.primary_key, keys, params)
    return db.execute(
        filled("DELETE FROM {table} WHERE {w}", table=quoted(table.name), w=where), params
    )


def empty_columns(
    db: Db, table: Table, columns: Sequence[Column], keys: Sequence[Key], now: datetime
) -> int:
    """Empty columns of rows by key, noting when where there is a column for it; return how many."""
    params: dict[str, object] = {"now": now}
    changes = [
        f"{quoted(column.name)} = " + ("NULL" if column.erase == "null" else "''")
        for column in columns
    ]
    if table.column("erased_at"):
        changes.append(f"{quoted('erased_at')} = COALESCE({quoted('erased_at')}, %(now)s)")
    statement = filled(
        "UPDATE {table} SET {changes} WHERE {where}",
        table=quoted(table.name),
        changes=", ".join(changes),
        where=is_one_of(table.name, table.primary_key, keys, params),
    )
    return db.execute(statement, params)


def person_for_update(db: Db, person_id: str) -> Person | None:
    """Return an account and lock it until the transaction ends."""
    return db.one(
        Person,
        "SELECT id, erased_at FROM person WHERE id = %(person)s FOR UPDATE",
        {"person": person_id},
    )
