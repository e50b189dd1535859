"""Login's authorization endpoint: what it demands of a request, and the person's yes or no."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sandbox.simulators.kit import BadInputError, Clock, Form, read_form
from sandbox.simulators.vipps.people import LOGIN_AGE, Person
from sandbox.simulators.vipps.sales_unit import SalesUnit

CODE_LIFETIME = timedelta(minutes=2)
MINIMUM_STATE = 8
SCOPES = (
    "openid",
    "name",
    "phoneNumber",
    "nin",
    "address",
    "birthDate",
    "delegatedConsents",
    "email",
    "gender",
)
APP_AUTH = "urn:vipps:acr:app_auth"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_FLOWS = ("", "app_to_app", "app_to_app_v2", "automatic_return_from_vipps_app")


class UntrustedError(Exception):
    """The request names no known client or redirect URI: nobody is sent anywhere."""


class BouncedError(Exception):
    """The person is sent back to the client with an error."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Authorization:
    """A request that passed, as the later steps need it."""

    redirect_uri: str
    scope: str
    state: str
    nonce: str
    code_challenge: str
    acr: str | None
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code is worth: a person's yes to an authorization. `auth_time` in epoch seconds."""

    authorization: Authorization
    person: Person
    expires_at: datetime
    auth_time: int
    sid: str
    forge: str | None


class Authorizer:
    """Judges requests, and turns decisions into redirects and codes."""

    def __init__(self, clock: Clock, unit: SalesUnit) -> None:
        self._clock = clock
        self._unit = unit
        self._grants: dict[str, Grant] = {}

    def reset(self) -> None:
        """Forget every code."""
        self._grants.clear()

    def read(self, query_string: str) -> Authorization:
        """Judge a request.

        :raises UntrustedError: unknown client, redirect URI not registered, parameters given twice.
        :raises BouncedError: anything else; `bounce` makes the redirect of it.
        """
        query = self._trusted(query_string)
        state = _text(query, "state")
        scope = _text(query, "scope")
        _demand(
            _text(query, "response_type") == "code",
            "unsupported_response_type",
            "The response_type must be code.",
        )
        _demand(
            len(state) >= MINIMUM_STATE,
            "invalid_state",
            f"The state must have at least {MINIMUM_STATE} characters.",
        )
        _demand(
            "openid" in scope.split() and set(scope.split()) <= set(SCOPES),
            "invalid_scope",
            "The scope must hold openid and nothing unknown; scopes are case sensitive.",
        )
        self._check_flow(query)
        acr = _text(query, "acr_values")
        _demand(acr in ("", APP_AUTH), "invalid_request", "The acr_values are not supported.")
        return Authorization(
            redirect_uri=_text(query, "redirect_uri"),
            scope=scope,
            state=state,
            nonce=_text(query, "nonce"),
            code_challenge=_text(query, "code_challenge"),
            acr=acr or None,
            requested_at=self._clock.now(),
        )

    def bounce(self, query_string: str, error: BouncedError) -> str:
        """Return the address that tells the client of an error."""
        query = self._trusted(query_string)
        fields = {"error": error.error, "error_description": error.description}
        if state := _text(query, "state"):
            fields["state"] = state
        return _redirect(_text(query, "redirect_uri"), fields)

    def approve(
        self,
        authorization: Authorization,
        person: Person,
        *,
        auth_time: int | None = None,
        forge: str | None = None,
    ) -> str:
        """Return the address that carries a code for this person's login.

        :raises BouncedError: the person is too young to have Vipps Login.
        """
        now = self._clock.now()
        if person.age(now.date()) < LOGIN_AGE:
            raise BouncedError("access_denied", f"The user is younger than {LOGIN_AGE}.")
        code = f"{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"
        chosen = auth_time if auth_time is not None else person.auth_time
        self._grants[code] = Grant(
            authorization=authorization,
            person=person,
            expires_at=now + CODE_LIFETIME,
            auth_time=chosen if chosen is not None else int(now.timestamp()),
            sid=secrets.token_hex(16),
            forge=forge,
        )
        fields = {"code": code, "state": authorization.state, "scope": authorization.scope}
        return _redirect(authorization.redirect_uri, fields)

    def redeem(self, code: str, redirect_uri: str, verifier: str | None) -> Grant | None:
        """Use a code up; None when it is unknown, used, expired, or not for this caller."""
        grant = self._grants.pop(code, None)
        if grant is None or grant.expires_at <= self._clock.now():
            return None
        if grant.authorization.redirect_uri != redirect_uri:
            return None
        return grant if _proves(verifier, grant.authorization.code_challenge) else None

    def _trusted(self, query_string: str) -> Form:
        try:
            query = read_form(query_string.encode())
        except BadInputError as error:
            raise UntrustedError(str(error)) from error
        if _text(query, "client_id") != self._unit.client_id:
            raise UntrustedError("The client_id is unknown, or Login is not active for it.")
        if _text(query, "redirect_uri") not in self._unit.redirect_uris:
            raise UntrustedError("The redirect_uri is not one of those registered, byte for byte.")
        return query

    def _check_flow(self, query: Form) -> None:
        flow = _text(query, "requested_flow")
        challenge = _text(query, "code_challenge")
        _demand(flow in _FLOWS, "invalid_request", "The requested_flow is unknown.")
        _demand(
            not (flow == "app_to_app_v2" and not challenge),
            "invalid_request",
            "PKCE is required for app_to_app_v2.",
        )
        method = _text(query, "code_challenge_method")
        if challenge or method:
            _demand(
                method == "S256",
                "invalid_request",
                "The code_challenge_method must be S256 (the default is plain).",
            )
            _demand(
                _CHALLENGE.fullmatch(challenge) is not None,
                "invalid_request",
                "The code_challenge must be 43 characters of base64url.",
            )
        if flow == "app_to_app":
            callback = _text(query, "app_callback_uri")
            _demand(bool(callback), "invalid_app_callback_uri", "app_callback_uri is missing.")
            _demand(
                callback in self._unit.app_callback_uris,
                "app_callback_uri_not_registered",
                "The app_callback_uri is not one of those registered.",
            )


def _demand(fulfilled: bool, error: str, description: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not fulfilled:
        raise BouncedError(error, description)


def _text(query: Form, name: str) -> str:
    value = query.get(name, "")
    return value if isinstance(value, str) else ""


def _redirect(uri: str, fields: dict[str, str]) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(fields)}"


def _proves(verifier: str | None, challenge: str) -> bool:
    if not challenge:
        return verifier is None
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    made = urlsafe_b64encode(digest).decode().rstrip("=")
    return secrets.compare_digest(made, challenge)
