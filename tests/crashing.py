"""A process that ends between two transactions, as often as a test wants it to."""

from collections.abc import Callable
from types import ModuleType

import pytest

from lib.core.db import Db, transact


class CrashError(Exception):
    """The process ended here."""


def crash_after(monkeypatch: pytest.MonkeyPatch, module: ModuleType, commits: int) -> None:
    """Have a module's transactions end with a crash from that commit on."""
    left = commits

    def crashing[T](work: Callable[[Db], T]) -> T:
        nonlocal left
        result = transact(work)
        left -= 1
        if left <= 0:
            raise CrashError
        return result

    monkeypatch.setattr(module, "transact", crashing)
