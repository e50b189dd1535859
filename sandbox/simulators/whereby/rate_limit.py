"""Points per minute, shared by all keys of the organisation: reads 1, deletes 2, writes 3."""

import math
import threading
from datetime import UTC, datetime, timedelta

from sandbox.simulators.kit import Response
from sandbox.simulators.whereby.webhook import iso

COSTS = {"GET": 1, "HEAD": 1, "DELETE": 2}
WRITE_COST = 3
WINDOW = timedelta(minutes=1)
BUILD_PLAN = 100
LARGE_PLAN = 1000


class RateLimit:
    """One budget of points, renewed every minute of sandbox time.

    :param points: what one minute allows.
    """

    def __init__(self, points: int = LARGE_PLAN) -> None:
        self.points = points
        self._lock = threading.Lock()
        self._began = datetime.min.replace(tzinfo=UTC)
        self._used = 0

    def reset(self, points: int | None = None) -> None:
        """Begin a fresh minute, perhaps with another budget."""
        with self._lock:
            self.points = self.points if points is None else points
            self._began = datetime.min.replace(tzinfo=UTC)

    def spend(self, method: str, now: datetime) -> Response | None:
        """Take the points of one request; the answer is the refusal when there are too few."""
        cost = COSTS.get(method, WRITE_COST)
        with self._lock:
            if not self._began <= now < self._began + WINDOW:
                self._began, self._used = now, 0
            if self._used + cost <= self.points:
                self._used += cost
                return None
            left = self._began + WINDOW - now
        milliseconds = math.ceil(left.total_seconds() * 1000)
        body = {
            "error": "Rate limit active for throttle key: organization:1",
            "data": {"msLeft": milliseconds},
        }
        wait = {"Retry-After": str(math.ceil(milliseconds / 1000))}
        return Response.json(429, body, headers={**self.headers(), **wait})

    def headers(self) -> dict[str, str]:
        """What every answer tells about the budget."""
        with self._lock:
            return {
                "X-RateLimit-Limit": str(self.points),
                "X-RateLimit-Remaining": str(max(self.points - self._used, 0)),
                "X-RateLimit-Reset": iso(self._began + WINDOW),
            }
