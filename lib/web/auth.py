"""Who is calling: the bearer token, looked up inside the request's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from lib.core.errors import (
    FreshSignInRequiredError,
    ProcessingRestrictedError,
    UnauthenticatedError,
)
from lib.web.route import Auth, Route

if TYPE_CHECKING:
    from lib.core.db import Db
    from lib.sessions.repository import Caller


def caller(db: "Db", route: Route, headers: Mapping[str, str], now: datetime) -> "Caller | None":
    """Return the caller, or None where anyone may call.

    Raises UnauthenticatedError; ProcessingRestrictedError where the person's data may only be kept,
    unless the call is one of their rights; and FreshSignInRequiredError where the sign-in is too
    old for the call.
    """
    if route.auth is Auth.ANYONE:
        return None
    from lib.sessions import service

    found = service.authenticate(db, bearer(headers), now=now)
    if found is None:
        raise UnauthenticatedError
    if found.restricted_at and route.refuses_restricted:
        raise ProcessingRestrictedError
    if route.auth is Auth.FRESHLY_SIGNED_IN and not service.is_fresh(found, now=now):
        raise FreshSignInRequiredError
    return found


def bearer(headers: Mapping[str, str]) -> str:
    """Return the bearer token, or '' where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
