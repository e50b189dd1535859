"""Transfers to mentors as Stripe has them, with what came back of each (reversals)."""

from dataclasses import dataclass
from datetime import datetime

from lib.providers.stripe import ore
from lib.providers.stripe.client import called
from lib.providers.stripe.payloads import TransferObject


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Money that went to an account. `group` is our payout; `reversed_ore` came back."""

    id: str
    amount_ore: int
    reversed_ore: int
    destination: str
    group: str
    created_at: datetime


def find(transfer_id: str) -> Transfer:
    """Return a transfer as it is now; raises ProviderRefusedError (NO_SUCH)."""
    return _transfer(called(lambda client: client.v1.transfers.retrieve(transfer_id).to_dict()))


def _transfer(found: object) -> Transfer:
    transfer = TransferObject.model_validate(found)
    ore.check(transfer.currency)
    return Transfer(
        id=transfer.id,
        amount_ore=transfer.amount,
        reversed_ore=transfer.amount_reversed,
        destination=transfer.destination or "",
        group=transfer.transfer_group or "",
        created_at=ore.moment(transfer.created),
    )
