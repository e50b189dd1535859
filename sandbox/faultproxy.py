"""A TCP proxy before the database that loses what a test tells it to lose.

It reads just enough of the MySQL protocol, which must be unencrypted, to know a COMMIT: whether a
transaction whose commit is cut off has happened cannot be told from the client's side, and both
cases must come out right.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Literal, Self, get_args
from urllib.parse import urlsplit

type _Pump = Callable[["_Pair"], None]
type Mode = Literal["pass", "refuse", "drop_commit_request", "drop_commit_reply", "cut"]
_MODES: tuple[str, ...] = get_args(Mode.__value__)
# A packet: three bytes of length, its number, the command (3 is a query), the query's text.
_COMMAND = slice(4, 11)
_COMMIT = b"\x03COMMIT"
_PIECE = 65536
_CONNECT_SECONDS = 5.0


class FaultProxy:
    """A context manager; inside it, `port` on 127.0.0.1 leads to the upstream address.

    Modes: `pass` hands everything on; `refuse` resets new connections; `drop_commit_request` cuts a
    connection instead of handing its COMMIT on; `drop_commit_reply` hands it on and cuts before the
    answer; `cut` cuts as soon as the client sends anything.
    """

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self._upstream = (host, port)
        self._lock = threading.Lock()
        self._mode: str = "pass"
        self._left: int | None = None
        self._hits = 0
        self._open: set[_Pair] = set()
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @classmethod
    def before(cls, database_url: str) -> Self:
        """Make one that leads to the database of a mysql:// URL."""
        parts = urlsplit(database_url)
        return cls(parts.hostname or "127.0.0.1", parts.port or 3306)

    def url(self, database_url: str) -> str:
        """Return the database's URL, by way of the proxy."""
        account, _, rest = database_url.rpartition("@")
        return f"{account}@127.0.0.1:{self.port}/{rest.partition('/')[2]}"

    def set(self, mode: Mode, *, times: int | None = None) -> None:
        """Do this from now on, or `times` times and then pass; counts `hits` anew.

        :raises ValueError: there is no such mode.
        """
        if mode not in _MODES:
            raise ValueError(f"{mode!r} is none of {_MODES}")
        with self._lock:
            self._mode, self._left, self._hits = mode, times, 0

    @property
    def hits(self) -> int:
        """How often the mode has done harm."""
        with self._lock:
            return self._hits

    def cut_open(self) -> int:
        """Cut every connection that is open now; return how many they were."""
        with self._lock:
            pairs = list(self._open)
        for pair in pairs:
            pair.cut()
        return len(pairs)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="faultproxy", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._listener is not None:
            # Shut down first: closing alone does not wake a thread that waits in accept().
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        if self._thread is not None:
            self._thread.join(_CONNECT_SECONDS)
        self.cut_open()

    def _accept(self) -> None:
        while self._listener is not None:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._strikes("refuse"):
                _reset(client)
                continue
            try:
                server = socket.create_connection(self._upstream, _CONNECT_SECONDS)
            except OSError:
                _reset(client)
                continue
            self._join(_Pair(client, server))

    def _join(self, pair: "_Pair") -> None:
        with self._lock:
            self._open.add(pair)
        for pump in (self._pump_up, self._pump_down):
            threading.Thread(target=self._run, args=(pump, pair), daemon=True).start()

    def _run(self, pump: _Pump, pair: "_Pair") -> None:
        with contextlib.suppress(OSError):
            pump(pair)
        pair.cut()
        with self._lock:
            self._open.discard(pair)

    def _pump_up(self, pair: "_Pair") -> None:
        while piece := pair.client.recv(_PIECE):
            if self._strikes("cut"):
                return
            if piece[_COMMAND].upper() == _COMMIT:
                if self._strikes("drop_commit_request"):
                    return
                pair.is_reply_lost = self._strikes("drop_commit_reply")
            pair.server.sendall(piece)

    def _pump_down(self, pair: "_Pair") -> None:
        while piece := pair.server.recv(_PIECE):
            if pair.is_reply_lost:
                return
            pair.client.sendall(piece)

    def _strikes(self, mode: Mode) -> bool:
        """Whether the mode is this one, now; counts it."""
        with self._lock:
            if self._mode != mode or self._left == 0:
                return False
            self._hits += 1
            if self._left is not None:
                self._left -= 1
            return True


class _Pair:
    """One connection of a client and the one made for it to the server."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.is_reply_lost = False
        for each in (client, server):
            each.settimeout(None)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def cut(self) -> None:
        """Reset both sides. Safe to call twice."""
        for each in (self.client, self.server):
            # Shut down first: closing alone does not wake a thread that waits in recv().
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RD)
            _reset(each)


def _reset(connection: socket.socket) -> None:
    """Close with RST: the other side is told of a broken connection, not of an end."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
