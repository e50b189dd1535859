"""Idempotency keys and rate limits of ePayment."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.simulators.kit import Json, RefusedError, Request, Response
from sandbox.simulators.vipps.problems import (
    RETRYABLE,
    DomainError,
    domain_problem,
    gateway_answer,
    refuse_fields,
)

KEY_LENGTH = 50
_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Remembered:
    operation: str
    reference: str
    content: str
    response: Response


class IdempotencyKeys:
    """Remembers, per sales unit and for good, what every key was used for and what came of it."""

    def __init__(self) -> None:
        self._keys: dict[str, _Remembered] = {}

    def reset(self) -> None:
        """Forget every key."""
        self._keys.clear()

    def once(
        self,
        request: Request,
        operation: str,
        reference: str,
        content: Json,
        act: Callable[[], Response],
    ) -> Response:
        """Act unless the key was used before; then answer the same again, or refuse with 409.

        A 4xx sticks to its key, refusals that pass by themselves aside; a call without a key acts.
        """
        key = request.headers.get("idempotency-key")
        if key is None:
            return _acted(request, act)[0]
        text = json.dumps(content, sort_keys=True)
        known = self._keys.get(key)
        if known is None:
            response, code = _acted(request, act)
            if code not in RETRYABLE:
                self._keys[key] = _Remembered(operation, reference, text, response)
            return response
        if (known.operation, known.reference) != (operation, reference):
            return domain_problem(request, "4020")
        if known.content != text:
            return domain_problem(request, "4150" if operation == "refund" else "4010")
        return known.response


def _acted(request: Request, act: Callable[[], Response]) -> tuple[Response, str | None]:
    try:
        return act(), None
    except DomainError as error:
        return domain_problem(request, error.code), error.code
    except RefusedError as refused:
        return refused.response, None


def check_key(request: Request, *, required: bool) -> None:
    """Refuse a missing, empty or too long Idempotency-Key. :raises RefusedError: 400."""
    key = request.headers.get("idempotency-key")
    if key is None and not required:
        return
    if not key or len(key) > KEY_LENGTH:
        reason = f"Required, 1 to {KEY_LENGTH} characters."
        refuse_fields(request, [("Idempotency-Key", reason)])


class RateLimits:
    """Counts calls in a sliding minute of sandbox time."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], deque[datetime]] = {}

    def reset(self) -> None:
        """Forget every call."""
        self._calls.clear()

    def count(self, request: Request, operation: str, reference: str, limit: int) -> None:
        """Count a call to an operation on a payment. :raises RefusedError: 429 with Retry-After."""
        calls = self._calls.setdefault((operation, reference), deque())
        # The clock may have been set back: what lies ahead of it does not count either.
        recent = [at for at in calls if request.at - _WINDOW < at <= request.at]
        if len(recent) >= limit:
            seconds = max(1, int((recent[0] + _WINDOW - request.at).total_seconds()) + 1)
            message = f"Rate limit is exceeded. Try again in {seconds} seconds."
            raise RefusedError(gateway_answer(429, message, {"Retry-After": str(seconds)}))
        self._calls[operation, reference] = deque([*recent, request.at])
