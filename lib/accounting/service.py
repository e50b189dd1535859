"""The books of a year for the accountant: asked for, made, fetched by a link, and deleted."""

from datetime import datetime, timedelta
from functools import partial

from lib.accounting import repository, rules
from lib.accounting.repository import Job
from lib.accounting.schemas import (
    AccountingFile,
    AskForAccounts,
    YearNotBegunError,
)
from lib.core import batches, ids
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.operators import service as operators
from lib.outbox import service as outbox
from lib.providers.aws.driving import Driver

TOPIC = "accounting.export"
LINK_LASTS = timedelta(hours=24)
KEPT = timedelta(days=7)
_BATCH = 20


def ask(db: Db, wanted: AskForAccounts, *, operator_id: str, now: datetime) -> AccountingFile:
    """Have the books of a year made into a file; who asked and why is logged.

    Raises YearNotBegunError.
    """
    if wanted.year > rules.year_of(now):
        raise YearNotBegunError
    export_id = ids.new("acx")
    operators.log(
        db, operator_id, "export_accounting", None, wanted.reason, now, object_id=export_id
    )
    values: dict[str, object] = {
        "id": export_id,
        "accounting_year": wanted.year,
        "format": wanted.format,
        "asked_by": operator_id,
        "now": now,
    }
    repository.insert(db, values)
    outbox.write(db, topic=TOPIC, subject_id=export_id, now=now)
    return read(db, export_id, now=now)


def read(db: Db, export_id: str, *, now: datetime) -> AccountingFile:
    """Return a file and, while it is there, a link to it; raises NotFoundError."""
    job = repository.find(db, export_id)
    if job is None:
        raise NotFoundError
    link, link_until = _link(job, now)
    return AccountingFile(
        id=job.id,
        year=job.accounting_year,
        format=job.format,
        state=job.state,
        asked_at=job.asked_at,
        ready_at=job.ready_at,
        deleted_at=job.deleted_at,
        entries_done=job.entries_done,
        size=job.size,
        link=link,
        link_until=link_until,
    )


def deliver(export_id: str, now: datetime) -> None:
    """Begin with a file as soon as it was asked for: the topic `accounting.export`."""
    driver().begin(export_id, now)


def make_due(now: datetime, deadline: datetime) -> int:
    """Delete the files that are outlived, go on with those to be made; return how many were."""
    for job in batches.until(deadline, partial(_outlived, now), lambda job: job.id):
        batches.tried(partial(_deleted, job, now), "accounting_not_deleted")
    return driver().go_on(now, deadline)[0]


def driver() -> Driver[Job]:
    """Return what drives the making of files."""
    from lib.accounting import making

    return Driver(
        name="accounting",
        jobs=repository,
        run=lambda job, step, deadline: making.Making(job, step).run(deadline),
        prefix=lambda job: making.prefix_of(job.id),
        counts=("entries_done",),
    )


def _outlived(now: datetime, after: str) -> list[Job]:
    wanted = partial(repository.outlived, made_before=now - KEPT, after=after, limit=_BATCH)
    return transact(wanted)


def _deleted(job: Job, now: datetime) -> bool:
    from lib.accounting import making
    from lib.providers.aws import storage

    storage.delete_below(making.prefix_of(job.id))
    transact(lambda db: repository.mark_deleted(db, export_id=job.id, now=now))
    return True


def _link(job: Job, now: datetime) -> tuple[str | None, datetime | None]:
    if job.ready_at is None or job.state != "ready" or now >= job.ready_at + KEPT:
        return None, None
    from lib.accounting import making
    from lib.providers.aws import links

    until = min(now + LINK_LASTS, job.ready_at + KEPT)
    key = f"{making.prefix_of(job.id)}{making.FILE}"
    filename = f"minmentor-{job.accounting_year}-{job.format}.zip"
    return links.link(key, now=now, lasts=until - now, filename=filename), until
