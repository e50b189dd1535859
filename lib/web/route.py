"""Routes: the decorators that declare them where the code stands, and what a call is given.

    class handler(Endpoint):
        @post("/v1/bookings/{booking_id}/cancel", auth=SIGNED_IN, idempotent=True)
        def cancel(self, call: Call[CancelBooking], booking_id: str) -> Booking: ...

The annotations are the contract: the input (JSON body; for GET and DELETE the query; `bytes` for
the raw body; None for nothing) and the reply (None answers 204; a File goes as it is, as the
route's `media_type`). /v1/openapi.json is made from the same declarations.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from lib.core import errors
from lib.core.errors import ProblemError

if TYPE_CHECKING:
    from lib.core.db import Db

_MAX_BODY = 64 * 1024


_ALWAYS: tuple[type[ProblemError], ...] = (
    errors.MalformedError,
    errors.InvalidError,
    errors.TryAgainError,
    ProblemError,
)


class Auth(Enum):
    """Who may call."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    FRESHLY_SIGNED_IN = "freshly_signed_in"


ANYONE = Auth.ANYONE
SIGNED_IN = Auth.SIGNED_IN
FRESHLY_SIGNED_IN = Auth.FRESHLY_SIGNED_IN


@dataclass(frozen=True, kw_only=True)
class Call[Input]:
    """One request, checked: inside its transaction, with its input, its caller and the time."""

    db: "Db"
    input: Input
    now: datetime
    language: str = "nb"
    person_id: str = ""
    session_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a cron job, which opens its own transactions and should end by the deadline."""

    now: datetime
    deadline: datetime


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Lets a request in by its headers and raw body, before any transaction; else it raises."""

    check: Callable[[Mapping[str, str], bytes, datetime], None]
    errors: tuple[type[ProblemError], ...]
    scheme: str


@dataclass(frozen=True, kw_only=True)
class Route:
    """A declared route; `finish` completes the reply after the commit, by asking a provider.

    `again` answers whoever's session this very call has ended, and who asks once more: it is given
    the database and the access token, and returns the reply or None.
    """

    method: str
    path: str
    function: Callable[..., Any]
    auth: Auth = ANYONE
    guard: Guard | None = None
    idempotent: bool = False
    status: int = 200
    media_type: str = "application/json"
    errors: tuple[type[ProblemError], ...] = ()
    finish: Callable[..., Any] | None = None
    again: Callable[..., Any] | None = None
    job: str | None = None
    max_body: int = _MAX_BODY
    allow_restricted: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return what the path of a request to this route looks like."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9_-]{1,64})", self.path))

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        """Return the names of the path's parameters."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def refuses_restricted(self) -> bool:
        """Return whether somebody whose data may only be kept is refused; rights never are."""
        is_right = self.allow_restricted or self.path.startswith("/v1/privacy/")
        return self.auth is not Auth.ANYONE and not is_right

    @cached_property
    def input_type(self) -> Any:
        """Return the input's type: a pydantic model, bytes, or NoneType."""
        hints = get_type_hints(self.function)
        return get_args(hints["call"])[0] if "call" in hints else type(None)

    @property
    def may_be_empty(self) -> bool:
        """Return whether no body says what {} says: a POST of which every field has a default."""
        fields = getattr(self.input_type, "model_fields", None)
        if self.method != "POST" or fields is None:
            return False
        return not any(field.is_required() for field in fields.values())

    @cached_property
    def reply_type(self) -> Any:
        """Return what the function returns: the reply, or what `finish` makes one of."""
        return get_type_hints(self.function)["return"]

    @cached_property
    def final_type(self) -> Any:
        """Return the type of the answer that the caller sees."""
        return get_type_hints(self.finish)["return"] if self.finish else self.reply_type

    @cached_property
    def problems(self) -> tuple[type[ProblemError], ...]:
        """Return every error that a call can give; one beyond these is logged as undeclared."""
        found: list[type[ProblemError]] = [*self.errors, *_ALWAYS]
        if self.guard:
            found += self.guard.errors
        if self.auth is not Auth.ANYONE:
            found.append(errors.UnauthenticatedError)
        if self.refuses_restricted:
            found.append(errors.ProcessingRestrictedError)
        if self.auth is Auth.FRESHLY_SIGNED_IN:
            found.append(errors.FreshSignInRequiredError)
        if self.idempotent:
            found += [errors.IdempotencyKeyMissingError, errors.IdempotencyKeyReusedError]
        if self.path_names:
            found.append(errors.NotFoundError)
        if self.method in {"POST", "PUT", "PATCH"}:
            found += [errors.TooLargeError, errors.NotJsonError]
        if self.finish:
            found.append(errors.ProviderUnavailableError)
        return tuple(dict.fromkeys(found))


def _declare(method: str, path: str, **options: Any) -> Callable[[Callable[..., Any]], Route]:
    def wrap(function: Callable[..., Any]) -> Route:
        return Route(method=method, path=path, function=function, **options)

    return wrap


def get(path: str, **options: Any) -> Callable[[Callable[..., Any]], Route]:
    """Declare a read."""
    return _declare("GET", path, **options)


def post(path: str, **options: Any) -> Callable[[Callable[..., Any]], Route]:
    """Declare a call that makes or does something."""
    return _declare("POST", path, **options)


def put(path: str, **options: Any) -> Callable[[Callable[..., Any]], Route]:
    """Declare a replacement of the whole; by nature safe to repeat."""
    return _declare("PUT", path, **options)


def patch(path: str, **options: Any) -> Callable[[Callable[..., Any]], Route]:
    """Declare a change of the fields that are sent."""
    return _declare("PATCH", path, **options)


def delete(path: str, **options: Any) -> Callable[[Callable[..., Any]], Route]:
    """Declare a removal; by nature safe to repeat."""
    return _declare("DELETE", path, **options)
