"""How Vipps says no: RFC 7807 problems of the services, and the gateway's own format."""

import secrets
from collections.abc import Sequence
from typing import NoReturn

from sandbox.simulators.kit import RefusedError, Request, Response

PROBLEM_JSON = "application/problem+json"
_TYPE = "https://developer.vippsmobilepay.com/docs/knowledge-base/errors"

CODES: dict[str, tuple[int, str]] = {
    "4010": (409, "The idempotency key was used with another body"),
    "4020": (409, "The idempotency key was used for something else"),
    "4040": (400, "The amount is not valid"),
    "4070": (400, "The phone number is not valid"),
    "4080": (400, "The scope is not valid"),
    "4090": (400, "The URL is not valid"),
    "4100": (400, "There are too many metadata pairs"),
    "4110": (400, "A metadata key is too long"),
    "4120": (400, "A metadata value is too long"),
    "4130": (400, "A metadata value is not a string"),
    "4140": (400, "A parameter that this payment needs is missing"),
    "4150": (409, "The reference, or the key of a refund, was used before"),
    "5030": (403, "The sales unit has no access to this scope"),
    "5040": (400, "The currency is not that of the sales unit"),
    "5050": (403, "The sales unit may not make long-living payments"),
    "5070": (422, "The payment can not be created"),
    "5080": (403, "The sales unit may not send push messages"),
    "5090": (404, "There is no payment with this reference"),
    "5100": (400, "The refund is impossible"),
    "6010": (400, "The amount is too small"),
    "6040": (400, "The payment is captured in full"),
    "6050": (400, "The payment is cancelled already"),
    "6060": (400, "The payment is authorized, and only the transaction was to be cancelled"),
    "6080": (400, "The payment is not authorized"),
    "6090": (400, "The amount is above what is left to capture"),
    "6100": (400, "The time for capturing is over"),
    "6110": (400, "The expiry is too far ahead"),
    "6120": (400, "The expiry is too close"),
    "6130": (400, "A long-living payment needs a receipt"),
    "6150": (400, "The amount is above what is left to refund"),
    "6190": (400, "The payment has ended and can not be cancelled"),
    "6220": (400, "The time for refunding is over"),
    "6250": (409, "The user is authorizing the payment at this moment"),
    "6260": (400, "The funds are not available"),
    "6280": (400, "The capture failed, try again later"),
    "7010": (400, "The customer is not found, or may not make this payment"),
}
RETRYABLE = frozenset({"6250", "6260", "6280"})
"""Refusals that pass: they do not stick to the idempotency key."""


class DomainError(Exception):
    """A rule of the payment service says no; `code` is Vipps' own."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code}: {CODES[code][1]}")
        self.code = code


def problem(
    request: Request,
    status: int,
    title: str,
    detail: str,
    extra: Sequence[tuple[str, str]] = (),
) -> Response:
    """Make a problem of a service; `extra` becomes extraDetails, pairs of name and reason."""
    content = {
        "type": _TYPE,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "traceId": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00",
        "extraDetails": [{"name": name, "reason": reason} for name, reason in extra],
    }
    return Response.json(status, content, PROBLEM_JSON)


def domain_problem(request: Request, code: str) -> Response:
    """Make the problem of a rule: its code is the reason of the detail named ErrorCode."""
    status, title = CODES[code]
    return problem(request, status, title, title, [("ErrorCode", code)])


def refuse_fields(request: Request, fields: Sequence[tuple[str, str]]) -> NoReturn:
    """Refuse what does not fit the schema: the fields at fault are named, and there is no code."""
    raise RefusedError(fields_problem(request, fields))


def fields_problem(request: Request, fields: Sequence[tuple[str, str]]) -> Response:
    """Make the problem of what does not fit the schema; see `refuse_fields`."""
    detail = "One or more validation errors occurred."
    return problem(request, 400, "Bad Request", detail, fields)


def gateway_answer(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """Make an answer of the API gateway, which comes before the services and has its own format."""
    content = {"statusCode": status, "message": message}
    return Response.json(status, content, "application/json", headers)
