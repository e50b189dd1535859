"""A purchase, as the earnings know it."""

from lib.core import money
from lib.earnings.rules import Worth
from lib.earnings.service import Sold
from lib.purchases.repository import Purchase


def sold(purchase: Purchase) -> Sold:
    """Return what was sold, to whom it is worth what."""
    worth = Worth(
        gross_ore=purchase.amount_ore,
        vat_ore=purchase.vat_ore,
        fee_ore=purchase.fee_ore,
        fee_vat_ore=money.vat_in(purchase.fee_ore),
    )
    return Sold(purchase.id, purchase.mentor_id, purchase.quarters, worth)
