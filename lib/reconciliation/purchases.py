"""The check of purchases: what a page of them is, by every table that knows something of it."""

from collections.abc import Sequence
from datetime import datetime

from lib.core.db import Db
from lib.ledger import service as ledger
from lib.ledger.rules import Account
from lib.papers import service as papers
from lib.reconciliation import purchase_repository as repository
from lib.reconciliation import rules, settling_repository
from lib.reconciliation.kinds import Kind
from lib.reconciliation.purchase_repository import Purchase
from lib.reconciliation.rules import PurchaseFacts
from lib.reconciliation.walking import Page, Walk

_ROWS = 1_000
_RECEIPTS = ("receipt", "prepayment")


def facts_of(db: Db, page: Sequence[Purchase]) -> list[PurchaseFacts]:
    """Return what is known of some purchases: a statement a table, whatever their number."""
    ids = [each.id for each in page]
    reserved = settling_repository.reserved(db, causes=ids, steps=["reserve"])
    reservations = {each.cause_id: each for each in reserved}
    prepaid = ledger.balances_of(db, Account.PREPAID, ids)
    earned = {each.purchase_id: each for each in repository.earned(db, ids=ids)}
    refunded = {each.purchase_id: each for each in repository.refunded(db, ids=ids)}
    recovered = {each.purchase_id: int(each.ore) for each in repository.recovered(db, ids=ids)}
    hours = {each.purchase_id: each for each in repository.hours(db, ids=ids)}
    standing: dict[str, int] = {}
    for draw in repository.open_draws(db, ids=ids):
        standing[draw.purchase_id] = standing.get(draw.purchase_id, 0) + int(draw.quarters)
    bookings = [each.booking_id for each in page if each.booking_id]
    delivered = repository.delivered(db, booking_ids=bookings) if bookings else set()
    documented = papers.documented(db, _RECEIPTS, ids)
    found = []
    for each in page:
        reservation, was_earned = reservations.get(each.id), earned.get(each.id)
        back, came = refunded.get(each.id), hours.get(each.id)
        left = int(came.left) if came else 0
        found.append(
            PurchaseFacts(
                id=each.id,
                state=each.state,
                is_pack=each.booking_id is None,
                amount_ore=each.amount_ore,
                captured_ore=each.captured_ore,
                refunded_ore=each.refunded_ore,
                quarters=each.quarters,
                authorised_at=each.authorised_at,
                captured_at=each.captured_at,
                reserved_ore=reservation.amount_ore if reservation else None,
                outcome=reservation.outcome if reservation else None,
                posted_ore=(reservation.posted_ore or 0) if reservation else 0,
                prepaid_ore=prepaid.get(each.id, 0),
                earned_ore=int(was_earned.gross_ore) if was_earned else 0,
                given=int(was_earned.quarters) if was_earned else 0,
                refunds_ore=int(back.amount_ore) if back else 0,
                gone_ore=(int(back.gone_ore) if back else 0) + recovered.get(each.id, 0),
                going_ore=int(back.going_ore) if back else 0,
                issued=int(came.issued) if came else 0,
                taken_out=int(came.taken_out) if came else 0,
                left=left,
                standing=left + standing.get(each.id, 0),
                is_delivered=each.booking_id in delivered,
                has_paper=each.id in documented,
            )
        )
    return found


def _purchases(db: Db, after: str, now: datetime) -> Page:
    page = repository.page(db, after=after, limit=_ROWS)
    if not page:
        return Page("", 0)
    findings = [
        finding for facts in facts_of(db, page) for finding in rules.faults_of_purchase(facts, now)
    ]
    return Page(page[-1].id, len(page), findings)


PURCHASES = Walk(
    "purchases",
    frozenset(
        {
            Kind.RESERVATION_DIFFERS,
            Kind.CAPTURED_DIFFERS,
            Kind.REFUNDED_DIFFERS,
            Kind.PREPAID_DIFFERS,
            Kind.PREPAID_RESTS,
            Kind.HOURS_DIFFER,
            Kind.CAPTURED_UNDELIVERED,
            Kind.RECEIPT_MISSING,
        }
    ),
    _purchases,
)
