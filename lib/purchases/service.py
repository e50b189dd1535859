"""Purchases: begun by the mentee, followed by asking the rail, never by believing a message."""

from datetime import datetime, timedelta

from lib.blocks import service as blocks
from lib.core import ids, page_keys
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.disclosures import rules as disclosed
from lib.mentors import service as mentors
from lib.policies import service as policies
from lib.purchases import (
    beginning,
    dispute_repository,
    hour_rules,
    moving,
    rails,
    refunds,
    repository,
    rules,
    sale_repository,
    selling,
)
from lib.purchases.moving import Movable
from lib.purchases.rails import PaymentUnknownError, RefusedError
from lib.purchases.repository import Purchase as Row
from lib.purchases.rules import AtRail
from lib.purchases.sale_repository import Repaid, Sale
from lib.purchases.schemas import (
    EarlyStartRequiredError,
    OwnPackError,
    PackNotForSaleError,
    PaymentRefusedError,
    Purchase,
    PurchaseDetail,
    Purchases,
    StartPurchase,
    TermsOutdatedError,
)
from lib.scheduling import service as scheduling

_SEVERAL = 20


def start(db: Db, wanted: StartPurchase, *, mentee_id: str, now: datetime) -> PurchaseDetail:
    """Begin to pay, or return the payment that is under way; `fetch_redirect` follows.

    Raises TermsOutdatedError, PolicyNotAcceptedError and what a booking or a pack that can't be
    paid for raises.
    """
    in_force = policies.current(db, now)["terms"]
    if wanted.terms != in_force:
        raise TermsOutdatedError(terms=in_force)
    policies.require_accepted(db, mentee_id, now)
    if wanted.booking_id:
        return _start_for_booking(db, wanted, wanted.booking_id, mentee_id, now)
    return _start_for_pack(db, wanted, str(wanted.pack_id), mentee_id, now)


def read(db: Db, *, purchase_id: str, mentee_id: str) -> PurchaseDetail:
    """Return the person's own purchase; raises NotFoundError."""
    found = repository.of_mentee(db, purchase_id=purchase_id, mentee_id=mentee_id)
    if found is None:
        raise NotFoundError
    return _detail(db, found)


def page(db: Db, *, mentee_id: str, after: str | None, limit: int) -> Purchases:
    """Return a page of the person's purchases, newest first."""
    before = page_keys.begin(after, page_keys.NEWEST_FIRST)
    found = repository.page_of(db, mentee_id=mentee_id, before=before, limit=limit + 1)
    found, following = page_keys.cut(found, limit)
    shown = [Purchase.model_validate(row, from_attributes=True) for row in found]
    return Purchases(purchases=shown, next=following)


def fetch_redirect(begun: PurchaseDetail, now: datetime) -> PurchaseDetail:
    """Ask the rail where the person pays, unless that is known or no longer wanted."""
    purchase, operation = transact(lambda db: beginning.prepare(db, begun.id, now))
    if operation is None:
        return transact(lambda db: _detail(db, purchase))
    try:
        made = rails.of(purchase).begin(purchase, operation, now)
    except RefusedError as error:
        code = error.code
        transact(lambda db: beginning.refuse(db, purchase, operation, code, now))
        raise PaymentRefusedError from error
    transact(lambda db: beginning.keep(db, purchase, operation, made, now))
    return transact(lambda db: read(db, purchase_id=purchase.id, mentee_id=purchase.mentee_id))


def look(begun: PurchaseDetail, now: datetime) -> PurchaseDetail:
    """Return the purchase after a look at its rail, where the last one is some seconds ago."""
    found = transact(lambda db: repository.lock(db, purchase_id=begun.id))
    if found is None:
        raise NotFoundError
    if rules.is_worth_a_look(found.state, found.checked_at, now):
        from lib.purchases import payment

        payment.check(found.id, now)
    return transact(lambda db: _detail(db, repository.lock(db, purchase_id=begun.id) or found))


def open_for(db: Db, person_id: str) -> list[str]:
    """Return ids of purchases, refunds and disputes under way that concern the person."""
    found = repository.open_of(db, person_id=person_id, limit=_SEVERAL)
    contested = dispute_repository.open_of(db, person_id=person_id, limit=_SEVERAL)
    return [row.id for row in found] + refunds.open_for(db, person_id) + contested


def movable(db: Db, *, booking_id: str) -> Movable:
    """Return between which times a paid session may be moved."""
    return moving.movable(db, booking_id=booking_id)


