"""The Checkout Session: what may be asked of it, and what it looks like when it is made."""

import random
from typing import NoReturn

from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.params import (
    Parameters,
    Rule,
    Specification,
    currency,
    enum,
    integer,
    items,
    merge_metadata,
    metadata,
    nested,
    only,
    text,
    unmodelled,
    url,
)
from sandbox.simulators.stripe.state import ALPHABET, DAY, Resource, State

METHODS = ("card", "vipps")
LOCALES = (
    *("auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr"),
    *("fr-CA", "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl"),
    *("pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW"),
)


def _no_longer() -> Rule:
    """The parameter that named methods until Endive, when a list of what is allowed took over."""

    def read(_: object, name: str) -> NoReturn:
        raise StripeError(
            f"{name} is no longer supported. Use allowed_payment_method_types.",
            code="payment_method_types_no_longer_supported",
            param=name,
        )

    return Rule(read)


_PRODUCT: Specification = {
    "description": text(),
    "images": unmodelled(),
    "metadata": metadata(),
    "name": text(required=True),
    "tax_code": unmodelled(),
    "tax_details": unmodelled(),
    "unit_label": unmodelled(),
}
_PRICE: Specification = {
    "currency": currency(required=True),
    "product": unmodelled(),
    "product_data": nested(_PRODUCT, required=True),
    "recurring": unmodelled(),
    "tax_behavior": enum("exclusive", "inclusive", "unspecified"),
    "unit_amount": integer(required=True, least=1),
    "unit_amount_decimal": unmodelled(),
}
_LINE: Specification = {
    "adjustable_quantity": unmodelled(),
    "dynamic_tax_rates": unmodelled(),
    "metadata": metadata(),
    "price": unmodelled(),
    "price_data": nested(_PRICE, required=True),
    "quantity": integer(required=True, least=1),
    "tax_rates": unmodelled(),
}
_INTENT: Specification = {
    **dict.fromkeys(
        (
            "application_fee_amount",
            "on_behalf_of",
            "receipt_email",
            "setup_future_usage",
            "shipping",
            "statement_descriptor",
            "statement_descriptor_suffix",
            "transfer_data",
        ),
        unmodelled(),
    ),
    "capture_method": enum("automatic", "automatic_async", "manual"),
    "description": text(),
    "metadata": metadata(),
    "transfer_group": text(),
}
CREATE: Specification = {
    **dict.fromkeys(
        (
            *("after_expiration", "allow_promotion_codes"),
            *("automatic_tax", "billing_address_collection"),
            *("branding_settings", "consent_collection", "currency", "custom_fields"),
            *("custom_text", "customer", "customer_account", "customer_creation"),
            *("customer_email", "customer_update", "discounts", "excluded_payment_method_types"),
            *("integration_identifier", "invoice_creation", "managed_payments", "name_collection"),
            *("optional_items", "origin_context", "payment_method_collection"),
            *("payment_method_configuration", "payment_method_data", "payment_method_options"),
            *("permissions", "phone_number_collection", "redirect_on_completion", "return_url"),
            *("saved_payment_method_options", "setup_intent_data", "shipping_address_collection"),
            *("shipping_options", "subscription_data", "tax_id_collection", "wallet_options"),
        ),
        unmodelled(),
    ),
    "adaptive_pricing": nested({"enabled": only("false")}),
    "allowed_payment_method_types": items(enum(*METHODS)),
    "cancel_url": url(),
    "client_reference_id": text(longest=200),
    "expires_at": integer(),
    "line_items": items(nested(_LINE), required=True),
    "locale": enum(*LOCALES),
    "metadata": metadata(),
    "mode": only("payment", required=True),
    "payment_intent_data": nested(_INTENT),
    "payment_method_types": _no_longer(),
    "submit_type": enum("auto", "book", "donate", "pay", "subscribe"),
    "success_url": url(required=True),
    "ui_mode": only("hosted_page"),
}

_ABSENT = (
    *("adaptive_pricing", "after_expiration", "allow_promotion_codes", "client_secret"),
    *("billing_address_collection", "collected_information", "consent", "consent_collection"),
    *("currency_conversion", "customer", "customer_account", "customer_details"),
    *("customer_email", "discounts", "integration_identifier", "invoice", "managed_payments"),
    *("origin_context", "payment_intent", "payment_link", "payment_method_collection"),
    *("payment_method_configuration_details", "permissions", "recovered_from"),
    *("saved_payment_method_options", "setup_intent", "shipping_address_collection"),
    *("shipping_cost", "subscription", "wallet_options"),
)


def total(lines: list[Parameters]) -> int:
    """What the lines cost together."""
    return sum(int(line["price_data"]["unit_amount"]) * int(line["quantity"]) for line in lines)


def new_session(state: State, wish: Parameters, methods: list[str]) -> Resource:
    """A session that is open: nobody has tried to pay, and so there is no PaymentIntent yet."""
    lines = wish["line_items"]
    mode = "live" if state.livemode else "test"
    identifier = f"cs_{mode}_a1" + "".join(random.choices(ALPHABET, k=56))
    return {
        **dict.fromkeys(_ABSENT),
        "id": identifier,
        "object": "checkout.session",
        "allowed_payment_method_types": wish.get("allowed_payment_method_types"),
        "amount_subtotal": total(lines),
        "amount_total": total(lines),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": wish.get("cancel_url"),
        "client_reference_id": wish.get("client_reference_id"),
        "created": state.now(),
        "currency": lines[0]["price_data"]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer_creation": "if_required",
        "expires_at": wish.get("expires_at", state.now() + DAY),
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "livemode": state.livemode,
        "locale": wish.get("locale"),
        "metadata": merge_metadata({}, wish.get("metadata"), given="metadata" in wish),
        "mode": "payment",
        "payment_method_options": {},
        "payment_method_types": methods,
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": wish.get("submit_type"),
        "success_url": wish["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": wish.get("ui_mode", "hosted_page"),
        "url": f"{state.base_url()}/c/pay/{identifier}",
    }
