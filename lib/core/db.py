"""The database: connections, transactions, and rows as frozen dataclasses.

`transact` is the only place where a transaction begins and ends. A connection serves one
transaction at a time and then waits, open, for the next: requests are threads, each new, so
connections are pooled by the process and not by the thread (docs/decisions/0002). Nothing here
knows a table.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, LiteralString

import pymysql

from lib.core.connection import connect
from lib.core.errors import InvalidError, TryAgainError

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

type Params = Mapping[str, object]

# Lost races: deadlock, lock wait (1205; 3572 is MySQL's NOWAIT), MariaDB's snapshot check. The
# whole transaction is rolled back and tried again.
_LOST_RACE = {1205, 1213, 1020, 3572}
# The client's own numbers, and what a server says as it closes: going down, killed, idle too long.
_LOST_CONNECTION = {2003, 2006, 2013, 0, 1053, 1927, 4031}
_TOO_MANY_CONNECTIONS = {1040, 1203, 1226}
_DUPLICATE = 1062
_CHECK_FAILED = {3819, 4025}
# Compared with, or written to, a column whose character set does not have them: as in a made-up id.
_FOREIGN_CHARACTERS = {1267, 1366}
_ATTEMPTS = 6
# No further try after this: a function has 30 seconds, and its caller is to have an answer.
_PATIENCE_SECONDS = 8.0
_IDLE_SECONDS = 60.0  # below the time after which proxies and PlanetScale drop a silent connection
_POOL_SIZE = 8


class DuplicateError(Exception):
    """A row with that key is there already; `constraint` names which key."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class CheckFailedError(Exception):
    """A named CHECK of the schema refused a row."""


class Db:
    """One open transaction. Statements are literal text with named `%(parameters)s`."""

    def __init__(self) -> None:
        self.connection: Connection[Any] | None = None
        self.after_commit: list[Callable[[], None]] = []

    def _cursor(self) -> "Cursor":
        """Return a cursor; the connection is taken with the first statement, if there is one."""
        if self.connection is None:
            self.connection = _pool.take()
        cursor: Cursor = self.connection.cursor()
        return cursor

    def _run(self, sql: str, params: Params | None) -> "Cursor":
        cursor = self._cursor()
        try:
            cursor.execute(sql, params)
        except pymysql.MySQLError as error:
            raise _translated(error) from error
        return cursor

    def rows(self, sql: LiteralString, params: Params | None = None) -> list[dict[str, Any]]:
        """Return every row as a dict by column name."""
        cursor = self._run(sql, params)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def all[Row](
        self, row: type[Row], sql: LiteralString, params: Params | None = None
    ) -> list[Row]:
        """Return every row as `row`, a frozen dataclass with a field for each column."""
        return [row(**fields) for fields in self.rows(sql, params)]

    def one[Row](
        self, row: type[Row], sql: LiteralString, params: Params | None = None
    ) -> Row | None:
        """Return the only row, or None; a second row would be a mistake in the statement."""
        found = self.all(row, sql, params)
        if len(found) > 1:
            message = f"more than one {row.__name__}"
            raise AssertionError(message)
        return found[0] if found else None

    def execute(self, sql: LiteralString, params: Params | None = None) -> int:
        """Run a statement and return how many rows it found (changed or not)."""
        return int(self._run(sql, params).rowcount)

    def insert_all(self, sql: LiteralString, rows: list[dict[str, object]]) -> int:
        """Insert many rows in one statement; `sql` ends in VALUES (%(a)s, …)."""
        if not rows:
            return 0
        cursor = self._cursor()
        try:
            return int(cursor.executemany(sql, rows) or 0)
        except pymysql.MySQLError as error:
            raise _translated(error) from error


