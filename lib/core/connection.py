"""How a connection to the database is made, and what its values become.

Times are aware and UTC on both sides, TINYINT is a boolean, and a time without a zone is refused.
"""

import os
import ssl
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import conversions, escape_datetime

from lib.core import config

if TYPE_CHECKING:
    from pymysql.connections import Connection

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def connect() -> "Connection[Any]":
    """Open a connection to DATABASE_URL, within four seconds.

    Everywhere but on loopback it is encrypted, and the server's certificate is verified.
    """
    parts = urlsplit(config.text("DATABASE_URL"))
    host = parts.hostname or ""
    options: dict[str, Any] = {"ssl_disabled": True}
    if host not in _LOOPBACK or parse_qs(parts.query).get("tls") == ["on"]:
        options = {"ssl": _tls()}
    return pymysql.connect(
        host=host,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path.lstrip("/"),
        charset="utf8mb4",
        init_command="SET time_zone = '+00:00'",
        conv=_CONVERSIONS,
        connect_timeout=4,
        read_timeout=15,
        write_timeout=15,
        # Rows found, not rows changed: an UPDATE that sets the same value has still found its row.
        client_flag=CLIENT.FOUND_ROWS,
        **options,
    )


@cache
def _tls() -> ssl.SSLContext:
    """Return one verifying context for the process: making one costs 20 ms and more."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        bundle = "/etc/pki/tls/certs/ca-bundle.crt"
        if os.path.exists(bundle):  # noqa: PTH110 (pathlib is not worth its import here)
            context.load_verify_locations(bundle)
    return context


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def _escape_moment(value: datetime, mapping: Any = None) -> str:  # noqa: ANN401 (pymysql's)
    if value.tzinfo is None:
        message = "a time without a zone can't be stored"
        raise ValueError(message)
    return str(escape_datetime(value.astimezone(UTC).replace(tzinfo=None), mapping))


_CONVERSIONS: dict[Any, Any] = {
    **conversions,
    FIELD_TYPE.DATETIME: _moment,
    FIELD_TYPE.DATE: date.fromisoformat,
    # TINYINT holds nothing but booleans: a test reads the schema for it.
    FIELD_TYPE.TINY: lambda value: bool(int(value)),
    datetime: _escape_moment,
}
