"""Purchases: begun by the mentee, followed by asking Vipps, never by believing a message."""

from datetime import datetime

from lib.core import config, ids
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.operations import service as operations
from lib.policies import service as policies
from lib.providers.http import ProviderRefusedError
from lib.purchases import repository, rules, sale_repository
from lib.purchases.repository import Purchase as Row
from lib.purchases.sale_repository import Repaid, Sale
from lib.purchases.schemas import PaymentRefusedError, Purchase, TermsOutdatedError
from lib.scheduling import service as scheduling

_CREATE = "vipps.create"
_SEVERAL = 20


def start(db: Db, *, booking_id: str, mentee_id: str, terms: str, now: datetime) -> Purchase:
    """Begin to pay, or return the payment that is under way; `fetch_redirect` follows."""
    in_force = policies.current(db, now)["terms"]
    if terms != in_force:
        raise TermsOutdatedError(terms=in_force)
    policies.require_accepted(db, mentee_id, now)
    booking = scheduling.payable(db, booking_id=booking_id, mentee_id=mentee_id, now=now)
    for purchase in repository.of_booking(db, booking_id=booking_id):
        if purchase.state in rules.OPEN:
            return _shown(purchase)
    purchase_id = ids.new("pur")
    repository.insert(
        db,
        {
            "id": purchase_id,
            "booking_id": booking_id,
            "mentee_id": mentee_id,
            "mentor_id": booking.mentor_id,
            "amount_ore": booking.price_ore,
            "fee_ore": rules.fee_of(booking.price_ore),
            "currency": booking.currency,
            "reference": rules.reference_of(purchase_id),
            "terms_version": terms,
            "now": now,
        },
    )
    scheduling.await_payment(db, booking_id=booking_id, until=now + rules.PAYMENT_WINDOW, now=now)
    return read(db, purchase_id=purchase_id, mentee_id=mentee_id)


def read(db: Db, *, purchase_id: str, mentee_id: str) -> Purchase:
    """Return the person's own purchase; raises NotFoundError."""
    found = repository.of_mentee(db, purchase_id=purchase_id, mentee_id=mentee_id)
    if found is None:
        raise NotFoundError
    return _shown(found)


def fetch_redirect(begun: Purchase, now: datetime) -> Purchase:
    """Ask Vipps where the person pays, unless that is known or no longer wanted."""
    purchase, operation, title = transact(lambda db: _prepare(db, begun.id, now))
    if purchase.state != "created" or purchase.redirect_url or operation is None:
        return _shown(purchase)
    try:
        redirect_url = _ask_vipps(purchase, operation, title, now)
    except ProviderRefusedError as error:
        code = error.code
        transact(lambda db: _refuse(db, purchase, operation, code, now))
        raise PaymentRefusedError from error
    return transact(lambda db: _keep_redirect(db, purchase, operation, redirect_url, now))


def look(begun: Purchase, now: datetime) -> Purchase:
    """Return the purchase after a look at Vipps, where the last one is some seconds ago."""
    found = transact(lambda db: repository.lock(db, purchase_id=begun.id))
    if found is None:
        raise NotFoundError
    if rules.is_worth_a_look(found.state, found.checked_at, now):
        from lib.purchases import payment

        payment.check(found.id, now)
        found = transact(lambda db: repository.lock(db, purchase_id=begun.id)) or found
    return _shown(found)


def open_for(db: Db, person_id: str) -> list[str]:
    """Return the ids of some purchases under way that the person pays or earns by."""
    return [row.id for row in repository.open_of(db, person_id=person_id, limit=_SEVERAL)]


def earned_ore(db: Db, *, mentor_id: str) -> int:
    """Return what the mentor has earned, in øre, and no payout settles yet."""
    return repository.earned_ore(db, mentor_id=mentor_id)


def earned(db: Db, *, mentor_id: str, captured_before: datetime, limit: int) -> list[Row]:
    """Return the mentor's captured purchases that no payout settles yet, oldest first."""
    return repository.earned(db, mentor_id=mentor_id, captured_before=captured_before, limit=limit)


def sale(db: Db, *, purchase_id: str) -> Sale | None:
    """Return a purchase whose money was taken, as a receipt has to say it."""
    return sale_repository.sale(db, purchase_id=purchase_id)


def sales(db: Db, *, since: datetime, after: str, limit: int, person_id: str = "") -> list[Sale]:
    """Return purchases captured since then, of one party or ('') of anybody, by id."""
    return sale_repository.sales(db, since=since, person_id=person_id, after=after, limit=limit)


def repaid(db: Db, *, refund_id: str) -> Repaid | None:
    """Return a refund that was carried out, as a credit note has to say it."""
    return sale_repository.repaid(db, refund_id=refund_id)


def repayments(
    db: Db, *, since: datetime, after: str, limit: int, person_id: str = ""
) -> list[Repaid]:
    """Return refunds carried out since then, of one party or ('') of anybody, by id."""
    return sale_repository.repayments(
        db, since=since, person_id=person_id, after=after, limit=limit
    )


def _prepare(
    db: Db, purchase_id: str, now: datetime
) -> tuple[Row, operations.Operation | None, str]:
    purchase = repository.lock(db, purchase_id=purchase_id)
    booking = scheduling.find(db, booking_id=purchase.booking_id) if purchase else None
    if purchase is None or booking is None:
        raise NotFoundError
    if purchase.state != "created" or purchase.redirect_url:
        return purchase, None, booking.title
    given = {"reference": purchase.reference, "amount_ore": purchase.amount_ore}
    operation = operations.begin(db, kind=_CREATE, subject_id=purchase_id, given=given, now=now)
    return purchase, operation, booking.title


def _ask_vipps(purchase: Row, operation: operations.Operation, title: str, now: datetime) -> str:
    """Return where the person pays; a payment that is there from an earlier asking will do."""
    from lib.providers.vipps import epayment

    try:
        made = epayment.create(
            reference=purchase.reference,
            amount_ore=purchase.amount_ore,
            description=title,
            return_url=f"{config.app_url()}/purchases/{purchase.id}",
            operation_id=operation.id,
            now=now,
        )
    except ProviderRefusedError as error:
        if error.code != epayment.REFERENCE_EXISTS:
            raise
        known = epayment.find(purchase.reference, now=now)
        if not known.redirectUrl:
            raise
        return known.redirectUrl
    return made.redirectUrl


def _keep_redirect(
    db: Db, purchase: Row, operation: operations.Operation, url: str, now: datetime
) -> Purchase:
    repository.set_redirect(db, purchase_id=purchase.id, redirect_url=url)
    operations.done(db, operation, provider_id=purchase.reference, now=now)
    return read(db, purchase_id=purchase.id, mentee_id=purchase.mentee_id)


def _refuse(
    db: Db, purchase: Row, operation: operations.Operation, code: str, now: datetime
) -> None:
    operations.refused(db, operation, code=code, now=now)
    current = repository.lock(db, purchase_id=purchase.id)
    if current and current.state == "created":
        repository.close(db, purchase_id=purchase.id, state="failed", now=now)


def _shown(purchase: Row) -> Purchase:
    return Purchase.model_validate(purchase, from_attributes=True)
