"""Requests byte by byte: what no HTTP client would send, and answers as they came."""

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import Any

_SECONDS = 10.0


@dataclass(frozen=True)
class WireAnswer:
    """An answer as it came: the status line, the headers in order, the body."""

    version: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 (JSON, whatever it is)
        """The body, parsed."""
        return json.loads(self.body)

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str:
        """The value of a header that stands there once."""
        (value,) = self.all(name)
        return value


def exchange(port: int, raw: bytes, *, ends: bool = True) -> WireAnswer:
    """Send the bytes, say that no more will come (unless told not to), return what comes back."""
    with socket.create_connection(("127.0.0.1", port), _SECONDS) as connection:
        connection.sendall(raw)
        if ends:
            # Where the answer is here already, there is nothing left to end.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return parsed(received)


def parsed(received: bytes) -> WireAnswer:
    """Take an answer apart; fails where nothing came back."""
    head, _, body = received.partition(b"\r\n\r\n")
    assert head, "the socket was closed without an answer"
    first, *lines = head.decode("latin-1").split("\r\n")
    version, status, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    return WireAnswer(version, int(status), headers, body)


def request(method: str, target: str, body: bytes = b"", **headers: str) -> bytes:
    """Write an HTTP/1.1 request; a header's underscores are hyphens, `Content-Length` is added."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if body and not {"content-length", "transfer-encoding"} & {name.lower() for name in sent}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in sent.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def post_json(target: str, body: bytes, **headers: str) -> bytes:
    """Write a POST of a JSON body, given as it is to go over the wire."""
    return request("POST", target, body, **{"Content_Type": "application/json", **headers})
