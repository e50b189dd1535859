"""The HTTP server below the simulators: threads, keep-alive, bounded bodies, sockets cut."""

import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from sandbox.clock import Clock
from sandbox.simulators.messages import Request, Response

MAX_BODY = 1_000_000
_IDLE_SECONDS = 30
_LINGER_NOT = struct.pack("ii", 1, 0)


class HangUpError(Exception):
    """Close the connection without an answer; `abort` resets it (RST), as a crashed host does."""

    def __init__(self, *, abort: bool) -> None:
        """Say how the connection ends."""
        super().__init__(abort)
        self.abort = abort


class Server(ThreadingHTTPServer):
    """One thread a connection, loopback only."""

    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def __init__(
        self, address: tuple[str, int], clock: Clock, answer: Callable[[Request], Response]
    ) -> None:
        """Bind and listen. :raises OSError: the port is taken."""
        self.clock = clock
        self.answer = answer
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Remember the connection, so that closing the server closes it too."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Forget a connection that ends."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._sockets.discard(request)
            if _lingers_not(request):
                # An orderly shutdown would say goodbye (FIN) before the reset.
                self.close_request(request)
                return
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening and cut what is connected."""
        super().server_close()
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for connection in sockets:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a client that went away: tests do that on purpose."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    wbufsize = -1  # head and body leave in one segment: no wait for a delayed acknowledgement
    disable_nagle_algorithm = True
    methods: ClassVar = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})

    def __getattr__(self, name: str) -> Callable[[], None]:
        # http.server looks for do_GET and so on: all of them are one thing here.
        if name.startswith("do_") and name[3:] in self.methods:
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_args: object) -> None:
        """Keep quiet: the requests are recorded."""

    def version_string(self) -> str:
        return "sandbox"

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        path, _, query = self.path.partition("?")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}, {value}"
        now = self.server.clock.now()
        try:
            response = self.server.answer(Request(self.command, path, query, headers, body, now))
        except HangUpError as fault:
            self._hang_up(abort=fault.abort)
            return
        self._send(response)

    def _read_body(self) -> bytes | None:
        if "transfer-encoding" in self.headers:
            self.close_connection = True
            self._send(Response.json(411, {"error": "a Content-Length is needed"}))
            return None
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()) or int(length) > MAX_BODY:
            self.close_connection = True
            self._send(Response.json(413, {"error": f"at most {MAX_BODY} bytes"}))
            return None
        return self.rfile.read(int(length))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _hang_up(self, *, abort: bool) -> None:
        self.close_connection = True
        if abort:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)


def _lingers_not(connection: socket.socket) -> bool:
    try:
        option = connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_LINGER_NOT))
    except OSError:
        return False
    return option == _LINGER_NOT
