"""Idempotency keys as v1 keeps them: the first result of a key, for 24 hours.

A key is taken when a request arrives, and given back when that request fails validation. Once
execution has begun its result stays, errors included. The key is checked against the endpoint and
the parameters it was first used with.
"""

import hashlib
import threading
from dataclasses import dataclass

from sandbox.simulators.kit import BadInputError, Request, Response
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.state import DAY, new_id

MAX_KEY = 255
LIFETIME = DAY


@dataclass(slots=True)
class _Entry:
    path: str
    fingerprint: str
    taken_at: float
    in_flight: bool = True
    result: Response | None = None
    request_id: str = ""


class IdempotencyKeys:
    """The keys in use, each within the account that it was used on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str], _Entry] = {}

    def clear(self) -> None:
        """Forget every key."""
        with self._lock:
            self._entries.clear()

    def begin(self, request: Request) -> Response | None:
        """Take the request's key, or return the answer that it had.

        :raises StripeError: other parameters or another endpoint (400), still under way (409).
        """
        if (key := _key(request)) is None:
            return None
        with self._lock:
            entry = self._entries.get(key)
            now = request.at.timestamp()
            if entry is not None and not entry.in_flight and now - entry.taken_at >= LIFETIME:
                entry = None
            if entry is None:
                self._entries[key] = _Entry(request.path, _fingerprint(request), now)
                return None
            return _repeat(entry, request, key[1])

    def save(self, request: Request, response: Response, request_id: str) -> None:
        """Keep the result of a request whose execution began."""
        if (key := _key(request)) is not None:
            with self._lock:
                entry = self._entries.get(key)
                if entry is not None:
                    entry.result, entry.request_id = response, request_id

    def finish(self, request: Request) -> None:
        """The request was answered: its key is free again unless a result was saved."""
        if (key := _key(request)) is not None:
            with self._lock:
                entry = self._entries.get(key)
                if entry is not None:
                    entry.in_flight = False
                    if entry.result is None:
                        del self._entries[key]


def _repeat(entry: _Entry, request: Request, name: str) -> Response:
    if entry.path != request.path:
        raise _misused(f"for the same endpoint they were first used for ('{entry.path}')", name)
    if entry.fingerprint != _fingerprint(request):
        raise _misused("with the same parameters they were first used with", name)
    if entry.in_flight or entry.result is None:
        raise StripeError(
            f"There is currently another in-progress request using this idempotent key ('{name}').",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
    replayed = {
        **entry.result.headers,
        "Request-Id": new_id("req"),
        "Idempotent-Replayed": "true",
        "Original-Request": entry.request_id,
    }
    return Response(entry.result.status, entry.result.body, replayed)


def _misused(how: str, name: str) -> StripeError:
    return StripeError(
        f"Keys for idempotent requests can only be used {how}. Try using a key other than "
        f"'{name}' if you meant to execute a different request.",
        kind="idempotency_error",
    )


def _key(request: Request) -> tuple[str, str] | None:
    """Only POST heeds keys; v1 ignores them on GET and DELETE."""
    name = request.headers.get("idempotency-key")
    if request.method != "POST" or name is None:
        return None
    return request.headers.get("stripe-account", ""), name


def check_key(request: Request) -> None:
    """Refuse a key that is empty or too long. :raises StripeError: 400."""
    if (key := _key(request)) is not None and not 1 <= len(key[1]) <= MAX_KEY:
        raise StripeError(f"Idempotency keys have 1 to {MAX_KEY} characters.")


def _fingerprint(request: Request) -> str:
    try:
        parameters = repr(_unordered(request.form()))
    except BadInputError:  # compared as it came
        parameters = repr(request.body)
    return hashlib.sha256(parameters.encode()).hexdigest()


def _unordered(value: object) -> object:
    """The form without the order of its keys, which carries no meaning."""
    if isinstance(value, dict):
        return sorted((name, repr(_unordered(item))) for name, item in value.items())
    if isinstance(value, list):
        return [_unordered(item) for item in value]
    return value
