"""A purchase, as the earnings know it, and what its two parties and its rail get to know of it."""

from datetime import datetime

from lib.core import money
from lib.core.db import Db
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
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


def show_both(db: Db, purchase: Purchase, fields: tuple[str, ...], now: datetime) -> None:
    """Note that the two parties of a purchase see these fields of each other."""
    parties = (purchase.mentor_id, purchase.mentee_id)
    disclosures.between(db, parties, fields, context_id=_context(purchase), now=now)


def note_sent(db: Db, purchase: Purchase, now: datetime, fields: tuple[str, ...] = ()) -> None:
    """Note that the rail is sent the payment, in the transaction that its operation is begun in.

    With its title, in which one of the two may be named, and what else is said of it.
    """
    payment = disclosed.PAYMENT_AT[purchase.rail]
    for person_id in (purchase.mentor_id, purchase.mentee_id):
        names = disclosures.named_in(db, person_id, purchase.title)
        sent = payment._replace(fields=(*payment.fields, *fields, *names))
        disclosures.to_supplier(db, person_id, sent, now, context_id=_context(purchase))


def _context(purchase: Purchase) -> str:
    return purchase.booking_id or purchase.id
