"""One function under Vercel's Python runtime: its process, and the socket it reports over.

The runtime connects to a unix socket and writes JSON messages, each ended by a NUL byte: that the
server listens (and where), what was logged for which request, that a request has ended. Nothing is
ever written back. Requests go to the announced loopback port as plain HTTP.
"""

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sandbox import processes

# The platform's own start: stamp the beginning, then let the runtime load the file.
_BOOT = (
    "import os, time; "
    "os.environ['__VC_PY_BOOT_START_MS'] = str(int(time.monotonic() * 1000)); "
    "import vercel_runtime.vc_init"
)
_OUTPUT_KEPT = 40

type _Message = dict[str, Any]


class FunctionFailedError(Exception):
    """A function could not be started, or died; `file` names it."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True)
class LogLine:
    """A line that a function wrote: `request` is empty outside one, `level` may be a stream."""

    at: str
    function: str
    request: str
    level: str
    text: str

    def __str__(self) -> str:
        return f"{self.at} {self.function} {self.request or '-'} {self.level} {self.text}"


class FunctionProcess:
    """A function's process, from its start to its end.

    :param root: the folder that the platform would deploy.
    :param file: the function's file in it, such as `api/bookings.py`.
    :param variables: the project's own environment variables.
    :param note: is given every line that it logs; called from several threads.
    :param python: the interpreter; ours, with all its packages, where none is given.
    """

    def __init__(
        self,
        root: Path,
        file: str,
        variables: Mapping[str, str],
        note: Callable[[LogLine], None],
        *,
        python: Path = Path(sys.executable),
    ) -> None:
        self.file = file
        self.port = 0
        self.ready_ms = 0.0
        self.runtime_init_ms = 0
        self.user_import_ms = 0
        self.first_byte_ms: float | None = None
        self._note = note
        self._reason = ""
        self._partial: defaultdict[tuple[str, str], str] = defaultdict(str)
        self._settled = threading.Event()
        self._folder = processes.scratch_folder()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._folder / "ipc"))
        self._listener.listen(1)
        self._spawned = time.monotonic()
        self.child = processes.spawn(
            [python, "-c", _BOOT],
            environment=self._environment(root, variables),
            folder=root,
            output=subprocess.PIPE,
        )
        for work in (self._read_messages, self._read_output):
            threading.Thread(target=work, name=f"{file} {work.__name__}", daemon=True).start()

    def wait_until_ready(self, seconds: float) -> None:
        """Return once it listens.

        :raises FunctionFailedError: it ended or reported an error before that, or took too long.
        """
        self._settled.wait(seconds)
        if self.port:
            return
        reason = self._reason or f"it did not start within {seconds:g} s"
        processes.end([self.child])
        self.close()
        raise FunctionFailedError(self.file, reason)

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.child.poll() is None

    def note_first_byte(self) -> None:
        """Record that an answer has begun; only the first one counts."""
        if self.first_byte_ms is None:
            self.first_byte_ms = _milliseconds_since(self._spawned)

    def close(self) -> None:
        """Give back what belonged to the process, which must have ended. Safe to call twice."""
        # Shut down first: closing alone does not wake a thread that waits in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        processes.remove_folder(self._folder)

    def _environment(self, root: Path, variables: Mapping[str, str]) -> dict[str, str]:
        module = self.file.removesuffix(".py").replace("/", ".")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "VERCEL": "1",
            "VERCEL_ENV": "development",
            "VERCEL_REGION": "arn1",
            **variables,
            # The platform's builder puts packages into _vendor; here they may be the venv's own.
            "PYTHONPATH": os.pathsep.join([str(root), str(root / "_vendor")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "VERCEL_IPC_PATH": str(self._folder / "ipc"),
            "__VC_HANDLER_MODULE_NAME": module,
            "__VC_HANDLER_ENTRYPOINT": self.file,
            "__VC_HANDLER_ENTRYPOINT_ABS": str(root / self.file),
            "__VC_HANDLER_VENDOR_DIR": "_vendor",
            "__VC_HANDLER_VARIABLE_NAME": "handler",
        }

    def _read_output(self) -> None:
        """What bypasses the runtime's logging: an early crash, or a fault of the interpreter."""
        output = self.child.stdout
        if output is None:
            return
        lines = self._log_output(output)
        self.child.wait()
        output.close()
        if not self._settled.is_set():
            self._reason = self._reason or " | ".join(
                [f"it ended with status {self.child.returncode}", *lines[-3:]]
            )
            self._settled.set()

    def _log_output(self, output: IO[bytes]) -> list[str]:
        lines: list[str] = []
        for raw in output:
            text = raw.decode(errors="replace").rstrip()
            lines = [*lines[-_OUTPUT_KEPT:], text]
            self._log("", "process", text)
        return lines

    def _read_messages(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rb") as stream:
                rest = b""
                while chunk := stream.read1():
                    *messages, rest = (rest + chunk).split(b"\0")
                    for message in messages:
                        self._take(json.loads(message))

    def _take(self, message: _Message) -> None:
        payload = message.get("payload", {})
        match message.get("type"):
            case "server-started":
                self.ready_ms = _milliseconds_since(self._spawned)
                self.runtime_init_ms = int(payload["initDuration"])
                self.user_import_ms = int(payload.get("userInitDuration", 0))
                self.port = int(payload["httpPort"])
                self._settled.set()
            case "unrecoverable-error":
                self._reason = str(payload.get("message", "")).strip()
                self._settled.set()
            case "log":
                self._take_log(payload)
            case "end":
                self._flush(str(payload["context"]["requestId"]))
            case _:
                return

    def _take_log(self, payload: _Message) -> None:
        text = base64.b64decode(payload["message"]).decode(errors="replace")
        request = str(payload.get("context", {}).get("requestId") or "")
        if "stream" not in payload:
            self._log(request, str(payload.get("level", "info")), text)
            return
        # One message a write: a printed line may come in pieces, a traceback in many.
        key = (request, str(payload["stream"]))
        *lines, self._partial[key] = (self._partial[key] + text).split("\n")
        for line in lines:
            self._log(*key, line)

    def _flush(self, request: str) -> None:
        for key in [key for key in self._partial if key[0] == request]:
            text = self._partial.pop(key)
            if text:
                self._log(*key, text)

    def _log(self, request: str, level: str, text: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._note(LogLine(at, self.file, request, level, text))


def _milliseconds_since(moment: float) -> float:
    return round((time.monotonic() - moment) * 1000, 1)
