"""What goes in and out about sessions."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from lib.core.errors import ProblemError
from lib.web.schema import Input, Output

Token = Annotated[str, Field(min_length=20, max_length=100)]


class Tokens(Output):
    """A device's tokens: `access_token` for calls, `refresh_token`, good once, for the next."""

    session_id: str
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class RefreshInput(Input):
    """The refresh token that was given last."""

    refresh_token: Token


class Device(Output):
    """A signed-in device; `is_current` marks the one that asks."""

    id: str
    device_name: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    is_current: bool


class Devices(Output):
    """The devices that are signed in, newest first."""

    devices: list[Device]


class RefreshRefusedError(ProblemError):
    """The refresh token is unknown, expired or its device signed out: sign in again."""

    status, code = 401, "refresh_refused"
    nb, en = "Du må logge inn igjen", "Sign in again"


class RefreshReusedError(ProblemError):
    """A refresh token came back after it had been replaced: somebody has a copy."""

    status, code = 401, "refresh_reused"
    nb, en = "Enheten er logget ut av sikkerhetsgrunner", "The device was signed out for safety"
