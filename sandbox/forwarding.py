"""Hands one request to a function and brings its answer back, within the function's time."""

import http.client
import itertools
import re
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from sandbox.function_process import FunctionFailedError, FunctionProcess
from sandbox.functions import Functions
from sandbox.gateway_http import GatewayAnswer, GatewayRequest, Headers, problem

_PIECE = 64 * 1024
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
# Set by the platform alone: what a caller sends under these names never reaches a function.
_PLATFORM_OWN = re.compile(r"x-vercel-.*|x-forwarded-.*|x-real-ip|forwarded", re.IGNORECASE)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class _Call:
    """One request on its way to one function, which must be done by `deadline` (monotonic)."""

    functions: Functions
    route: str
    request: GatewayRequest
    request_id: str
    deadline: float

    @property
    def file(self) -> str:
        return self.functions.routes[self.route]

    def left(self) -> float:
        """Seconds that remain; raises TimeoutError where there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def forward(
    functions: Functions, route: str, request: GatewayRequest, request_id: str, seconds: float
) -> GatewayAnswer:
    """Let the function of `route` answer a request, whose target is what the function sees.

    :param request_id: `x-vercel-id`, for the function and for the caller.
    :param seconds: how long the function may take; after that its process is ended.
    :return: its answer; 502 where it does not start, dies or hangs up; 504 where time runs out.
    """
    call = _Call(functions, route, request, request_id, time.monotonic() + seconds)
    try:
        return _exchange(call, functions.process(route))
    except TimeoutError:
        functions.end(route)
        detail = f"{call.file} did not answer within its maxDuration of {seconds:g} s"
        return _problem(HTTPStatus.GATEWAY_TIMEOUT, "platform_function_timeout", detail, call.file)
    except FunctionFailedError as error:
        return _bad_gateway(call.file, f"{call.file} could not be started: {error.reason}")
    except (OSError, http.client.HTTPException) as error:
        functions.notice_death(route)
        detail = f"{call.file} closed the connection without an answer ({type(error).__name__})"
        return _bad_gateway(call.file, detail)
    except UnicodeError:
        detail = "a header's name or the method is not ASCII"
        return problem(HTTPStatus.BAD_REQUEST, "platform_bad_request", detail)


def _exchange(call: _Call, process: FunctionProcess) -> GatewayAnswer:
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=call.left())
    request = call.request
    try:
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in _request_headers(call):
            # As bytes: a caller may send what is no ASCII, and the function gets it as it came.
            connection.putheader(name, value.encode("latin-1", errors="replace"))
        connection.endheaders(request.body or None)
        # Kept: the connection lets go of its socket when the function says that it will close it.
        sock: socket.socket = connection.sock
        response = connection.getresponse()
    except BaseException:
        connection.close()
        raise
    process.note_first_byte()

    def close() -> None:
        response.close()
        connection.close()

    headers = _answer_headers(response.getheaders())
    body = _pieces(call, response, sock)
    return GatewayAnswer(response.status, response.reason, headers, body, close)


def _pieces(
    call: _Call, response: http.client.HTTPResponse, sock: socket.socket
) -> Iterator[bytes]:
    """The body as it comes. What goes wrong now can only be shown by hanging up on the caller."""
    try:
        while True:
            sock.settimeout(call.left())
            piece = response.read1(_PIECE)
            if not piece:
                break
            yield piece
    except TimeoutError as error:
        call.functions.end(call.route)
        raise ConnectionAbortedError(f"{call.file} ran out of time in mid-answer") from error
    if response.length:
        raise ConnectionAbortedError(f"{call.file} answered with less than it announced")


def _request_headers(call: _Call) -> Headers:
    request = call.request
    kept = [
        (name, value)
        for name, value in request.headers
        if name.lower() not in _HOP_BY_HOP | {"content-length", "expect"}
        and not _PLATFORM_OWN.fullmatch(name)
    ]
    host = next((value for name, value in kept if name.lower() == "host"), "localhost")
    ends = datetime.now(UTC) + timedelta(seconds=call.left())
    return [
        *kept,
        *([("Content-Length", str(len(request.body)))] if _may_have_body(request) else []),
        ("x-forwarded-for", request.client),
        ("x-real-ip", request.client),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", host),
        ("x-vercel-id", call.request_id),
        *request.platform,
        ("x-vercel-internal-invocation-id", secrets.token_hex(16)),
        ("x-vercel-internal-request-id", str(next(_numbers))),
        ("x-vercel-internal-deadline", ends.isoformat(timespec="milliseconds")),
    ]


def _may_have_body(request: GatewayRequest) -> bool:
    return bool(request.body) or request.method in {"POST", "PUT", "PATCH", "DELETE"}


def _answer_headers(headers: Headers) -> Headers:
    # The platform names itself as the server and keeps its own measurements.
    return [
        (name, value)
        for name, value in headers
        if name.lower() not in _HOP_BY_HOP | {"server"}
        and not name.lower().startswith("x-vercel-internal-")
    ]


def _bad_gateway(file: str, detail: str) -> GatewayAnswer:
    return _problem(HTTPStatus.BAD_GATEWAY, "platform_function_failed", detail, file)


def _problem(status: HTTPStatus, code: str, detail: str, file: str) -> GatewayAnswer:
    return problem(status, code, detail, function=file)
