"""Vipps Login over HTTP: discovery, keys, the page where a person decides, tokens and userinfo."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import unquote_plus, urlsplit

from sandbox.simulators.kit import (
    BadInputError,
    Clock,
    RefusedError,
    Request,
    Response,
    Route,
    control_fields,
)
from sandbox.simulators.vipps import page
from sandbox.simulators.vipps.authorize import (
    SCOPES,
    Authorizer,
    BouncedError,
    Grant,
    UntrustedError,
)
from sandbox.simulators.vipps.id_token import FORGERIES, Signed, Signer
from sandbox.simulators.vipps.people import People, Person, moment
from sandbox.simulators.vipps.sales_unit import SalesUnit
from sandbox.simulators.vipps.userinfo import claims_for, userinfo_refusal

ACCESS = "/access-management-1.0/access"
USERINFO = "/vipps-userinfo-api/userinfo"
EXPIRES_IN = 3599
USERINFO_LIFETIME = timedelta(minutes=10)
_CANCELLED = BouncedError("access_denied", "The user cancelled the login.")


@dataclass(frozen=True, slots=True)
class _Session:
    grant: Grant
    expires_at: datetime


class Login:
    """The OpenID provider of one sales unit. `base_url` is known once the simulator runs."""

    def __init__(self, clock: Clock, unit: SalesUnit, people: People, signer: Signer) -> None:
        self.base_url = ""
        self._clock = clock
        self._unit = unit
        self._people = people
        self._signer = signer
        self._authorizer = Authorizer(clock, unit)
        self._sessions: dict[str, _Session] = {}
        self._redeemed: dict[str, str] = {}

    def reset(self) -> None:
        """Forget codes and access tokens; the signing key stays, as clients cache it."""
        self._authorizer.reset()
        self._sessions.clear()
        self._redeemed.clear()

    def routes(self) -> list[Route]:
        """The endpoints that discovery names, and the control route that plays a person's tap."""
        return [
            Route("GET", f"{ACCESS}/.well-known/openid-configuration", self._discovery),
            Route("GET", f"{ACCESS}/.well-known/jwks.json", self._jwks),
            Route("GET", f"{ACCESS}/oauth2/auth", self._page),
            Route("POST", f"{ACCESS}/oauth2/auth", self._decision),
            Route("POST", f"{ACCESS}/oauth2/token", self._token),
            Route("POST", f"{ACCESS}/oauth2/revoke", self._revoke),
            Route("GET", USERINFO, self._userinfo),
            Route("GET", f"{USERINFO}/", self._userinfo),
            Route("POST", "/_sandbox/login", self._play),
        ]

    def _discovery(self, _request: Request) -> Response:
        access = f"{self.base_url}{ACCESS}"
        content = {
            "issuer": f"{access}/",
            "authorization_endpoint": f"{access}/oauth2/auth",
            "token_endpoint": f"{access}/oauth2/token",
            "revocation_endpoint": f"{access}/oauth2/revoke",
            "userinfo_endpoint": f"{self.base_url}{USERINFO}",
            "jwks_uri": f"{access}/.well-known/jwks.json",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "scopes_supported": list(SCOPES),
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }
        return Response.json(200, content, headers={"Cache-Control": "max-age=3600"})

    def _jwks(self, _request: Request) -> Response:
        return Response.json(200, self._signer.jwks())

    # -- the person's part -------------------------------------------------------------------------

    def _page(self, request: Request) -> Response:
        try:
            authorization = self._authorizer.read(request.query_string)
        except UntrustedError as error:
            return page.message_page(400, "Innloggingen kan ikke starte", str(error))
        except BouncedError as error:
            return Response.redirect(self._authorizer.bounce(request.query_string, error))
        return page.login_page(
            unit=self._unit.name,
            action=f"{ACCESS}/oauth2/auth",
            query_string=request.query_string,
            scope=authorization.scope,
            people=self._people.all(),
        )

    def _decision(self, request: Request) -> Response:
        form = request.form()
        try:
            target = self._decide(
                str(form.get("request", "")),
                self._people.find(str(form.get("person", ""))),
                str(form.get("action", "")),
            )
        except UntrustedError as error:
            return page.message_page(400, "Innloggingen kan ikke fullføres", str(error))
        return Response.redirect(target, 303)

    def _decide(
        self,
        query_string: str,
        person: Person | None,
        action: str,
        *,
        auth_time: int | None = None,
        forge: str | None = None,
    ) -> str:
        try:
            authorization = self._authorizer.read(query_string)
            if action == "cancel":
                return self._authorizer.bounce(query_string, _CANCELLED)
            person = _chosen(person, action)
            return self._authorizer.approve(authorization, person, auth_time=auth_time, forge=forge)
        except BouncedError as error:
            return self._authorizer.bounce(query_string, error)

    def _play(self, request: Request) -> Response:
        wish = control_fields(request)
        try:
            _check_play(wish)
            auth_time = moment(wish["auth_time"]) if "auth_time" in wish else None
            target = self._decide(
                urlsplit(str(wish.get("authorize_url"))).query,
                self._people.find(str(wish.get("person", ""))),
                str(wish.get("action", "approve")),
                auth_time=auth_time,
                forge=wish.get("forge"),
            )
        except (UntrustedError, TypeError, ValueError) as error:
            return Response.json(400, {"error": str(error)})
        return Response.json(200, {"redirect_to": target})

    # -- the client's part -------------------------------------------------------------------------

    def _token(self, request: Request) -> Response:
        form = self._client_form(request)
        if form.get("grant_type") != "authorization_code":
            _refuse_oauth(400, "unsupported_grant_type", "grant_type must be authorization_code.")
        code, redirect_uri = form.get("code", ""), form.get("redirect_uri", "")
        if not code or not redirect_uri:
            _refuse_oauth(400, "invalid_request", "code and redirect_uri are required.")
        if code in self._redeemed:
            # A code that comes twice was stolen or lost: what it gave is taken back.
            self._sessions.pop(self._redeemed.pop(code), None)
        grant = self._authorizer.redeem(code, redirect_uri, form.get("code_verifier"))
        if grant is None:
            detail = "The code is expired, used, or bound to another redirect_uri or code_verifier."
            _refuse_oauth(400, "invalid_grant", detail)
        access_token = f"{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"
        self._sessions[access_token] = _Session(grant, self._clock.now() + USERINFO_LIFETIME)
        self._redeemed[code] = access_token
        content = {
            "access_token": access_token,
            "id_token": self._id_token(grant, access_token),
            "expires_in": EXPIRES_IN,
            "scope": grant.authorization.scope,
            "token_type": "bearer",
        }
        return Response.json(200, content, headers={"Cache-Control": "no-store"})

    def _id_token(self, grant: Grant, access_token: str) -> str:
        authorization = grant.authorization
        signed = Signed(
            issuer=f"{self.base_url}{ACCESS}/",
            client_id=self._unit.client_id,
            merchant_serial_number=self._unit.merchant_serial_number,
            sub=grant.person.sub,
            sid=grant.sid,
            nonce=authorization.nonce,
            acr=authorization.acr,
            requested_at=int(authorization.requested_at.timestamp()),
            auth_time=grant.auth_time,
        )
        return self._signer.id_token(signed, access_token, self._clock.now(), grant.forge)

    def _revoke(self, request: Request) -> Response:
        self._sessions.pop(self._client_form(request).get("token", ""), None)
        return Response(200)

    def _client_form(self, request: Request) -> dict[str, str]:
        """Read a form of the client that proves itself by client_secret_basic."""
        if request.media_type != "application/x-www-form-urlencoded":
            _refuse_oauth(400, "invalid_request", "The body must be a form.")
        try:
            form = request.form()
        except BadInputError as error:
            _refuse_oauth(400, "invalid_request", str(error))
        expected = (self._unit.client_id, self._unit.client_secret)
        same_client = form.get("client_id", self._unit.client_id) == self._unit.client_id
        if _basic(request) != expected or "client_secret" in form or not same_client:
            detail = "Client authentication failed; the method is client_secret_basic."
            _refuse_oauth(401, "invalid_client", detail)
        return {name: value for name, value in form.items() if isinstance(value, str)}

    def _userinfo(self, request: Request) -> Response:
        if "ocp-apim-subscription-key" in request.headers:
            raise userinfo_refusal(401, "Login's userinfo takes no Ocp-Apim-Subscription-Key.")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        session = self._sessions.get(token)
        if scheme != "Bearer" or session is None or session.expires_at <= self._clock.now():
            raise userinfo_refusal(401, "The access token is missing, unknown or expired.")
        # The data is that of today, not of the login: a phone number may have changed since.
        person = self._people.find(session.grant.person.sub) or session.grant.person
        scope = session.grant.authorization.scope
        content: dict[str, Any] = {"sid": session.grant.sid, **claims_for(person, scope)}
        return Response.json(200, content, "application/json;charset=UTF-8")


def _check_play(wish: dict[str, Any]) -> None:
    known = {"authorize_url", "person", "action", "forge", "auth_time"}
    if wish.keys() - known or wish.get("forge") not in (None, *FORGERIES):
        raise UntrustedError(f"fields: {sorted(known)}; forge: {FORGERIES}")


def _chosen(person: Person | None, action: str) -> Person:
    if action != "approve" or person is None:
        raise UntrustedError("Choose a person, and approve or cancel.")
    return person


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if "%" in secret or "%" in client_id:  # RFC 6749 encodes both as in a form; few clients do
        return unquote_plus(client_id), unquote_plus(secret)
    return client_id, secret


def _refuse_oauth(status: int, error: str, description: str) -> NoReturn:
    content = {"error": error, "error_description": description, "error_code": status}
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Basic"
    raise RefusedError(Response.json(status, content, headers=headers))
