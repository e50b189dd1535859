"""Vipps ePayment: reserve, look, capture, cancel.

Source: Vipps MobilePay ePayment API 1.8. There is no state for captured or refunded money: it is
read from the aggregate. A 4xx sticks to its idempotency key; a 5xx or silence may have acted and is
repeated with the same key and body.
"""

from datetime import datetime

from lib.core.errors import ProviderUnavailableError
from lib.providers import http
from lib.providers.http import Answer, ProviderRefusedError
from lib.providers.register import VIPPS
from lib.providers.vipps import access_token
from lib.providers.vipps.payloads import CreatedPayment, Payment

REFERENCE_EXISTS = "4150"
# The payer is approving at this moment, or another operation is under way: later it can be done.
BUSY = frozenset({"6160", "6250"})
# The card's bank did not answer: Vipps wants the same call with the same key.
SAME_KEY_AGAIN = "6280"
_OK = (200, 201)
_GONE = 404
_UNAUTHORISED = 401
_LOCKED = 423


class PaymentUnknownError(Exception):
    """Vipps has no payment with this reference."""


def create(
    *,
    reference: str,
    amount_ore: int,
    description: str,
    return_url: str,
    operation_id: str,
    now: datetime,
) -> CreatedPayment:
    """Make a payment and return where the person approves it; raises ProviderRefusedError."""
    body = {
        "amount": {"currency": "NOK", "value": amount_ore},
        "paymentMethod": {"type": "WALLET"},
        "reference": reference,
        "userFlow": "WEB_REDIRECT",
        "returnUrl": return_url,
        "paymentDescription": description[:100],
    }
    answer = _call("POST", "/payments", now, operation_id, body)
    return CreatedPayment.model_validate_json(_checked(answer).content)


def find(reference: str, *, now: datetime) -> Payment:
    """Return the payment as Vipps has it; raises PaymentUnknownError.

    Any other refusal to look is about our keys, not the payment, and says nothing of it.
    """
    answer = _call("GET", f"/payments/{reference}", now)
    if answer.status == _GONE:
        raise PaymentUnknownError
    if answer.status not in _OK:
        raise ProviderUnavailableError(supplier="vipps")
    return Payment.model_validate_json(answer.content)


def capture(reference: str, *, amount_ore: int, operation_id: str, now: datetime) -> Payment:
    """Take reserved money; raises ProviderRefusedError."""
    body = {"modificationAmount": {"currency": "NOK", "value": amount_ore}}
    answer = _call("POST", f"/payments/{reference}/capture", now, operation_id, body)
    return Payment.model_validate_json(_checked(answer).content)


def cancel(reference: str, *, operation_id: str, now: datetime) -> Payment:
    """Give up a payment, or let go all that is not captured; raises ProviderRefusedError."""
    answer = _call("POST", f"/payments/{reference}/cancel", now, operation_id)
    return Payment.model_validate_json(_checked(answer).content)


def _call(
    method: str, path: str, now: datetime, operation_id: str = "", body: object = None
) -> Answer:
    url = f"{VIPPS.base_url()}/epayment/v1{path}"
    extra = {"Idempotency-Key": operation_id} if operation_id else {}
    headers = {**access_token.headers(now), **extra}
    answer = http.send(VIPPS, method, url, headers=headers, json=body)
    if answer.status == _UNAUTHORISED:
        headers = {**access_token.headers(now, renew=True), **extra}
        answer = http.send(VIPPS, method, url, headers=headers, json=body)
    return answer


def _checked(answer: Answer) -> Answer:
    # The media type of a success may be application/problem+json: only the status counts.
    if answer.status in _OK:
        return answer
    # 401, with a new token too, speaks of our keys, not of what was asked.
    if answer.status in {_LOCKED, _UNAUTHORISED}:
        raise ProviderUnavailableError(supplier="vipps")
    raise ProviderRefusedError("vipps", answer.status, _error_code(answer))


def _error_code(answer: Answer) -> str:
    """Return Vipps' own code, which hides among the details, or the title of what has none."""
    problem = answer.json()
    if not isinstance(problem, dict):
        return f"http_{answer.status}"
    for detail in problem.get("extraDetails") or []:
        if isinstance(detail, dict) and detail.get("name") == "ErrorCode":
            return str(detail.get("reason"))
    return f"http_{answer.status}"
