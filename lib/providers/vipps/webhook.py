"""Webhooks from Vipps: the signature, and registering where they are sent.

`python -m lib.providers.vipps.webhook register` registers this deployment's address for every
payment event and prints the secret for VIPPS_WEBHOOK_SECRET, which Vipps tells once only; `list`
and `delete ID` show and remove registrations. Vipps forgets an address that has not answered for
two weeks.
"""

import base64
import hashlib
import hmac
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from lib.core import clock, config
from lib.core.errors import NotFoundError
from lib.providers.http import Answer, ProviderRefusedError
from lib.web.route import Guard
from lib.web.webhook import SignatureRefusedError

PATH = "/v1/webhooks/vipps"
EVENTS = tuple(
    f"epayments.payment.{name}.v1"
    for name in (
        "created",
        "authorized",
        "captured",
        "cancelled",
        "refunded",
        "aborted",
        "expired",
        "terminated",
    )
)
_TOLERANCE = timedelta(minutes=5)  # each retry is signed anew


def signature(secret: str, *, url_host: str, path: str, date: str, body: bytes) -> str:
    """Return the value of the Authorization header for a body posted to a registered address.

    The key is the secret's text as it stands, though it looks like base64.
    """
    content = base64.b64encode(hashlib.sha256(body).digest()).decode()
    signed = f"POST\n{path}\n{date};{url_host};{content}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return (
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
        + base64.b64encode(digest).decode()
    )


def _check(headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    from urllib.parse import urlsplit

    secret = config.text("VIPPS_WEBHOOK_SECRET", "")
    if not secret:
        raise NotFoundError
    date = headers.get("x-ms-date", "")
    content = base64.b64encode(hashlib.sha256(body).digest()).decode()
    wanted = signature(
        secret, url_host=urlsplit(config.public_url()).netloc, path=PATH, date=date, body=body
    )
    given = [headers.get("authorization", ""), headers.get("x-vipps-authorization", "")]
    is_signed = any(hmac.compare_digest(value.encode(), wanted.encode()) for value in given)
    is_whole = hmac.compare_digest(
        headers.get("x-ms-content-sha256", "").encode(), content.encode()
    )
    if not (is_signed and is_whole and _is_recent(date, now)):
        raise SignatureRefusedError


def _is_recent(date: str, now: datetime) -> bool:
    try:
        sent = parsedate_to_datetime(date)
    except ValueError:
        return False
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    return abs(now - sent) <= _TOLERANCE


SIGNED = Guard(check=_check, errors=(SignatureRefusedError, NotFoundError), scheme="vipps")


def register(now: datetime) -> tuple[str, str]:
    """Register this deployment's address; return the registration's id and its secret."""
    answer = _call("POST", "", now, {"url": config.public_url() + PATH, "events": list(EVENTS)})
    made = answer.json()
    if answer.status != 201:  # noqa: PLR2004 (Created)
        raise SystemExit(f"Vipps refused the registration: {answer.status} {made}")
    return made["id"], made["secret"]


@dataclass(frozen=True)
class Registration:
    """An address that Vipps sends events to."""

    id: str
    url: str
    events: tuple[str, ...]


def registrations(now: datetime) -> list[Registration]:
    """Return what is registered for our sales unit.

    Raises ProviderUnavailableError, ProviderRefusedError.
    """
    answer = _call("GET", "", now)
    if answer.status != 200:  # noqa: PLR2004 (OK)
        raise ProviderRefusedError("vipps", answer.status, f"http_{answer.status}")
    return [
        Registration(each["id"], each["url"], tuple(each["events"]))
        for each in answer.json()["webhooks"]
    ]


def is_registered(now: datetime) -> bool:
    """Return whether Vipps sends every payment event to this deployment."""
    ours = [each for each in registrations(now) if each.url == config.public_url() + PATH]
    return set(EVENTS) <= {name for each in ours for name in each.events}


def _call(method: str, path: str, now: datetime, body: object = None) -> Answer:
    from lib.providers.vipps import access_token

    return access_token.call(method, f"/webhooks/v1/webhooks{path}", now, body=body)


def main(arguments: list[str]) -> None:
    """Run the command that the module's description names."""
    match arguments:
        case ["register"]:
            registration, secret = register(clock.now())
            sys.stdout.write(f"registered as {registration}\nVIPPS_WEBHOOK_SECRET={secret}\n")
        case ["list"]:
            for one in registrations(clock.now()):
                sys.stdout.write(f"{one.id} {one.url} ({len(one.events)} events)\n")
        case ["delete", registration]:
            sys.stdout.write(f"{_call('DELETE', f'/{registration}', clock.now()).status}\n")
        case _:
            raise SystemExit("register | list | delete ID")


if __name__ == "__main__":
    main(sys.argv[1:])
