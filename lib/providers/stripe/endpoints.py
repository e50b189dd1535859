"""The endpoints that Stripe sends events to: it disables one that has failed for days."""

from collections.abc import Collection

from lib.core import config
from lib.providers.stripe import webhook
from lib.providers.stripe.client import PAGE, listed
from lib.providers.stripe.payloads import EndpointObject

_ALL = "*"


def missing(kinds: Collection[str]) -> set[str]:
    """Return those kinds of events that no enabled endpoint at our address is sent.

    Raises ProviderUnavailableError, ProviderRefusedError.
    """
    address = config.public_url() + webhook.PATH
    found = listed(lambda client: client.v1.webhook_endpoints.list({"limit": PAGE}))
    heard = {
        kind
        for endpoint in map(EndpointObject.model_validate, found)
        if endpoint.url == address and endpoint.status == "enabled"
        for kind in endpoint.enabled_events
    }
    return set() if _ALL in heard else set(kinds) - heard
