"""The local stand-in for Vercel's proxy: what happens to a request before and after a function.

In this order: a file of public/ or a function by its own path, then the rewrites, then 404; the
headers of vercel.json go onto every answer. A rewritten function sees the original path, with what
the rewrite captured added to the query. Errors that the platform answers itself are problem+json
with a `platform_…` code, so that nobody takes them for an answer of the product.
"""

import logging
import secrets
import socket
import sys
import threading
import time
from dataclasses import replace
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Self

from sandbox.crons import Scheduler
from sandbox.forwarding import forward
from sandbox.functions import Functions
from sandbox.gateway_http import GatewayAnswer, GatewayHandler, GatewayRequest, problem
from sandbox.static_files import StaticFiles
from sandbox.vercel_config import Cron, VercelConfig, merge_query

_LOG = logging.getLogger(__name__)
_APP = "/app"


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """A caller that went away is no news; anything else is a fault of the gateway."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Gateway:
    """Serves the functions at `http://localhost:port` as the platform would.

    :param functions: what runs behind it; the caller stops it.
    :param config: the project's vercel.json.
    :param port: 0 takes a free one.
    :param pages: a folder of pages that only the local world has.
    :param cron_secret: what crons show as `Authorization: Bearer …`; where empty, none is sent.
    """

    def __init__(
        self,
        functions: Functions,
        config: Path,
        *,
        public: Path | None = None,
        pages: Path | None = None,
        port: int = 0,
        cron_secret: str = "",
    ) -> None:
        self.config = VercelConfig.read(config)
        self._functions = functions
        self._static = StaticFiles(public or functions.root / "public", self.config.clean_urls)
        self._pages = StaticFiles(pages, clean_urls=False) if pages else None
        self._wanted_port = port
        self._cron_secret = cron_secret
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._scheduler: Scheduler | None = None

    def start(self, *, crons: bool = False) -> Self:
        """Listen; with `crons`, also run vercel.json's crons by their schedule.

        :raises OSError: the port is taken.
        """
        handler = type("_Handler", (GatewayHandler,), {"answer": staticmethod(self.answer)})
        self._server = _Server(("127.0.0.1", self._wanted_port), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="gateway", daemon=True
        )
        self._thread.start()
        if crons:
            self._scheduler = Scheduler(self.config.crons, self._run_scheduled)
            self._scheduler.start()
        return self

    def stop(self) -> None:
        """Take no more requests. Safe to call twice."""
        if self._scheduler is not None:
            self._scheduler.stop()
            self._scheduler = None
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._server is None:
            return self._wanted_port
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """`http://localhost:port`, without a slash at the end."""
        return f"http://localhost:{self.port}"

    def run_cron(self, path: str) -> tuple[int, bytes]:
        """Call a cron's path as the platform's scheduler does; returns status and body.

        :raises KeyError: vercel.json has no cron with this path.
        """
        cron = next((each for each in self.config.crons if each.path == path), None)
        if cron is None:
            raise KeyError(path)
        headers = [("host", f"localhost:{self.port}"), ("user-agent", "vercel-cron/1.0")]
        if self._cron_secret:
            headers.append(("authorization", f"Bearer {self._cron_secret}"))
        schedule = [("x-vercel-cron-schedule", cron.schedule)]
        answer = self.answer(GatewayRequest("GET", path, headers, b"", "127.0.0.1", schedule))
        try:
            return answer.status, b"".join(answer.body)
        finally:
            answer.close()

    def answer(self, request: GatewayRequest) -> GatewayAnswer:
        """Answer one request, wherever it came from."""
        moment = time.time_ns() // 1_000_000
        request_id = f"arn1::{secrets.token_hex(3)}-{moment}-{secrets.token_hex(6)}"
        answer = self._route(request, request_id)
        own = {name.lower() for name, _ in answer.headers}
        # A function's own header wins over the one of vercel.json.
        added = [
            (name, value)
            for name, value in self.config.headers_for(request.path)
            if name.lower() not in own
        ]
        identity = [("Server", "Vercel"), ("x-vercel-id", request_id)]
        return replace(answer, headers=[*answer.headers, *added, *identity])

    def _route(self, request: GatewayRequest, request_id: str) -> GatewayAnswer:
        found = self._at(request.path, request, request.target, request_id)
        if found is None and self._pages is not None:
            found = self._pages.answer(_page(request.path), request)
        if found is not None:
            return found
        for rewrite in self.config.rewrites:
            applied = rewrite.apply(request.path)
            if applied is None:
                continue
            path, added = applied
            query = merge_query(request.query, added)
            target = f"{request.path}?{query}" if query else request.path
            found = self._at(path, request, target, request_id)
            if found is not None:
                return found
        detail = f"nothing is deployed at {request.path}"
        return problem(HTTPStatus.NOT_FOUND, "platform_not_found", detail)

    def _at(
        self, path: str, request: GatewayRequest, target: str, request_id: str
    ) -> GatewayAnswer | None:
        """What stands at a path: a file, or a function, or None."""
        route = path.removesuffix(".py")
        if route in self._functions.routes:
            file = self._functions.routes[route]
            return forward(
                self._functions,
                route,
                replace(request, target=target),
                request_id,
                self.config.max_duration(file),
            )
        return self._static.answer(path, request)

    def _run_scheduled(self, cron: Cron) -> None:
        try:
            status, _ = self.run_cron(cron.path)
        except Exception:  # noqa: BLE001  # a scheduler that dies of one run misses all others
            _LOG.exception("cron %s failed", cron.path)
        else:
            if status >= HTTPStatus.BAD_REQUEST:
                _LOG.warning("cron %s was answered with %d", cron.path, status)


def _page(path: str) -> str:
    """The app is one page: every address below it is that page's to understand."""
    return _APP if path.startswith(f"{_APP}/") else path