class _Pool:
    """Idle connections, newest first, so that the rest grow old and are closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Connection[Any]]] = []

    def take(self) -> "Connection[Any]":
        with self._lock:
            while self._idle:
                since, connection = self._idle.pop()
                if time.monotonic() - since < _IDLE_SECONDS:
                    return connection
                _close(connection)
        return connect()

    def give_back(self, connection: "Connection[Any]") -> None:
        with self._lock:
            if len(self._idle) < _POOL_SIZE:
                self._idle.append((time.monotonic(), connection))
                return
        _close(connection)

    def drop_idle(self) -> None:
        """Close what is idle: where one connection was lost, the rest were most likely, too."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            _close(connection)


_pool = _Pool()


def transact[T](work: Callable[[Db], T], *, repeatable: bool = True) -> T:
    """Run `work` in one transaction, commit, and return what it returned.

    The whole of `work` is run again after a lost race or, before the commit, a lost connection: it
    must touch nothing but the database. When the commit's answer is lost the transaction may have
    happened: `repeatable` says that `work` recognises its own rows when it is run again; otherwise
    TryAgainError. An error that would only come again, a mistake of ours, is raised as it is.
    """
    for _ in _attempts():
        committing = False
        db = Db()
        try:
            result = work(db)
            committing = True
            if db.connection:
                db.connection.commit()
        except pymysql.MySQLError as error:
            _discard(db.connection, error)
            if not _is_passing(error):
                raise
            if committing and not repeatable:
                raise TryAgainError from error
            continue
        except BaseException:
            _roll_back(db.connection)
            raise
        if db.connection:
            _pool.give_back(db.connection)
        for hook in db.after_commit:
            hook()
        return result
    raise TryAgainError


def _attempts() -> Iterator[int]:
    """Give the tries of a transaction, with growing random pauses, while there is time for one."""
    last_call = time.monotonic() + _PATIENCE_SECONDS
    yield 1
    for attempt in range(1, _ATTEMPTS):
        time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 (spreads rivals, guards nothing)
        if time.monotonic() > last_call:
            return
        yield attempt + 1


def _translated(error: pymysql.MySQLError) -> Exception:
    code = _code(error)
    if code == _DUPLICATE:
        # MySQL writes 'table.key', MariaDB 'key'.
        return DuplicateError(str(error.args[1]).rsplit("'", 2)[-2].rsplit(".", 1)[-1])
    if code in _CHECK_FAILED:
        return CheckFailedError(str(error.args[1]))
    if code in _FOREIGN_CHARACTERS:
        return InvalidError("Some text holds characters that can't stand in its place")
    return error


def _code(error: pymysql.MySQLError) -> int:
    """Return the MySQL error number; Vitess hides it in its text as '(errno N)'."""
    code = int(error.args[0]) if error.args and isinstance(error.args[0], int) else -1
    text = str(error.args[1]) if len(error.args) > 1 else ""
    if code in {-1, 1105} and "errno " in text:
        digits = text.split("errno ", 1)[1].split(")", 1)[0]
        return int(digits) if digits.isdecimal() else code
    return code


def _is_passing(error: pymysql.MySQLError) -> bool:
    is_full = len(error.args) > 1 and "pool connection limit exceeded" in str(error.args[1])
    return is_full or _code(error) in _LOST_RACE | _LOST_CONNECTION | _TOO_MANY_CONNECTIONS


def _discard(connection: "Connection[Any] | None", error: pymysql.MySQLError) -> None:
    """Close after an error: the server rolls back whatever was open."""
    if connection is not None:
        _close(connection)
    if _code(error) in _LOST_CONNECTION:
        _pool.drop_idle()


def _roll_back(connection: "Connection[Any] | None") -> None:
    if connection is None:
        return
    try:
        connection.rollback()
    except pymysql.MySQLError:
        _close(connection)
    else:
        _pool.give_back(connection)


def _close(connection: "Connection[Any]") -> None:
    connection._force_close()  # type: ignore[attr-defined]  # noqa: SLF001 (close() would write to a dead socket)
