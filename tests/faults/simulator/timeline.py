"""The time of a run: it moves when the driver says so, and never by itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Timeline(Clock):
    """What the simulators and the functions take for the present moment."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"))
        self._now = _EPOCH

    def now(self) -> datetime:
        """Return the present moment of the run."""
        return self._now

    @property
    def micros(self) -> int:
        """The same in microseconds since 1970."""
        return micros_of(self._now)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    def catch_up(self, micros: int) -> None:
        """Take over how far somebody is who went on alone."""
        self._now = max(self._now, moment_of(micros))

    def set_to(self, moment: datetime) -> None:
        """Let time pass until a moment, which must lie ahead; or begin a run there."""
        self._now = moment


def micros_of(moment: datetime) -> int:
    """Return a moment as microseconds since 1970."""
    return (moment - _EPOCH) // MICROSECOND


def moment_of(micros: int) -> datetime:
    """Return the moment so many microseconds after 1970 began."""
    return _EPOCH + micros * MICROSECOND
