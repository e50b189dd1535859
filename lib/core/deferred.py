"""Work that waits until the caller has the answer: the function stays alive until it is done.

A request is a thread, so what it defers is kept by the thread. Whatever is deferred must also be
found by a cron run, since the process may die between the reply and this.
"""

import threading
from collections.abc import Callable

_waiting = threading.local()


def later(work: Callable[[], None]) -> None:
    """Do `work` once, after this request's reply; asking twice for the same is asking once."""
    jobs: list[Callable[[], None]] = _waiting.__dict__.setdefault("jobs", [])
    if work not in jobs:
        jobs.append(work)


def take() -> list[Callable[[], None]]:
    """Return what this thread has deferred, and forget it."""
    jobs: list[Callable[[], None]] = _waiting.__dict__.pop("jobs", [])
    return jobs
