"""Which paper a cause asks for: the facts are read from the domains that know them, then drafted.

Each function issues what is missing and may be called again at any time. What a paper refers to is
issued before it. A cause that is not so (yet) raises NotYetError.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from lib.core.db import Db
from lib.earnings import service as earnings
from lib.earnings.repository import Earning
from lib.papers import drafts, issuing, repository, rules
from lib.papers.rules import PaperKind
from lib.papers.schemas import PaperBody
from lib.payouts import service as payouts
from lib.purchases import service as purchases
from lib.purchases.sale_repository import Sale
from lib.scheduling import service as scheduling
from lib.scheduling.repository import Booking

_PAGE = 200


class NotYetError(Exception):
    """What the paper would say is not so, or does not add up; the code says which."""


def document_sale(db: Db, purchase_id: str, now: datetime) -> str:
    """Issue the receipt of a session, or of the hours that were paid for; return its number."""
    return _document(db, _sale(db, purchase_id), now)


def document_session(db: Db, booking_id: str, now: datetime) -> list[str]:
    """Issue the receipts of a session that was paid with hours of packs; return their numbers."""
    found = [each for each in earnings.of_cause(db, cause_id=booking_id) if each.quarters]
    return [_document_earning(db, each, _sale(db, each.purchase_id), now) for each in found]


def document_refund(db: Db, refund_id: str, now: datetime) -> list[str]:
    """Issue the credit note of a refund and, for what takes no sale back, the repayment.

    A sale is taken back as far as its earning was: MIN MENTOR's own expense leaves it as it is, and
    hours that were never given were never sold.
    """
    refund = purchases.repaid(db, refund_id=refund_id)
    if refund is None:
        raise NotYetError("not_refunded")
    sale = _sale(db, refund.purchase_id)
    taken = [one for one in earnings.of_cause(db, cause_id=refund_id) if not one.quarters]
    credited_ore = -sum(one.gross_ore for one in taken)
    issued = []
    if credited_ore:
        receipts = _receipts(db, sale, now)
        vat_ore = -sum(one.vat_ore for one in taken)
        note = drafts.credit_note(
            sale, refund, credited_ore=credited_ore, vat_ore=vat_ore, receipts=receipts
        )
        issued.append(issuing.issue(db, note, now))
    if credited_ore < refund.amount_ore:
        prepayment = _document(db, sale, now)
        goodwill_ore = refund.amount_ore - credited_ore - refund.unearned_ore
        paper = drafts.repayment(sale, refund, goodwill_ore=goodwill_ore, prepayment=prepayment)
        issued.append(issuing.issue(db, paper, now))
    return issued


def document_fees(db: Db, mentor_id: str, month: str, now: datetime) -> str:
    """Issue the invoice of a mentor's fees of a month, unless there were none; return its number.

    `month` is a month in Norway, as `202611`, in which nothing more will be earned.
    """
    cause = drafts.fee_cause(mentor_id, month)
    for kind in (PaperKind.FEE_INVOICE, PaperKind.FEE_CREDIT):
        if known := issuing.number(db, kind, cause):
            return known
    since, until = rules.bounds_of(month)
    found = _all(
        lambda after: earnings.between(
            db, since=since, until=until, mentor_id=mentor_id, after=after, limit=_PAGE
        )
    )
    if not found:
        return ""
    sales = _sales(db, found)
    references = [_reference(db, each, sales[each.purchase_id], now) for each in found]
    return issuing.issue(db, drafts.fees(mentor_id, month, found, references), now)


def document_payout(db: Db, payout_id: str, now: datetime) -> list[str]:
    """Issue the statement of a payout that was paid and, as far as it came back, its reversal."""
    payout = payouts.paid(db, payout_id=payout_id)
    if payout is None:
        raise NotYetError("not_paid")
    known = issuing.number(db, PaperKind.STATEMENT, payout_id)
    if not known:
        settled = _all(
            lambda after: earnings.of_payout(db, payout_id=payout_id, after=after, limit=_PAGE)
        )
        if settled and sum(each.share_ore for each in settled) != payout.amount_ore:
            raise NotYetError("does_not_add_up")
        sales = _sales(db, settled)
        titles = [sales[each.purchase_id].title for each in settled]
        references = [_reference(db, each, sales[each.purchase_id], now) for each in settled]
        known = issuing.issue(db, drafts.statement(payout, settled, titles, references), now)
    time, credited_ore = credited(db, payout_id)
    if payout.reversed_ore <= credited_ore:
        return [known]
    back_ore = payout.reversed_ore - credited_ore
    credit = drafts.statement_credit(payout, time=time + 1, back_ore=back_ore, statement=known)
    return [known, issuing.issue(db, credit, now)]


def credited(db: Db, payout_id: str) -> tuple[int, int]:
    """Return how often a payout's statement was taken back, and how much of it, in øre."""
    time = total_ore = 0
    while found := repository.of_cause(
        db, kind=PaperKind.STATEMENT_CREDIT, cause_id=drafts.credit_cause(payout_id, time + 1)
    ):
        time += 1
        total_ore -= PaperBody.model_validate_json(found.body).total_ore
    return time, total_ore


