"""The thin HTTP layer: one base class between the platform's handler and a use case.

Everything is caught here and answered in JSON: an exception that reached the platform's runtime
would close the socket without an answer. A request is one transaction, opened and committed in
lib.core.db.transact.
"""

import json
import socketserver
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar

from lib.core import clock, config, deferred, ids, log
from lib.core.db import transact
from lib.core.errors import (
    MalformedError,
    MethodNotAllowedError,
    ProblemError,
    UnauthenticatedError,
)
from lib.web import problem
from lib.web.request import Request, methods_here, read
from lib.web.route import Call, Route
from lib.web.schema import File

if TYPE_CHECKING:
    from lib.core.db import Db

# The platform's runtime listens with socketserver's five places: the sixth caller of a burst would
# wait a second for the next try, or be turned away.
socketserver.TCPServer.request_queue_size = 128

_PREFLIGHT_SECONDS = 600
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
_ALLOWED_HEADERS = "authorization, content-type, idempotency-key, accept-language"


class Reply:
    """Status, body and extra headers of an answer."""

    def __init__(self, status: int, body: bytes, **headers: str) -> None:
        self.status = status
        self.body = body
        self.headers = {"content_type": "application/json", **headers}
        self.code = ""


class Endpoint(BaseHTTPRequestHandler):
    """Base of every function's `handler`; a subclass declares routes and nothing else."""

    routes: ClassVar[tuple[Route, ...]] = ()

    # One write for headers and body: as two, a kept-alive connection waits 40 ms for the second.
    wbufsize = -1
    timeout = 30
    server_version = "minmentor"
    sys_version = ""

    def __init_subclass__(cls) -> None:
        """Collect the routes that the subclass (not the platform's wrapper around it) declares."""
        super().__init_subclass__()
        declared = tuple(value for value in vars(cls).values() if isinstance(value, Route))
        cls.routes = declared or cls.routes

    def do_GET(self) -> None:
        """Serve a read."""
        self._serve()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def do_OPTIONS(self) -> None:
        """Answer a browser's preflight; the app's own web origins get a yes."""
        request_id, language = self._identify()
        try:
            allowed = ", ".join(methods_here(self, self.routes))
        except ProblemError as error:
            self._send(self._refuse(error, None, language, request_id), request_id)
            return
        reply = Reply(
            204,
            b"",
            allow=allowed,
            access_control_allow_methods=allowed,
            access_control_allow_headers=_ALLOWED_HEADERS,
            access_control_max_age=str(_PREFLIGHT_SECONDS),
        )
        self._send(reply, request_id)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what http.server itself refuses, in the same form as everything else."""
        del message, explain  # they repeat what was sent
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._serve()  # an unknown method: refused where every wrong one is
            return
        self.request_version = self.protocol_version  # unread, it stands for HTTP/0.9: no status
        request_id, language = self._identify()
        error = MalformedError(HTTPStatus(code).phrase)
        body = problem.document(error, language=language, request_id=request_id)
        self._send(_problem({**body, "status": int(code)}), request_id)
        self.close_connection = True
        log.event("request_unreadable", request_id=request_id, status=int(code))

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Write nothing: http.server's line holds the query, and ours is written by _serve."""

    def _identify(self) -> tuple[str, str]:
        """Return the request's id and its language; its headers may not have been readable."""
        headers: Mapping[str, str] = getattr(self, "headers", None) or {}
        return (
            str(headers.get("x-vercel-id") or ids.new("req")),
            problem.language_of(headers.get("accept-language", "")),
        )

    def _serve(self) -> None:
        started = clock.stopwatch()
        request_id, language = self._identify()
        route: Route | None = None
        try:
            route, request = read(self, self.routes)
            reply = self._answer(route, request, language)
        except ProblemError as error:
            reply = self._refuse(error, route, language, request_id)
        except Exception as error:  # noqa: BLE001 (an uncaught one would close the socket unanswered)
            log.failure("unexpected_error", error, request_id=request_id)
            reply = self._refuse(ProblemError(), route, language, request_id)
        self._send(reply, request_id)
        log.event(
            "request",
            request_id=request_id,
            method=self.command if self.command in _METHODS else "other",
            route=route.path if route else None,
            status=reply.status,
            code=reply.code or None,
            ms=round((clock.stopwatch() - started) * 1000, 1),
        )
        self._run_deferred(request_id)

    def _answer(self, route: Route, request: Request, language: str) -> Reply:
        now = clock.now()
        if route.guard:
            route.guard.check(request.headers, request.body, now)
        if route.job:
            from lib.web import cron

            return _json(route.status, cron.run(self, route, now))
        replayed = False

        def work(db: "Db") -> Any:
            nonlocal replayed
            result, replayed = self._perform(db, route, request, now, language)
            return result

        result = transact(work, repeatable=route.idempotent or route.method != "POST")
        if route.finish:
            result = route.finish(result, now)
        reply = _reply(route, result)
        if replayed:
            reply.headers["idempotent_replayed"] = "true"
        return reply

    def _perform(
        self, db: "Db", route: Route, request: Request, now: datetime, language: str
    ) -> tuple[Any, bool]:
        """Run the use case in its transaction: who calls, with what, and was it done before."""
        from lib.web import auth, idempotency

        try:
            caller = auth.caller(db, route, request.headers, now)
        except UnauthenticatedError:
            repeated = route.again(db, auth.bearer(request.headers)) if route.again else None
            if repeated is None:
                raise
            return repeated, True
        call = Call(
            db=db,
            input=request.validated(route),
            now=now,
            language=language,
            person_id=caller.person_id if caller else "",
            session_id=caller.session_id if caller else "",
            headers=request.headers,
        )

        def work() -> Any:
            return route.function(self, call, **request.path_values)

        if route.idempotent and caller:
            return idempotency.once(call, route, request, work)
        return work(), False

    def _refuse(
        self, error: ProblemError, route: Route | None, language: str, request_id: str
    ) -> Reply:
        if route and type(error) not in route.problems:
            log.event("undeclared_error", route=route.path, code=error.code)
        reply = _problem(problem.document(error, language=language, request_id=request_id))
        reply.code = error.code
        if isinstance(error, MethodNotAllowedError):
            reply.headers["allow"] = str(error.more.get("allow", ""))
        return reply

    def _send(self, reply: Reply, request_id: str) -> None:
        try:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                if reply.body or name != "content_type":
                    self.send_header(name.replace("_", "-"), value)
            self.send_header("cache-control", "no-store")
            self.send_header("x-request-id", request_id)
            self._send_cors()
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)
            self.wfile.flush()
        except OSError:
            log.event("caller_gone", request_id=request_id)
            self.close_connection = True

    def _send_cors(self) -> None:
        headers: Mapping[str, str] = getattr(self, "headers", None) or {}
        origin = headers.get("origin")
        if origin and origin in config.listing("APP_ORIGINS"):
            self.send_header("access-control-allow-origin", origin)
            self.send_header("access-control-expose-headers", "x-request-id, idempotent-replayed")
        self.send_header("vary", "origin, accept-language")

    def _run_deferred(self, request_id: str) -> None:
        """Do what the request left for after the reply; a failure is found again by cron."""
        for work in deferred.take():
            try:
                work()
            except Exception as error:  # noqa: BLE001 (the caller has the answer; nobody else would see it)
                log.failure("deferred_work_failed", error, request_id=request_id)


def _reply(route: Route, result: Any) -> Reply:
    if not isinstance(result, File):
        return _json(route.status, result)
    # `inline`: a browser shows what it can show; the name is for whoever saves it.
    return Reply(
        route.status,
        result.content,
        content_type=route.media_type,
        content_disposition=f'inline; filename="{result.name}"',
    )


def _json(status: int, value: Any) -> Reply:
    if value is None:
        return Reply(204, b"")
    if isinstance(value, dict):
        return Reply(status, json.dumps(value, ensure_ascii=False).encode())
    return Reply(status, value.model_dump_json().encode())


def _problem(body: dict[str, Any]) -> Reply:
    return Reply(
        body["status"],
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        content_type=problem.CONTENT_TYPE,
    )
