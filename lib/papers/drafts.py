"""What each kind of paper says, out of the facts; a draft has no number yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.core import money
from lib.earnings.repository import Earning
from lib.papers import rules
from lib.papers.rules import PaperKind
from lib.papers.schemas import PaperLine, PaperParty, PaperPayment, Settlement, VatTotal
from lib.payouts.paid_repository import Paid
from lib.purchases.sale_repository import Repaid, Sale
from lib.scheduling.repository import Booking

_SHOWN_OF_ACCOUNT = 4
US = PaperParty(
    name=rules.US.name,
    organisation_number=rules.US.organisation_number,
    is_vat_registered=True,
    is_in_business_register=True,
    address=rules.US.address,
)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A paper before it is issued: to whom, in whose name, for which cause, and what it says."""

    kind: PaperKind
    person_id: str
    seller_id: str | None
    cause_id: str
    lines: Sequence[PaperLine]
    currency: str
    payment: PaperPayment | None
    refers_to: Sequence[str] = ()
    more: dict[str, Any] = field(default_factory=dict)


def receipt(sale: Sale, booking: Booking) -> Draft:
    """Return the sales document of a session that was paid for by itself."""
    return _sold(
        PaperKind.RECEIPT,
        sale,
        sale.id,
        _session(sale, booking, sale.quarters, sale.captured_ore, sale.vat_ore),
        _paid(sale),
    )


def session_receipt(sale: Sale, booking: Booking, earning: Earning, prepayment: str) -> Draft:
    """Return the sales document of a session that was paid with the hours of a pack."""
    line = _session(sale, booking, earning.quarters, earning.gross_ore, earning.vat_ore)
    on = rules.local_date(sale.captured_at)
    payment = PaperPayment(method="prepaid", reference=prepayment, on=on)
    return _sold(PaperKind.RECEIPT, sale, earning.id, line, payment, refers_to=[prepayment])


def prepayment(sale: Sale) -> Draft:
    """Return the receipt for hours that are paid before they are given.

    Merverdiavgiftsloven § 15-10 (3): no sales document, and so no VAT, before the delivery.
    """
    line = PaperLine(
        what="prepaid_hours", title=sale.title, quarters=sale.quarters, gross_ore=sale.captured_ore
    )
    return _sold(
        PaperKind.PREPAYMENT, sale, sale.id, line, _paid(sale), usable_until=sale.hours_expire_at
    )


def credit_note(
    sale: Sale, refund: Repaid, *, credited_ore: int, vat_ore: int, receipts: Sequence[str]
) -> Draft:
    """Return the credit note of a refund: the sales that it takes back, and how much of them."""
    line = _line("credited", sale.title, credited_ore, vat_ore)
    return _given_back(PaperKind.CREDIT_NOTE, sale, refund, [line], receipts)


def repayment(sale: Sale, refund: Repaid, *, goodwill_ore: int, prepayment: str) -> Draft:
    """Return what documents money given back that takes no sale back.

    It is for hours that were never given or, where MIN MENTOR gives it back at its own expense, for
    some that were: then the mentor's sale stands.
    """
    parts = {"unused_hours": refund.unearned_ore, "goodwill": goodwill_ore}
    lines = [
        PaperLine(what=what, title=sale.title, gross_ore=amount_ore)
        for what, amount_ore in parts.items()
        if amount_ore
    ]
    return _given_back(PaperKind.REPAYMENT, sale, refund, lines, [prepayment])


def fees(
    mentor_id: str, month: str, earnings: Sequence[Earning], references: Sequence[str]
) -> Draft:
    """Return the invoice of a month's fees or, where more was taken back, the credit note.

    What was taken back stands on it as a line of its own, with the credit note of the sale, or the
    sale's own paper where the money has not arrived yet.
    """
    total_ore = sum(each.fee_ore for each in earnings)
    kind, sign = (PaperKind.FEE_INVOICE, 1) if total_ore >= 0 else (PaperKind.FEE_CREDIT, -1)
    lines = [
        PaperLine(
            what="fee",
            reference=reference,
            on=rules.local_date(each.earned_at),
            gross_ore=sign * each.fee_ore,
            vat_ore=sign * each.fee_vat_ore,
            vat_percent=rules.VAT_PERCENT,
        )
        for each, reference in zip(earnings, references, strict=True)
    ]
    on = rules.local_date(earnings[-1].earned_at)
    return Draft(
        kind=kind,
        person_id=mentor_id,
        seller_id=None,
        cause_id=fee_cause(mentor_id, month),
        lines=lines,
        currency=money.NOK,
        payment=PaperPayment(method="deducted", reference=None, on=on),
        more={"month": month},
    )


def fee_cause(mentor_id: str, month: str) -> str:
    """Return what a month's fees of a mentor are known by."""
    return f"{mentor_id}.{month}"


