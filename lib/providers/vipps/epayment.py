"""Vipps ePayment: reserve, look, capture, refund, cancel.

Source: Vipps MobilePay ePayment API 1.8. There is no state for captured or refunded money: it is
read from the aggregate. A 4xx sticks to its idempotency key; a 5xx or silence may have acted and is
repeated with the same key and body. Captures and refunds may be parts, and be several; a cancel
lets go all that is not captured, for good.
"""

from datetime import datetime

from lib.core.errors import ProviderUnavailableError
from lib.providers.http import Answer, ProviderRefusedError
from lib.providers.refusal import Meaning
from lib.providers.vipps import access_token
from lib.providers.vipps.order import Order
from lib.providers.vipps.payloads import CreatedPayment, LoggedEvent, Payment

REFERENCE_EXISTS = "4150"
# The payer is approving at this moment, or another operation is under way: later it can be done.
BUSY = frozenset({"6160", "6250"})
# The card's bank did not answer: Vipps wants the same call with the same key.
SAME_KEY_AGAIN = "6280"
# The bank has let go of what was reserved: the capture was a new charge, and there is no money.
FUNDS_GONE = "6260"
_OK = (200, 201)
_GONE = 404
_LOCKED = 423


class PaymentUnknownError(Exception):
    """Vipps has no payment with this reference."""


def meaning(code: str) -> Meaning:
    """Return what a refusal with Vipps' own code tells whoever asked."""
    if code in BUSY:
        return Meaning.LATER
    if code == SAME_KEY_AGAIN:
        return Meaning.SAME_KEY
    if code == FUNDS_GONE:
        return Meaning.FUNDS
    return Meaning.NEVER


def create(
    *,
    reference: str,
    amount_ore: int,
    description: str,
    return_url: str,
    operation_id: str,
    now: datetime,
    order: Order | None = None,
) -> CreatedPayment:
    """Make a payment and return where the person approves it; raises ProviderRefusedError.

    `order` says what it is for, and raises ValueError where that does not add up to the amount.
    """
    body = {
        "amount": {"currency": "NOK", "value": amount_ore},
        "paymentMethod": {"type": "WALLET"},
        "reference": reference,
        "userFlow": "WEB_REDIRECT",
        "returnUrl": return_url,
        "paymentDescription": description[:100],
        **(order or Order()).body(amount_ore),
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


def events(reference: str, *, now: datetime) -> list[LoggedEvent]:
    """Return all that has happened to the payment, also what failed; raises PaymentUnknownError."""
    answer = _call("GET", f"/payments/{reference}/events", now)
    if answer.status == _GONE:
        raise PaymentUnknownError
    if answer.status not in _OK:
        raise ProviderUnavailableError(supplier="vipps")
    return [LoggedEvent.model_validate(each) for each in answer.json() or []]


def capture(reference: str, *, amount_ore: int, operation_id: str, now: datetime) -> Payment:
    """Take reserved money, all or a part; raises ProviderRefusedError.

    What the answer says was taken is the truth; that it came is not.
    """
    return _modified("capture", reference, amount_ore, operation_id, now)


def refund(reference: str, *, amount_ore: int, operation_id: str, now: datetime) -> Payment:
    """Give captured money back, all or a part, within a year; raises ProviderRefusedError."""
    return _modified("refund", reference, amount_ore, operation_id, now)


def cancel(reference: str, *, operation_id: str, now: datetime) -> Payment:
    """Give up a payment, or let go all that is not captured; raises ProviderRefusedError."""
    answer = _call("POST", f"/payments/{reference}/cancel", now, operation_id)
    return Payment.model_validate_json(_checked(answer).content)


def _modified(
    step: str, reference: str, amount_ore: int, operation_id: str, now: datetime
) -> Payment:
    body = {"modificationAmount": {"currency": "NOK", "value": amount_ore}}
    answer = _call("POST", f"/payments/{reference}/{step}", now, operation_id, body)
    return Payment.model_validate_json(_checked(answer).content)


def _call(
    method: str, path: str, now: datetime, operation_id: str = "", body: object = None
) -> Answer:
    key = {"Idempotency-Key": operation_id} if operation_id else {}
    return access_token.call(method, f"/epayment/v1{path}", now, headers=key, body=body)


def _checked(answer: Answer) -> Answer:
    # The media type of a success may be application/problem+json: only the status counts.
    if answer.status in _OK:
        return answer
    if answer.status == _LOCKED:
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
