"""Login's signing key and id_tokens, and the bad tokens that a client must refuse."""

import base64
import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

LIFETIME = timedelta(hours=1)
FORGERIES = (
    "issuer",
    "audience",
    "expired",
    "nonce",
    "subject",
    "signature",
    "alg_none",
    "unknown_kid",
)


@dataclass(frozen=True, slots=True)
class Signed:
    """What an id_token says about one login; times are epoch seconds."""

    issuer: str
    client_id: str
    merchant_serial_number: str
    sub: str
    sid: str
    nonce: str
    acr: str | None
    requested_at: int
    auth_time: int


class Signer:
    """Holds the key pair whose public half the JWKS shows."""

    def __init__(self) -> None:
        self.key = new_key()
        self.kid = f"public:{uuid.uuid4()}"

    def jwks(self) -> dict[str, Any]:
        """Return the JSON Web Key Set."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        shown = {name: public[name] for name in ("kty", "n", "e")}
        return {"keys": [{**shown, "use": "sig", "alg": "RS256", "kid": self.kid}]}

    def id_token(
        self, login: Signed, access_token: str, now: datetime, forge: str | None = None
    ) -> str:
        """Sign the token of a login; `forge` names the one thing that is to be wrong with it."""
        claims = _claims(login, access_token, now)
        if forge in _FALSE_CLAIMS:
            claims |= _FALSE_CLAIMS[forge](claims)
        key, kid = self.key, self.kid
        if forge in ("signature", "unknown_kid"):
            key = new_key()
        if forge == "unknown_kid":
            kid = f"public:{uuid.uuid4()}"
        headers = {"kid": kid, "typ": "JWT"}
        if forge == "alg_none":
            return jwt.encode(claims, "", algorithm="none", headers=headers)
        return jwt.encode(claims, key, algorithm="RS256", headers=headers)


def new_key() -> rsa.RSAPrivateKey:
    """Make an RSA key of the size that Vipps uses at least."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _claims(login: Signed, access_token: str, now: datetime) -> dict[str, Any]:
    claims = {
        "iss": login.issuer,
        "aud": [login.client_id],
        "sub": login.sub,
        "sid": login.sid,
        "msn": login.merchant_serial_number,
        "nonce": login.nonce,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "auth_time": login.auth_time,
        "rat": login.requested_at,
        "jti": str(uuid.uuid4()),
        "at_hash": _at_hash(access_token),
    }
    return claims | ({"acr": login.acr} if login.acr else {})


def _at_hash(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


_FALSE_CLAIMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    # Without its last slash: the issuer must be compared as it stands.
    "issuer": lambda claims: {"iss": claims["iss"].rstrip("/")},
    "audience": lambda _claims: {"aud": [str(uuid.uuid4())]},
    "expired": lambda claims: {"iat": claims["iat"] - 7200, "exp": claims["exp"] - 7200},
    "nonce": lambda _claims: {"nonce": secrets.token_urlsafe(16)},
    # Somebody else than userinfo speaks of.
    "subject": lambda _claims: {"sub": str(uuid.uuid4())},
}
