"""The gateway's HTTP side: reads a whole request, writes an answer as it comes.

Bodies arrive with a length or in chunks; a function always gets them with a length, as on the
platform. What is no HTTP at all is refused with problem+json.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import quote, urlsplit

BODY_LIMIT = 4_500_000
_DRAINED_AT_MOST = 64 * 1024 * 1024
_PIECE = 64 * 1024
_LINE = 1024
_NO_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
# Everything that may stand in a request target and needs no quoting.
_TARGET_SAFE = "!#$%&'()*+,/:;=?@[]~"

type Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class GatewayRequest:
    """A request as the caller sent it. `target` is the raw path with its query."""

    method: str
    target: str
    headers: Headers
    body: bytes
    client: str
    platform: Headers = field(default_factory=list)  # what the platform itself adds

    @property
    def path(self) -> str:
        """The raw path, still percent-encoded."""
        return urlsplit(self.target).path or "/"

    @property
    def query(self) -> str:
        """The raw query, without its question mark."""
        return urlsplit(self.target).query


@dataclass(frozen=True)
class GatewayAnswer:
    """An answer on its way to the caller; `body` may come in pieces while it is being made."""

    status: int
    reason: str
    headers: Headers = field(default_factory=list)
    body: Iterable[bytes] = ()
    close: Callable[[], None] = lambda: None  # to be called when the body is no longer wanted

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class BadBodyError(Exception):
    """The body is longer than the platform takes (413), or is not framed as HTTP wants it (400)."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def problem(status: HTTPStatus, code: str, detail: str, **more: str) -> GatewayAnswer:
    """An answer of the gateway itself, as problem+json (RFC 9457)."""
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        **more,
    }
    body = json.dumps(document).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    return GatewayAnswer(status, status.phrase, headers, [body])


class GatewayHandler(BaseHTTPRequestHandler):
    """Hands each request to `answer`, which a subclass sets."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body: otherwise each answer waits for a delayed ACK
    timeout = 120
    answer: ClassVar[Callable[[GatewayRequest], GatewayAnswer]]

    def do_GET(self) -> None:
        """Serve any method alike; http.server looks the others up by these names, too."""
        try:
            body = self._read_body()
        except BadBodyError as error:
            self.close_connection = True
            self._write(problem(error.status, "platform_body_refused", error.detail))
            return
        target = quote(self.path, safe=_TARGET_SAFE)
        headers = list(self.headers.items())
        request = GatewayRequest(self.command, target, headers, body, self.client_address[0])
        self._write(type(self).answer(request))

    do_HEAD = do_GET
    do_POST = do_GET
    do_PUT = do_GET
    do_PATCH = do_GET
    do_DELETE = do_GET
    do_OPTIONS = do_GET

    def send_error(
        self,
        code: int,
        message: str | None = None,
        explain: str | None = None,  # noqa: ARG002  # the signature is http.server's
    ) -> None:
        """Refuse what http.server could not read, in JSON."""
        self.close_connection = True
        status = HTTPStatus(code)
        self._write(problem(status, "platform_bad_request", message or status.phrase))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's signature
        """Write nothing: the functions log their requests themselves."""

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._read_chunks())
        length = _length(self.headers)
        if length > BODY_LIMIT:
            # Read on, so that the caller can finish sending and then hear the answer.
            self._drain(min(length, _DRAINED_AT_MOST))
            raise _too_large()
        body = self.rfile.read(length)
        if len(body) < length:
            raise BadBodyError(HTTPStatus.BAD_REQUEST, "the body ended before its announced length")
        return body

    def _read_chunks(self) -> Iterator[bytes]:
        total = 0
        while size := self._chunk_size():
            total += size
            if total > BODY_LIMIT:
                self._drain(size)
                raise _too_large()
            yield self.rfile.read(size)
            self.rfile.readline(_LINE)
        while self.rfile.readline(_LINE).strip():
            continue  # trailers carry nothing that a function is given

    def _chunk_size(self) -> int:
        line = self.rfile.readline(_LINE)
        try:
            return int(line.partition(b";")[0], 16)
        except ValueError as error:
            raise BadBodyError(HTTPStatus.BAD_REQUEST, "a chunk has no size") from error

    def _drain(self, length: int) -> None:
        while length > 0:
            piece = self.rfile.read(min(length, _PIECE))
            if not piece:
                return
            length -= len(piece)

    def _write(self, answer: GatewayAnswer) -> None:
        try:
            chunked = self._write_head(answer)
            for piece in answer.body if self.command != "HEAD" else ():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                self.wfile.flush()
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        finally:
            answer.close()

    def _write_head(self, answer: GatewayAnswer) -> bool:
        """Send status and headers; whether the body must then go out in chunks."""
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.header("Date") is None:
            self.send_header("Date", self.date_time_string())
        unframed = (
            answer.header("Content-Length") is None
            and answer.status not in _NO_BODY
            and self.command != "HEAD"
        )
        chunked = unframed and self.request_version == "HTTP/1.1"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        if unframed and not chunked:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        return chunked


def _length(headers: Message) -> int:
    text = headers.get("Content-Length", "0").strip()
    if not text.isdecimal():
        raise BadBodyError(HTTPStatus.BAD_REQUEST, "Content-Length is no number")
    return int(text)


def _too_large() -> BadBodyError:
    return BadBodyError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request body may have {BODY_LIMIT} bytes at most"
    )
