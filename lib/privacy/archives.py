"""Making archives: row by row out of the database, piece by piece into S3, run after run.

A run reads pages of rows, each in a transaction of its own, and packs them. What it has packed goes
into an upload in parts; what is too little for a part is laid aside as an object of its own. Then
its place is saved, so that a run that is cut short costs the pages since. No run holds more than a
part. Who takes a job over counts `step` up, and with that every older run of it is over.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from lib.core import clock, log
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.core.zipping import Zip
from lib.privacy import contract, export, export_repository, exports, repository
from lib.privacy.documents import About, Document, columns_of, documents
from lib.privacy.export_repository import Job
from lib.privacy.repository import Page

_PAGE_ROWS = 500
_PAGES_A_PLACE = 20
_CLAIM = timedelta(seconds=60)  # longer than a function may run
_PAUSE = timedelta(seconds=30)
_GIVEN_UP_AFTER = timedelta(days=1)
_AFTER_REPLY = timedelta(seconds=10)
_TYPE = "application/zip"


class _OverError(Exception):
    """The run's step is over: somebody else is at it, or it is no longer to be made."""


@dataclass
class _Place:
    """How far the making has come; all of it is ready for JSON."""

    document: int = -1
    table: int = 0
    after: list[Any] | None = None
    rows: int = 0
    shown: int = 0
    rows_done: int = 0
    tables_done: int = 0
    pieces: dict[str, Any] | None = None
    zip: dict[str, Any] | None = None


def deliver(export_id: str, now: datetime) -> None:
    """Begin with an archive as soon as it was asked for: the topic `privacy.export`.

    What this does not finish the cron job goes on with.
    """
    job = transact(partial(_claim, export_id, now))
    if job:
        _tried(job, now + _AFTER_REPLY)


def make_due(now: datetime, deadline: datetime) -> tuple[int, int]:
    """Go on with every archive that is to be made; return how many were finished and put off."""
    finished = put_off = 0
    while clock.now() < deadline and (job := transact(partial(_claim, "", now))):
        if _tried(job, deadline):
            finished += 1
        else:
            put_off += 1
    return finished, put_off


def _claim(wanted: str, now: datetime, db: Db) -> Job | None:
    job = export_repository.lock_next(db, wanted=wanted, now=now)
    if job:
        export_repository.claim(db, export_id=job.id, step=job.step + 1, until=now + _CLAIM)
    return job


def _tried(job: Job, deadline: datetime) -> bool:
    """Make what can be made by the deadline; return whether the archive is there."""
    step = job.step + 1
    if clock.now() > job.asked_at + _GIVEN_UP_AFTER:
        transact(lambda db: export_repository.give_up(db, export_id=job.id))
        log.event("export_failed", export_id=job.id)
        _clean_up(job)
        return False
    try:
        return _made(job, step, deadline)
    except _OverError:
        # Of a person who is being erased nothing may be left that was written meanwhile.
        found = transact(lambda db: export_repository.find(db, job.id))
        if found is None or found.state != "making":
            _clean_up(job)
        return False
    except ProviderUnavailableError:
        log.event("export_waits", export_id=job.id)
    except Exception as error:  # noqa: BLE001 (one archive must not stop the others)
        log.failure("export_not_made", error, export_id=job.id)
    until = clock.now() + _PAUSE
    transact(lambda db: export_repository.let_go(db, export_id=job.id, step=step, until=until))
    return False


def _made(job: Job, step: int, deadline: datetime) -> bool:
    """Make what can be made by the deadline; raises ProviderRefusedError to be begun anew."""
    from lib.providers.http import ProviderRefusedError

    try:
        return _Making(job, step).run(deadline)
    except ProviderRefusedError:
        # What was laid aside, or the upload, is gone: another run has used it. Begin anew.
        values: dict[str, object] = {
            "id": job.id,
            "step": step,
            "progress": None,
            "rows_done": 0,
            "tables_done": 0,
            "claimed_until": None,
        }
        transact(lambda db: export_repository.save(db, values))
        raise


def _clean_up(job: Job) -> None:
    from lib.providers.aws import storage

    storage.delete_below(exports.prefix_of(job))


