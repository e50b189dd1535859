"""A webhook receiver on a real socket: it keeps what arrives and answers as it is told."""

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery: header names in lower case, the body as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 (what a provider sends is what a test looks into)
        return json.loads(self.body)


class Receiver:
    """Answers 200, or the statuses queued in `answers`, after `delay` seconds."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.delay = 0.0
        self._changed = threading.Condition()
        self._server = _Server(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, delivery: Received) -> int:
        time.sleep(self.delay)
        with self._changed:
            self.received.append(delivery)
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait(self, count: int, seconds: float = 5.0) -> list[Received]:
        """The deliveries so far, once there are `count`."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.received) >= count, seconds)
            assert arrived, f"{len(self.received)} of {count} webhooks came"
            return list(self.received)

    def types(self, count: int) -> list[str]:
        return [item.json()["type"] for item in self.wait(count)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.server.receiver.take(Received(self.path, headers, body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""
