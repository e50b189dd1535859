"""Runs the functions of api/, each as its own process under Vercel's own Python runtime.

A function starts on its first request, as on the platform, is started again when its process has
died, and sees only the environment that production would give it. What it logs comes over the
runtime's socket, goes to one file and is kept for tests.
"""

import ast
import contextlib
import subprocess
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import processes
from sandbox.function_process import FunctionFailedError, FunctionProcess, LogLine

__all__ = ["ColdStart", "FunctionFailedError", "FunctionProcess", "Functions", "LogLine"]

_START_SECONDS = 20.0
_KEPT = 5000
_DYING_SECONDS = 0.1


@dataclass(frozen=True)
class ColdStart:
    """One start of one function. Times in milliseconds.

    `ready` is from spawning the process to the runtime's word that it listens, `first_byte` to the
    first byte of its first answer (None until there was one); `runtime_init` and `user_import` are
    what the runtime itself measured.
    """

    function: str
    ready: float
    runtime_init: int
    user_import: int
    first_byte: float | None


class Functions:
    """Every function below `root`/api, by its route: `/api/bookings` is api/bookings.py.

    :param root: the folder that the platform would deploy; the functions' working directory.
    :param environment: the project's own variables, added to what production sets.
    :param log: the file to which log lines are appended.
    :raises FunctionFailedError: a file has a name that the local runner cannot serve.
    """

    def __init__(
        self,
        root: Path,
        environment: Mapping[str, str],
        *,
        log: Path,
        start_seconds: float = _START_SECONDS,
    ) -> None:
        self.root = root.resolve()
        self.routes = discover(self.root)
        self._environment = dict(environment)
        self._start_seconds = start_seconds
        self._log_file = log
        self._log: deque[LogLine] = deque(maxlen=_KEPT)
        self._log_lock = threading.Lock()
        self._running: dict[str, FunctionProcess] = {}
        self._ended: list[FunctionProcess] = []
        self._locks = {route: threading.Lock() for route in self.routes}
        self._register = threading.Lock()
        self._stopped = False
        log.parent.mkdir(parents=True, exist_ok=True)

    def process(self, route: str) -> FunctionProcess:
        """Return the running process of a route, starting it where there is none.

        Requests that come at once wait for one start; different functions start side by side.

        :raises KeyError: no function has this route.
        :raises FunctionFailedError: it does not start, or not in time; the message has its words.
        """
        with self._locks[route]:
            running = self._running.get(route)
            if running is not None and running.is_alive():
                return running
            if running is not None:
                self._retire(running)
            started = self._start(route)
            started.wait_until_ready(self._start_seconds)
            return started

    def notice_death(self, route: str) -> None:
        """After a lost connection: wait for a moment whether the process is ending.

        A dying process closes its sockets before it can be seen to be gone; without this the next
        request could still be given to it.
        """
        running = self._running.get(route)
        if running is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.child.wait(_DYING_SECONDS)

    def end(self, route: str) -> None:
        """Stop one function, whatever it is doing; the next request starts it anew."""
        with self._locks[route]:
            running = self._running.pop(route, None)
        if running is not None:
            self._retire(running)

    def stop(self) -> None:
        """Stop every function by its process id: SIGTERM, then SIGKILL. Safe to call twice."""
        with self._register:
            self._stopped = True
            running = list(self._running.values())
        processes.end([each.child for each in running])
        for each in running:
            each.close()

    def logs(self, function: str | None = None) -> list[LogLine]:
        """The last lines logged, oldest first: of all functions, or of one (`api/bookings.py`)."""
        with self._log_lock:
            return [line for line in self._log if function in {None, line.function}]

    def cold_starts(self) -> list[ColdStart]:
        """Every start since the beginning that went well, with its times."""
        return [
            ColdStart(
                each.file,
                each.ready_ms,
                each.runtime_init_ms,
                each.user_import_ms,
                each.first_byte_ms,
            )
            for each in [*self._ended, *self._running.values()]
            if each.port
        ]

    def _start(self, route: str) -> FunctionProcess:
        # Nothing may start once stop() has looked at what runs: it would be left behind.
        with self._register:
            if self._stopped:
                raise FunctionFailedError(self.routes[route], "the local world is being stopped")
            started = FunctionProcess(self.root, self.routes[route], self._environment, self._note)
            self._running[route] = started
            return started

    def _retire(self, running: FunctionProcess) -> None:
        processes.end([running.child])
        running.close()
        self._ended.append(running)

    def _note(self, line: LogLine) -> None:
        with self._log_lock:
            self._log.append(line)
            with self._log_file.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")


def discover(root: Path) -> dict[str, str]:
    """Find what the platform would deploy: route to file, both relative to `root`.

    Any path with a part that begins with `_` or `.` is passed over, and so is, as silently as the
    platform does it, a file without a literal top-level `class handler(`.

    :raises FunctionFailedError: a file name has brackets, a route that this runner does not know.
    """
    routes = {}
    for path in sorted((root / "api").rglob("*.py")):
        file = path.relative_to(root)
        if any(part.startswith(("_", ".")) for part in file.parts):
            continue
        if "[" in str(file):
            raise FunctionFailedError(str(file), "routes are written in vercel.json, not in names")
        if has_handler(path):
            routes[f"/{file.with_suffix('').as_posix()}"] = file.as_posix()
    return routes


def has_handler(path: Path) -> bool:
    """Whether the file has a `class handler(...)` of its own at the top level."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError:
        return True  # deployed, and then unable to start: it must fail aloud, not be missing
    return any(
        isinstance(node, ast.ClassDef) and node.name == "handler" and node.bases
        for node in tree.body
    )
