"""Measures a large export, a large erasure and a long retention: how long, how much memory.

    python -m sandbox.bench_privacy [--rows 200000] [--old 5000000] [--output docs/bench]

The database makes the rows itself. Each of the three is measured in a process of its own, so that
its memory is its own; what it leaves is counted here. The figures go to privacy.md; the status is 1
where a bound is broken, or where something went that should have stayed or stayed that should go.
"""

import argparse
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pymysql.connections import Connection

from sandbox import database as databases
from sandbox.start import say
from sandbox.world import ROOT, World

_ROWS, _OLD = 200_000, 5_000_000
_LEAVER, _STAYER = f"per_{1:026}", f"per_{2:026}"
_TABLES = ("session", "idempotency_key", "disclosure", "booking")
_YOUNG = 1_000
_BUFFER_POOL = 512 * 1024 * 1024  # the sandbox's own has 64 MB, which no database lives with
_OVER = "-- OVER\n"
_STATEMENTS = Path(__file__).with_suffix(".sql")
_A_RUN = timedelta(seconds=20)  # what a cron job takes of a function's thirty
# The bounds that docs/promises.md leans on: a function's memory, a lock's time, a batch.
_MOST_MB, _MOST_SECONDS, _MOST_ROWS = 64.0, 2.0, 1_000
_PAGE = """\
# Privacy at its largest

Made by `python -m sandbox.bench_privacy --rows {rows} --old {old}`. One person has {rows:,} rows,
and so has another, who must keep them; then {old:,} rows of others have served their time. It is
done in runs of twenty seconds, as cron does it, each of the three in a process of its own, with a
database of its own (MariaDB, 512 MB of buffer pool) and S3 as moto plays it.

{measured_at}, Python {python}, {system}, {processors} processors.

| what | seconds | runs | transactions | slowest, s | most rows a statement | memory, MB |
|---|---|---|---|---|---|---|
{lines}

Memory is what the process grew by at its peak, with the libraries that it loaded. Bounds: {mb:.0f}
MB; {seconds:.0f} s for a transaction, from its first statement to its commit; {most:,} rows deleted
or emptied by a statement. {verdict}
"""


class StuckError(Exception):
    """A run ended before its time was up, and had not done what it was to do."""


@dataclass(frozen=True)
class Figure:
    """What one of the three took; `slowest` is in seconds, `grown` in MB at the peak."""

    name: str
    seconds: float
    runs: int
    transactions: int
    slowest: float
    most_rows: int
    grown: float

    @property
    def is_within(self) -> bool:
        """Return whether every bound holds."""
        return (
            self.grown < _MOST_MB and self.slowest < _MOST_SECONDS and self.most_rows <= _MOST_ROWS
        )

    @property
    def line(self) -> str:
        """Return it as a line of the table."""
        return (
            f"| {self.name} | {self.seconds:.1f} | {self.runs:,} | {self.transactions:,}"
            f" | {self.slowest:.2f} | {self.most_rows:,} | {self.grown:.0f} |"
        )


class Stopwatch:
    """Times every transaction of this process, from its first statement to its commit."""

    def __init__(self) -> None:
        self.transactions = 0
        self.slowest = 0.0
        self.most_rows = 0
        self._begun: dict[int, float] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Listen to all that pymysql sends, while inside."""
        ask, commit = Connection.query, Connection.commit

        def asking(connection: "Connection[Any]", sql: Any, unbuffered: bool = False) -> int:  # noqa: ANN401, FBT001, FBT002 (what it replaces)
            self._begun.setdefault(id(connection), time.monotonic())
            found = ask(connection, sql, unbuffered)
            text = sql if isinstance(sql, str) else bytes(sql).decode(errors="replace")
            if text.lstrip().startswith(("DELETE", "UPDATE")):
                self.most_rows = max(self.most_rows, found)
            return found

        def committing(connection: "Connection[Any]") -> None:
            commit(connection)
            began = self._begun.pop(id(connection), None)
            if began is not None:
                self.transactions += 1
                self.slowest = max(self.slowest, time.monotonic() - began)

        Connection.query, Connection.commit = asking, committing  # type: ignore[assignment, method-assign]
        try:
            yield
        finally:
            Connection.query, Connection.commit = ask, commit  # type: ignore[method-assign]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the rows, measure the three, look at what is left, write the figures."""
    options = _parser().parse_args(arguments)
    with World(fast=True, say=say) as world:
        if world.database:
            with closing(world.database.root()) as root, root.cursor() as cursor:
                cursor.execute(f"SET GLOBAL innodb_buffer_pool_size = {_BUFFER_POOL}")
        url = world.database_url
        os.environ.update(world.environment())
        each = options.rows // len(_TABLES)
        people, over = _statements(each, options.old)
        _make(url, people)
        figures = [_alone(export), _alone(erase)]
        # Made only now: a look goes through whatever is there, and this is about nobody.
        _make(url, over)
        figures.append(_alone(retain))
        faults = list(_faults(url, each))
    faults += [f"{figure.name} is beyond a bound" for figure in figures if not figure.is_within]
    _write(options, figures, faults)
    return 1 if faults else 0


def export() -> Figure:
    """Make an archive of all that is held about the one who leaves."""
    from lib.core import clock
    from lib.core.db import transact
    from lib.privacy import archives, exports

    def asked() -> None:
        transact(lambda db: exports.ask(db, person_id=_LEAVER, right="access", now=clock.now()))

    def run(now: datetime) -> bool:
        return archives.make_due(now, now + _A_RUN)[0] == 1

    return _measured("access export", run, asked)


