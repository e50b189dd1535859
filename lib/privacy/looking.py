"""Looking whether somebody is gone: every text of every table, window by window.

There are two looks. The first goes through all tables and passes over nothing but the person's own
rows of those that have yet to be erased. The second goes through these once more when they are. How
far a look has come is noted in the transaction of each window, so that the next run goes on there;
what it looks for is sealed in the same note, so that it outlasts the rows it was read from.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from lib.core import clock, ids
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.privacy import erasure_repository as erasures
from lib.privacy import (
    export,
    findings,
    mention_repository,
    repository,
    rules,
    search_repository,
    sought,
)
from lib.privacy.erasure_repository import Erasure
from lib.privacy.errors import ErasureIncompleteError
from lib.privacy.findings import Hit
from lib.privacy.identifiers import Identifier, found_in
from lib.privacy.mention_repository import Found
from lib.privacy.model import Contract, Table
from lib.privacy.progress import Progress
from lib.privacy.statements import Key

_WINDOW = 2_000
# Where a look is that has been through every table.
_END = "-"
_ALL_BITS = (1 << 63) - 1


@dataclass(frozen=True)
class Search:
    """What is looked for whom; of the tables `late` the person's own rows go last."""

    contract: Contract
    erasure: Erasure
    identifiers: Sequence[Identifier]
    late: Sequence[str]
    now: datetime


def begin(contract: Contract, erasure_id: str, db: Db) -> tuple[Progress, list[Identifier]]:
    """Return how far it has come and what is looked for, which is noted before anything goes.

    Raises ErasureIncompleteError where what was sealed can't be opened, and the person's own row,
    from which it could be read again, is empty.
    """
    erasure = _current(db, erasure_id)
    progress = Progress.read(erasure.progress)
    try:
        return progress, sought.opened(contract, progress.sealed)
    except sought.SealBrokenError:
        person = repository.person_for_update(db, erasure.person_id)
    if person is None or person.erased_at is not None:
        raise ErasureIncompleteError(["erasure.progress"])
    progress = Progress(sealed=sought.sealed(db, contract, erasure.person_id))
    mention_repository.drop(db, erasure_id=erasure_id)
    erasures.note(db, erasure_id, state="acting", progress=progress.json())
    return progress, sought.opened(contract, progress.sealed)


def restart(erasure_id: str, db: Db) -> None:
    """Have the looks begin anew, with what is known of whom to look for."""
    progress = Progress.read(_current(db, erasure_id).progress)
    mention_repository.drop(db, erasure_id=erasure_id)
    erasures.note(db, erasure_id, state="planned", progress=progress.restarted().json())


def look(search: Search, progress: Progress, deadline: datetime | None) -> Progress | None:
    """Go on with a look to its end and return how far that is; None when the deadline came first.

    Raises ErasureIncompleteError for what is left of the person.
    """
    tables = list(search.late if progress.is_last else search.contract.tables)
    if progress.table not in {*tables, _END}:
        progress = progress.further(tables[0] if search.identifiers else _END, None, ())
    while progress.table != _END:
        if deadline is not None and clock.now() >= deadline:
            return None
        progress = transact(partial(_next_window, search, progress, [*tables, _END]))
    places = findings.residue(search.contract, search.identifiers, progress.found())
    if places:
        raise ErasureIncompleteError(sorted(places))
    return progress if progress.is_last else transact(partial(_end_first, search, progress))


def _current(db: Db, erasure_id: str) -> Erasure:
    erasure = erasures.find(db, erasure_id)
    if erasure is None:
        raise NotFoundError
    return erasure


def _end_first(search: Search, progress: Progress, db: Db) -> Progress:
    """Note the end of the first look; mentions of somebody else with the same name are none."""
    hits = progress.found()
    telling = ~findings.shared(search.identifiers, hits) & _ALL_BITS
    mention_repository.drop_untold(db, erasure_id=search.erasure.id, telling=telling)
    second = progress.second(findings.mentions(search.contract, search.identifiers, hits))
    erasures.note(db, search.erasure.id, state="looking", progress=second.json())
    return second


def _next_window(search: Search, progress: Progress, tables: Sequence[str], db: Db) -> Progress:
    """Search the next rows of the table, and note what they hold and how far that is."""
    table = search.contract[progress.table]
    after = None if progress.key is None else export.row_key(table, list(progress.key))
    upto = search_repository.window_end(db, table, after, _WINDOW)
    hits = list(_hits(search, table, after, upto, db))
    if not progress.is_last:
        hits = [(key, hit) for key, hit in hits if not (hit.is_own and hit.table in search.late)]
        mention_repository.put(db, list(_mentions(search, table, hits)))
    name = table.name if upto else tables[tables.index(table.name) + 1]
    further = progress.further(name, upto, [hit for _, hit in hits])
    erasures.note(db, search.erasure.id, state="looking", progress=further.json())
    return further


def _hits(
    search: Search, table: Table, after: Key | None, upto: Key | None, db: Db
) -> Iterator[tuple[Key, Hit]]:
    """Yield what the rows between two keys hold of the person, with the key of each."""
    identifiers = search.identifiers
    needles = [needle for identifier in identifiers for needle in identifier.needles]
    found: dict[Key, dict[str, int]] = {}
    for row in search_repository.search(db, table, needles, after=after, upto=upto):
        columns: dict[str, int] = {}
        for at, identifier in enumerate(identifiers):
            for _, column in found_in([identifier], table, row):
                columns[column] = columns.get(column, 0) | 1 << at
        if columns:
            found[tuple(row[name] for name in table.primary_key)] = columns
    own = repository.own_keys(db, table, search.erasure.person_id, list(found))
    for key, columns in found.items():
        for column, found_by in columns.items():
            yield key, Hit(found_by, table.name, column, key in own)


def _mentions(search: Search, table: Table, hits: Sequence[tuple[Key, Hit]]) -> Iterator[Found]:
    """Yield the places that an operator may have to read."""
    for key, hit in hits:
        column = table.column(hit.column)
        if (
            column is None
            or not rules.is_redactable(table, column)
            or not findings.may_be_mention(search.contract, search.identifiers, hit)
        ):
            continue
        row = dict(zip(table.primary_key, key, strict=True))
        row_key = json.dumps(export.key_values(table, row))
        yield Found(
            id=ids.of("mnt", search.erasure.id, table.name, column.name, row_key),
            erasure_id=search.erasure.id,
            table_name=table.name,
            column_name=column.name,
            row_key=row_key,
            found_by=hit.found_by & _ALL_BITS,
            found_at=search.now,
        )
