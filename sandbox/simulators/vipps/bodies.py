"""The bodies that ePayment and the Webhooks API accept: every field, nothing else."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from sandbox.simulators.kit import RefusedError, Request
from sandbox.simulators.vipps.problems import domain_problem, fields_problem

type Ore = Annotated[int, Field(ge=0, le=65_000_000)]


def _rfc3339(text: str) -> str:
    if not re.fullmatch(r"(?i)[0-9-]{10}T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", text):
        raise ValueError("not a moment as in RFC 3339")
    datetime.fromisoformat(text.upper())
    return text


type Rfc3339 = Annotated[str, AfterValidator(_rfc3339)]
type Currency = Literal["NOK", "DKK", "EUR", "SEK", "USD", "GBP"]
type UserFlow = Literal["PUSH_MESSAGE", "NATIVE_REDIRECT", "WEB_REDIRECT", "QR"]
type MethodType = Literal["WALLET", "CARD", "CARD_PASSTHROUGH"]


class Body(BaseModel):
    """Unknown fields are refused, and nothing is converted: "100" is no integer."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class Amount(Body):
    """Minor units of a currency."""

    value: Ore
    currency: Currency


class Customer(Body):
    """Exactly one way of naming who is to pay."""

    phone_number: Annotated[str, Field(pattern=r"^[0-9]{9,15}$")] | None = None
    personal_qr: Annotated[str, Field(min_length=5, max_length=255)] | None = None
    customer_token: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("exactly one of phoneNumber, personalQr and customerToken")
        return self


class PaymentMethod(Body):
    """How the customer pays."""

    type: MethodType
    blocked_sources: list[Literal["COMMERCIAL_CARDS"]] | None = None


class Profile(Body):
    """What the merchant wants to know of the payer, separated by spaces."""

    scope: str | None = None


class UnitInfo(Body):
    """What one of the things bought costs, and how many there are."""

    unit_price: Annotated[int, Field(ge=0)] | None
    quantity: Annotated[str, Field(max_length=10, pattern=r"^[0-9]+(\.[0-9]{1,8})?$")]
    quantity_unit: Literal["PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"] | None = None


class OrderLine(Body):
    """One thing bought; amounts in minor units, `taxRate` in hundredths of a per cent."""

    name: str
    id: str
    total_amount: int
    total_amount_excluding_tax: int
    total_tax_amount: int
    tax_percentage: Annotated[int, Field(ge=0, le=100)] | None = None
    tax_rate: Annotated[int, Field(ge=0, le=10_000)] | None = None
    unit_info: UnitInfo | None = None
    discount: Annotated[int, Field(ge=0)] | None = None
    product_url: str | None = None
    is_return: bool | None = None
    is_shipping: bool | None = None

    @model_validator(mode="after")
    def _taxed(self) -> Self:
        if self.tax_percentage is None and self.tax_rate is None:
            raise ValueError("either taxRate or taxPercentage must be set")
        return self


class BottomLine(Body):
    """The receipt's last line."""

    currency: Currency
    tip_amount: Annotated[int, Field(ge=0)] | None = None
    gift_card_amount: Annotated[int, Field(ge=0)] | None = None
    pos_id: str | None = None
    total_amount: int | None = None
    total_tax: Annotated[int, Field(ge=0)] | None = None
    total_discount: Annotated[int, Field(ge=0)] | None = None
    shipping_amount: Annotated[int, Field(ge=0)] | None = None
    shipping_info: dict[str, Any] | None = None
    payment_sources: dict[str, int | None] | None = None
    barcode: dict[str, str | None] | None = None
    receipt_number: str | None = None
    terminal_id: str | None = None


class Receipt(Body):
    """What is bought."""

    order_lines: Annotated[list[OrderLine], Field(min_length=1)]
    bottom_line: BottomLine


class QrFormat(Body):
    """How a QR code is to be drawn."""

    format: Literal["TEXT/TARGETURL", "IMAGE/SVG+XML", "IMAGE/PNG"]
    size: Annotated[int, Field(ge=100, le=2000)] | None = None


class LegalLinks(Body):
    """Pages that the app shows before the payment."""

    terms_of_sale_url: str
    privacy_policy_url: str


class CreatePayment(Body):
    """POST /payments."""

    amount: Amount
    payment_method: PaymentMethod
    reference: Annotated[str, Field(pattern=r"^[a-zA-Z0-9-]{8,64}$")]
    user_flow: UserFlow
    return_url: Annotated[str, Field(max_length=2500)] | None = None
    customer: Customer | None = None
    customer_interaction: Literal["CUSTOMER_PRESENT", "CUSTOMER_NOT_PRESENT"] | None = None
    payment_description: Annotated[str, Field(min_length=3, max_length=100)] | None = None
    receipt: Receipt | None = None
    receipt_url: str | None = None
    metadata: dict[str, str] | None = None
    profile: Profile | None = None
    minimum_user_age: Annotated[int, Field(ge=0, le=100)] | None = None
    expires_at: Rfc3339 | None = None
    merchant_legal_links: LegalLinks | None = None
    qr_format: QrFormat | None = None
    industry_data: dict[str, Any] | None = None
    shipping: dict[str, Any] | None = None
    card_passthrough: dict[str, Any] | None = None


class Modification(Body):
    """POST /payments/{reference}/capture and /refund."""

    modification_amount: Amount


class Cancellation(Body):
    """POST /payments/{reference}/cancel."""

    cancel_transaction_only: bool = False


class ForceApproval(Body):
    """POST /test/payments/{reference}/approve."""

    customer: Customer | None = None
    token: str | None = None


class Registration(Body):
    """POST /webhooks."""

    url: str
    events: Annotated[list[str], Field(min_length=1)]


_CODES: dict[tuple[str, ...], str] = {
    ("amount", "value"): "4040",
    ("modificationAmount", "value"): "4040",
    ("customer", "phoneNumber"): "4070",
    ("returnUrl",): "4090",
}
"""Fields whose errors have a code of their own; all others are named without one."""


def read_body[B: Body](request: Request, content: object, kind: type[B]) -> B:
    """Check a body. :raises RefusedError: 400 that names the fields, or has a field's own code."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        found = [(error["loc"], error["type"], error["msg"]) for error in error.errors()]
    for place, problem_type, _message in found:
        path = tuple(str(step) for step in place)
        if path[:1] == ("metadata",) and len(path) > 1:
            raise RefusedError(domain_problem(request, "4130"))
        if path in _CODES and problem_type != "missing":
            raise RefusedError(domain_problem(request, _CODES[path]))
    named = [(".".join(str(step) for step in place) or "body", text) for place, _, text in found]
    raise RefusedError(fields_problem(request, named))
