"""Stripe's events, which it keeps for 30 days: where what never came is found.

An event has the form in which its webhook would have been stored.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from lib.providers.stripe import ore
from lib.providers.stripe.client import PAGE, listed, of
from lib.providers.stripe.payloads import StripeEvent


def undelivered(
    *, since: datetime, until: datetime, kinds: Sequence[str], account: str = ""
) -> Iterator[StripeEvent]:
    """Yield the events from `since` and before `until` that some endpoint has not taken.

    Newest first; of our own account, or of a connected one. At most twenty kinds can be named.
    """
    found = listed(
        lambda client: client.v1.events.list(
            {
                "created": {"gte": ore.seconds(since), "lt": ore.seconds(until)},
                "delivery_success": False,
                "types": list(kinds),
                "limit": PAGE,
            },
            of(account),
        )
    )
    return map(StripeEvent.model_validate, found)
