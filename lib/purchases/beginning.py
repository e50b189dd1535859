"""Beginning a payment at its rail: what is committed before the rail is asked, and what after."""

from datetime import datetime

from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.operations import service as operations
from lib.operations.service import Operation
from lib.purchases import kinds, repository, selling
from lib.purchases.rails import Begun
from lib.purchases.repository import Purchase


def prepare(db: Db, purchase_id: str, now: datetime) -> tuple[Purchase, Operation | None]:
    """Return the purchase, and what to ask of its rail; None where there is nothing to ask.

    Raises NotFoundError.
    """
    purchase = repository.lock(db, purchase_id=purchase_id)
    if purchase is None:
        raise NotFoundError
    if purchase.state != "created" or purchase.redirect_url:
        return purchase, None
    given = {"reference": purchase.reference, "amount_ore": purchase.amount_ore}
    kind = kinds.create(purchase)
    operation = operations.begin(db, kind=kind, subject_id=purchase_id, given=given, now=now)
    selling.note_sent(db, purchase, now)
    return purchase, operation


def keep(db: Db, purchase: Purchase, operation: Operation, made: Begun, now: datetime) -> None:
    """Keep where the person pays."""
    repository.set_redirect(
        db,
        purchase_id=purchase.id,
        redirect_url=made.redirect_url,
        provider_id=made.provider_id,
    )
    operations.done(db, operation, provider_id=made.provider_id or purchase.reference, now=now)


def refuse(db: Db, purchase: Purchase, operation: Operation, code: str, now: datetime) -> None:
    """Note that the rail has refused it: the purchase is over."""
    operations.refused(db, operation, code=code, now=now)
    current = repository.lock(db, purchase_id=purchase.id)
    if current and current.state == "created":
        repository.close(db, purchase_id=purchase.id, state="failed", now=now)
        # Whoever has called the booking off meanwhile asked to have it given up: it never was.
        kind = kinds.give_up(purchase)
        operations.certain(db, kind=kind, subject_id=purchase.id, now=now)
