"""Vipps Login: OpenID Connect with the code flow and PKCE.

Source: Vipps MobilePay Login API guide. Vipps gives no refresh tokens, and its access token is good
for the one userinfo call that follows at once; nothing of either is kept.
"""

import base64
import hashlib
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from lib.core.errors import ProblemError, ProviderUnavailableError
from lib.providers import http
from lib.providers.register import VIPPS
from lib.providers.vipps import settings
from lib.providers.vipps.payloads import Discovery, IdToken, TokenAnswer, UserInfo

if TYPE_CHECKING:
    from jwt import PyJWK

SCOPE = "openid name email phoneNumber birthDate"
_DISCOVERY_PATH = "/access-management-1.0/access/.well-known/openid-configuration"
_CACHE = timedelta(hours=1)  # what Vipps asks for in Cache-Control
_SKEW = timedelta(seconds=30)


class SignInFailedError(ProblemError):
    """What came back from Vipps can't be trusted or is used up: begin again."""

    status, code = 401, "sign_in_failed"
    nb, en = "Innloggingen mislyktes, prøv igjen", "Sign-in failed, begin again"


@dataclass(frozen=True)
class Profile:
    """What Vipps says of the person who signed in; a claim that was not given is None."""

    subject: str
    authenticated_at: datetime
    claims: UserInfo


class _Cached:
    """Discovery and keys, kept an hour by the process: the one state that requests share here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, Any]] = {}

    def get(self, url: str, now: datetime, *, renew: bool = False) -> Any:  # noqa: ANN401 (foreign JSON)
        """Return the JSON at the address, from memory where it is at most an hour old."""
        with self._lock:
            since, kept = self._kept.get(url, (now - _CACHE, None))
        if kept is not None and not renew and now - since < _CACHE:
            return kept
        answer = http.send(VIPPS, "GET", url, headers=settings.system_headers())
        found = answer.json()
        if answer.status != 200 or not isinstance(found, dict):  # noqa: PLR2004 (OK)
            raise ProviderUnavailableError(supplier="vipps")
        with self._lock:
            self._kept[url] = (now, found)
        return found


_cached = _Cached()


def authorize_url(
    *, state: str, nonce: str, code_verifier: str, redirect_uri: str, in_app: bool, now: datetime
) -> str:
    """Return where the person's browser (or the Vipps app) is sent."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest())
    query = {
        "response_type": "code",
        "client_id": settings.sales_unit().client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",  # the parameter's default is plain
    }
    if in_app:
        query["requested_flow"] = "app_to_app_v2"
    # Vipps wants the scopes separated by %20, not by +.
    return f"{_discover(now).authorization_endpoint}?{urlencode(query, quote_via=quote)}"


def redeem(
    *, code: str, code_verifier: str, redirect_uri: str, nonce: str, now: datetime
) -> Profile:
    """Exchange the code, check the id_token, fetch the claims; raises SignInFailedError."""
    discovery = _discover(now)
    tokens = _exchange(discovery, code, code_verifier, redirect_uri)
    identity = _checked(tokens.id_token, discovery, nonce, now)
    claims = _userinfo(discovery, tokens.access_token)
    if claims.sub != identity.sub:
        raise SignInFailedError
    return Profile(
        subject=identity.sub,
        authenticated_at=datetime.fromtimestamp(identity.auth_time, UTC),
        claims=claims,
    )


def _discover(now: datetime) -> Discovery:
    found = Discovery.model_validate(_cached.get(VIPPS.base_url() + _DISCOVERY_PATH, now))
    # The trailing slash is part of the value; a document that names another issuer is not Vipps'.
    if found.issuer != VIPPS.base_url() + "/access-management-1.0/access/":
        raise ProviderUnavailableError(supplier="vipps")
    return found


def _exchange(
    discovery: Discovery, code: str, code_verifier: str, redirect_uri: str
) -> TokenAnswer:
    unit = settings.sales_unit()
    basic = base64.b64encode(f"{unit.client_id}:{unit.client_secret}".encode()).decode()
    answer = http.send(
        VIPPS,
        "POST",
        discovery.token_endpoint,
        headers={"Authorization": f"Basic {basic}", **settings.system_headers()},
        form={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        },
    )
    if answer.status != 200:  # noqa: PLR2004 (OK)
        raise SignInFailedError
    return TokenAnswer.model_validate_json(answer.content)


def _checked(id_token: str, discovery: Discovery, nonce: str, now: datetime) -> IdToken:
    import jwt

    try:
        claims = jwt.decode(
            id_token,
            _key(id_token, discovery, now),
            algorithms=["RS256"],
            audience=settings.sales_unit().client_id,
            issuer=discovery.issuer,
            options={
                "require": ["iss", "aud", "exp", "iat", "sub", "nonce", "auth_time"],
                # Times are checked below, against the clock that the request was given.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        token = IdToken.model_validate(claims)
    except (jwt.PyJWTError, ValueError):
        raise SignInFailedError from None
    is_current = token.iat - _SKEW.seconds <= now.timestamp() < token.exp + _SKEW.seconds
    if token.nonce != nonce or not is_current:
        raise SignInFailedError
    return token


def _key(id_token: str, discovery: Discovery, now: datetime) -> "PyJWK":
    """Return the key the token is signed with; an unknown one may be new, so look again."""
    import jwt

    kid = jwt.get_unverified_header(id_token).get("kid")
    for renew in (False, True):
        keys = _cached.get(discovery.jwks_uri, now, renew=renew).get("keys", [])
        for key in keys:
            if key.get("kid") == kid and key.get("kty") == "RSA" and key.get("use") == "sig":
                return jwt.PyJWK.from_dict(key, algorithm="RS256")
    raise SignInFailedError


def _userinfo(discovery: Discovery, access_token: str) -> UserInfo:
    # A subscription key on this call is answered with 401.
    answer = http.send(
        VIPPS,
        "GET",
        discovery.userinfo_endpoint,
        headers={"Authorization": f"Bearer {access_token}", **settings.system_headers()},
    )
    if answer.status != 200:  # noqa: PLR2004 (OK)
        raise SignInFailedError
    return UserInfo.model_validate_json(answer.content)
