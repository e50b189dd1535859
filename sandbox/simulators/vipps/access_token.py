"""The Access Token API, and the checks that the gateway makes on every call with its tokens."""

import hmac
import re
import secrets
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.simulators.kit import Clock, RefusedError, Request, Response, Route
from sandbox.simulators.vipps.problems import gateway_answer, problem, refuse_fields
from sandbox.simulators.vipps.sales_unit import SalesUnit

LIFETIME = timedelta(hours=1)
_RESOURCE = "00000002-0000-0000-c000-000000000000"
_MSN = re.compile(r"[0-9]{4,10}")
_SYSTEM_HEADERS = ("name", "version", "plugin-name", "plugin-version")


class AccessTokens:
    """Issues bearer tokens and recognises its own until they expire.

    A reset of the sandbox does not touch them: clients rightly keep a token for its whole hour.
    """

    def __init__(self, clock: Clock, unit: SalesUnit, key: RSAPrivateKey) -> None:
        self._clock = clock
        self._unit = unit
        self._key = key
        self._expiry: dict[str, datetime] = {}

    def routes(self) -> list[Route]:
        """The one operation."""
        return [Route("POST", "/accesstoken/get", self._issue)]

    def check(self, request: Request) -> None:
        """Let a call pass that has subscription key, living token and this unit's MSN.

        :raises RefusedError: 401 in the gateway's format; 400 or 403 as a problem, for the MSN.
        """
        self._check_subscription(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        expiry = self._expiry.get(token)
        if scheme != "Bearer" or expiry is None or expiry <= self._clock.now():
            message = "Unauthorized. Access token is missing or invalid."
            raise RefusedError(gateway_answer(401, message))
        msn = request.headers.get("merchant-serial-number")
        if msn is None or not _MSN.fullmatch(msn):
            reason = "Required, 4 to 10 digits."
            refuse_fields(request, [("Merchant-Serial-Number", reason)])
        if msn != self._unit.merchant_serial_number:
            detail = "The keys do not belong to this Merchant-Serial-Number."
            raise RefusedError(problem(request, 403, "Forbidden", detail))
        check_system_headers(request)

    def _check_subscription(self, request: Request) -> None:
        key = request.headers.get("ocp-apim-subscription-key")
        if key is None:
            what = "missing subscription key. Make sure to include subscription key when making"
            message = f"Access denied due to {what} requests to an API."
        elif not hmac.compare_digest(key.encode(), self._unit.subscription_key.encode()):
            what = "invalid subscription key. Make sure to provide a valid key"
            message = f"Access denied due to {what} for an active subscription."
        else:
            return
        realm = 'AzureApiManagementKey realm="https://apitest.vipps.no",'
        challenge = f'{realm}name="Ocp-Apim-Subscription-Key",type="header"'
        raise RefusedError(gateway_answer(401, message, {"WWW-Authenticate": challenge}))

    def _issue(self, request: Request) -> Response:
        self._check_subscription(request)
        missing = [name for name in ("client_id", "client_secret") if name not in request.headers]
        if missing:
            refuse_fields(request, [(name, "Required header.") for name in missing])
        msn = request.headers.get("merchant-serial-number", self._unit.merchant_serial_number)
        if not _MSN.fullmatch(msn):
            refuse_fields(request, [("Merchant-Serial-Number", "4 to 10 digits.")])
        check_system_headers(request)
        given = (request.headers["client_id"], request.headers["client_secret"], msn)
        unit = self._unit
        if given != (unit.client_id, unit.client_secret, unit.merchant_serial_number):
            error = {"error": "unauthorized_client", "error_description": "Invalid credentials."}
            return Response.json(401, error)
        return Response.json(200, self._token(), "application/json;charset=UTF-8")

    def _token(self) -> dict[str, str]:
        now = self._clock.now()
        start, end = int(now.timestamp()), int((now + LIFETIME).timestamp())
        claims = {
            "aud": _RESOURCE,
            "iss": "https://sts.windows.net/sandbox/",
            "iat": start,
            "nbf": start,
            "exp": end,
            "appid": self._unit.client_id,
            "jti": secrets.token_hex(16),
            # Real tokens are longer than a thousand characters: what stores them must bear it.
            "xms_sandbox": secrets.token_hex(300),
        }
        token = jwt.encode(claims, self._key, algorithm="RS256")
        self._expiry[token] = now + LIFETIME
        return {
            "token_type": "Bearer",
            "expires_in": str(int(LIFETIME.total_seconds())),
            "ext_expires_in": "0",
            "expires_on": str(end),
            "not_before": str(start),
            "resource": _RESOURCE,
            "access_token": token,
        }


def check_system_headers(request: Request) -> None:
    """Refuse a Vipps-System-* header longer than 30 characters. :raises RefusedError: 400."""
    names = [f"vipps-system-{name}" for name in _SYSTEM_HEADERS]
    long = [name for name in names if len(request.headers.get(name, "")) > 30]
    if long:
        refuse_fields(request, [(name, "At most 30 characters.") for name in long])
