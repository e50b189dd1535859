"""What Vipps tells about a person: the claims of each scope, for logins and for payments."""

import secrets
from typing import Any

from sandbox.simulators.kit import RefusedError, Request, Response, Route
from sandbox.simulators.vipps.access_token import AccessTokens
from sandbox.simulators.vipps.payments import Payments
from sandbox.simulators.vipps.people import Person


def claims_for(person: Person, scope: str) -> dict[str, Any]:
    """Return the claims of the scopes asked for; nin and gender are not to be had, silently.

    What the person withholds is left out just as silently.
    """
    scopes = set(scope.split())
    claims: dict[str, Any] = {"sub": person.sub}
    if "name" in scopes:
        claims["name"] = person.name
        claims["given_name"] = person.given_name
        claims["family_name"] = person.family_name
    if "phoneNumber" in scopes:
        claims["phone_number"] = person.phone_number
        claims["phone_number_verified"] = True
    if "email" in scopes:
        claims["email"] = person.email
        claims["email_verified"] = person.email_verified
    if "birthDate" in scopes:
        claims["birthdate"] = person.birthdate
    if "address" in scopes:
        claims["address"] = _address(person)
        claims["other_addresses"] = []
    return {name: value for name, value in claims.items() if name not in person.withholds}


class PaymentUserinfo:
    """Userinfo of who paid, by the sub that the payment shows when it asked for a profile."""

    def __init__(self, tokens: AccessTokens, payments: Payments) -> None:
        self._tokens = tokens
        self._payments = payments

    def routes(self) -> list[Route]:
        """The one operation."""
        return [Route("GET", "/vipps-userinfo-api/userinfo/{sub}", self._get)]

    def _get(self, request: Request) -> Response:
        self._tokens.check(request)
        for payment in reversed(list(self._payments)):
            payer, profile = payment.payer, payment.order.profile
            if payer and payer.sub == request.params["sub"] and profile and profile.scope:
                content = claims_for(payer, profile.scope)
                return Response.json(200, content, "application/json;charset=UTF-8")
        raise userinfo_refusal(404, "No payment has shared data of this sub.")


def userinfo_refusal(status: int, detail: str) -> RefusedError:
    """Make a refusal in the format of the Userinfo API, whose `status` is a string."""
    content = {
        "type": "about:blank",
        "title": "Unauthorized" if status == 401 else "Not Found",
        "status": str(status),
        "detail": detail,
        "instance": secrets.token_hex(16),
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    media_type = "application/json;charset=UTF-8"
    return RefusedError(Response.json(status, content, media_type, headers))


def _address(person: Person) -> dict[str, str]:
    """Who has no address has one of empty strings."""
    has_one = bool(person.street_address)
    lines = [person.street_address, f"{person.postal_code} {person.region}", "NO"]
    return {
        "street_address": person.street_address,
        "postal_code": person.postal_code,
        "region": person.region,
        "country": "NO" if has_one else "",
        "formatted": "\n".join(lines) if has_one else "",
        "address_type": "home" if has_one else "",
    }
