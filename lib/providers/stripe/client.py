"""Stripe Connect: accounts that mentors are paid to, and transfers to them.

Source: Stripe API v1 by its own library, bound here, and here alone, to the register's address and
to one version of the API. The library is imported when it is first used, since that takes longer
than all else a function does to start. Every POST that moves money has our operation's id as its
idempotency key, which Stripe keeps for 24 hours: after that the same key acts anew.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lib.core import config
from lib.core.errors import ProviderUnavailableError
from lib.providers.http import ProviderRefusedError
from lib.providers.refusal import Meaning
from lib.providers.register import STRIPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stripe import Account, ListObject, RequestOptions, StripeClient

API_VERSION = "2026-10-28.endive"  # the one that the pinned library is made for
_VIPPS_PREVIEW = "; vipps_preview=v1"
PAGE = 100  # the most that Stripe lists at once

NO_FUNDS = "balance_insufficient"
NO_ACCESS = "account_invalid"
NO_SUCH = "resource_missing"
UNEXPECTED_STATE = "payment_intent_unexpected_state"
ALREADY_REFUNDED = "charge_already_refunded"
DISPUTED = "charge_disputed"
MISUSED_KEY = "idempotency_error"
# The authorisation has ended: what it reserved is the payer's again.
LAPSED = frozenset({"charge_expired_for_capture", "capture_charge_authorization_expired"})
_GONE = frozenset({403, 404})  # an account that is not there and one that is not ours: one answer
_TIMEOUT = (3.05, 10.0)


@dataclass(frozen=True)
class ConnectedAccount:
    """What we want to know of a mentor's account; what is due are names of fields only."""

    provider_id: str
    details_submitted: bool
    transfers_active: bool
    payouts_enabled: bool
    disabled_reason: str
    currently_due: tuple[str, ...]
    pending_verification: tuple[str, ...]


@dataclass(frozen=True)
class OnboardingLink:
    """Where a mentor tells Stripe who they are; good once, for some minutes."""

    url: str
    expires_at: datetime


def meaning(code: str) -> Meaning:
    """Return what a refusal with Stripe's own code tells whoever asked."""
    return Meaning.FUNDS if code == NO_FUNDS else Meaning.NEVER


def offers_vipps() -> bool:
    """Return whether Checkout offers Vipps, which Stripe has on trial for invited accounts."""
    return config.text("STRIPE_VIPPS", "off") == "on"


def create_account(*, mentor_id: str, operation_id: str) -> ConnectedAccount:
    """Make an account that only receives transfers; Stripe asks its holder all it must know.

    Nothing of the mentor's own is sent along, which they might change between two tries with one
    key.
    """

    def call(client: "StripeClient") -> ConnectedAccount:
        made = client.v1.accounts.create(
            {
                "country": "NO",
                "business_type": "individual",
                "controller": {
                    "fees": {"payer": "application"},
                    "losses": {"payments": "application"},
                    "requirement_collection": "stripe",
                    "stripe_dashboard": {"type": "express"},
                },
                "capabilities": {"transfers": {"requested": True}},
                "metadata": {"mentor_id": mentor_id},
            },
            {"idempotency_key": operation_id},
        )
        return _account(made)

    return called(call)


def find_account(provider_id: str) -> ConnectedAccount:
    """Return the account as it is now; raises ProviderRefusedError when it is not ours."""
    return called(lambda client: _account(client.v1.accounts.retrieve(provider_id)))


def delete_account(provider_id: str) -> None:
    """Delete an account; one that is gone already is no error.

    Raises ProviderRefusedError, as while its balance is not zero.
    """
    try:
        called(lambda client: client.v1.accounts.delete(provider_id))
    except ProviderRefusedError as error:
        if error.status not in _GONE:
            raise


def has_account(provider_id: str) -> bool:
    """Return whether Stripe still has the account, as far as we may know."""
    try:
        find_account(provider_id)
    except ProviderRefusedError as error:
        if error.status in _GONE:
            return False
        raise
    return True


