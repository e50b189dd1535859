"""Measures how long the checks of the books take over a million entries, and how much memory.

    python -m sandbox.bench_books [--entries 1000000] [--output docs/bench]

The books are made up by the database itself, as sessions, packs, refunds and payouts leave them:
everything in them holds, so that each check reads all that there is. The figures go to books.md.
"""

import argparse
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox import database as databases
from sandbox.database import Database
from sandbox.start import say
from sandbox.world import ROOT

_NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_TIMES = {"begun": "2026-03-01 10:00", "ended": "2026-03-03 11:00", "to_come": "2027-03-01 10:00"}
_ENTRIES = 1_000_000
_BUFFER_POOL = 512 * 1024 * 1024  # the sandbox's own has 64 MB, which no database lives with
_ROWS = Path(__file__).with_suffix(".sql")
_SESSIONS_A_MENTOR = 100
_A_PAYOUT = 10
# Entries of a session, with its part in payouts and refunds; and of a twentieth of a pack with it.
_A_SESSION = 4 + 0.18 + 0.04 + 16 / 20
_HEAD = """\
# The books, checked

Made by `python -m sandbox.bench_books`. Made-up books of {entries:,} ledger entries, as they come
about of {sessions:,} sessions, {packs:,} packs, refunds and payouts of {mentors:,} mentors, in a
database of their own (MariaDB, 512 MB of buffer pool). Every check of `/cron/books` from within
walks all of them once, a page a transaction, and finds nothing. A run has ten seconds for these
checks every ten minutes, and goes on where the last one stopped.

{measured_at}, Python {python}, {system}, {processors} processors.

| check | looked at | seconds |
|---|---|---|
"""
_TAIL = """\

Memory of the process: {before:.0f} MB before the first check, {after:.0f} MB at most after the
last, whatever their number: it holds a page of {page:,} entries, or of a thousand purchases with
all that is known of them.
"""


@dataclass(frozen=True)
class Figure:
    """What was measured: how many rows it looked at, and how many seconds it took."""

    name: str
    examined: int
    seconds: float


class Size:
    """How many there are of everything in books of about so many entries."""

    def __init__(self, entries: int) -> None:
        self.mentors = max(1, round(entries / _A_SESSION / _SESSIONS_A_MENTOR))
        self.sessions = self.mentors * _SESSIONS_A_MENTOR
        self.packs = self.sessions // 20
        self.payouts = self.mentors * (_SESSIONS_A_MENTOR // _A_PAYOUT - 1)
        self.refunds = self.sessions // 50

    @property
    def names(self) -> dict[str, int]:
        """What the statements are filled in with."""
        return {
            **vars(self),
            "last_mentor": self.mentors - 1,
            "last_purchase": self.sessions + self.packs - 1,
            "last_given": self.sessions + 5 * self.packs - 1,
            "last_payout": self.payouts - 1,
            "last_refund": self.refunds - 1,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the books, check them, write the figures; 1 where something in them does not hold."""
    options = _parser().parse_args(arguments)
    size = Size(options.entries)
    with Database(fast=True, say=say) as server:
        with closing(server.root()) as root, root.cursor() as cursor:
            cursor.execute(f"SET GLOBAL innodb_buffer_pool_size = {_BUFFER_POOL}")
        url = server.create("books")
        databases.apply_schema(url, ROOT / "db/schema.sql")
        _make(url, size)
        os.environ["DATABASE_URL"] = url
        before = _peak_mb()
        figures = list(_measured())
        after = _peak_mb()
        differences = _count(url, "book_difference")
        entries = _count(url, "ledger_transfer")
    _write(options.output, size, entries, figures, (before, after))
    say(f"{differences} differences")
    return 1 if differences else 0


def _make(url: str, size: Size) -> None:
    began = time.monotonic()
    lines = _ROWS.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    with closing(databases.connect(url)) as connection, connection.cursor() as cursor:
        for statement in text.format(**size.names, **_TIMES).split(";"):
            if statement.strip():
                cursor.execute(statement)
                table = statement.split()[2]
                say(f"{table}: {cursor.rowcount:,} rows, {time.monotonic() - began:.0f} s")
        cursor.execute("ANALYZE TABLE ledger_transfer, ledger_account, purchase, earning, paper")


def _measured() -> Iterator[Figure]:
    """Run every check from within to its end, then what an operator reads."""
    from lib.core.db import transact
    from lib.ledger import service as ledger
    from lib.ledger.rules import Account
    from lib.reconciliation import inside, walking
    from lib.treasury import repository as treasury

    never = datetime.now(UTC) + timedelta(days=1)
    for one in inside.WALKS:
        began = time.monotonic()
        report = walking.walk(one, _NOW, never)
        yield _figure(f"`{one.job}`", report.examined, began)
    reads: tuple[tuple[str, Callable[[], object]], ...] = (
        ("trial balance at once", lambda: transact(lambda db: ledger.trial_balance(db, _NOW))),
        (
            "balance of the largest account",
            lambda: transact(lambda db: ledger.balances_of(db, Account.VIPPS_RECEIVABLE, [""])),
        ),
        ("what is due to mentors", lambda: transact(lambda db: treasury.due_ore(db, by=_NOW))),
    )
    for name, read in reads:
        began = time.monotonic()
        read()
        yield _figure(name, 1, began)


def _figure(name: str, examined: int, began: float) -> Figure:
    figure = Figure(name, examined, time.monotonic() - began)
    say(f"{name}: {examined:,} in {figure.seconds:.1f} s, {_peak_mb():.0f} MB")
    return figure


def _peak_mb() -> float:
    """Return the most memory that this process has had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform == "linux" else peak / 1024 / 1024


def _count(url: str, table: str) -> int:
    with closing(databases.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 (a name, written above)
        (found,) = cursor.fetchone() or (0,)
    return int(found)


def _write(
    folder: Path, size: Size, entries: int, figures: Sequence[Figure], memory: tuple[float, float]
) -> None:
    from lib.reconciliation import inside

    before, after = memory
    head = _HEAD.format(
        entries=entries,
        sessions=size.sessions,
        packs=size.packs,
        mentors=size.mentors,
        measured_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count(),
    )
    lines = [f"| {each.name} | {each.examined:,} | {each.seconds:.1f} |" for each in figures]
    walked = sum(each.seconds for each in figures[: len(inside.WALKS)])
    lines.append(f"| *all checks* | | {walked:.1f} |")
    tail = _TAIL.format(before=before, after=after, page=inside.ENTRIES_A_PAGE)
    page = head + "\n".join(lines) + "\n" + tail
    (folder / "books.md").write_text(page, encoding="utf-8")
    print(page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.bench_books")
    parser.add_argument("--entries", type=int, default=_ENTRIES, help="about so many")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/bench")
    return parser


if __name__ == "__main__":
    sys.exit(main())
