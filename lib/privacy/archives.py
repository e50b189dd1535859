"""Making archives: row by row out of the database, piece by piece into S3, run after run.

A run reads pages of rows, each in a transaction of its own, and packs them; how a run is cut short
and gone on with is lib/providers/aws/making.py, how it is driven driving.py there.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lib.core import log
from lib.core.db import transact
from lib.privacy import contract, export, export_repository, exports, repository
from lib.privacy.documents import About, Document, columns_of, documents
from lib.privacy.export_repository import Job
from lib.privacy.repository import Page
from lib.providers.aws.driving import Driver
from lib.providers.aws.making import Making, Place

_PAGE_ROWS = 500


@dataclass
class _Place(Place):
    """Where the making is: in which document and table, after which row, and what was counted."""

    document: int = -1
    table: int = 0
    after: list[Any] | None = None
    rows: int = 0
    shown: int = 0
    rows_done: int = 0
    tables_done: int = 0


def deliver(export_id: str, now: datetime) -> None:
    """Begin with an archive as soon as it was asked for: the topic `privacy.export`."""
    driver().begin(export_id, now)


def make_due(now: datetime, deadline: datetime) -> tuple[int, int]:
    """Go on with every archive that is to be made; return how many were finished and put off."""
    return driver().go_on(now, deadline)


def driver() -> Driver[Job]:
    """Return what drives the making of archives."""
    return Driver(
        name="export",
        jobs=export_repository,
        run=lambda job, step, deadline: _Making(job, step).run(deadline),
        prefix=exports.prefix_of,
        counts=("rows_done", "tables_done"),
    )


class _Making(Making[_Place]):
    """One run of making one archive."""

    pages_a_place = 20

    def __init__(self, job: Job, step: int) -> None:
        place = _Place(**json.loads(job.progress)) if job.progress else _Place()
        super().__init__(export_repository, job, step, place, exports.prefix_of(job), exports.FILE)
        self._job = job
        about = About(contract.load(), job.person_id, job.kind, job.asked_at)
        self._documents = documents(about)

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

    def _counts(self) -> dict[str, object]:
        return {"rows_done": self._place.rows_done, "tables_done": self._place.tables_done}

    def _finish(self) -> None:
        super()._finish()
        log.event("export_ready", export_id=self._job.id, bytes=self._zip.length)
