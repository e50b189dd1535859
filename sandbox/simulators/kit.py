"""What every provider simulator is made of; a provider's own folder holds only its behaviour.

A simulator is a subclass of `Simulator` that lists its routes (`Route`), raises `RefusedError`
with the provider's own error body, sends webhooks through `self.courier`, and forgets its state in
`reset_state`. Routes run one at a time under `self.lock`, so that state needs no locks of its own.
The kit adds the server, the recorded requests, the faults and the control routes (control.py).
"""

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from http.server import ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import unquote

from sandbox.clock import Clock
from sandbox.simulators.control import KIT_ROUTES as _KIT_ROUTES
from sandbox.simulators.control import control_routes
from sandbox.simulators.courier import Courier, Delivery, Signer
from sandbox.simulators.faults import Fault, Faults
from sandbox.simulators.messages import (
    BadInputError,
    Form,
    Json,
    RefusedError,
    Request,
    Response,
    Route,
    control_fields,
    read_form,
    read_json,
)
from sandbox.simulators.wire import HangUpError, Server

__all__ = [
    "BadInputError",
    "Clock",
    "Courier",
    "Delivery",
    "Form",
    "Json",
    "RefusedError",
    "Request",
    "Response",
    "Route",
    "Signer",
    "Simulator",
    "control_fields",
    "read_form",
    "read_json",
]

type _Entry = tuple[re.Pattern[str], Route]

_LOG = logging.getLogger(__name__)
_CONTROL = "/_sandbox/"
_RECORDED = 10_000
_TICK_SECONDS = 0.1