def erase() -> Figure:
    """Erase them, and look whether it is so."""
    from lib.core import clock
    from lib.core.db import transact
    from lib.privacy import leaving

    def asked() -> None:
        transact(lambda db: leaving.ask(db, person_id=_LEAVER, now=clock.now()))

    def run(now: datetime) -> bool:
        return leaving.resume(now, now + _A_RUN) == 1

    return _measured("erasure", run, asked)


def retain() -> Figure:
    """Let go of all that has served its time."""
    from lib.privacy import retention

    return _measured("retention", lambda now: retention.run(now, now + _A_RUN).finished)


def _measured(
    name: str, run: Callable[[datetime], bool], begin: Callable[[], None] = lambda: None
) -> Figure:
    """Begin, then run until it is done."""
    from lib.core import clock

    watch, before, began, runs = Stopwatch(), _peak_mb(), time.monotonic(), 1
    with watch.running():
        begin()
        while not run(began_at := clock.now()):
            if clock.now() < began_at + _A_RUN:
                raise StuckError(name)
            runs += 1
            say(f"{name}: run {runs}, {time.monotonic() - began:.0f} s")
    return Figure(
        name=name,
        seconds=time.monotonic() - began,
        runs=runs,
        transactions=watch.transactions,
        slowest=watch.slowest,
        most_rows=watch.most_rows,
        grown=_peak_mb() - before,
    )


def _alone(measure: Callable[[], Figure]) -> Figure:
    """Measure in a new process, whose memory has held nothing else."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        figure = pool.submit(measure).result()
    say(figure.line)
    return figure


def _statements(each: int, old: int) -> tuple[str, str]:
    """Return what makes the rows of the two people, and what makes those whose time is over."""
    now = datetime.now(UTC)
    names = {
        "leaver": _LEAVER,
        "stayer": _STAYER,
        "both": 2 * each,
        "old_sessions": old // 2,
        "all_sessions": old // 2 + _YOUNG,
        "old_keys": old - old // 2,
        "all_keys": old - old // 2 + _YOUNG,
        "lately": f"{now - timedelta(days=2):%Y-%m-%d %H:%M}",
        "later": f"{now - timedelta(days=1):%Y-%m-%d %H:%M}",
        "to_come": f"{now + timedelta(days=30):%Y-%m-%d %H:%M}",
        "over": f"{now - timedelta(days=90):%Y-%m-%d %H:%M}",
    }
    people, _, over = _STATEMENTS.read_text(encoding="utf-8").partition(_OVER)
    return people.format(**names), over.format(**names)


def _make(url: str, text: str) -> None:
    began = time.monotonic()
    statements = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    with closing(databases.connect(url)) as connection, connection.cursor() as cursor:
        for statement in filter(str.strip, statements.split(";")):
            cursor.execute(statement)
            table = statement.split()[2]
            say(f"{table}: {cursor.rowcount:,} rows, {time.monotonic() - began:.0f} s")
        cursor.execute(f"ANALYZE TABLE {', '.join(_TABLES)}")


def _faults(url: str, each: int) -> Iterator[str]:
    """Yield what is there and should not be, or the other way round."""
    asked = {
        "SELECT COUNT(*) FROM privacy_export WHERE person_id = %s": {_LEAVER: 0},
        "SELECT COUNT(*) FROM erasure WHERE person_id = %s AND state = 'done'": {_LEAVER: 1},
        "SELECT COUNT(*) FROM booking WHERE mentee_id = %s AND closed_reason IS NOT NULL": {
            _LEAVER: 0,
            _STAYER: each,
        },
        **{
            f"SELECT COUNT(*) FROM {table} WHERE person_id = %s": {_LEAVER: 0, _STAYER: each}  # noqa: S608 (a name, written above)
            for table in ("session", "idempotency_key", "disclosure")
        },
        "SELECT COUNT(*) FROM session WHERE person_id LIKE %s": {"per_r%": _YOUNG},
        "SELECT COUNT(*) FROM idempotency_key WHERE person_id LIKE %s": {"per_r%": _YOUNG},
    }
    with closing(databases.connect(url)) as connection, connection.cursor() as cursor:
        for statement, expected in asked.items():
            for about, number in expected.items():
                cursor.execute(statement, (about,))
                (found,) = cursor.fetchone() or (0,)
                if found != number:
                    yield f"{found:,} and not {number:,}: {statement % about}"


def _peak_mb() -> float:
    """Return the most memory that this process has had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform == "linux" else peak / 1024 / 1024


def _write(options: argparse.Namespace, figures: Sequence[Figure], faults: Sequence[str]) -> None:
    verdict = (
        "None is broken, and all that should be there is." if not faults else "; ".join(faults)
    )
    page = _PAGE.format(
        rows=options.rows,
        old=options.old,
        measured_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count(),
        lines="\n".join(figure.line for figure in figures),
        mb=_MOST_MB,
        seconds=_MOST_SECONDS,
        most=_MOST_ROWS,
        verdict=verdict,
    )
    (options.output / "privacy.md").write_text(page, encoding="utf-8")
    print(page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.bench_privacy")
    parser.add_argument("--rows", type=int, default=_ROWS, help="rows of the one person")
    parser.add_argument("--old", type=int, default=_OLD, help="rows that are to go by themselves")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/bench")
    return parser


if __name__ == "__main__":
    sys.exit(main())
