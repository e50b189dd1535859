"""Measures how long functions take to start, each beside a start of the floor.

A machine that does something else as well is slow now and fast then, so that two starts are
compared only when one came right after the other; every function is started as often as the floor
beside it, now before it and now after it. Processor time is less moved by what else is running.
"""

import http.client
import resource
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import processes
from sandbox.deployment import FLOOR
from sandbox.function_process import FunctionProcess

_SECONDS = 30.0


@dataclass(frozen=True)
class FirstRequest:
    """What a function is asked right after its start, and the status that it has to answer with."""

    path: str
    status: int = 200
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True)
class Start:
    """One start, in milliseconds.

    `ready` is from spawning the process until its server listened, `first_byte` until it began to
    answer its first request, `processor` what the whole process used of a processor in its life.
    """

    ready: float
    first_byte: float
    processor: float


@dataclass(frozen=True)
class Pair:
    """A start of the function, and one of the floor beside it."""

    function: Start
    floor: Start


@dataclass(frozen=True)
class Spread:
    """Figures of a number of starts, in milliseconds; `ratio` is the median over the pairs."""

    median: float
    least: float
    most: float
    floor_median: float
    floor_least: float
    ratio: float
    ratio_of_least: float


class UnexpectedAnswerError(Exception):
    """A function gave another answer than it should: its figures would mean nothing."""


class Bench:
    """A deployed folder whose functions are started, again and again.

    :param root: what sandbox.deployment.deploy has filled.
    :param python: the interpreter of that deployment.
    :param variables: the functions' environment.
    """

    def __init__(self, root: Path, python: Path, variables: Mapping[str, str]) -> None:
        self._root = root
        self._python = python
        self._variables = variables

    def pair(self, file: str, request: FirstRequest, *, floor_first: bool) -> Pair:
        """Start a function and the floor, one after the other; raises UnexpectedAnswerError."""
        floor = self.start(FLOOR, FirstRequest("/")) if floor_first else None
        own = self.start(file, request)
        return Pair(own, floor or self.start(FLOOR, FirstRequest("/")))

    def start(self, file: str, request: FirstRequest) -> Start:
        """Start a function, ask it once and end it; raises UnexpectedAnswerError."""
        before = _used_by_children()
        process = FunctionProcess(
            self._root, file, self._variables, lambda _line: None, python=self._python
        )
        try:
            process.wait_until_ready(_SECONDS)
            _ask(process, request)
        finally:
            processes.end([process.child])
            process.close()
        used = _used_by_children() - before
        return Start(process.ready_ms, process.first_byte_ms or 0.0, used)


def _used_by_children() -> float:
    """Return the processor time of all child processes that have ended, in milliseconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def _ask(process: FunctionProcess, request: FirstRequest) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=_SECONDS)
    try:
        connection.request(request.method, request.path, request.body, dict(request.headers))
        answer = connection.getresponse()
        process.note_first_byte()
        text = answer.read().decode(errors="replace")
    finally:
        connection.close()
    if answer.status != request.status:
        raise UnexpectedAnswerError(
            f"{process.file} answered {request.method} {request.path} with {answer.status}, "
            f"not {request.status}: {text[:200]}"
        )


def spread(starts: list[tuple[float, float]]) -> Spread:
    """Sum up pairs of a function's time and the floor's."""
    own = [first for first, _ in starts]
    floor = [second for _, second in starts]
    return Spread(
        median=statistics.median(own),
        least=min(own),
        most=max(own),
        floor_median=statistics.median(floor),
        floor_least=min(floor),
        ratio=statistics.median(first / second for first, second in starts),
        ratio_of_least=min(own) / min(floor),
    )