def onboarding_link(provider_id: str, *, return_url: str, refresh_url: str) -> OnboardingLink:
    """Return a fresh link; it must be opened at once and never sent by mail."""

    def call(client: "StripeClient") -> OnboardingLink:
        made = client.v1.account_links.create(
            {
                "account": provider_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
                "collection_options": {"fields": "eventually_due"},
            }
        )
        return OnboardingLink(made.url, datetime.fromtimestamp(made.expires_at, UTC))

    return called(call)


def transfer(*, amount_ore: int, destination: str, group: str, operation_id: str) -> str:
    """Move money from our balance to the account's; return the transfer's id.

    Raises ProviderRefusedError with the code NO_FUNDS when our balance is too small.
    """

    def call(client: "StripeClient") -> str:
        made = client.v1.transfers.create(
            {
                "amount": amount_ore,
                "currency": "nok",
                "destination": destination,
                "transfer_group": group,
            },
            {"idempotency_key": operation_id},
        )
        return made.id

    return called(call)


def find_transfer(*, group: str, destination: str) -> str | None:
    """Return the transfer that was made for a group, once its idempotency key may be forgotten."""

    def call(client: "StripeClient") -> str | None:
        found = client.v1.transfers.list({"transfer_group": group, "destination": destination})
        return found.data[0].id if found.data else None

    return called(call)


def called[T](call: "Callable[[StripeClient], T]") -> T:
    """Run a call and turn Stripe's errors into ours: a definite refusal, or no answer."""
    import stripe

    try:
        return call(_client())
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise ProviderUnavailableError(supplier="stripe") from error
    except stripe.IdempotencyError as error:
        if error.http_status == 400:  # noqa: PLR2004 (used for something else: a fault of ours)
            raise ProviderRefusedError("stripe", 400, MISUSED_KEY) from error
        raise ProviderUnavailableError(supplier="stripe") from error
    except stripe.StripeError as error:
        status = error.http_status or 0
        # 401 speaks of our key, not of what was asked: it is asked again once the key is right.
        if status in {0, 401, 409, 429} or status >= 500:  # noqa: PLR2004 (no certain outcome)
            raise ProviderUnavailableError(supplier="stripe") from error
        code = error.error.code if error.error and error.error.code else f"http_{status}"
        raise ProviderRefusedError("stripe", status, code) from error


def listed(
    fetch: "Callable[[StripeClient], ListObject[Any]]",
) -> "Iterator[dict[str, Any]]":
    """Yield all objects of a list, newest first, a page at a time."""
    page = called(fetch)
    while True:
        for each in page.data:
            yield each.to_dict()
        if not page.has_more:
            return
        page = _page_after(page)


def _page_after(page: "ListObject[Any]") -> "ListObject[Any]":
    return called(lambda _client: page.next_page())


def of(account: str) -> "RequestOptions":
    """Return the option by which a call is about a connected account; none for our own."""
    return {"stripe_account": account} if account else {}


def _client() -> "StripeClient":
    import stripe

    stripe.enable_telemetry = False
    return stripe.StripeClient(
        config.text("STRIPE_SECRET_KEY"),
        # The preview must be named in every call about a payment by Vipps, and harms no other.
        stripe_version=API_VERSION + (_VIPPS_PREVIEW if offers_vipps() else ""),
        base_addresses={"api": STRIPE.base_url()},
        http_client=stripe.RequestsClient(timeout=_TIMEOUT),
        # The outbox and cron try again, with the same operation; here nobody should wait.
        max_network_retries=0,
    )


def _account(found: "Account") -> ConnectedAccount:
    requirements = found.requirements
    capabilities = found.capabilities
    return ConnectedAccount(
        provider_id=found.id,
        details_submitted=bool(found.details_submitted),
        transfers_active=bool(capabilities and capabilities.transfers == "active"),
        payouts_enabled=bool(found.payouts_enabled),
        disabled_reason=(requirements.disabled_reason or "") if requirements else "",
        currently_due=tuple(requirements.currently_due or ()) if requirements else (),
        pending_verification=tuple(requirements.pending_verification or ()) if requirements else (),
    )
