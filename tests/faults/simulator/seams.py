"""Where a function's instance can be interrupted: put into the forked process, never the product.

Every statement, commit and call of a provider asks the driver first what is to become of it, and
takes the time from its answer. The product's own code runs between them unchanged.
"""

import io
import re
import sys
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Never, Protocol

import pymysql
from pymysql.connections import Connection

from tests.faults.simulator.timeline import micros_of, moment_of

GO = "go"
LOSE_REQUEST = "lose request"
LOSE_REPLY = "lose reply"
# The errors after which a connection is of no use; the others leave it open.
_GONE = frozenset({2003, 2006, 2013})
_VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b")
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+`?([a-z_]+)")


class Asks(Protocol):
    """The instance's side of the talk."""

    def ask(self, kind: str, what: str, connection: int = 0) -> str:
        """Tell where the function is; return what is to become of it."""


class Moments:
    """The instance's time: as the driver last told it, plus what its own clock is wrong by."""

    def __init__(self) -> None:
        self._now = 0
        self.skew = timedelta()

    def told(self, micros: int) -> None:
        """Take the time from the driver."""
        self._now = max(self._now, micros)

    @property
    def micros(self) -> int:
        """How far it is, in microseconds since 1970, whatever the instance's clock is wrong by."""
        return self._now

    def go_on(self, micros: int) -> None:
        """Let time pass by itself, where nobody else is at work."""
        self._now += micros

    def now(self) -> datetime:
        """Return the time; no two calls get the same."""
        self._now += 1
        return moment_of(self._now) + self.skew

    def time_ns(self) -> int:
        """Return the time as `time.time_ns` does."""
        return micros_of(self.now()) * 1000

    def monotonic(self) -> float:
        """Return a reading in seconds that only ever grows, whatever the clock is wrong by."""
        return self._now / 1_000_000


class Log(io.StringIO):
    """Standard output of the instance: each line that the product logs goes to the driver."""

    def __init__(self, send: Any) -> None:  # noqa: ANN401 (Wire.send)
        super().__init__()
        self._send = send

    def write(self, text: str) -> int:
        """Hand a line over."""
        self._send("log", text.rstrip("\n"))
        return len(text)


def install(asks: Asks, moments: Moments, send: Any) -> None:  # noqa: ANN401 (Wire.send)
    """Put every seam in, once, in a process that is to be a function's instance."""
    from lib.core import clock, db, ids

    sys.stdout = Log(send)
    clock.now = moments.now
    clock.stopwatch = moments.monotonic
    clocks = SimpleNamespace(
        time_ns=moments.time_ns,
        monotonic=moments.monotonic,
        sleep=lambda seconds: asks.ask("sleep", f"{seconds * 1000:.1f} ms"),
    )
    for module in (ids, db):
        vars(module)["time"] = clocks  # the part of it that they use
    pymysql.connect = _watched(asks)
    _watch_requests(asks)
    _watch_boto(asks, clocks)


def shape(sql: str) -> str:
    """Return what a statement does to which table, in a few words."""
    verb, table = _VERB.match(sql), _TABLE.search(sql)
    words = [verb[1].lower() if verb else "other", table[1] if table else ""]
    return " ".join([*words, "locking"] if "FOR UPDATE" in sql else words)


def changed(what: str) -> list[str]:
    """Return the table that a statement of this shape changes, if it does."""
    words = what.split(" ")
    return words[1:2] if words[0] in {"insert", "update", "delete", "other"} else []


def _watched(asks: Asks) -> "type[Connection[Any]]":  # noqa: C901 (a class, whose methods count as one)
    class Watched(Connection):
        """A real connection to the real database, which may be lost at any moment."""

        is_ready = False

        def connect(self, sock: Any = None) -> None:  # noqa: ANN401 (pymysql's)
            verdict = asks.ask("connect", "")
            if verdict != GO:
                raise pymysql.OperationalError(int(verdict), "as the driver said")
            super().connect(sock)
            asks.ask("connected", "", self.thread_id())  # type: ignore[no-untyped-call]  # pymysql's
            self.is_ready = True

        def query(self, sql: str | bytes, unbuffered: bool = False) -> int:  # noqa: FBT001, FBT002 (pymysql's)
            if self.is_ready:
                text = sql if isinstance(sql, str) else bytes(sql).decode()
                verdict = asks.ask("statement", shape(text), self.thread_id())  # type: ignore[no-untyped-call]  # pymysql's
                if verdict != GO:
                    self.lose(int(verdict))
            return int(super().query(sql, unbuffered))

        def commit(self) -> None:
            verdict = asks.ask("commit", "", self.thread_id())  # type: ignore[no-untyped-call]  # pymysql's
            if verdict == LOSE_REQUEST:
                self.lose(2013)
            super().commit()
            if verdict == LOSE_REPLY:
                self.lose(2013)
            asks.ask("committed", "", self.thread_id())  # type: ignore[no-untyped-call]  # pymysql's

        def lose(self, number: int) -> Never:
            """Undo what is open, as the server would, and fail as if it had happened by itself."""
            super().rollback()
            if number in _GONE:
                self._force_close()  # type: ignore[attr-defined]  # not in its stubs
            raise pymysql.OperationalError(number, "as the driver said")

    return Watched


def _watch_requests(asks: Asks) -> None:
    import requests

    original = requests.Session.request

    def request(self: Any, method: str, url: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 (what requests takes)
        asks.ask("call", f"{method} {url.partition('?')[0]}")
        answer = original(self, method, url, *rest, **more)
        asks.ask("answered", str(answer.status_code))
        return answer

    requests.Session.request = request  # type: ignore[assignment,method-assign]  # as wide


def _watch_boto(asks: Asks, clocks: object) -> None:
    import botocore.endpoint  # type: ignore[import-untyped]
    from botocore.httpsession import URLLib3Session  # type: ignore[import-untyped]

    original = URLLib3Session.send

    def send(self: Any, request: Any) -> Any:  # noqa: ANN401 (what botocore takes)
        asks.ask("call", f"{request.method} {request.url.partition('?')[0]}")
        answer = original(self, request)
        asks.ask("answered", str(answer.status_code))
        return answer

    URLLib3Session.send = send
    botocore.endpoint.time = clocks  # it waits before it tries again
