"""Plays seeds on two workers, which is what a machine with two processors has room for.

A worker is a process with a database and providers of its own, so seeds do not meet.
"""

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
_WORKERS = 2

type Report = dict[str, Any]
"""What came of a seed: the fields of `run.Report`, without its lines."""


class WorkerError(Exception):
    """A worker ended before its seeds did; the message ends with what it wrote."""


def play(first: int, count: int, *more: str) -> Iterator[Report]:
    """Yield the report of each seed from `first` on, as they come; `more` goes to the workers.

    Whoever stops listening ends the workers.
    """
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for number in range(min(_WORKERS, count)):
            own = (count - number + _WORKERS - 1) // _WORKERS
            worker = _worker(first + number, own, "--step", str(_WORKERS), *more)
            stack.callback(_end, worker)
            assert worker.stdout is not None
            selector.register(worker.stdout, selectors.EVENT_READ, worker)
        while selector.get_map():
            for key, _ in selector.select():
                line = key.fileobj.readline()  # type: ignore[union-attr]  # a stream: see above
                if line:
                    yield json.loads(line)
                    continue
                selector.unregister(key.fileobj)
                if key.data.wait():
                    raise WorkerError(key.data.stderr.read()[-2000:])


def play_in_turn(first: int, count: int, *more: str) -> Iterator[Report]:
    """Yield the report of each seed from `first` on, played by one worker, in their order."""
    with ExitStack() as stack:
        worker = _worker(first, count, *more)
        stack.callback(_end, worker)
        assert worker.stdout is not None
        yield from map(json.loads, worker.stdout)
        if worker.wait() and worker.stderr:
            raise WorkerError(worker.stderr.read()[-2000:])


def command_of(seed: int) -> str:
    """Return the command that plays a seed again, and writes down what happens."""
    return f"PYTHONHASHSEED=0 .local/venv/bin/python -m {_MODULE} {seed} 1 --trace"


_MODULE = "tests.faults.simulator.worker"


def _worker(*arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", _MODULE, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(worker: "subprocess.Popen[str]") -> None:
    worker.terminate()
    worker.communicate()
