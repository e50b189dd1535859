"""Erasing a person, and looking whether it is so.

The plan is committed before anything here runs (lib/privacy/service.py). Each table is erased in
small transactions that can be repeated and taken up again; before a table goes, the rows that
hang on its rows must be gone, since they would be out of reach afterwards. Then every text of
every table is searched for what tells who the person was (lib/privacy/looking.py). What is found
ends it with the place, never the value.

A process may end after any statement. What was done is in the rows; what is looked for is sealed in
the erasure's own row, which is emptied with the receipt, in one transaction.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from lib.core import clock
from lib.core.db import Db, transact
from lib.privacy import looking, repository, rules
from lib.privacy.erasure_repository import Erasure
from lib.privacy.errors import ErasureIncompleteError
from lib.privacy.looking import Search
from lib.privacy.model import Contract, Table
from lib.privacy.progress import Mentions
from lib.privacy.repository import Page
from lib.privacy.statements import Key

_BATCH = 200
# The erasure's own row says how far it has come; the step that ends it empties it.
_OWN_RECORD = "erasure"


def erase(
    contract: Contract, erasure: Erasure, now: datetime, deadline: datetime | None = None
) -> Mentions | None:
    """Erase the person and look; return what others wrote, None when the deadline came first.

    Raises ErasureIncompleteError. May be called again any time, with the erasure as it is then.
    """
    order = rules.erasure_order(contract)
    progress, identifiers = transact(partial(looking.begin, contract, erasure.id))
    search = Search(
        contract=contract,
        erasure=erasure,
        identifiers=identifiers,
        late=[table.name for table in order.late],
        now=now,
    )
    if not progress.is_last:
        if not _erase_tables(search, order.early, deadline):
            return None
        first = looking.look(search, progress, deadline)
        if first is None:
            return None
        progress = first
    if not _erase_tables(search, order.late, deadline):
        return None
    last = looking.look(search, progress, deadline)
    return None if last is None else last.mentions


def assert_erased(db: Db, contract: Contract, person_id: str) -> None:
    """Raise ErasureIncompleteError where a row or a column of the person is still there."""
    _assert_clean(db, (table for table in contract if table.chains), person_id)


def _erase_tables(search: Search, tables: Iterable[Table], deadline: datetime | None) -> bool:
    return all(
        _erase_table(search, table, deadline) for table in tables if table.name != _OWN_RECORD
    )


def _erase_table(search: Search, table: Table, deadline: datetime | None) -> bool:
    """Erase a table's rows; return whether that was done before the deadline."""
    person_id = search.erasure.person_id
    children = search.contract.children(table.name)
    transact(lambda db: _assert_clean(db, children, person_id))
    if table.erase == "columns" and not rules.emptied_columns(table):
        return True
    after: Key | None = None
    while deadline is None or clock.now() < deadline:
        after = transact(partial(_erase_batch, table, person_id, search.now, after))
        if after is None:
            return True
    return False


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
