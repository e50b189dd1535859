"""Erasing a person, and looking whether it is so.

The plan is committed before anything here runs (lib/privacy/service.py). Each table is erased in
small transactions that can be repeated and taken up again; before a table goes, the rows that
hang on its rows must be gone, since they would be out of reach afterwards. Then every text of
every table is searched for what tells who the person was. What is found ends it with the place,
never the value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from lib.core import clock
from lib.core.db import Db, transact
from lib.privacy import erasure_repository as erasures
from lib.privacy import repository, rules, search_repository
from lib.privacy.erasure_repository import Erasure
from lib.privacy.errors import ErasureIncompleteError
from lib.privacy.identifiers import (
    Hit,
    Identifier,
    found_in,
    identifiers_in,
    mentions,
    residue,
)
from lib.privacy.model import Contract, Table
from lib.privacy.progress import Progress
from lib.privacy.repository import Page
from lib.privacy.statements import Key

_BATCH = 200
_WINDOW = 2_000
# Of keys and token hashes the newest will do: that the rows themselves are gone is checked apart.
_IDENTIFYING_ROWS = 3
# Where a look is that has been through every table.
_END = "-"


@dataclass(frozen=True)
class Search:
    """What is searched for whom; of `passed_over` the person's own rows have yet to be erased."""

    contract: Contract
    erasure: Erasure
    identifiers: Sequence[Identifier]
    passed_over: frozenset[str]


def erase(
    contract: Contract, erasure: Erasure, now: datetime, deadline: datetime | None = None
) -> Progress | None:
    """Erase the person and look; return what the look found, None when the deadline came first.

    Raises ErasureIncompleteError. May be called again any time, with the erasure as it is then.
    """
    order = rules.erasure_order(contract)
    person_id = erasure.person_id
    progress = Progress.read(erasure.progress)
    identifiers = transact(partial(_collect, contract, person_id))
    if not progress.is_over:
        for table in order.early:
            if not _erase_table(contract, table, person_id, now, deadline):
                return None
        late = frozenset(table.name for table in order.late)
        search = Search(contract, erasure, identifiers, late)
        found = _look_around(search, progress, deadline)
        if found is None:
            return None
        progress = found
    for table in order.late:
        # Between the person's own row and the last look nothing may come: it is all that is known.
        until = None if rules.is_person(table) else deadline
        if not _erase_table(contract, table, person_id, now, until):
            return None
    _look_again(contract, order.late, person_id, identifiers)
    return progress


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


def _erase_table(
    contract: Contract, table: Table, person_id: str, now: datetime, deadline: datetime | None
) -> bool:
    """Erase a table's rows; return whether that was done before the deadline."""
    children = contract.children(table.name)
    transact(lambda db: _assert_clean(db, children, person_id))
    if table.erase == "columns" and not rules.emptied_columns(table):
        return True
    after: Key | None = None
    while not _is_over(deadline):
        after = transact(partial(_erase_batch, table, person_id, now, after))
        if after is None:
            return True
    return False


def _is_over(deadline: datetime | None) -> bool:
    return deadline is not None and clock.now() >= deadline


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


def _look_around(search: Search, progress: Progress, deadline: datetime | None) -> Progress | None:
    """Search every table, going on where the last run stopped; None when the deadline came first.

    Only the person's own rows of the late tables are passed over: they have yet to be erased.
    """
    if progress.table not in {*search.contract.tables, _END}:
        progress = Progress(table=next(iter(search.contract)).name)
    while progress.table != _END and search.identifiers:
        if _is_over(deadline):
            return None
        progress = transact(partial(_next_window, search, progress))
    hits = progress.hits_of(search.identifiers)
    places = residue(search.contract, hits)
    if places:
        raise ErasureIncompleteError(places)
    over = replace(progress, is_over=True, mentions=mentions(search.contract, hits))
    transact(lambda db: erasures.note(db, search.erasure.id, state="looking", progress=over.json()))
    return over


def _next_window(search: Search, progress: Progress, db: Db) -> Progress:
    """Search the next rows of the table, and note how far that is."""
    table = search.contract[progress.table]
    person_id = search.erasure.person_id
    found, upto = _look_window(table, person_id, search.identifiers, progress.key, db)
    kept = [hit for hit in found if not (hit.is_own and hit.table in search.passed_over)]
    further = replace(
        progress,
        table=table.name if upto else _following(search.contract, table),
        key=upto,
        hits=progress.with_hits(search.identifiers, kept),
    )
    erasures.note(db, search.erasure.id, state="looking", progress=further.json())
    return further


def _following(contract: Contract, table: Table) -> str:
    names = [*contract.tables, _END]
    return names[names.index(table.name) + 1]


def _look_again(
    contract: Contract,
    tables: Iterable[Table],
    person_id: str,
    identifiers: Sequence[Identifier],
) -> None:
    """Search tables as they are now."""
    hits: list[Hit] = []
    for table in tables if identifiers else ():
        after: Key | None = None
        while True:
            found, after = transact(partial(_look_window, table, person_id, identifiers, after))
            hits += found
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
