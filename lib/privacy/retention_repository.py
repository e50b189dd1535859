"""Rows that have served their time. The statements are made from the contract.

The pieces put into a statement are names from the contract, each checked against a pattern; values
are always parameters. Rows are found by the index on their clock, oldest first.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lib.core.db import Db
from lib.privacy.due import Rule, Wait
from lib.privacy.model import Column
from lib.privacy.statements import Key, filled, is_one_of, quoted

type Row = dict[str, Any]


@dataclass(frozen=True)
class DueRow:
    """A row whose time is over: its key, whom it is about, and where the next page begins."""

    key: Key
    people: frozenset[str]
    position: Key


def due_rows(
    db: Db, rule: Rule, now: datetime, *, after: Key | None, limit: int, emptied: Sequence[Column]
) -> list[DueRow]:
    """Return a page of the rows that are due by a rule and wait for no other, by their clock."""
    clock, source = _clock(rule)
    position = [clock, *(quoted(clock_alias(rule), name) for name in rule.clock_table.primary_key)]
    if rule.way:
        position += [quoted("t0", name) for name in rule.table.primary_key]
    people, walks = _people(rule)
    params: dict[str, object] = {"due": rule.last_due(now), "limit": limit}
    statement = filled(
        "SELECT {columns} FROM {source}{walks} WHERE {clock} <= %(due)s AND {conditions}"
        " ORDER BY {position} LIMIT %(limit)s",
        columns=", ".join(
            f"{expression} AS c{at}"
            for at, expression in enumerate(
                [*(quoted("t0", name) for name in rule.table.primary_key), *position, *people]
            )
        ),
        source=source,
        walks=walks,
        clock=clock,
        conditions=" AND ".join(
            [
                _beyond(position, after, params),
                *_not_waiting("t0", rule),
                _unemptied(emptied),
            ]
        ),
        position=", ".join(position),
    )
    first = len(rule.table.primary_key)
    then = first + len(position)
    return [
        DueRow(
            key=tuple(values[:first]),
            people=frozenset(person for person in values[then:] if person),
            position=tuple(values[first:then]),
        )
        for values in (list(row.values()) for row in db.rows(statement, params))
    ]


def clock_alias(rule: Rule) -> str:
    """Return by which name a statement knows the table with the clock."""
    at = len(rule.way) if rule.table.keep.rule == "account" else max(len(rule.way) - 1, 0)
    return f"t{at}"


def delete(db: Db, rule: Rule, now: datetime, keys: Sequence[Key]) -> int:
    """Delete rows by key that are still due and still wait for nothing; return how many."""
    params: dict[str, object] = {"due": rule.last_due(now)}
    name = rule.table.name
    conditions = [is_one_of(name, rule.table.primary_key, keys, params)]
    if rule.clock_table.name == name and rule.table.keep.rule != "account":
        # A session may have been used since it was found.
        conditions.append(f"{quoted(name, rule.clock)} <= %(due)s")
    conditions += _not_waiting(name, rule)
    statement = filled(
        "DELETE FROM {table} WHERE {conditions}",
        table=quoted(name),
        conditions=" AND ".join(conditions),
    )
    return db.execute(statement, params)


def oldest(db: Db, rule: Rule) -> datetime | date | int | None:
    """Return the earliest clock of a rule's rows; None where none is running."""
    statement = filled(
        "SELECT MIN({clock}) AS clock FROM {table}",
        clock=quoted(rule.clock),
        table=quoted(rule.clock_table.name),
    )
    found: datetime | date | int | None = db.rows(statement)[0]["clock"]
    return found


def _clock(rule: Rule) -> tuple[str, str]:
    """Return the clock's column, and t0 with the joins that lead to it."""
    source = [f"{quoted(rule.table.name)} AS t0"]
    for at in range(1, len(rule.way)):
        parent = rule.way[at]
        before = quoted(f"t{at - 1}", rule.way[at - 1].column)
        source.append(
            f"{quoted(parent.table)} AS t{at} ON {quoted(f't{at}', parent.key)} = {before}"
        )
    alias = clock_alias(rule)
    if rule.table.keep.rule == "account":
        last = quoted(f"t{len(rule.way) - 1}", rule.way[-1].column)
        person = quoted(alias, rule.clock_table.primary_key[0])
        source.append(f"{quoted(rule.clock_table.name)} AS {alias} ON {person} = {last}")
    return quoted(alias, rule.clock), " JOIN ".join(source)


def _people(rule: Rule) -> tuple[list[str], str]:
    """Return the columns that name the people of a row, and the joins that lead to them."""
    people: list[str] = []
    joins: list[str] = []
    for number, chain in enumerate(rule.table.chains):
        alias = "t0"
        for before, parent in itertools.pairwise(chain):
            here = f"p{number}_{len(joins)}"
            on = f"{quoted(here, parent.key)} = {quoted(alias, before.column)}"
            joins.append(f" LEFT JOIN {quoted(parent.table)} AS {here} ON {on}")
            alias = here
        people.append(quoted(alias, chain[-1].column))
    return people, "".join(joins)


def _beyond(position: Sequence[str], after: Key | None, params: dict[str, object]) -> str:
    if after is None:
        return "TRUE"
    alternatives = []
    for at, expression in enumerate(position):
        params[f"a{at}"] = after[at]
        equal = [f"{position[i]} = %(a{i})s" for i in range(at)]
        alternatives.append(" AND ".join([*equal, f"{expression} > %(a{at})s"]))
    # Said twice: the first lets the engine begin in the index where the last page ended.
    return f"{position[0]} >= %(a0)s AND (" + " OR ".join(f"({one})" for one in alternatives) + ")"


def _unemptied(columns: Sequence[Column]) -> str:
    left = [
        quoted("t0", column.name) + (" IS NOT NULL" if column.erase == "null" else " <> ''")
        for column in columns
    ]
    return "(" + (" OR ".join(left) or "TRUE") + ")"


def _not_waiting(alias: str, rule: Rule) -> list[str]:
    return [_gone(alias, wait, f"w{at}") for at, wait in enumerate(rule.waits)]


def _gone(alias: str, wait: Wait, tag: str) -> str:
    there = filled(
        "EXISTS (SELECT 1 FROM {other} AS {tag} WHERE {there} = {here})",
        other=quoted(wait.other),
        tag=tag,
        there=quoted(tag, wait.other_column),
        here=quoted(alias, wait.column),
    )
    return there if wait.unless_there else f"NOT {there}"
