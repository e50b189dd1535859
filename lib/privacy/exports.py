"""Archives of a person's data: asked for, watched, fetched by a link, and deleted.

They are made by lib/privacy/archives.py. An archive lies in S3 for seven days; whatever is below a
person's own prefix there is theirs, so that an erasure needs no row to find it.
"""

from datetime import datetime, timedelta
from functools import partial

from lib.core import batches, ids, log, page_keys
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.outbox import service as outbox
from lib.privacy import contract, documents, export, export_repository, repository
from lib.privacy.archive_schemas import Export, Exports, TooManyExportsError
from lib.privacy.export_repository import Job
from lib.privacy.schemas import Right

TOPIC = "privacy.export"
FILE = "archive.zip"
LINK_LASTS = timedelta(hours=24)
KEPT = timedelta(days=7)
_A_DAY = timedelta(days=1)
_MOST_A_DAY = 5
_BATCH = 20


def ask(db: Db, *, person_id: str, right: Right, now: datetime) -> Export:
    """Have an archive made; while one of the same kind is being made, it is that one.

    Raises TooManyExportsError.
    """
    if repository.person_for_update(db, person_id) is None:
        raise NotFoundError
    recent = export_repository.of_person(
        db, person_id=person_id, before=page_keys.NEWEST_FIRST, limit=_BATCH
    )
    for job in recent:
        if (job.state, job.kind) == ("making", right):
            return _shown(job, now)
    since = now - _A_DAY
    if export_repository.count_since(db, person_id=person_id, since=since) >= _MOST_A_DAY:
        raise TooManyExportsError
    export_id = ids.new("exp")
    values = {
        "id": export_id,
        "person_id": person_id,
        "kind": right,
        "now": now,
        "tables": documents.number_of_tables(contract.load(), right),
    }
    export_repository.insert(db, values)
    exported = [table.name for table in export.exported_tables(contract.load(), right)]
    disclosures.to_supplier(db, person_id, disclosed.archive(exported), now, context_id=export_id)
    outbox.write(db, topic=TOPIC, subject_id=export_id, now=now)
    return find(db, export_id=export_id, person_id=person_id, now=now)


def newest(db: Db, *, person_id: str, right: Right, now: datetime) -> Export | None:
    """Return the person's newest archive by a right that is there or being made, None without."""
    recent = export_repository.of_person(
        db, person_id=person_id, before=page_keys.NEWEST_FIRST, limit=_BATCH
    )
    for job in recent:
        if job.kind == right and is_there(job, now):
            return _shown(job, now)
    return None


def is_there(job: Job, now: datetime) -> bool:
    """Return whether an archive is being made, or lies in S3 for a while yet."""
    if job.state == "ready" and job.ready_at:
        return now < job.ready_at + KEPT
    return job.state == "making"


def find(db: Db, *, export_id: str, person_id: str, now: datetime) -> Export:
    """Return one archive of the person's; raises NotFoundError."""
    job = export_repository.find_own(db, export_id=export_id, person_id=person_id)
    if job is None:
        raise NotFoundError
    return _shown(job, now)


def page(db: Db, *, person_id: str, after: str | None, limit: int, now: datetime) -> Exports:
    """Return a page of the person's archives, newest first."""
    before = page_keys.begin(after, page_keys.NEWEST_FIRST)
    found = export_repository.of_person(db, person_id=person_id, before=before, limit=limit + 1)
    shown, following = page_keys.cut(found, limit)
    return Exports(exports=[_shown(job, now) for job in shown], next=following)


def delete_outlived(now: datetime, deadline: datetime) -> int:
    """Delete archives that have lain for seven days; return how many went."""

    def following(after: str) -> list[Job]:
        wanted = partial(
            export_repository.outlived, made_before=now - KEPT, after=after, limit=_BATCH
        )
        return transact(wanted)

    return sum(
        batches.tried(partial(_deleted, job, now), "export_not_deleted")
        for job in batches.until(deadline, following, lambda job: job.id)
    )


def delete_all_of(person_id: str, now: datetime) -> str:
    """Delete every archive of a person, made or being made, at once; return what S3 answered.

    Called outside of any transaction, before the rows go. Again is the same. The rows are ended
    first, so that a run that is making one finds out and takes back what it wrote.
    """
    transact(lambda db: export_repository.end_all_of(db, person_id=person_id, now=now))
    return f"deleted_{_storage_delete(f'exports/{person_id}/')}"


def take_back(person_id: str, corrected_at: datetime, now: datetime) -> str:
    """Delete a person's archives that hold what has been corrected; return what came of it.

    One that is being made is begun anew, and has what is right. Whoever wants another asks for it.
    """
    until = {"person_id": person_id, "asked_until": corrected_at}
    transact(lambda db: export_repository.begin_anew(db, until))
    while ready := transact(lambda db: export_repository.ready_of(db, until, limit=_BATCH)):
        for job in ready:
            _deleted(job, now)
    return "archives_deleted"


def are_left(person_id: str) -> bool:
    """Return whether anything of a person lies in S3, by what S3 says."""
    from lib.providers.aws import storage

    return storage.has_below(f"exports/{person_id}/")


def prefix_of(job: Job) -> str:
    """Return below what everything of an archive lies."""
    return f"exports/{job.person_id}/{job.id}/"


def link_to(job: Job, *, now: datetime, until: datetime) -> str:
    """Return a link from which anybody who has it gets the archive until then."""
    from lib.providers.aws import links

    filename = f"minmentor-{job.kind}-{job.asked_at:%Y-%m-%d}.zip"
    return links.link(f"{prefix_of(job)}{FILE}", now=now, lasts=until - now, filename=filename)


def _deleted(job: Job, now: datetime) -> bool:
    _storage_delete(prefix_of(job))
    transact(lambda db: export_repository.mark_deleted(db, export_id=job.id, now=now))
    log.event("export_deleted", export_id=job.id)
    return True


def _storage_delete(prefix: str) -> int:
    from lib.providers.aws import storage

    return storage.delete_below(prefix)


def _shown(job: Job, now: datetime) -> Export:
    kept_until = job.ready_at + KEPT if job.ready_at and job.state == "ready" else None
    link: str | None = None
    link_until: datetime | None = None
    if kept_until is not None and now < kept_until:
        link_until = min(now + LINK_LASTS, kept_until)
        link = link_to(job, now=now, until=link_until)
    return Export.model_validate(
        {
            "id": job.id,
            "right": job.kind,
            "state": job.state,
            "asked_at": job.asked_at,
            "ready_at": job.ready_at,
            "deleted_at": job.deleted_at,
            "rows_done": job.rows_done,
            "tables_done": job.tables_done,
            "tables_total": job.tables_total,
            "size": job.size,
            "link": link,
            "link_until": link_until,
            "kept_until": kept_until,
        }
    )
