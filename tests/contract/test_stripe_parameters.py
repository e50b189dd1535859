"""The simulator knows the parameters of each payment operation that Stripe's own library names.

The library is made from Stripe's description of its API. Every name that it has is one that the
simulator acts on, or says that it does not; it knows no other.
"""

import importlib
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import stripe

from lib.providers.stripe.client import API_VERSION
from sandbox.simulators.stripe import (
    balance,
    charges,
    disputes,
    events,
    intents,
    refunds,
    reversals,
    sessions,
    transfers,
)
from sandbox.simulators.stripe.params import Rule
from sandbox.simulators.stripe.state import DEFAULT_VERSION

_SESSIONS = "/v1/checkout/sessions"
_REVERSALS = "/v1/transfers/{transfer}/reversals"
NAMED = {
    ("POST", _SESSIONS): "checkout.SessionCreateParams",
    ("GET", _SESSIONS): "checkout.SessionListParams",
    ("GET", _SESSIONS + "/{id}"): "checkout.SessionRetrieveParams",
    ("POST", _SESSIONS + "/{id}/expire"): "checkout.SessionExpireParams",
    ("GET", "/v1/payment_intents"): "PaymentIntentListParams",
    ("GET", "/v1/payment_intents/{id}"): "PaymentIntentRetrieveParams",
    ("POST", "/v1/payment_intents/{id}/capture"): "PaymentIntentCaptureParams",
    ("POST", "/v1/payment_intents/{id}/cancel"): "PaymentIntentCancelParams",
    ("GET", "/v1/charges"): "ChargeListParams",
    ("GET", "/v1/charges/{id}"): "ChargeRetrieveParams",
    ("POST", "/v1/charges/{id}"): "ChargeUpdateParams",
    ("POST", "/v1/refunds"): "RefundCreateParams",
    ("GET", "/v1/refunds"): "RefundListParams",
    ("GET", "/v1/refunds/{id}"): "RefundRetrieveParams",
    ("POST", "/v1/refunds/{id}"): "RefundUpdateParams",
    ("GET", "/v1/disputes"): "DisputeListParams",
    ("GET", "/v1/disputes/{id}"): "DisputeRetrieveParams",
    ("POST", "/v1/disputes/{id}/close"): "DisputeCloseParams",
    ("GET", "/v1/balance"): "BalanceRetrieveParams",
    ("GET", "/v1/balance_transactions"): "BalanceTransactionListParams",
    ("GET", "/v1/balance_transactions/{id}"): "BalanceTransactionRetrieveParams",
    ("GET", "/v1/events"): "EventListParams",
    ("GET", "/v1/events/{id}"): "EventRetrieveParams",
    ("POST", "/v1/transfers"): "TransferCreateParams",
    ("GET", "/v1/transfers"): "TransferListParams",
    ("GET", "/v1/transfers/{id}"): "TransferRetrieveParams",
    ("POST", "/v1/transfers/{id}"): "TransferUpdateParams",
    ("POST", _REVERSALS): "TransferReversalCreateParams",
    ("GET", _REVERSALS): "TransferReversalListParams",
    ("GET", _REVERSALS + "/{id}"): "TransferReversalRetrieveParams",
    ("POST", _REVERSALS + "/{id}"): "TransferReversalUpdateParams",
}
OPERATIONS = {
    (each.method, each.path): each
    for module in (
        *(balance, charges, disputes, events, intents, refunds, reversals, sessions),
        transfers,
    )
    for each in module.OPERATIONS
}
# The library's description has the parameter; the API has not taken it since 2026-09-30.endive.
TAKEN_AWAY = {"payment_method_types"}


def shape(name: str) -> type:
    """The library's typed dictionary of an operation's parameters."""
    module, _, simple = f"stripe.params.{name}".rpartition(".")
    found: type = getattr(importlib.import_module(module), simple)
    return found


def described(kind: type) -> dict[str, Any]:
    """The types by name of a typed dictionary, without the options of a request."""
    # Names that the options are written with and that other modules do not see.
    unseen = {"StripeContext": object, "Mapping": Mapping}
    found: dict[str, Any] = typing.get_type_hints(kind, None, unseen)
    options = {*typing.get_type_hints(stripe.RequestOptions, None, unseen), "expand"}
    return {name: each for name, each in found.items() if name not in options}


def parts(hint: object) -> Iterator[object]:
    """What a type is made of: the members of its unions and lists."""
    inner = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal or not inner:
        yield hint
    else:
        for each in inner:
            yield from parts(each)


def differences(path: str, rules: Mapping[str, Rule], kind: type) -> Iterator[str]:
    """Names that only one of both has, here and in the dictionaries inside."""
    theirs = described(kind)
    for name in sorted(rules.keys() - theirs.keys() - TAKEN_AWAY):
        yield f"{path}.{name}: not in the library"
    for name in sorted(theirs.keys() - rules.keys()):
        yield f"{path}.{name}: not in the simulator"
    for name in sorted(rules.keys() & theirs.keys()):
        inside = [each for each in parts(theirs[name]) if typing.is_typeddict(each)]
        if rules[name].fields and inside:
            (one,) = (each for each in inside if isinstance(each, type))
            yield from differences(f"{path}.{name}", rules[name].fields, one)


@pytest.mark.parametrize("operation", NAMED, ids=" ".join)
def test_an_operation_takes_what_the_library_says(operation: tuple[str, str]) -> None:
    found = OPERATIONS[operation]
    assert list(differences(found.path, found.parameters, shape(NAMED[operation]))) == []


def test_every_operation_is_compared() -> None:
    assert OPERATIONS.keys() == NAMED.keys()


def test_the_version_is_the_one_that_the_library_is_made_for() -> None:
    assert stripe.api_version == API_VERSION == DEFAULT_VERSION
