"""The time. Everything below the HTTP layer is handed `now`; only the edges ask this clock.

SANDBOX_CLOCK names a file that holds seconds to add to the machine's clock, so that the local world
can live through a hold's end or a payout's waiting time in a moment. Production refuses it.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lib.core import config


def now() -> datetime:
    """Return the time, aware, in UTC, to the microsecond."""
    path = os.environ.get("SANDBOX_CLOCK")
    if not path:
        return datetime.now(UTC)
    if config.is_production():
        message = "SANDBOX_CLOCK must not be set in production"
        raise config.ConfigurationError(message)
    try:
        offset = float(Path(path).read_text(encoding="ascii"))
    except FileNotFoundError:
        offset = 0.0
    return datetime.now(UTC) + timedelta(seconds=offset)


def stopwatch() -> float:
    """Return a reading in seconds that only ever grows; for durations, never for dates."""
    return time.monotonic()
