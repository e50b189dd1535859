"""Erasing a person, and looking whether it is so.

The plan is committed before anything here runs (lib/privacy/service.py). Each table is erased in
small transactions that can be repeated and taken up again; before a table goes, the rows that
hang on its rows must be gone, since they would be out of reach afterwards. Then every text of
every table is searched for what tells who the person was. What is found ends it with the place,
never the value.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from lib.core.db import Db, transact
from lib.privacy import repository, rules, search_repository
from lib.privacy.errors import ErasureIncompleteError
from lib.privacy.identifiers import Hit, Identifier, found_in, identifiers_in, residue
from lib.privacy.model import Contract, Table
from lib.privacy.repository import Page
from lib.privacy.statements import Key

_BATCH = 200
_WINDOW = 2_000
# Of keys and token hashes the newest will do: that the rows themselves are gone is checked apart.
_IDENTIFYING_ROWS = 3


def erase(contract: Contract, person_id: str, now: datetime) -> None:
    """Erase the person and look; raises ErasureIncompleteError. May be called again any time."""
    order = rules.erasure_order(contract)
    identifiers = transact(partial(_collect, contract, person_id))
    for table in order.early:
        _erase_table(contract, table, person_id, now)
    late = frozenset(table.name for table in order.late)
    _look(contract, contract, person_id, identifiers, passed_over=late)
    for table in order.late:
        _erase_table(contract, table, person_id, now)
    _look(contract, order.late, person_id, identifiers)


def assert_erased(db: Db, contract: Contract, person_id: str) -> None:
    """Raise ErasureIncompleteError where a row or a column of the person is still there."""
    _assert_clean(db, (table for table in contract if table.chains), person_id)


def _collect(contract: Contract, person_id: str, db: Db) -> list[Identifier]:
    found: list[Identifier] = []
    for table in contract:
        if rules.is_home(table):
            rows = repository.rows_about(
                db,
                table,
                person_id,
                Page(_IDENTIFYING_ROWS, newest=True),
                columns=[column.name for column in rules.home_columns(table)],
            )
            found += identifiers_in(table, rows)
    return found


def _erase_table(contract: Contract, table: Table, person_id: str, now: datetime) -> None:
    children = contract.children(table.name)
    transact(lambda db: _assert_clean(db, children, person_id))
    if table.erase == "columns" and not rules.emptied_columns(table):
        return
    after: Key | None = None
    while True:
        after = transact(partial(_erase_batch, table, person_id, now, after))
        if after is None:
            return


def _erase_batch(
    table: Table, person_id: str, now: datetime, after: Key | None, db: Db
) -> Key | None:
    """Erase some rows; return the key of the last, or None when there are no more."""
    emptied = rules.emptied_columns(table)
    rows = repository.rows_about(db, table, person_id, Page(_BATCH, after), unerased=emptied)
    if not rows:
        return None
    keys: list[Key] = [tuple(row.values()) for row in rows]
    if table.erase == "delete":
        repository.delete_rows(db, table, keys)
    else:
        repository.empty_columns(db, table, emptied, keys, now)
    return keys[-1]


def _assert_clean(db: Db, tables: Iterable[Table], person_id: str) -> None:
    places = []
    for table in tables:
        emptied = rules.emptied_columns(table)
        if table.erase == "columns" and not emptied:
            continue
        if repository.rows_about(db, table, person_id, Page(1), unerased=emptied):
            places.append(table.name)
    if places:
        raise ErasureIncompleteError(places)


def _look(
    contract: Contract,
    tables: Iterable[Table],
    person_id: str,
    identifiers: Sequence[Identifier],
    *,
    passed_over: frozenset[str] = frozenset(),
) -> None:
    """Search tables for identifiers; `passed_over`: tables whose own rows have yet to be erased."""
    hits: list[Hit] = []
    for table in tables if identifiers else ():
        after: Key | None = None
        while True:
            window = partial(_look_window, table, person_id, identifiers, after)
            found, after = transact(window)
            hits += [hit for hit in found if not (hit.is_own and hit.table in passed_over)]
            if after is None:
                break
    places = residue(contract, hits)
    if places:
        raise ErasureIncompleteError(places)


def _look_window(
    table: Table, person_id: str, identifiers: Sequence[Identifier], after: Key | None, db: Db
) -> tuple[list[Hit], Key | None]:
    """Search the next rows; return what was found and where to go on, None at the end."""
    upto = search_repository.window_end(db, table, after, _WINDOW)
    needles = [needle for identifier in identifiers for needle in identifier.needles]
    rows = search_repository.search(db, table, needles, after=after, upto=upto)
    found = {
        tuple(row[name] for name in table.primary_key): found_in(identifiers, table, row)
        for row in rows
    }
    keys = [key for key, places in found.items() if places]
    own = repository.own_keys(db, table, person_id, keys)
    hits = [
        Hit(identifier, table.name, column, key in own)
        for key in keys
        for identifier, column in found[key]
    ]
    return hits, upto
