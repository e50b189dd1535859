"""Has stored events handled again: after a mistake of ours, or to be sure.

    python -m lib.inbound.replay --source vipps --since 2026-11-01T00:00Z [--kind CAPTURED] [--dry]

Handlers look at the provider and not at what the event says, so that handling one again changes
nothing that is not so.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from lib.core import clock
from lib.core.db import Db, transact
from lib.inbound import repository, service
from lib.inbound.repository import Event

_BATCH = 200


def replay(
    source: str, since: datetime, now: datetime, *, kind: str = "", is_dry: bool = False
) -> int:
    """Have the events of a source since then handled again; return how many there are."""
    count = 0
    for page in _pages(source, since, kind):
        if not is_dry:
            transact(partial(_again, page, now))
        count += len(page)
    return count


def _again(page: Sequence[Event], now: datetime, db: Db) -> None:
    for event in page:
        service.handle_again(db, event, now)


def _pages(source: str, since: datetime, kind: str) -> Iterator[Sequence[Event]]:
    after = ""
    while page := transact(
        lambda db: repository.page(
            db,
            source=source,
            since=since,
            kind=kind,
            after=after,  # noqa: B023 (run at once)
            limit=_BATCH,
        )
    ):
        yield page
        after = page[-1].event_id


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay what the arguments say; print how many events that is."""
    parser = argparse.ArgumentParser(prog="python -m lib.inbound.replay")
    parser.add_argument("--source", required=True, choices=("vipps", "stripe", "whereby"))
    parser.add_argument("--since", required=True, type=_moment, help="received since, ISO 8601")
    parser.add_argument("--kind", default="", help="only events of this kind")
    parser.add_argument("--dry", action="store_true", help="count and do nothing")
    given = parser.parse_args(arguments)
    count = replay(given.source, given.since, clock.now(), kind=given.kind, is_dry=given.dry)
    sys.stdout.write(f"{count} {'to be handled' if given.dry else 'due to be handled'} again\n")
    return 0


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
