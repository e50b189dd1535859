"""Reading a request: which route it is for, its body within bounds, its input as the route's model.

Behind Vercel's rewrites the function sees the original path, and the query with the path's
parameters merged in; the path decides, so their names are taken out of the query again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import ValidationError

from lib.core.errors import (
    InvalidError,
    MalformedError,
    MethodNotAllowedError,
    NotFoundError,
    NotJsonError,
    TooLargeError,
)
from lib.web import problem
from lib.web.route import Route

_MAX_DRAIN = 8 * 1024 * 1024
_MAX_FIELDS = 40


@dataclass(frozen=True)
class Request:
    """What came in, not yet validated."""

    path: str
    path_values: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def validated(self, route: Route) -> Any:
        """Return the input as the route's type; raises Invalid, Malformed or NotJson errors."""
        model = route.input_type
        if model is bytes:
            return self.body
        reads_query = route.method in {"GET", "DELETE"}
        if not reads_query and self.query:
            raise InvalidError(errors=[_unknown(name) for name, _ in self.query])
        try:
            if model is type(None):
                return self._nothing(reads_query=reads_query)
            if reads_query:
                return model.model_validate_strings(self._query_fields())
            return model.model_validate_json(self._json_body(), strict=True)
        except ValidationError as error:
            raise problem.of_validation(list(error.errors(include_input=False))) from None

    def _nothing(self, *, reads_query: bool) -> None:
        if reads_query and self.query:
            raise InvalidError(errors=[_unknown(name) for name, _ in self.query])
        if not reads_query and self.body.strip() not in {b"", b"{}"}:
            raise InvalidError("This call takes no body")

    def _query_fields(self) -> dict[str, str]:
        fields = dict(self.query)
        if len(fields) != len(self.query):
            raise InvalidError("A query parameter is given more than once")
        return fields

    def _json_body(self) -> bytes:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise NotJsonError
        return self.body


def read(handler: BaseHTTPRequestHandler, routes: Iterable[Route]) -> tuple[Route, Request]:
    """Return the route and the request; raises the errors of 400, 404, 405 and 413."""
    target = urlsplit(handler.path)
    path = unquote(target.path)
    candidates = [(route, found) for route in routes if (found := route.pattern.fullmatch(path))]
    wanted = "GET" if handler.command == "HEAD" else handler.command
    match = next((pair for pair in candidates if pair[0].method == wanted), None)
    body = _body(handler, match[0].max_body if match else 0)
    if not candidates:
        raise NotFoundError
    if not match:
        raise MethodNotAllowedError(
            allow=", ".join(sorted({route.method for route, _ in candidates}))
        )
    route, found = match
    headers = {name.lower(): value for name, value in handler.headers.items()}
    return route, Request(path, found.groupdict(), _query(target.query, route), headers, body)


def _query(text: str, route: Route) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise MalformedError("The query can't be read") from None
    return tuple((name, value) for name, value in pairs if name not in route.path_names)


def _body(handler: BaseHTTPRequestHandler, limit: int) -> bytes:
    """Return the body; one over the limit is read to its end, or the answer would be lost."""
    if handler.headers.get("transfer-encoding"):
        handler.close_connection = True
        raise MalformedError("Send the body with its Content-Length")
    length = handler.headers.get("content-length", "0").strip()
    if not (length.isascii() and length.isdecimal()):
        handler.close_connection = True
        raise MalformedError("Content-Length is not a number")
    size = int(length)
    if size > limit and limit:
        _drain(handler, size)
        raise TooLargeError(limit_bytes=limit)
    try:
        body = handler.rfile.read(min(size, _MAX_DRAIN))
    except TimeoutError:
        body = b""
    if len(body) < size:
        handler.close_connection = True
        raise MalformedError("The body ended before its Content-Length")
    return body


def _drain(handler: BaseHTTPRequestHandler, size: int) -> None:
    handler.close_connection = True
    left = min(size, _MAX_DRAIN)
    while left > 0:
        chunk = handler.rfile.read(min(left, 65536))
        if not chunk:
            return
        left -= len(chunk)


def _unknown(name: str) -> dict[str, str]:
    return {"pointer": f"/{name}", "code": "extra_forbidden", "detail": "Unknown parameter"}
