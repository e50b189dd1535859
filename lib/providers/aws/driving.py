"""Driving jobs that make a zip: each is claimed, gone on with, begun anew or given up.

What is made is lib/providers/aws/making.py's; which jobs there are, the caller's. One job that
fails, in S3 or in us, stops no other: it is let go, and the next run meets it again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from lib.core import clock, log
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.providers.aws import making
from lib.providers.aws.making import (
    AFTER_REPLY,
    CLAIM,
    GIVEN_UP_AFTER,
    PAUSE,
    AnewError,
    OverError,
)


class Job(making.Job, Protocol):
    """A job as its row has it, before it is claimed; `step` counts who was at it."""

    @property
    def state(self) -> str:
        """Return `making`, `ready`, `failed` or `deleted`."""

    @property
    def step(self) -> int:
        """Return how many have been at it."""


class Jobs[J: Job](making.Jobs, Protocol):
    """The repository of a kind of jobs."""

    def find(self, db: Db, export_id: str) -> J | None:
        """Return a job."""

    def lock_next(self, db: Db, *, wanted: str, now: datetime) -> J | None:
        """Return the oldest job, or the one wanted, that is to be made and free, locked."""

    def claim(self, db: Db, *, export_id: str, until: datetime) -> None:
        """Take a locked job: its step is counted up."""

    def let_go(self, db: Db, *, export_id: str, step: int, until: datetime) -> None:
        """Let somebody else go on with it, from then on."""

    def give_up(self, db: Db, *, export_id: str) -> None:
        """Note that it can't be made."""


@dataclass(frozen=True)
class Driver[J: Job]:
    """Drives one kind of jobs.

    `name` begins what is logged, `run` makes what can be made of a job by a deadline as the step
    given, `prefix` says below what everything of a job lies, `counts` are its counting columns.
    """

    name: str
    jobs: Jobs[J]
    run: Callable[[J, int, datetime], bool]
    prefix: Callable[[J], str]
    counts: tuple[str, ...]

    def begin(self, export_id: str, now: datetime) -> None:
        """Begin with a job as soon as it was asked for; what this does not finish `go_on` does."""
        job = transact(partial(self.claim, export_id, now))
        if job:
            self.tried(job, now + AFTER_REPLY)

    def go_on(self, now: datetime, deadline: datetime) -> tuple[int, int]:
        """Go on with every job that is to be made; return how many were finished and put off."""
        finished = put_off = 0
        while clock.now() < deadline and (job := transact(partial(self.claim, "", now))):
            if self.tried(job, deadline):
                finished += 1
            else:
                put_off += 1
        return finished, put_off

    def claim(self, wanted: str, now: datetime, db: Db) -> J | None:
        """Take the job that is wanted, or the oldest for ''; return it as it was before."""
        job = self.jobs.lock_next(db, wanted=wanted, now=now)
        if job:
            self.jobs.claim(db, export_id=job.id, until=now + CLAIM)
        return job

    def tried(self, job: J, deadline: datetime) -> bool:
        """Make what can be made of a claimed job by the deadline; return whether it is whole."""
        try:
            return self._done(job, deadline)
        except ProviderUnavailableError:
            log.event(f"{self.name}_waits", export_id=job.id)
        except Exception as error:  # noqa: BLE001 (one job must not stop the others)
            log.failure(f"{self.name}_not_made", error, export_id=job.id)
        self._let_go(job)
        return False

    def _done(self, job: J, deadline: datetime) -> bool:
        from lib.providers.http import ProviderRefusedError

        if clock.now() > job.asked_at + GIVEN_UP_AFTER:
            self._give_up(job)
            return False
        try:
            return self.run(job, job.step + 1, deadline)
        except OverError:
            self._take_back(job)
        except (ProviderRefusedError, AnewError) as error:
            # What was laid aside is gone, or what was read has changed: begun anew, next time.
            log.failure(f"{self.name}_begun_anew", error, export_id=job.id)
            self._forget(job)
            self._let_go(job)
        return False

    def _give_up(self, job: J) -> None:
        """Clear away what was begun, then say so: a job that has ended is not met again."""
        self._clear(job)
        transact(lambda db: self.jobs.give_up(db, export_id=job.id))
        log.event(f"{self.name}_failed", export_id=job.id)

    def _take_back(self, job: J) -> None:
        """Of what has been deleted meanwhile nothing may be left that was written since."""
        found = transact(lambda db: self.jobs.find(db, job.id))
        if found is None or found.state not in {"making", "ready"}:
            self._clear(job)

    def _clear(self, job: J) -> None:
        from lib.providers.aws import storage

        storage.delete_below(self.prefix(job))

    def _forget(self, job: J) -> None:
        nothing: dict[str, object] = {"progress": None, "claimed_until": None}
        counts: dict[str, object] = dict.fromkeys(self.counts, 0)
        values = {"id": job.id, "step": job.step + 1, **nothing, **counts}
        transact(lambda db: self.jobs.save(db, values))

    def _let_go(self, job: J) -> None:
        until, step = clock.now() + PAUSE, job.step + 1
        transact(lambda db: self.jobs.let_go(db, export_id=job.id, step=step, until=until))