def _document(db: Db, sale: Sale, now: datetime) -> str:
    """Issue the receipt of a sale; the number of one that has it is read without a lock."""
    kind = PaperKind.PREPAYMENT if sale.booking_id is None else PaperKind.RECEIPT
    if known := issuing.number(db, kind, sale.id):
        return known
    if sale.booking_id is None:
        return issuing.issue(db, drafts.prepayment(sale), now)
    return issuing.issue(db, drafts.receipt(sale, _booking(db, sale.booking_id)), now)


def _document_earning(db: Db, earning: Earning, sale: Sale, now: datetime) -> str:
    """Issue the receipt of a session; one that was paid for by itself has its purchase's."""
    prepaid = _document(db, sale, now)
    if sale.booking_id is not None:
        return prepaid
    known = issuing.number(db, PaperKind.RECEIPT, earning.id)
    if known:
        return known
    booking = _booking(db, earning.cause_id)
    return issuing.issue(db, drafts.session_receipt(sale, booking, earning, prepaid), now)


def _reference(db: Db, earning: Earning, sale: Sale, now: datetime) -> str:
    """Return the number of the paper that an earning comes from, or that takes it back.

    What goes back and has not arrived has no paper yet: that of the purchase stands for it, since
    neither an invoice nor a statement waits for a bank.
    """
    if earning.quarters:
        return _document_earning(db, earning, sale, now)
    if purchases.repaid(db, refund_id=earning.cause_id) is None:
        return _document(db, sale, now)
    return document_refund(db, earning.cause_id, now)[0]


def _receipts(db: Db, sale: Sale, now: datetime) -> list[str]:
    """Return the numbers of the sales documents of what was given out of a purchase."""
    if sale.booking_id is not None:
        return [_document(db, sale, now)]
    given = [each for each in earnings.of_sale(db, purchase_id=sale.id) if each.quarters]
    return [_document_earning(db, each, sale, now) for each in given]


def _all(page: Callable[[str], Sequence[Earning]]) -> list[Earning]:
    """Return all earnings of a list that is paged by id, in the order of their time."""
    found: list[Earning] = []
    after = ""
    while rows := page(after):
        found += rows
        after = rows[-1].id
    return sorted(found, key=lambda earning: (earning.earned_at, earning.id))


def _sales(db: Db, found: Sequence[Earning]) -> dict[str, Sale]:
    return {each: _sale(db, each) for each in {earning.purchase_id for earning in found}}


def _sale(db: Db, purchase_id: str) -> Sale:
    found = purchases.sale(db, purchase_id=purchase_id)
    if found is None:
        raise NotYetError("not_captured")
    return found


def _booking(db: Db, booking_id: str) -> Booking:
    found = scheduling.find(db, booking_id)
    if found is None:
        raise NotYetError("no_booking")
    return found
