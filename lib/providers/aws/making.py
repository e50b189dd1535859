"""Making a zip in S3 by runs that may each be cut short: what is made of what is the caller's.

What a run has packed goes into an upload in parts; what is too little for a part is laid aside as
an object of its own. Then its place is saved: a run that is cut short costs the pages since. No run
holds more than a part. Who takes a job over counts its step up, and with that every older run of it
is over.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from lib.core import clock
from lib.core.db import Db, transact
from lib.core.zipping import Zip

CLAIM = timedelta(seconds=60)  # longer than a function may run
PAUSE = timedelta(seconds=30)
GIVEN_UP_AFTER = timedelta(days=1)
AFTER_REPLY = timedelta(seconds=10)
_TYPE = "application/zip"


class OverError(Exception):
    """The run's step is over: somebody else is at it, or it is no longer to be made."""


class AnewError(Exception):
    """What was made can't be gone on with: it is to be begun anew."""


@dataclass(kw_only=True)
class Place:
    """How far the making has come, with what is to be known of the content; all ready for JSON."""

    pieces: dict[str, Any] | None = None
    zip: dict[str, Any] | None = None


class Job(Protocol):
    """What is to be made; `asked_at` is the time that its files bear."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def asked_at(self) -> datetime:
        """When it was asked for."""


class Jobs(Protocol):
    """The repository of the jobs; each returns False where the step is over."""

    def save(self, db: Db, values: dict[str, object]) -> bool:
        """Note how far a step has come."""

    def finish(self, db: Db, values: dict[str, object]) -> bool:
        """Note that the file is there."""


class Making[P: Place](ABC):
    """One run of making one file."""

    pages_a_place: ClassVar[int]

    def __init__(self, jobs: Jobs, job: Job, step: int, place: P, prefix: str, file: str) -> None:
        """Begin, or go on from a place; `prefix` is the file's own."""
        from lib.providers.aws.pieces import Pieces

        self._jobs, self._id, self._step, self._place = jobs, job.id, step, place
        self._zip = Zip(job.asked_at, place.zip)
        self._pieces = Pieces(prefix, file, _TYPE, place.pieces)

    def run(self, deadline: datetime) -> bool:
        """Go on until the file is whole or the deadline; return whether it is whole.

        Raises OverError.
        """
        while self._more(deadline):
            is_late = clock.now() >= deadline
            self._save(None if is_late else clock.now() + CLAIM)
            if is_late:
                return False
        self._finish()
        return True

    @abstractmethod
    def _advance(self) -> bool:
        """Pack what comes next, a page at most; return False when there is nothing left."""

    @abstractmethod
    def _counts(self) -> dict[str, object]:
        """Return what the job's row counts, by column."""

    def _more(self, deadline: datetime) -> bool:
        """Pack some pages; return False when there is nothing left to pack."""
        for _ in range(self.pages_a_place):
            if not self._advance():
                return False
            if self._pieces.is_full or clock.now() >= deadline:
                break
        return True

    def _pack(self, text: str) -> None:
        self._pieces.add(self._zip.add(text.encode()))

    def _save(self, claimed_until: datetime | None) -> None:
        """Put away what was packed, then note the place; what is noted is always there."""
        self._pieces.add(self._zip.pause())
        self._place.pieces = self._pieces.put_away(f"{self._step}-{self._zip.length}")
        self._place.zip = self._zip.state()
        noted = {"progress": json.dumps(asdict(self._place)), "claimed_until": claimed_until}
        values = self._values(noted)
        if not transact(lambda db: self._jobs.save(db, values)):
            raise OverError
        self._pieces.forget_earlier()

    def _finish(self) -> None:
        """Make the object, note that it is there, and clear away what was laid aside."""
        self._pieces.finish()
        values = self._values({"size": self._zip.length, "now": clock.now()})
        if not transact(lambda db: self._jobs.finish(db, values)):
            raise OverError
        self._pieces.clear_away()

    def _values(self, more: Mapping[str, object]) -> dict[str, object]:
        return {"id": self._id, "step": self._step, **self._counts(), **more}
