"""After a restore: what was erased since the backup is erased again, before anyone is let in.

    python -m lib.privacy.replay FILE --key PUBLIC_KEY

FILE is the ledger of erasures, exported with `python -m lib.privacy.receipt export` and kept off
the database, since a backup brings back neither the erasures nor their receipts.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from lib.core import clock, log
from lib.core.db import Db, transact
from lib.core.errors import ProblemError
from lib.privacy import chain, receipt, service
from lib.privacy import erasure_repository as erasures
from lib.privacy.receipt import Ledger, NotGenuineError
from lib.privacy.service import Asked

_BATCH = 500


def replay(ledger: Ledger, now: datetime) -> tuple[int, int]:
    """Carry out every erasure of the ledger that the database does not know of.

    Return how many were done, and how many are left because something of the person was found.
    Raises NotGenuineError where the receipts of the database are not those of the ledger.
    """
    transact(lambda db: _take_over(db, ledger, now))
    wanted = {one["subject"]: one for one in _erasures(ledger)}
    done = left = 0
    for person_id in _people():
        one = wanted.get(receipt.subject(person_id))
        if one:
            asked = Asked(one["id"], datetime.fromisoformat(one["requested_at"]))
            again = _again(person_id, asked, now)
            done += again is True
            left += again is False
    return done, left


def _again(person_id: str, asked: Asked, now: datetime) -> bool | None:
    """Erase a person once more; None where the database knows that it is done."""
    if transact(lambda db: _is_done(db, person_id)):
        return None
    try:
        # Nothing stands in the way: when it was first asked for, nothing did.
        transact(lambda db: service.request_erasure(db, person_id, now, asked=asked))
        status = service.carry_out(person_id, now)
    except ProblemError as error:
        log.event("erasure_not_replayed", erasure_id=asked.erasure_id, code=error.code)
        return False
    return status.state == "done"


def _is_done(db: Db, person_id: str) -> bool:
    known = erasures.of_person(db, person_id)
    return known is not None and known.state == "done"


def _take_over(db: Db, ledger: Ledger, now: datetime) -> None:
    """Append the receipts that the backup lacks; what it has must be the ledger's own."""
    known = chain.ledger(db).receipts
    for here, there in zip(known, ledger.receipts, strict=False):
        if here.hash != there.hash:
            raise NotGenuineError(f"receipt {here.number} is another one in the database")
    for one in ledger.receipts[len(known) :]:
        chain.insert(db, one, now)


def _erasures(ledger: Ledger) -> Iterator[dict[str, str]]:
    for one in ledger.receipts:
        yield {name: str(one.body[name]) for name in ("id", "subject", "requested_at")}
    yield from ledger.asked


def _people() -> Iterator[str]:
    after = ""
    while page := transact(partial(erasures.people, after=after, limit=_BATCH)):
        yield from page
        after = page[-1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay a ledger; return 0, or 1 where something is left or the file is not genuine."""
    parser = argparse.ArgumentParser(prog="python -m lib.privacy.replay")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", required=True, help="the public key, base64")
    given = parser.parse_args(arguments)
    try:
        text = given.file.read_text(encoding="utf-8")
        done, left = replay(receipt.read_ledger(text, given.key), clock.now())
    except NotGenuineError as error:
        sys.stderr.write(f"not genuine: {error}\n")
        return 1
    sys.stdout.write(f"erased again: {done}, left: {left}\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
