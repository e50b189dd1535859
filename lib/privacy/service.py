"""A person's rights to their data: to see it, to take it along, and to have it erased.

page = service.export_page(db, person_id)                     one transaction of the caller's
planned = service.request_erasure(db, person_id, now, …)      the same; then, after its commit,
receipt = service.carry_out(planned.person_id, now)           many small ones of its own
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial

from lib.core import ids, log
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.privacy import contract, repository, rules
from lib.privacy.errors import ErasureIncompleteError, ErasureRefusedError
from lib.privacy.model import Table
from lib.privacy.repository import Erasure, Extent
from lib.privacy.schemas import (
    ErasurePreview,
    ErasureReceipt,
    ExportPage,
    Going,
    Right,
    Staying,
    Text,
)
from lib.privacy.vocabulary import BASES, PURPOSES

# What another domain has under way for a person, as codes; an erasure waits for it to end.
type Check = Callable[[Db, str], list[str]]
# What must stop in the moment an erasure is planned: sign-ins, offers.
type Ending = Callable[[Db, str, datetime], object]


def export_page(
    db: Db, person_id: str, *, after: str | None = None, right: Right = "access"
) -> ExportPage:
    """Return a page of what is held about a person; `portability` has only what they provided.

    Raises InvalidError where `after` is not the `next` of a page before.
    """
    from lib.privacy import export

    return export.page(db, contract.load(), person_id, right=right, after=after)


def preview(db: Db, person_id: str, now: datetime, checks: Sequence[Check] = ()) -> ErasurePreview:
    """Return what an erasure would do now: what goes, what stays on which ground until when."""
    goes: list[Going] = []
    stays: list[Staying] = []
    for table in contract.load():
        if not table.chains:
            continue
        extent = repository.extent(db, contract.load(), table, person_id)
        if table.name == "erasure" and not extent.number:
            extent = Extent(1, now, now)  # the record that this very erasure makes
        if extent.number:
            goes += _going(table, extent)
            stays += _staying(table, extent)
    return ErasurePreview(goes=goes, stays=stays, obstacles=_obstacles(db, person_id, checks))


def request_erasure(
    db: Db,
    person_id: str,
    now: datetime,
    *,
    checks: Sequence[Check] = (),
    endings: Sequence[Ending] = (),
) -> Erasure:
    """Write an erasure's plan, and end what has to end with it; asked twice it is the same one.

    Raises NotFoundError for nobody, ErasureRefusedError while something is under way.
    """
    if repository.person_for_update(db, person_id) is None:
        raise NotFoundError
    planned = repository.erasure_of(db, person_id)
    if planned is None:
        plan = preview(db, person_id, now, checks)
        if plan.obstacles:
            raise ErasureRefusedError(plan.obstacles)
        text = plan.model_dump_json(exclude={"obstacles"})
        planned = Erasure(ids.new("ers"), person_id, text, "planned", now, None)
        repository.insert_erasure(db, planned)
    for ending in endings:
        ending(db, person_id, now)
    return planned


def carry_out(person_id: str, now: datetime, checks: Sequence[Check] = ()) -> ErasureReceipt:
    """Do what is planned, look whether it is so, return the receipt; may be called again.

    Raises NotFoundError where nothing is planned, ErasureRefusedError where something has begun
    since, ErasureIncompleteError where something of the person is left: the plan then stands.
    """
    planned = transact(partial(_planned, person_id, checks))
    if planned.state == "done":
        return _receipt(planned)
    from lib.privacy import erasing

    terms = contract.load()
    try:
        erasing.erase(terms, person_id, now)
        done = transact(lambda db: _finished(db, person_id, now))
    except ErasureIncompleteError as error:
        log.event("erasure_incomplete", erasure_id=planned.id, places=", ".join(error.places))
        raise
    log.event("erasure_done", erasure_id=planned.id)
    return _receipt(done)


def erase(
    person_id: str,
    now: datetime,
    *,
    checks: Sequence[Check] = (),
    endings: Sequence[Ending] = (),
) -> ErasureReceipt:
    """Request and carry out an erasure, outside of any transaction; errors as of the two."""
    transact(lambda db: request_erasure(db, person_id, now, checks=checks, endings=endings))
    return carry_out(person_id, now, checks)


def unfinished(db: Db, limit: int = 20) -> list[str]:
    """Return the people whose erasure is planned and not done, for a job that goes on with it."""
    return [erasure.person_id for erasure in repository.unfinished(db, limit)]


def _planned(person_id: str, checks: Sequence[Check], db: Db) -> Erasure:
    planned = repository.erasure_of(db, person_id)
    if planned is None:
        raise NotFoundError
    # Again: something may have begun between the check and the plan's commit.
    obstacles = _obstacles(db, person_id, checks) if planned.state == "planned" else []
    if obstacles:
        raise ErasureRefusedError(obstacles)
    return planned


def _finished(db: Db, person_id: str, now: datetime) -> Erasure:
    from lib.privacy import erasing

    erasing.assert_erased(db, contract.load(), person_id)
    planned = repository.erasure_of(db, person_id)
    if planned is None:
        raise NotFoundError
    repository.finish_erasure(db, planned.id, now)
    return repository.erasure_of(db, person_id) or planned


def _obstacles(db: Db, person_id: str, checks: Sequence[Check]) -> list[str]:
    return [obstacle for check in checks for obstacle in check(db, person_id)]


def _going(table: Table, extent: Extent) -> list[Going]:
    emptied = rules.emptied_columns(table)
    if table.erase == "columns" and not emptied:
        return []
    gone = emptied or tuple(column for column in table.columns if column.data)
    return [
        Going(
            table=table.name,
            why=table.why,
            action="columns" if emptied else "delete",
            columns=[column.name for column in gone],
            rows=extent.number,
        )
    ]


def _staying(table: Table, extent: Extent) -> list[Staying]:
    kept = rules.kept_columns(table)
    if not kept:
        return []
    return [
        Staying(
            table=table.name,
            why=table.why,
            columns=[column.name for column in kept],
            rows=extent.number,
            purpose=Text.of(PURPOSES[table.purpose]),
            basis=Text.of(BASES[rules.stays_basis(table)]),
            ground=Text.of(rules.stays_words(table)),
            until=_until(table, extent.last),
        )
    ]


def _until(table: Table, last: datetime | date | None) -> datetime | None:
    return None if last is None else rules.kept_until(table.keep, last)


def _receipt(erasure: Erasure) -> ErasureReceipt:
    plan = json.loads(erasure.plan)
    return ErasureReceipt(
        id=erasure.id,
        requested_at=erasure.requested_at,
        finished_at=erasure.finished_at or erasure.requested_at,
        erased=[Going.model_validate(part) for part in plan["goes"]],
        kept=[Staying.model_validate(part) for part in plan["stays"]],
    )
