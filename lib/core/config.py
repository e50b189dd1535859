"""Settings: every environment variable that the product reads, read here and nowhere else.

Each setting is read when it is first asked for, so that a function needs only the variables of what
it does. A missing or malformed one raises ConfigurationError with the variable's name, never its
value. `.env.example` lists them all with where each value comes from.
"""

import os
from urllib.parse import urlsplit


class ConfigurationError(RuntimeError):
    """An environment variable is missing or malformed; the message names it."""


def text(name: str, default: str | None = None) -> str:
    """Return the value; raise ConfigurationError where it is empty and has no default."""
    value = os.environ.get(name, "") or default
    if value is None:
        message = f"{name} is not set"
        raise ConfigurationError(message)
    return value


def number(name: str, default: int) -> int:
    """Return the variable as an integer >= 0."""
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isdecimal():
        message = f"{name} is not a whole number"
        raise ConfigurationError(message)
    return int(value)


def listing(name: str) -> tuple[str, ...]:
    """Return the comma-separated values of the variable; empty when it is not set."""
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def base_url(name: str, default: str) -> str:
    """Return an http(s) base URL without its trailing slash."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"{name} is not an http(s) address"
        raise ConfigurationError(message)
    return value


def is_production() -> bool:
    """Return whether this is the deployment that real people use."""
    return os.environ.get("VERCEL_ENV") == "production"


def public_url() -> str:
    """Return where /v1 is reached from outside; webhooks and links are made from it."""
    return base_url("PUBLIC_URL", "http://localhost:3000")


def app_url() -> str:
    """Return where the app takes over (a universal link); providers send people back below it."""
    return base_url("APP_URL", "https://app.minmentor.no")
