"""Webhooks from Whereby: `Whereby-Signature: t=…,v1=…` over the raw body."""

from collections.abc import Mapping
from datetime import datetime

from lib.core import config
from lib.core.errors import NotFoundError
from lib.web.route import Guard
from lib.web.webhook import SignatureRefusedError, is_signed_with

PATH = "/v1/webhooks/whereby"


def _check(headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    secret = config.text("WHEREBY_WEBHOOK_SECRET", "")
    if not secret:
        raise NotFoundError
    if not is_signed_with((secret,), headers.get("whereby-signature", ""), body, now):
        raise SignatureRefusedError


SIGNED = Guard(check=_check, errors=(SignatureRefusedError, NotFoundError), scheme="whereby")
