"""Runs vercel.json's crons by their schedule, on the real minute, in UTC.

Understood are `*`, `*/n`, plain numbers and lists, in the five usual fields. As on the platform a
run that is missed is not made up for, and a slow one does not keep the next one from starting.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from sandbox.vercel_config import ConfigError, Cron

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def matches(schedule: str, moment: datetime) -> bool:
    """Whether a schedule names the minute of `moment`, which is aware.

    :raises ConfigError: the schedule is not of the kind described above.
    """
    fields = schedule.split()
    if len(fields) != len(_RANGES):
        raise ConfigError(f"the schedule {schedule!r} must have five fields")
    at = moment.astimezone(UTC)
    # The week begins with Sunday, 0, in cron.
    values = (at.minute, at.hour, at.day, at.month, at.isoweekday() % 7)
    allowed = [_allowed(text, *limits) for text, limits in zip(fields, _RANGES, strict=True)]
    return all(value in each for value, each in zip(values, allowed, strict=True))


def _allowed(text: str, low: int, high: int) -> set[int]:
    if text == "*":
        return set(range(low, high + 1))
    if text.startswith("*/") and text[2:].isdecimal() and int(text[2:]) > 0:
        return set(range(low, high + 1, int(text[2:])))
    numbers = text.split(",")
    if not all(number.isdecimal() and low <= int(number) <= high for number in numbers):
        raise ConfigError(f"{text!r} is no cron field between {low} and {high} that is understood")
    return {int(number) for number in numbers}


class Scheduler:
    """Calls `run` with each cron that is due, once a minute, until stopped.

    :param run: called on a thread of its own for each due cron; must not raise.
    :raises ConfigError: a schedule is not understood.
    """

    def __init__(self, crons: Iterable[Cron], run: Callable[[Cron], object]) -> None:
        self._crons = tuple(crons)
        self._run = run
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="crons", daemon=True)
        for cron in self._crons:
            matches(cron.schedule, datetime.now(UTC))

    def start(self) -> None:
        """Begin with the next full minute."""
        self._thread.start()

    def stop(self) -> None:
        """Start nothing more; what runs goes on to its end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_due(self, moment: datetime) -> None:
        """Start every cron that is due in the minute of `moment`."""
        for cron in self._crons:
            if matches(cron.schedule, moment):
                threading.Thread(
                    target=self._run, args=(cron,), name=f"cron {cron.path}", daemon=True
                ).start()

    def _loop(self) -> None:
        minute = _next_minute(datetime.now(UTC))
        while not self._stop.wait(max(0.0, (minute - datetime.now(UTC)).total_seconds())):
            self.run_due(minute)
            minute = _next_minute(max(minute, datetime.now(UTC)))


def _next_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
