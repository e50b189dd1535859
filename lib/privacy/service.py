"""A person's rights to their data: to see it, to take it along, and to have it erased.

page = service.export_page(db, person_id)                     one transaction of the caller's
planned = service.request_erasure(db, person_id, now, …)      the same; then, after its commit,
status = service.carry_out(planned.person_id, now)            many small ones of its own
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from lib.core import ids, log
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.disclosures import service as disclosures
from lib.privacy import contract, repository, rules
from lib.privacy import erasure_repository as erasures
from lib.privacy.erasure_repository import Erasure
from lib.privacy.errors import ErasureIncompleteError, ErasureRefusedError
from lib.privacy.model import Table
from lib.privacy.repository import Extent
from lib.privacy.schemas import (
    ErasurePreview,
    ErasureStatus,
    ExportPage,
    Going,
    Right,
    Staying,
    SupplierAnswer,
    Text,
)
from lib.privacy.vocabulary import BASES, PURPOSES
from lib.providers.register import SUPPLIERS

# What another domain has under way for a person, as codes; an erasure waits for it to end.
type Check = Callable[[Db, str], list[str]]

_CLAIM = timedelta(seconds=60)  # longer than a function may run
# How many rows of each an erasure writes about itself, beside a notice for each recipient.
_RECORDS = {"erasure": 1, "erasure_supplier": len(SUPPLIERS)}


@dataclass(frozen=True)
class Ending:
    """What must stop in the moment an erasure is planned, as sign-ins; `is_over` looks whether."""

    place: str
    end: Callable[[Db, str, datetime], object]
    is_over: Callable[[Db, str, datetime], bool]


@dataclass(frozen=True)
class Asked:
    """When an erasure was asked for, as which, and the hash of what it was asked with."""

    erasure_id: str
    requested_at: datetime
    asked_hash: str | None = None


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
    is_planned = erasures.of_person(db, person_id) is not None
    told = disclosures.count_told_by_erasure(db, person_id)
    records = {**_RECORDS, "disclosure_notice": told}
    for table in contract.load():
        if not table.chains:
            continue
        extent = repository.extent(db, contract.load(), table, person_id)
        if table.name in records and not is_planned:
            # What this very erasure will write.
            extent = Extent(extent.number + records[table.name], extent.first or now, now)
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
    asked: Asked | None = None,
) -> Erasure:
    """Write an erasure's plan, and end what has to end with it; asked twice it is the same one.

    Raises NotFoundError for nobody, ErasureRefusedError while something is under way,
    ErasureIncompleteError where what has to end goes on.
    """
    if repository.person_for_update(db, person_id) is None:
        raise NotFoundError
    known = erasures.of_person(db, person_id, is_current=True)
    if known:
        # What had to end ended with its plan; this transaction's snapshot may be older than that.
        return known
    plan = preview(db, person_id, now, checks)
    if plan.obstacles:
        raise ErasureRefusedError(plan.obstacles)
    planned = _plan(db, person_id, plan, asked or Asked(ids.new("ers"), now))
    for ending in endings:
        ending.end(db, person_id, now)
    going_on = [each.place for each in endings if not each.is_over(db, person_id, now)]
    if going_on:
        raise ErasureIncompleteError(going_on)
    return planned


def carry_out(
    person_id: str,
    now: datetime,
    checks: Sequence[Check] = (),
    deadline: datetime | None = None,
) -> ErasureStatus:
    """Go on with what is planned, look whether it is so, return how it stands; may be called again.

    Raises NotFoundError where nothing is planned, ErasureRefusedError where something has begun
    since, ErasureIncompleteError where something of the person is left: the plan then stands.
    """
    from lib.privacy import looking

    planned = transact(partial(_planned, person_id, checks))
    until = now + _CLAIM
    if transact(lambda db: erasures.claim(db, planned.id, now=now, until=until)):
        try:
            _go_on(planned, now, deadline)
        except ErasureIncompleteError as error:
            transact(partial(looking.restart, planned.id))
            log.event("erasure_incomplete", erasure_id=planned.id, places=", ".join(error.places))
            raise
        finally:
            transact(lambda db: erasures.let_go(db, planned.id))
    return transact(lambda db: status(db, erasures.find(db, planned.id) or planned))


def erase(
    person_id: str,
    now: datetime,
    *,
    checks: Sequence[Check] = (),
    endings: Sequence[Ending] = (),
) -> ErasureStatus:
    """Request and carry out an erasure, outside of any transaction; errors as of the two."""
    transact(lambda db: request_erasure(db, person_id, now, checks=checks, endings=endings))
    return carry_out(person_id, now, checks)


def unfinished(db: Db, after: str = "", limit: int = 20) -> list[Erasure]:
    """Return erasures that are not done, by id, for a job that goes on with them."""
    return erasures.unfinished(db, after=after, limit=limit)


def is_leaving(db: Db, person_id: str) -> bool:
    """Return whether the person is being erased; none is planned until this transaction ends."""
    repository.person_for_update(db, person_id)
    planned = erasures.of_person(db, person_id, is_current=True)
    return planned is not None and planned.state != "done"


def status(db: Db, erasure: Erasure) -> ErasureStatus:
    """Return where an erasure stands, with the receipt once it is done."""
    from lib.privacy import chain, mentions

    plan = json.loads(erasure.plan)
    return ErasureStatus.model_validate(
        {
            "id": erasure.id,
            "state": erasure.state,
            "requested_at": erasure.requested_at,
            "finished_at": erasure.finished_at,
            "erased": plan["goes"],
            "kept": plan["stays"],
            "suppliers": [
                SupplierAnswer.model_validate(told, from_attributes=True)
                for told in erasures.suppliers(db, erasure.id)
            ],
            "recipients": [vars(told) for told in disclosures.outcomes(db, erasure.id)],
            "mentions": mentions.told(db, erasure.id),
            "receipt": chain.signed(db, erasure.id),
        }
    )


def _plan(db: Db, person_id: str, plan: ErasurePreview, asked: Asked) -> Erasure:
    from lib.privacy import erasure_suppliers, receipt

    planned = Erasure(
        id=asked.erasure_id,
        person_id=person_id,
        plan=plan.model_dump_json(exclude={"obstacles"}),
        state="planned",
        token_hash=receipt.token_hash(receipt.token(asked.erasure_id)),
        asked_hash=asked.asked_hash,
        progress=None,
        requested_at=asked.requested_at,
        finished_at=None,
    )
    erasures.insert(db, planned)
    erasure_suppliers.plan(db, planned.id)
    return planned


def _planned(person_id: str, checks: Sequence[Check], db: Db) -> Erasure:
    planned = erasures.of_person(db, person_id)
    if planned is None:
        raise NotFoundError
    # Again: something may have begun between the check and the plan's commit.
    obstacles = _obstacles(db, person_id, checks) if planned.state == "planned" else []
    if obstacles:
        raise ErasureRefusedError(obstacles)
    return planned


def _go_on(planned: Erasure, now: datetime, deadline: datetime | None) -> None:
    from lib.privacy import erasing, erasure_suppliers

    if not disclosures.tell_of_erasure(planned.id, planned.person_id, now, deadline):
        return
    # First, while we know what the suppliers call the person.
    if not erasure_suppliers.tell(planned, now, deadline):
        return
    mentions = erasing.erase(contract.load(), planned, now, deadline)
    if mentions is not None:
        transact(partial(_finish, planned, mentions, now))
        log.event("erasure_done", erasure_id=planned.id)


def _finish(
    planned: Erasure, mentions: Mapping[tuple[str, str], int], now: datetime, db: Db
) -> None:
    from lib.cases import service as cases
    from lib.privacy import chain, erasing
    from lib.privacy import mentions as cases_of_mentions

    # Its own row is emptied first: it, too, is looked at before there is a receipt.
    if not erasures.finish(db, planned.id, now):
        return
    cases.carried_out(db, person_id=planned.person_id, kind="erasure", now=now)
    erasing.assert_erased(db, contract.load(), planned.person_id)
    cases_of_mentions.open_case(db, planned, now)
    chain.append(db, planned, mentions, now)


def _obstacles(db: Db, person_id: str, checks: Sequence[Check]) -> list[str]:
    return [obstacle for check in checks for obstacle in check(db, person_id)]


def _going(table: Table, extent: Extent) -> list[Going]:
    emptied = rules.emptied_columns(table)
    # What an erasure writes about itself, and empties, nobody had before.
    if table.name in _RECORDS or (table.erase == "columns" and not emptied):
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
            until=rules.kept_until(table.keep, extent.last) if extent.last else None,
        )
    ]
