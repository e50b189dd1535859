"""The books of a year for the accountant: asked for, made, fetched by a link, and deleted."""

from datetime import datetime, timedelta
from functools import partial

from lib.accounting import repository, rules
from lib.accounting.repository import Job
from lib.accounting.schemas import (
    AccountingFile,
    AccountingState,
    AskForAccounts,
    YearNotBegunError,
)
from lib.core import batches, clock, ids, log
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError, ProviderUnavailableError
from lib.operators import service as operators
from lib.outbox import service as outbox
from lib.providers.aws.making import AFTER_REPLY, CLAIM, GIVEN_UP_AFTER, PAUSE, OverError

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
    """Begin with a file as soon as it was asked for: the topic `accounting.export`.

    What this does not finish the cron job goes on with.
    """
    job = transact(partial(_claim, export_id, now))
    if job:
        _tried(job, now + AFTER_REPLY)


def make_due(now: datetime, deadline: datetime) -> int:
    """Delete the files that are outlived, go on with those to be made; return how many were."""
    for job in batches.until(deadline, partial(_outlived, now), lambda job: job.id):
        batches.tried(partial(_deleted, job, now), "accounting_not_deleted")
    made = 0
    while clock.now() < deadline and (claimed := transact(partial(_claim, "", now))):
        made += _tried(claimed, deadline)
    return made


def _claim(wanted: str, now: datetime, db: Db) -> Job | None:
    job = repository.lock_next(db, wanted=wanted, now=now)
    if job:
        repository.claim(db, export_id=job.id, until=now + CLAIM)
    return job


def _tried(job: Job, deadline: datetime) -> bool:
    """Make what can be made by the deadline; return whether the file is there."""
    from lib.accounting import making
    from lib.providers.http import ProviderRefusedError

    if clock.now() > job.asked_at + GIVEN_UP_AFTER:
        _end(job, "failed", clock.now())
        log.event("accounting_failed", export_id=job.id)
        return False
    step = job.step + 1
    try:
        return making.Making(job, step).run(deadline)
    except OverError:
        return False
    except (ProviderRefusedError, making.DiffersError) as error:
        # What was laid aside is gone, or an entry came in late: begun anew, with the next run.
        log.failure("accounting_begun_anew", error, export_id=job.id)
        transact(partial(_forget, job.id, step))
    except ProviderUnavailableError:
        log.event("accounting_waits", export_id=job.id)
    except Exception as error:  # noqa: BLE001 (one file must not stop the others)
        log.failure("accounting_not_made", error, export_id=job.id)
    until = clock.now() + PAUSE
    transact(lambda db: repository.let_go(db, export_id=job.id, step=step, until=until))
    return False


def _forget(export_id: str, step: int, db: Db) -> None:
    nothing: dict[str, object] = {"progress": None, "entries_done": 0, "claimed_until": None}
    repository.save(db, {"id": export_id, "step": step, **nothing})


def _outlived(now: datetime, after: str) -> list[Job]:
    wanted = partial(repository.outlived, made_before=now - KEPT, after=after, limit=_BATCH)
    return transact(wanted)


def _deleted(job: Job, now: datetime) -> bool:
    _end(job, "deleted", now)
    return True


def _end(job: Job, state: AccountingState, now: datetime) -> None:
    from lib.accounting import making
    from lib.providers.aws import storage

    storage.delete_below(making.prefix_of(job.id))
    transact(lambda db: repository.end(db, export_id=job.id, state=state, now=now))


def _link(job: Job, now: datetime) -> tuple[str | None, datetime | None]:
    if job.ready_at is None or job.state != "ready" or now >= job.ready_at + KEPT:
        return None, None
    from lib.accounting import making
    from lib.providers.aws import links

    until = min(now + LINK_LASTS, job.ready_at + KEPT)
    key = f"{making.prefix_of(job.id)}{making.FILE}"
    filename = f"minmentor-{job.accounting_year}-{job.format}.zip"
    return links.link(key, now=now, lasts=until - now, filename=filename), until
