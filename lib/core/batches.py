"""Long lists of a cron run: read page by page, left off at the deadline, never stuck at the top."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from lib.core import clock, log


def until[Row](
    deadline: datetime, page: Callable[[str], Sequence[Row]], key: Callable[[Row], str]
) -> Iterator[Row]:
    """Yield the rows of a list that is paged by key, until none is left or the deadline.

    `page` returns the rows whose key is above the one it is given ('' at first), in the order of
    the key. Each row is met once, so those that can't be dealt with now do not hold up the rest.
    """
    after = ""
    while rows := page(after):
        for row in rows:
            if clock.now() >= deadline:
                return
            yield row
        after = key(rows[-1])


def tried(work: Callable[[], bool], failure: str) -> bool:
    """Return what the work on one row gave; False where it failed, which must not stop the rest.

    The failure is logged by the name given, and the next run meets the row again.
    """
    try:
        return work()
    except Exception as error:  # noqa: BLE001 (whatever it is, the other rows are not to blame)
        log.failure(failure, error)
        return False