def end_packs_of(db: Db, person_id: str, now: datetime) -> None:
    """End every pack of somebody who leaves: what is left goes back to whoever bought it."""
    from lib.purchases import withdrawal

    withdrawal.end_packs_of(db, person_id, now)


def are_packs_ended(db: Db, person_id: str, now: datetime) -> bool:
    """Return whether nothing is left of any pack, bought from or by a person."""
    from lib.purchases import withdrawal

    del now
    return withdrawal.are_packs_ended(db, person_id)


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


def at_rail(purchase_id: str, now: datetime) -> AtRail | None:
    """Ask a purchase's rail what has become of its money; None where it knows no such payment.

    Raises NotFoundError, ProviderUnavailableError.
    """
    purchase = transact(lambda db: repository.lock(db, purchase_id=purchase_id))
    if purchase is None:
        raise NotFoundError
    try:
        found = rails.of(purchase).find(purchase, now)
    except PaymentUnknownError:
        return None
    return AtRail(
        authorised_ore=found.authorised_ore,
        captured_ore=found.captured_ore,
        refunded_ore=found.refunded_ore,
        cancelled_ore=found.cancelled_ore,
    )


def _start_for_booking(
    db: Db, wanted: StartPurchase, booking_id: str, mentee_id: str, now: datetime
) -> PurchaseDetail:
    booking = scheduling.payable(db, booking_id=booking_id, mentee_id=mentee_id, now=now)
    for purchase in repository.of_booking(db, booking_id=booking_id):
        if purchase.state in rules.OPEN:
            return _detail(db, purchase)
    if not wanted.early_start:
        # A session can be paid for six days ahead at most: it is always within the fourteen days.
        raise EarlyStartRequiredError
    purchase = _insert(
        db,
        wanted,
        {
            "booking_id": booking_id,
            "pack_id": None,
            "mentee_id": mentee_id,
            "mentor_id": booking.mentor_id,
            "title": booking.title,
            "quarters": (booking.ends_at - booking.starts_at) // hour_rules.QUARTER,
            "amount_ore": booking.price_ore,
            "currency": booking.currency,
            "hours_expire_at": None,
        },
        now,
    )
    scheduling.await_payment(db, booking_id=booking_id, until=now + rules.PAYMENT_WINDOW, now=now)
    return _detail(db, purchase)


def _start_for_pack(
    db: Db, wanted: StartPurchase, pack_id: str, mentee_id: str, now: datetime
) -> PurchaseDetail:
    pack = mentors.pack_for_sale(db, pack_id)
    if pack.mentor_id == mentee_id:
        raise OwnPackError
    blocks.refuse_between(db, mentee_id, pack.mentor_id)
    if not pack.is_for_sale:
        raise PackNotForSaleError
    under_way = repository.open_for_pack(db, pack_id=pack_id, mentee_id=mentee_id)
    if under_way and not rules.is_overdue(under_way.created_at, now):
        return _detail(db, under_way)
    purchase = _insert(
        db,
        wanted,
        {
            "booking_id": None,
            "pack_id": pack_id,
            "mentee_id": mentee_id,
            "mentor_id": pack.mentor_id,
            "title": pack.title,
            "quarters": pack.quarters,
            "amount_ore": pack.price_ore,
            "currency": pack.currency,
            "hours_expire_at": now + timedelta(days=pack.valid_days),
        },
        now,
    )
    return _detail(db, purchase)


def _insert(db: Db, wanted: StartPurchase, values: dict[str, object], now: datetime) -> Row:
    purchase_id = ids.new("pur")
    amount_ore = int(str(values["amount_ore"]))
    seller = mentors.seller(db, str(values["mentor_id"]))
    repository.insert(
        db,
        {
            **values,
            "id": purchase_id,
            "vat_ore": rules.vat_of(amount_ore, is_vat_registered=seller.is_vat_registered),
            "fee_ore": rules.fee_of(amount_ore),
            "rail": rules.RAIL_OF[wanted.method],
            "method": wanted.method,
            "reference": rules.reference_of(purchase_id),
            "terms_version": wanted.terms,
            "early_start_at": now if wanted.early_start else None,
            "now": now,
        },
    )
    found = repository.lock(db, purchase_id=purchase_id)
    if found is None:
        raise NotFoundError
    selling.show_both(db, found, disclosed.PAYMENT, now)
    return found


def _detail(db: Db, purchase: Row) -> PurchaseDetail:
    return PurchaseDetail.model_validate(
        {**vars(purchase), "refunds": refunds.of(db, purchase_id=purchase.id)}
    )
