"""The local world's movable time, shared by every local process through one small file.

The file holds one decimal number: the seconds to add to the machine's clock. The product reads
the same file by its own code, so that moving it here moves time for functions, simulators and
tests alike.
"""

import os
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

_CHANGE = threading.Lock()


class Clock:
    """Reads and moves the time of the local world.

    :param path: the file with the offset in seconds; where it does not exist the offset is 0.
    """

    def __init__(self, path: Path) -> None:
        """Remember the file; nothing is created before the clock is moved."""
        self.path = path

    def now(self) -> datetime:
        """Return the present moment of the local world, aware, in UTC.

        :raises ValueError: the file holds something that is not a decimal number.
        """
        return datetime.now(UTC) + self._offset()

    def advance(self, by: timedelta) -> None:
        """Move the clock by a duration, which may be negative."""
        with _CHANGE:
            self._write(self._offset() + by)

    def set_to(self, moment: datetime) -> None:
        """Make `now()` answer the given moment, from which time goes on as usual.

        :raises ValueError: the moment has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("the sandbox clock is set to aware moments only")
        with _CHANGE:
            self._write(moment - datetime.now(UTC))

    def reset(self) -> None:
        """Return to the machine's time."""
        with _CHANGE:
            self.path.unlink(missing_ok=True)

    def _offset(self) -> timedelta:
        try:
            text = self.path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return timedelta(0)
        try:
            return timedelta(microseconds=int(Decimal(text or "0") * 1_000_000))
        except (InvalidOperation, OverflowError, ValueError) as error:
            raise ValueError(
                f"{self.path} must hold one decimal number of seconds, not {text!r}"
            ) from error

    def _write(self, offset: timedelta) -> None:
        # Replaced as a whole: another process reads the old number or the new, never half.
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".clock-")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{Decimal(offset // timedelta(microseconds=1)) / 1_000_000:f}")
        Path(name).replace(self.path)
