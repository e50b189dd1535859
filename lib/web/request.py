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
_MAX_DIGITS = 18


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
        if model is bytes and route.guard:
            return self.body
        reads_query = route.method in {"GET", "DELETE"}
        if not reads_query and self.query:
            raise InvalidError(errors=[_unknown(name) for name, _ in self.query])
        if model is bytes:
            return self.body
        try:
            if model is type(None):
                return self._nothing(reads_query=reads_query)
            if reads_query:
                return model.model_validate_strings(self._query_fields())
            return model.model_validate_json(self._json_body(route), strict=True)
        except ValidationError as error:
            raise problem.of_validation(list(error.errors(include_input=False))) from None

    def _nothing(self, *, reads_query: bool) -> None:
        if reads_query and self.query:
            raise InvalidError(errors=[_unknown(name) for name, _ in self.query])
        if not reads_query and self.body.strip() not in {b"", b"{}"}:
            raise InvalidError("This call takes no body")

    def _query_fields(self) -> dict[str, str]:
        names = [name for name, _ in self.query]
        if twice := {name for name in names if names.count(name) > 1}:
            raise InvalidError(errors=[_given_twice(name) for name in sorted(twice)])
        return dict(self.query)

    def _json_body(self, route: Route) -> bytes:
        if route.may_be_empty and not self.body:
            return b"{}"
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise NotJsonError
        return self.body


def read(handler: BaseHTTPRequestHandler, routes: Iterable[Route]) -> tuple[Route, Request]:
    """Return the route and the request; raises the errors of 400, 404, 405 and 413."""
    path, query = _target(handler)
    found = _routes_at(path, routes)
    wanted = "GET" if handler.command == "HEAD" else handler.command
    route = next((route for route in found if route.method == wanted), None)
    if route is None:
        _drain(handler, _length(handler))
        if not found:
            raise NotFoundError
        raise MethodNotAllowedError(allow=", ".join(methods(found)))
    body = _body(handler, route)
    match = route.pattern.fullmatch(path)
    values = match.groupdict() if match else {}
    headers = {name.lower(): value for name, value in handler.headers.items()}
    return route, Request(path, values, _query(query, route), headers, body)


def methods_here(handler: BaseHTTPRequestHandler, routes: Iterable[Route]) -> list[str]:
    """Return the methods of the address that is asked about; raises NotFoundError, MalformedError.

    What came with the question is read and forgotten.
    """
    _drain(handler, _length(handler))
    found = _routes_at(_target(handler)[0], routes)
    if not found:
        raise NotFoundError
    return methods(found)


def methods(routes: Iterable[Route]) -> list[str]:
    """Return what can be done with these routes, as `Allow` lists it."""
    names = {route.method for route in routes} | {"OPTIONS"}
    return sorted(names | ({"HEAD"} if "GET" in names else set()))


def _target(handler: BaseHTTPRequestHandler) -> tuple[str, str]:
    """Return the path, decoded, and the query, as it came."""
    try:
        parts = urlsplit(handler.path)
    except ValueError:
        handler.close_connection = True
        raise MalformedError("The address can't be read") from None
    return unquote(parts.path), parts.query


def _routes_at(path: str, routes: Iterable[Route]) -> list[Route]:
    return [route for route in routes if route.pattern.fullmatch(path)]


def _query(text: str, route: Route) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise MalformedError("The query can't be read") from None
    return tuple((name, value) for name, value in pairs if name not in route.path_names)


def _body(handler: BaseHTTPRequestHandler, route: Route) -> bytes:
    """Return the body; one over the limit is read to its end, or the answer would be lost."""
    size = _length(handler)
    if route.method in {"GET", "DELETE"}:
        _drain(handler, size)  # HTTP gives it no meaning there, so nothing is made of it
        return b""
    if size > route.max_body:
        _drain(handler, size)
        raise TooLargeError(limit_bytes=route.max_body)
    try:
        body = handler.rfile.read(size)
    except OSError:
        body = b""
    if len(body) < size:
        handler.close_connection = True
        raise MalformedError("The body ended before its Content-Length")
    return body


def _length(handler: BaseHTTPRequestHandler) -> int:
    """Return how many bytes the body has; raises MalformedError where that is not to be known."""
    if handler.headers.get("transfer-encoding"):
        handler.close_connection = True
        raise MalformedError("Send the body with its Content-Length")
    lengths = {value.strip() for value in handler.headers.get_all("content-length", ["0"])}
    length = lengths.pop()
    # Python refuses to convert thousands of digits, and no body is that long.
    if lengths or len(length) > _MAX_DIGITS or not (length.isascii() and length.isdecimal()):
        handler.close_connection = True
        raise MalformedError("Content-Length is not one number")
    return int(length)


def _drain(handler: BaseHTTPRequestHandler, size: int) -> None:
    """Read a body that nobody wants: a reply is lost where its request was not read to the end."""
    if size:
        handler.close_connection = True
    left = min(size, _MAX_DRAIN)
    try:
        while left > 0 and (chunk := handler.rfile.read(min(left, 65536))):
            left -= len(chunk)
    except OSError:
        return


def _unknown(name: str) -> dict[str, str]:
    return {"pointer": f"/{name}", "code": "extra_forbidden", "detail": "Unknown parameter"}


def _given_twice(name: str) -> dict[str, str]:
    return {"pointer": f"/{name}", "code": "given_twice", "detail": "Given more than once"}
