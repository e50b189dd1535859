"""A function's instance: a process forked from the driver, which serves one request after another.

It is forked with the product loaded already, and lives, as warm instances do, until the driver
kills it: with its idle connection to the database, its access token, and whatever else the product
keeps. Requests are real bytes over a socket, read by the product's own Endpoint.
"""

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.faults.simulator import chance, seams
from tests.faults.simulator.alone import Alone, Report
from tests.faults.simulator.timeline import MICROSECOND
from tests.faults.simulator.wire import Wire

type Handler = type[BaseHTTPRequestHandler]

_CHUNK = 1 << 16


class Instance:
    """The driver's side of one instance."""

    def __init__(self, number: int, pid: int, wire: Wire, http: socket.socket) -> None:
        self.number = number
        self.pid = pid
        self.wire = wire
        self.http = http
        self.connections: set[int] = set()
        http.setblocking(False)  # noqa: FBT003 (the socket's own)

    def serve(
        self,
        function: str,
        request: bytes,
        *,
        micros: int,
        skew: timedelta,
        entropy: int,
        alone: dict[str, Any] | None,
    ) -> None:
        """Have a request served; what comes of it is told over `wire` and `http`.

        `alone`: nobody else is at work, and it decides by itself as far as this lets it.
        """
        self.http.sendall(request)
        self.wire.send("serve", function, micros, skew // MICROSECOND, entropy, alone)

    def heard(self) -> bytes:
        """Return what has come back so far of the answer."""
        found = b""
        while True:
            try:
                piece = self.http.recv(_CHUNK)
            except (BlockingIOError, ConnectionResetError):
                return found
            if not piece:
                return found
            found += piece

    def kill(self) -> None:
        """End the process as the platform does, at once, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def close(self) -> None:
        """Let go of what led to it, once it is gone."""
        self.wire.close()
        self.http.close()


def fork(number: int, handler_of: Callable[[str], Handler]) -> Instance:
    """Start an instance."""
    ours, theirs = socket.socketpair()
    http, their_http = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        their_http.close()
        return Instance(number, pid, Wire(ours), http)
    try:
        ours.close()
        http.close()
        _Life(Wire(theirs), their_http).live(handler_of)
    finally:
        os._exit(0)


class _Life:
    """The instance's own side."""

    def __init__(self, wire: Wire, http: socket.socket) -> None:
        self._wire = wire
        self._http = http
        self._moments = seams.Moments()
        self._alone: Alone | None = None
        self._report = Report()

    def live(self, handler_of: Callable[[str], Handler]) -> None:
        """Serve until the driver is gone."""
        seams.install(self, self._moments, self._wire.send)
        while True:
            try:
                [(_, function, micros, skew, entropy, alone)] = self._wire.receive()
            except EOFError:
                return
            self._moments.told(micros)
            self._moments.skew = skew * MICROSECOND
            self._alone = Alone(alone, entropy) if alone else None
            chance.begin(entropy)
            self.ask("begin", function)
            handler_of(function)(self._http, ("127.0.0.1", 0), None)  # type: ignore[arg-type]
            self._wire.send("done", self._moments.micros, self._told())

    def ask(self, kind: str, what: str, connection: int = 0) -> str:
        """Tell where the function is; return what is to become of it."""
        if connection and connection not in self._report.connections:
            self._report.connections.append(connection)
        self._report.touched += seams.changed(what)
        verdict = ""
        if self._alone and kind != "call":
            micros, verdict = self._alone.judge(kind, what)
            self._moments.go_on(micros)
            if verdict == seams.GO:
                self._report.boundaries.append(f"{kind} {what}")
                return verdict
        self._wire.send("ask", self._moments.micros, self._told(), kind, what, verdict)
        [answer] = self._wire.receive()
        self._moments.told(answer[1])
        return str(answer[0])

    def _told(self) -> dict[str, Any]:
        """Return what the driver has not been told yet."""
        if self._alone:
            self._report.faults = self._alone.faults()
        told, self._report = asdict(self._report), Report()
        return told