class Simulator:
    """A provider on a loopback port. Subclasses call `add_routes` in their constructor.

    :param port: 0 takes a free one, kept when the simulator is stopped and started again.
    """

    name: ClassVar[str] = "provider"

    def __init__(self, clock: Clock, port: int = 0, *, courier: Courier | None = None) -> None:
        """Prepare; nothing listens before `start`."""
        self.clock = clock
        self.lock = threading.RLock()
        self.courier = courier or Courier(clock)
        self.faults = Faults()
        self._port = port
        self._routes: list[_Entry] = []
        self._control: list[_Entry] = []
        self.requests: deque[dict[str, Any]] = deque(maxlen=_RECORDED)
        self._server: ThreadingHTTPServer | None = None
        self._stopping = threading.Event()
        self._ticker: threading.Thread | None = None
        self.add_routes(control_routes(self))

    # -- what a provider may change ----------------------------------------------------------------

    def reset_state(self) -> None:
        """Forget everything but settings and webhook registrations. Called under the lock."""

    def tick(self) -> None:
        """Do what happens by the passing of time. Called under the lock ten times a second."""

    def refusal(self, request: Request, status: int, detail: str) -> Response:
        """Word an error that the kit found (404, 405, 500, a fault) as the provider does."""
        return Response.json(status, {"error": detail, "path": request.path})

    def received(self, request: Request) -> Response | None:
        """See a request before it is handled, without the lock; a returned answer ends it here."""

    def answered(self, request: Request) -> None:
        """Learn that a request that passed `received` has been answered, a delay included."""

    # -- the interface to the local world ----------------------------------------------------------

    def add_routes(self, routes: Iterable[Route]) -> None:
        """Serve operations; those below /_sandbox/ are never recorded and never faulty."""
        for route in routes:
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route.path))
            table = self._control if route.path.startswith(_CONTROL) else self._routes
            table.append((re.compile(pattern), route))

    @property
    def base_url(self) -> str:
        """Where the simulator listens. :raises RuntimeError: it was never started."""
        if self._port == 0:
            raise RuntimeError(f"the {self.name} simulator has not been started")
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> Self:
        """Listen and serve on threads of this process. :raises OSError: the port is taken."""
        serve = self.listen(Server).serve_forever
        self._stopping.clear()
        self.courier.start()
        threading.Thread(target=serve, args=(0.05,), name=self.name, daemon=True).start()
        self._ticker = threading.Thread(target=self._tick, name=f"{self.name}-time", daemon=True)
        self._ticker.start()
        return self

    def listen[S: Server](self, kind: type[S]) -> S:
        """Take the port; the server answers as soon as the caller lets it.

        :raises OSError: the port is taken.
        """
        server = kind(("127.0.0.1", self._port), self.clock, self.answer)
        self._server = server
        self._port = server.server_address[1]
        return server

    def stop(self) -> None:
        """Close every connection and end every thread; state is kept."""
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if self._ticker is not None:
            self._ticker.join()
            self._ticker = None
        self.courier.stop()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_error: object) -> None:
        """Stop."""
        self.stop()

    def reset(self) -> None:
        """Clear state, faults, recorded requests and webhooks under way."""
        # Without the lock: the receiver of a webhook may be asking for the truth meanwhile.
        self.courier.reset()
        with self.lock:
            self.faults.clear()
            self.requests.clear()
            self.reset_state()
        self.courier.reset()

    # -- handling ----------------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        """Handle a request as it came. :raises HangUpError: a fault that was ordered."""
        if request.path.startswith(_CONTROL):
            return self._act(request, self._control)
        fault = self.faults.take(request.method, request.path)
        try:
            response = self._answer_with(request, fault)
        except HangUpError:
            self._record(request, None)
            raise
        self._record(request, response.status)
        return response

    def _answer_with(self, request: Request, fault: Fault | None) -> Response:
        kind = fault.kind if fault else ""
        if kind in ("refuse", "hang_up_before"):
            raise HangUpError(abort=kind == "refuse")
        if fault and kind == "fail":
            return self.refusal(request, fault.status, "ordered by the sandbox, without acting")
        early = self.received(request)
        if early is not None:
            return early
        try:
            response = self._act(request, self._routes)
            if fault and kind == "delay":
                time.sleep(fault.seconds)
        finally:
            self.answered(request)
        if kind == "hang_up_after":
            raise HangUpError(abort=False)
        if fault and kind == "fail_after":
            return self.refusal(request, fault.status, "ordered by the sandbox, after acting")
        return response

    def _act(self, request: Request, table: list[_Entry]) -> Response:
        allowed = []
        for pattern, route in table:
            match = pattern.fullmatch(request.path)
            if match and route.method == request.method:
                params = {name: unquote(value) for name, value in match.groupdict().items()}
                return self._guarded(route, replace(request, params=params))
            if match:
                allowed.append(route.method)
        if allowed:
            response = self.refusal(request, 405, f"allowed: {', '.join(sorted(allowed))}")
            return replace(response, headers={**response.headers, "Allow": ", ".join(allowed)})
        return self.refusal(request, 404, "no such operation")

    def _guarded(self, route: Route, request: Request) -> Response:
        try:
            if route.path.startswith(_KIT_ROUTES):
                return route.action(request)
            with self.lock:
                return route.action(request)
        except RefusedError as refused:
            return refused.response
        except BadInputError as error:
            return self.refusal(request, 400, str(error))
        except Exception:  # noqa: BLE001 - a bug here must not look like a network error
            _LOG.exception("%s: failed at %s %s", self.name, request.method, request.path)
            return self.refusal(request, 500, "a bug of the simulator; its log has the traceback")

    def _record(self, request: Request, status: int | None) -> None:
        self.requests.append(
            {
                "method": request.method,
                "path": request.path,
                "query": request.query_string,
                "headers": dict(request.headers),
                "body": request.body.decode("utf-8", "replace"),
                "status": status,
                "at": request.at.isoformat(),
            }
        )

    def _tick(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                with self.lock:
                    self.tick()
            except Exception:  # noqa: BLE001 - time goes on
                _LOG.exception("%s: failed at the passing of time", self.name)
