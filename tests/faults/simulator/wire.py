"""How the driver and a function's instance talk: JSON lines over a pair of sockets."""

import json
import socket
from typing import Any

_CHUNK = 1 << 16


class Wire:
    """One end. What is sent is a list; what it means is told by its first element."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = b""

    def fileno(self) -> int:
        """What `select` wants."""
        return self._end.fileno()

    def send(self, *what: Any) -> None:  # noqa: ANN401 (JSON)
        """Say something; raises OSError where nobody is at the other end any more."""
        self._end.sendall(json.dumps(what, separators=(",", ":")).encode() + b"\n")

    def receive(self) -> list[list[Any]]:
        """Return all that has come, at least one; waits. Raises EOFError where nobody is left."""
        while True:
            piece = self._end.recv(_CHUNK)
            if not piece:
                raise EOFError
            *lines, self._rest = (self._rest + piece).split(b"\n")
            if lines:
                return [json.loads(line) for line in lines]

    def close(self) -> None:
        """End it."""
        self._end.close()