class _Making:
    """One run of making one archive."""

    def __init__(self, job: Job, step: int) -> None:
        from lib.providers.aws.pieces import Pieces

        self._job = job
        self._step = step
        about = About(contract.load(), job.person_id, job.kind, job.asked_at)
        self._documents = documents(about)
        self._place = _Place(**json.loads(job.progress)) if job.progress else _Place()
        self._zip = Zip(job.asked_at, self._place.zip)
        self._pieces = Pieces(exports.prefix_of(job), exports.FILE, _TYPE, self._place.pieces)

    def run(self, deadline: datetime) -> bool:
        """Go on until the archive is whole or the deadline; return whether it is whole."""
        while self._more(deadline):
            is_late = clock.now() >= deadline
            self._save(None if is_late else clock.now() + _CLAIM)
            if is_late:
                return False
        self._finish()
        return True

    def _more(self, deadline: datetime) -> bool:
        """Pack some pages; return False when there is nothing left to pack."""
        for _ in range(_PAGES_A_PLACE):
            if not self._advance():
                return False
            if self._pieces.is_full or clock.now() >= deadline:
                break
        return True

    def _advance(self) -> bool:
        """Pack the next page, or the step to the next table or document."""
        place = self._place
        if place.document < 0:
            return self._next_document()
        document = self._documents[place.document]
        tables = document.tables()
        if place.table >= len(tables):
            self._pack(document.tail())
            self._pieces.add(self._zip.end())
            return self._next_document()
        self._page(document, place.table)
        return True

    def _next_document(self) -> bool:
        place = self._place
        place.document += 1
        place.table = place.rows = place.shown = 0
        place.after = None
        if place.document >= len(self._documents):
            self._pieces.add(self._zip.finish())
            return False
        document = self._documents[place.document]
        self._pieces.add(self._zip.begin(document.name))
        self._pack(document.head())
        return True

    def _page(self, document: Document, index: int) -> None:
        """Pack a page of a table's rows; an empty table leaves nothing."""
        place, table = self._place, document.tables()[index]
        columns = columns_of(document, table)
        after = None if place.after is None else export.row_key(table, place.after)
        names = [column.name for column in columns]
        found = transact(
            lambda db: repository.rows_about(
                db, table, self._job.person_id, Page(_PAGE_ROWS + 1, after), columns=names
            )
        )
        shown = found[:_PAGE_ROWS]
        if shown:
            if place.rows == 0:
                self._pack(document.opening(table, is_first=place.shown == 0))
            values = [{c.name: export.json_value(c, row[c.name]) for c in columns} for row in shown]
            self._pack(document.rows(table, values, is_first=place.rows == 0))
            place.rows += len(shown)
            place.after = list(export.key_values(table, shown[-1]))
            place.rows_done += len(shown) if place.document == 0 else 0
        is_cut = document.most_rows is not None and place.rows >= document.most_rows
        if len(found) > len(shown) and not is_cut:
            return
        if place.rows:
            self._pack(document.closing(table, is_cut=len(found) > len(shown)))
            place.shown += 1
        place.table, place.rows, place.after = index + 1, 0, None
        place.tables_done += 1

    def _pack(self, text: str) -> None:
        self._pieces.add(self._zip.add(text.encode()))

    def _save(self, claimed_until: datetime | None) -> None:
        """Put away what was packed, then note the place; what is noted is always there."""
        self._pieces.add(self._zip.pause())
        self._place.pieces = self._pieces.put_away(f"{self._step}-{self._zip.length}")
        self._place.zip = self._zip.state()
        values: dict[str, object] = {
            "id": self._job.id,
            "step": self._step,
            "progress": json.dumps(asdict(self._place)),
            "rows_done": self._place.rows_done,
            "tables_done": self._place.tables_done,
            "claimed_until": claimed_until,
        }
        if not transact(lambda db: export_repository.save(db, values)):
            raise _OverError
        self._pieces.forget_earlier()

    def _finish(self) -> None:
        """Make the object, note that it is there, and clear away what was laid aside."""
        self._pieces.finish()
        values: dict[str, object] = {
            "id": self._job.id,
            "step": self._step,
            "size": self._zip.length,
            "rows_done": self._place.rows_done,
            "now": clock.now(),
        }
        if not transact(lambda db: export_repository.finish(db, values)):
            raise _OverError
        self._pieces.clear_away()
        log.event("export_ready", export_id=self._job.id, bytes=self._zip.length)
