"""Delivers a provider's webhooks: in the background, in order, again, or badly on purpose.

One thread serves each lane (a registration). Within a lane events leave in the order they were
sent; an event that failed waits for its next attempt and meanwhile holds back only the later
events of its own group.
"""

import http.client
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.clock import Clock

_LOG = logging.getLogger(__name__)

type Signer = Callable[[datetime, bytes], Mapping[str, str]]
"""Gives an attempt's headers, signatures included, from its moment (sandbox time) and its body."""

MODES = ("deliver", "lose", "hold", "repeat")
ORDERS = ("forward", "reverse", "shuffle")


@dataclass(slots=True)
class Delivery:
    """What became of one event; `status` is the last HTTP status (None: no answer came)."""

    url: str
    event: str
    at: datetime
    outcome: str = "waiting"  # waiting | delivered | failed | lost | held
    status: int | None = None
    attempts: int = 0


@dataclass(slots=True, eq=False)
class Parcel:
    """One event on its way to one registration."""

    lane: str
    group: str | None
    body: bytes
    sign: Signer
    delivery: Delivery
    due: float = 0.0  # time.monotonic()


class Courier:
    """Sends events to the addresses that a client of the provider registered.

    :param retry_delays: real seconds between the attempts; one more attempt than delays is made.
    :param should_retry: whether an answer (None: no answer came) that was not 2xx is tried again.
    :param timeout: real seconds an attempt may take.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        retry_delays: Sequence[float] = (0.1, 0.1, 0.1, 0.5, 1.0, 2.0, 4.0),
        should_retry: Callable[[int | None], bool] = lambda _status: True,
        timeout: float = 10.0,
    ) -> None:
        """Begin without anything to deliver."""
        self._clock = clock
        self._retry_delays = tuple(retry_delays)
        self._should_retry = should_retry
        self._timeout = timeout
        self._changed = threading.Condition()
        self._mode = "deliver"
        self._lanes: dict[str, list[Parcel]] = {}
        self._held: list[Parcel] = []
        self._busy: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._log: list[Delivery] = []
        self._open = True

    def send(
        self,
        *,
        lane: str,
        url: str,
        event: str,
        body: bytes,
        sign: Signer,
        group: str | None = None,
    ) -> Delivery:
        """Hand over an event and return at once, with the record that will tell its outcome.

        :param lane: the registration: order is kept within it.
        :param group: events of one group never overtake each other (None: nothing waits for it).
        """
        delivery = Delivery(url=url, event=event, at=self._clock.now())
        parcel = Parcel(lane, group, body, sign, delivery)
        with self._changed:
            if not self._open:
                return delivery
            self._log.append(delivery)
            if self._mode == "lose":
                delivery.outcome = "lost"
            elif self._mode == "hold":
                delivery.outcome = "held"
                self._held.append(parcel)
            else:
                self._enqueue(parcel)
                if self._mode == "repeat":
                    self._enqueue(self._copy(parcel))
        return delivery

    def set_mode(self, mode: str) -> None:
        """Choose what happens to the events sent from now on. :raises ValueError: no such mode."""
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        with self._changed:
            self._mode = mode

    def release(self, order: str) -> int:
        """Let the held events go and return how many. :raises ValueError: no such order."""
        if order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(ORDERS)}")
        with self._changed:
            held, self._held = self._held, []
            if order == "reverse":
                held.reverse()
            elif order == "shuffle":
                random.shuffle(held)
            for parcel in held:
                parcel.delivery.outcome = "waiting"
                self._enqueue(parcel)
        return len(held)

    def hand_over(self) -> list[Parcel]:
        """Return the held events and forget them: the caller brings them, when and as it likes."""
        with self._changed:
            held, self._held = self._held, []
        return held

    def deliveries(self) -> list[dict[str, Any]]:
        """Return every event since the last reset, as in `Delivery`, `at` in ISO 8601."""
        with self._changed:
            return [{**asdict(item), "at": item.at.isoformat()} for item in self._log]

    def settle(self, seconds: float) -> bool:
        """Wait until nothing but held events is left; False when `seconds` did not suffice."""
        with self._changed:
            return self._changed.wait_for(self._idle, seconds)

    def forget_lane(self, lane: str) -> None:
        """Drop what waits for a registration that was deleted."""
        with self._changed:
            self._lanes.get(lane, []).clear()
            self._held = [parcel for parcel in self._held if parcel.lane != lane]
            self._changed.notify_all()

    def reset(self) -> None:
        """Drop what waits, let an attempt under way finish, forget the log, deliver normally."""
        with self._changed:
            self._mode = "deliver"
            self._held.clear()
            for parcels in self._lanes.values():
                parcels.clear()
            self._changed.wait_for(lambda: not self._busy, self._timeout)
            self._log.clear()

    def start(self) -> None:
        """Accept events (also again, after `stop`)."""
        with self._changed:
            self._open = True

    def stop(self) -> None:
        """Drop what waits and end every thread."""
        with self._changed:
            self._open = False
            self._lanes.clear()
            self._held.clear()
            threads, self._threads = self._threads, []
            self._changed.notify_all()
        for thread in threads:
            thread.join(self._timeout)

    def _idle(self) -> bool:
        return not self._busy and not any(self._lanes.values())

    def _enqueue(self, parcel: Parcel) -> None:
        if parcel.lane not in self._lanes:
            self._lanes[parcel.lane] = []
            thread = threading.Thread(target=self._work, args=(parcel.lane,), daemon=True)
            self._threads.append(thread)
            thread.start()
        self._lanes[parcel.lane].append(parcel)
        self._changed.notify_all()

    def _copy(self, parcel: Parcel) -> Parcel:
        old = parcel.delivery
        delivery = Delivery(url=old.url, event=old.event, at=old.at)
        self._log.append(delivery)
        return Parcel(parcel.lane, parcel.group, parcel.body, parcel.sign, delivery)

    def _work(self, lane: str) -> None:
        while (parcel := self._next(lane)) is not None:
            status = self._attempt(parcel)
            with self._changed:
                self._record(parcel, status)
                self._busy.discard(lane)
                self._changed.notify_all()

    def _next(self, lane: str) -> Parcel | None:
        with self._changed:
            while self._open and lane in self._lanes:
                parcel, wait = _first_due(self._lanes[lane])
                if parcel is not None:
                    self._busy.add(lane)
                    return parcel
                self._changed.wait(wait)
        return None

    def _record(self, parcel: Parcel, status: int | None) -> None:
        delivery = parcel.delivery
        delivery.attempts += 1
        delivery.status = status
        delivered = status is not None and 200 <= status < 300
        parcels = self._lanes.get(parcel.lane, [])
        again = delivery.attempts <= len(self._retry_delays) and self._should_retry(status)
        if not delivered and again and parcel in parcels:
            parcel.due = time.monotonic() + self._retry_delays[delivery.attempts - 1]
            return
        delivery.outcome = "delivered" if delivered else "failed"
        if parcel in parcels:
            parcels.remove(parcel)

    def _attempt(self, parcel: Parcel) -> int | None:
        headers = parcel.sign(self._clock.now(), parcel.body)
        try:
            return _post(parcel.delivery.url, parcel.body, headers, self._timeout)
        except (OSError, http.client.HTTPException, ValueError) as error:
            _LOG.info("no answer from %s: %s", parcel.delivery.url, error)
            return None


def _first_due(parcels: list[Parcel]) -> tuple[Parcel | None, float | None]:
    """Return the first event that may leave, or the seconds until one may (None: nothing waits)."""
    now = time.monotonic()
    blocked: set[str] = set()
    waits: list[float] = []
    for parcel in parcels:
        if parcel.group in blocked:
            continue
        if parcel.due <= now:
            return parcel, None
        waits.append(parcel.due - now)
        if parcel.group is not None:
            blocked.add(parcel.group)
    return None, min(waits, default=None)


def _post(url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> int:
    """Post once, without following a redirect, and return the status."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
