"""A process that ends: after so many statements, in the middle of a transaction, or at its commit.

What a dead process would have done does not happen: whatever it asks of the database from then on
is refused, and what it had not committed is rolled back by the server.
"""

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, LiteralString, Self

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from lib.core.db import Db, Params


class DeadError(BaseException):
    """The process ended here."""


class Mortal:
    """Inside it, what is done here dies at the boundary `at`, counted from 0; `lived` counts them.

    A boundary is before a statement, before a commit, or after one.
    """

    def __init__(self, at: int | None = None) -> None:
        self.lived = 0
        self._at = at
        self._dead = False
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Self:
        run, commit = Db._run, Connection.commit

        @functools.wraps(run)
        def running(db: Db, sql: LiteralString, params: Params | None) -> Cursor:
            self._boundary()
            return run(db, sql, params)

        @functools.wraps(commit)
        def committing(connection: "Connection[Any]") -> None:
            self._boundary()
            commit(connection)
            self._boundary()

        self._patch.setattr(Db, "_run", running)
        self._patch.setattr(Connection, "commit", committing)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._patch.undo()
        return kind is DeadError

    def _boundary(self) -> None:
        if self._dead or self.lived == self._at:
            self._dead = True
            raise DeadError
        self.lived += 1

    @property
    def died(self) -> bool:
        """Return whether it came to its end before the work did."""
        return self._dead


def boundaries(work: Callable[[], object]) -> int:
    """Return at how many boundaries a process can die while it does this."""
    with Mortal() as one:
        work()
    return one.lived
