"""The register of breaches (GDPR Art. 33(5)): noted, told of within 72 hours, closed, kept."""

from dataclasses import asdict, replace
from datetime import datetime

from lib.breaches import repository, rules
from lib.breaches.repository import Row
from lib.breaches.schemas import (
    Breach,
    BreachClosedError,
    Breaches,
    BreachNotClosableError,
    ChangeBreach,
    DelayUnexplainedError,
    ListBreaches,
    NoteBreach,
)
from lib.cases.schemas import due_key, due_position
from lib.core import ids, log
from lib.core.db import Db, transact
from lib.core.errors import InvalidError, NotFoundError
from lib.operators import service as operators


def note(db: Db, wanted: NoteBreach, *, operator_id: str, now: datetime) -> Breach:
    """Enter a breach; its 72 hours run from when it was noticed, not from now."""
    _refuse_future(now, noticed_at=wanted.noticed_at)
    row = Row(
        id=ids.new("brc"),
        noticed_at=wanted.noticed_at,
        notify_by=rules.notify_by(wanted.noticed_at),
        what=wanted.what,
        categories=wanted.categories,
        people=wanted.people,
        risk=wanted.risk,
        measures=wanted.measures,
        delay_reason="",
        notified_authority_at=None,
        notified_people_at=None,
        noted_at=now,
        noted_by=operator_id,
        closed_at=None,
    )
    repository.insert(db, row)
    operators.log(db, operator_id, "note_breach", None, wanted.risk, now, object_id=row.id)
    return _shown(row, now)


def change(
    db: Db, breach_id: str, wanted: ChangeBreach, *, operator_id: str, now: datetime
) -> Breach:
    """Write what is known or done by now; each change is logged by the fields that it names.

    Raises NotFoundError, BreachClosedError, BreachNotClosableError, DelayUnexplainedError.
    """
    row = repository.lock(db, breach_id=breach_id)
    if row is None:
        raise NotFoundError
    if row.closed_at is not None:
        raise BreachClosedError
    fields = wanted.model_dump(exclude_none=True)
    is_last = fields.pop("close", False)
    told = {name: fields[name] for name in fields if name.startswith("notified_")}
    _refuse_future(now, **told)
    _refuse_before(row.noticed_at, **told)
    row = replace(row, **fields)
    if rules.lacks_reason(row.notify_by, row.notified_authority_at, row.delay_reason):
        raise DelayUnexplainedError
    if is_last:
        if not rules.may_close(row.risk, row.notified_authority_at, row.notified_people_at):
            raise BreachNotClosableError
        row = replace(row, closed_at=now)
    repository.update(db, row)
    names = ", ".join([*sorted(fields), *(["close"] if is_last else [])]) or "nothing"
    operators.log(db, operator_id, "change_breach", None, names, now, object_id=row.id)
    return _shown(row, now)


def find(db: Db, wanted: ListBreaches, *, now: datetime) -> Breaches:
    """Return a page of the register; it names nobody, so that reading it is not logged."""
    notify_by, after = due_position(wanted.after)
    found = repository.by_deadline(
        db,
        is_open=wanted.state == "open",
        notify_by=notify_by,
        after=after,
        limit=wanted.limit + 1,
    )
    page = found[: wanted.limit]
    return Breaches(
        breaches=[_shown(row, now) for row in page],
        overdue=repository.count_overdue(db, now=now),
        next=due_key(page[-1].notify_by, page[-1].id) if len(found) > len(page) else None,
    )


def count_overdue(now: datetime) -> int:
    """Return how many notices are overdue, and raise the alarm where there are any."""
    number = transact(lambda db: repository.count_overdue(db, now=now))
    if number:
        log.event("breach_notices_overdue", number=number)
    return number


def _refuse_future(now: datetime, **moments: datetime) -> None:
    _refuse([name for name, moment in moments.items() if moment > now], "future")


def _refuse_before(noticed_at: datetime, **moments: datetime) -> None:
    _refuse([name for name, moment in moments.items() if moment < noticed_at], "too_early")


def _refuse(names: list[str], code: str) -> None:
    if names:
        raise InvalidError(
            errors=[
                {"pointer": f"/{name}", "code": code, "detail": "Can't have been then"}
                for name in names
            ]
        )


def _shown(row: Row, now: datetime) -> Breach:
    is_overdue = rules.is_overdue(
        row.risk, row.notify_by, row.notified_authority_at, now, closed=row.closed_at is not None
    )
    fields = {name: value for name, value in asdict(row).items() if name != "noted_by"}
    return Breach(is_overdue=is_overdue, **fields)
