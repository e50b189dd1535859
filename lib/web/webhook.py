"""What webhooks share: larger bodies, and the signature of both Stripe and Whereby."""

import hashlib
import hmac
import re
from datetime import datetime

from lib.core.errors import ProblemError

MAX_BODY = 1024 * 1024
_TOLERANCE_SECONDS = 300
_SECONDS = re.compile(r"[0-9]{1,12}")


class SignatureRefusedError(ProblemError):
    """The signature is missing, wrong or too old: the sender is not who it says."""

    status, code = 401, "signature_refused"
    nb, en = "Signaturen stemmer ikke", "The signature does not match"


def is_signed_with(secrets: tuple[str, ...], header: str, body: bytes, now: datetime) -> bool:
    """Return whether `t=<seconds>,v1=<hex>[,v1=…]` signs `t.body` by one of the secrets, lately.

    A time ahead of ours is refused like one behind: Stripe's own library lets it pass.
    """
    parts = [part.strip().partition("=") for part in header.split(",")[:20]]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]):
        return False
    if abs(now.timestamp() - int(times[0])) > _TOLERANCE_SECONDS:
        return False
    given = [value.encode() for name, _, value in parts if name == "v1"]
    signed = times[0].encode() + b"." + body
    wanted = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in secrets]
    return any(hmac.compare_digest(one.encode(), value) for one in wanted for value in given)
