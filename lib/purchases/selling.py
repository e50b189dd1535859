"""A purchase by its id, as the earnings know it, and what its parties and its rail hear of it."""

from datetime import datetime

from lib.core import money
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.earnings.rules import Worth
from lib.earnings.service import Sold
from lib.operators import service as operators
from lib.purchases import repository
from lib.purchases.repository import Purchase


def locked(db: Db, purchase_id: str) -> Purchase:
    """Return a purchase, locked; raises NotFoundError."""
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None:
        raise NotFoundError
    return purchase


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


def log_for_both(
    db: Db,
    purchase: Purchase,
    operator_id: str,
    action: str,
    reason: str,
    now: datetime,
    object_id: str,
) -> None:
    """Log what an operator does about a purchase for both its parties: each sees it."""
    for person_id in (purchase.mentee_id, purchase.mentor_id):
        operators.log(db, operator_id, action, person_id, reason, now, object_id=object_id)


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
