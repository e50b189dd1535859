"""The small process that ends what a session started, if the session itself is killed.

A terminal that is closed by force, or a killed test run, cannot end its database and functions. So
every child of the local world is written to this process over a pipe. When the pipe closes, however
that came about, what still stands on the list is ended and its folders are removed. It runs under
`python -I`, imports nothing of the project, and outlives its starter by moments only.
"""

import contextlib
import os
import shutil
import signal
import sys
import time

_GRACE_SECONDS = 5.0


def main() -> None:
    """Read `+pid 12`, `-pid 12`, `+dir /path`, `-dir /path`, one a line, until the pipe closes."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    held: dict[str, set[str]] = {"pid": set(), "dir": set()}
    for line in sys.stdin:
        kind, _, what = line.rstrip("\n").partition(" ")
        (held[kind[1:]].add if kind[0] == "+" else held[kind[1:]].discard)(what)
    _end({int(pid) for pid in held["pid"]})
    for folder in held["dir"]:
        shutil.rmtree(folder, ignore_errors=True)


def _end(pids: set[int]) -> None:
    _signal(pids, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while pids and time.monotonic() < deadline:
        time.sleep(0.05)
        pids = _signal(pids, 0)
    _signal(pids, signal.SIGKILL)


def _signal(pids: set[int], number: int) -> set[int]:
    """Send a signal to each (0 only asks) and return those that were still there."""
    alive = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
            alive.add(pid)
    return alive


if __name__ == "__main__":
    main()
