"""Failures that a test or a person may order from a simulator: late, refused, failed, cut off."""

import re
import threading
from dataclasses import dataclass
from typing import Any, Literal, get_args

type Kind = Literal["delay", "refuse", "fail", "fail_after", "hang_up_before", "hang_up_after"]
KINDS: tuple[str, ...] = get_args(Kind.__value__)
_FIELDS = {"method", "path", "kind", "status", "seconds", "times"}


@dataclass(slots=True)
class Fault:
    """One order: which requests it meets, what happens to them, how often (None: until cleared)."""

    kind: str
    path: re.Pattern[str]
    method: str | None = None
    status: int = 503
    seconds: float = 0.5
    times: int | None = 1


class Faults:
    """The failures ordered and not yet used up; the oldest that fits a request is taken."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def order(self, content: dict[str, Any]) -> None:
        """Add what the control route received. :raises ValueError: the order makes no sense."""
        fault = _read(content)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request meets, if any, and count it as used."""
        with self._lock:
            for fault in self._faults:
                if fault.method in (None, method) and fault.path.fullmatch(path):
                    self._use(fault)
                    return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)


def _read(content: dict[str, Any]) -> Fault:
    if unknown := content.keys() - _FIELDS:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    if content.get("kind") not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    times = content.get("times", 1)
    if times is not None and (not isinstance(times, int) or times < 1):
        raise ValueError("times must be a positive integer, or null for always")
    try:
        path = re.compile(content.get("path", ".*"))
    except re.error as error:
        raise ValueError(f"path is not a regular expression: {error}") from error
    return Fault(
        kind=content["kind"],
        path=path,
        method=content.get("method"),
        status=int(content.get("status", 503)),
        seconds=float(content.get("seconds", 0.5)),
        times=times,
    )