def statement(
    payout: Paid, earnings: Sequence[Earning], titles: Sequence[str], references: Sequence[str]
) -> Draft:
    """Return what a payout settled, and what was paid to which account.

    One that settles nothing pays once more what had come back.
    """
    lines = [
        PaperLine(
            what="session" if each.quarters else "credited",
            title=title,
            reference=reference,
            on=rules.local_date(each.earned_at),
            quarters=each.quarters or None,
            gross_ore=each.gross_ore,
            vat_ore=each.vat_ore,
            vat_percent=rules.VAT_PERCENT if each.vat_ore else 0,
            fee_ore=each.fee_ore,
        )
        for each, title, reference in zip(earnings, titles, references, strict=True)
    ]
    if not earnings:
        lines = [PaperLine(what="paid_again", gross_ore=payout.amount_ore, fee_ore=0)]
    earned_ore = sum(each.share_ore for each in earnings if each.share_ore > 0)
    earned_ore = earned_ore or payout.amount_ore
    settlement = Settlement(
        earned_ore=earned_ore,
        taken_back_ore=earned_ore - payout.amount_ore,
        paid_ore=payout.amount_ore,
    )
    return Draft(
        kind=PaperKind.STATEMENT,
        person_id=payout.mentor_id,
        seller_id=None,
        cause_id=payout.id,
        lines=lines,
        currency=payout.currency,
        payment=_paid_out(payout),
        more={"settlement": settlement},
    )


def statement_credit(payout: Paid, *, time: int, back_ore: int, statement: str) -> Draft:
    """Return what takes a statement back as far as its money came back: it is owed again.

    `time` is 1 for what came back first.
    """
    line = PaperLine(what="came_back", reference=statement, gross_ore=-back_ore, fee_ore=0)
    settlement = Settlement(earned_ore=-back_ore, taken_back_ore=0, paid_ore=-back_ore)
    return Draft(
        kind=PaperKind.STATEMENT_CREDIT,
        person_id=payout.mentor_id,
        seller_id=None,
        cause_id=credit_cause(payout.id, time),
        lines=[line],
        currency=payout.currency,
        payment=_paid_out(payout),
        refers_to=[statement],
        more={"settlement": settlement},
    )


def credit_cause(payout_id: str, time: int) -> str:
    """Return what the reversal of a payout is known by: it may come back piece by piece."""
    return f"{payout_id}.{time}"


def vat_totals(lines: Sequence[PaperLine]) -> list[VatTotal]:
    """Return the VAT by rate, the highest first (§ 5-1-1 no. 6, § 5-1-5)."""
    rates = sorted({line.vat_percent for line in lines}, reverse=True)
    return [
        VatTotal(
            percent=rate,
            base_ore=sum(o.gross_ore - o.vat_ore for o in lines if o.vat_percent == rate),
            vat_ore=sum(o.vat_ore for o in lines if o.vat_percent == rate),
        )
        for rate in rates
    ]


def _sold(
    kind: PaperKind,
    sale: Sale,
    cause_id: str,
    line: PaperLine,
    payment: PaperPayment,
    *,
    refers_to: Sequence[str] = (),
    **more: object,
) -> Draft:
    return Draft(
        kind=kind,
        person_id=sale.mentee_id,
        seller_id=sale.mentor_id,
        cause_id=cause_id,
        lines=[line],
        currency=sale.currency,
        payment=payment,
        refers_to=refers_to,
        more={"terms_version": sale.terms_version, **more},
    )


def _given_back(
    kind: PaperKind, sale: Sale, refund: Repaid, lines: Sequence[PaperLine], receipts: Sequence[str]
) -> Draft:
    on = rules.local_date(refund.finished_at)
    return Draft(
        kind=kind,
        person_id=sale.mentee_id,
        seller_id=sale.mentor_id,
        cause_id=refund.id,
        lines=lines,
        currency=sale.currency,
        payment=PaperPayment(method=sale.method, reference=sale.reference, on=on),
        refers_to=receipts,
        more={"ground": refund.ground, "terms_version": sale.terms_version},
    )


def _session(
    sale: Sale, booking: Booking, quarters: int, gross_ore: int, vat_ore: int
) -> PaperLine:
    what = "late_cancellation" if booking.state == "cancelled" else "session"
    line = _line(what, sale.title, gross_ore, vat_ore)
    times = {"starts_at": booking.starts_at, "ends_at": booking.ends_at, "quarters": quarters}
    return line.model_copy(update=times)


def _line(what: str, title: str, gross_ore: int, vat_ore: int) -> PaperLine:
    percent = rules.VAT_PERCENT if vat_ore else 0
    return PaperLine(
        what=what, title=title, gross_ore=gross_ore, vat_ore=vat_ore, vat_percent=percent
    )


def _paid(sale: Sale) -> PaperPayment:
    on = rules.local_date(sale.captured_at)
    return PaperPayment(method=sale.method, reference=sale.reference, on=on)


def _paid_out(payout: Paid) -> PaperPayment:
    """Return how it was paid; of the account only so much that its owner knows it again."""
    account = payout.destination[-_SHOWN_OF_ACCOUNT:]
    reference = f"{payout.provider_id or payout.id} → …{account}"
    return PaperPayment(method="payout", reference=reference, on=rules.local_date(payout.paid_at))
