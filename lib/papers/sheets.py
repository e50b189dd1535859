"""A paper in words, as it is read: title, parties, tables and notes, in the language of its body.

The words belong to the version of the body: a paper that was issued reads the same for ever.
Amounts are in kroner and øre as Norwegians write them, times are in Norway.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from lib.papers import wording
from lib.papers.rules import PaperKind
from lib.papers.schemas import PaperBody, PaperLine, PaperParty, PaperPayment

_ZONE = ZoneInfo("Europe/Oslo")
_SALES = frozenset(
    {PaperKind.RECEIPT, PaperKind.CREDIT_NOTE, PaperKind.FEE_INVOICE, PaperKind.FEE_CREDIT}
)
_PAYOUTS = frozenset({PaperKind.STATEMENT, PaperKind.STATEMENT_CREDIT})
_GROUP = 3


@dataclass(frozen=True)
class Table:
    """A table with its caption; `widths` are shares of the page, numbers stand to the right."""

    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    numbers: int


@dataclass(frozen=True)
class Sheet:
    """All that is written on a paper; the last row of a table of lines is their sum."""

    title: str
    language: str
    blocks: Sequence[tuple[str, Sequence[str]]]
    tables: Sequence[Table]
    notes: Sequence[str]
    footer: str


def sheet(body: PaperBody) -> Sheet:
    """Return a paper in words."""
    say = wording.In(body.language)
    if body.kind in _SALES:
        tables = [_sold(body, say), _vat(body, say)]
    else:
        tables = [_settled(body, say) if body.kind in _PAYOUTS else _given_back(body, say)]
    return Sheet(
        title=f"{say(body.kind)} {body.number}",
        language=body.language,
        blocks=list(_blocks(body, say)),
        tables=tables,
        notes=list(_notes(body, say)),
        footer=f"{_party_line(body.issuer, say)} · post@minmentor.no",
    )


def kroner(amount_ore: int) -> str:
    """Return an amount as `−1 234,50`: no-break spaces, a comma, a real minus."""
    whole, ore = divmod(abs(amount_ore), 100)
    digits = str(whole)
    head = len(digits) % _GROUP
    groups = [digits[:head]] if head else []
    groups += [digits[at : at + _GROUP] for at in range(head, len(digits), _GROUP)]
    sign = "\u2212" if amount_ore < 0 else ""
    return f"{sign}{'\u00a0'.join(groups)},{ore:02}"


def organisation_number(number: str) -> str:
    """Return an organisation number as `987 654 325`."""
    return "\u00a0".join((number[:3], number[3:6], number[6:]))


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _blocks(body: PaperBody, say: wording.In) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the parties and the dates (§§ 5-1-1, 5-1-2)."""
    buyer = "to" if body.kind in _PAYOUTS else "buyer"
    if body.seller:
        yield say("seller"), list(_party(body.seller, say))
    yield say(buyer), list(_party(body.buyer, say))
    if body.seller != body.issuer:
        key = "issued_for" if body.seller else "issued_by"
        yield say(key), list(_party(body.issuer, say))
    dates = [f"{say('number')}: {body.number}", f"{say('date')}: {_day(body.issued_on)}"]
    if body.month:
        dates.append(f"{say('month')}: {int(body.month[4:])}.{body.month[:4]}")
    if body.usable_until:
        dates.append(f"{say('usable_until')}: {_moment(body.usable_until)}")
    if body.refers_to:
        dates.append(f"{say('refers_to')}: {', '.join(body.refers_to)}")
    yield say("paper"), dates


def _party(party: PaperParty, say: wording.In) -> Iterator[str]:
    yield party.name
    if party.organisation_number:
        vat = " MVA" if party.is_vat_registered else ""
        yield f"{say('org')} {organisation_number(party.organisation_number)}{vat}"
    if party.is_in_business_register:
        yield "Foretaksregisteret"
    if party.address:
        yield party.address


def _party_line(party: PaperParty, say: wording.In) -> str:
    return " · ".join(_party(party, say))


def _given_back(body: PaperBody, say: wording.In) -> Table:
    """Return the lines of what is no sale, and so has no VAT."""
    rows = [(_what(line, say), kroner(line.gross_ore)) for line in body.lines]
    return Table(
        caption=say("lines"),
        headers=(say("what"), say("amount")),
        rows=[*rows, (say("total"), kroner(body.total_ore))],
        widths=(84, 16),
        numbers=1,
    )


def _sold(body: PaperBody, say: wording.In) -> Table:
    rows = [
        (
            _what(line, say),
            kroner(line.gross_ore - line.vat_ore),
            f"{line.vat_percent} %",
            kroner(line.vat_ore),
            kroner(line.gross_ore),
        )
        for line in body.lines
    ]
    vat_ore = sum(line.vat_ore for line in body.lines)
    total = (
        say("total"),
        kroner(body.total_ore - vat_ore),
        "",
        kroner(vat_ore),
        kroner(body.total_ore),
    )
    return Table(
        caption=say("lines"),
        headers=(say("what"), say("net"), say("rate"), say("vat"), say("amount")),
        rows=[*rows, total],
        widths=(47, 16, 8, 13, 16),
        numbers=4,
    )


def _settled(body: PaperBody, say: wording.In) -> Table:
    rows = [
        (
            _day(line.on) if line.on else "",
            _what(line, say),
            kroner(line.gross_ore),
            kroner(line.vat_ore),
            kroner(-(line.fee_ore or 0)),
            kroner(line.gross_ore - (line.fee_ore or 0)),
        )
        for line in body.lines
    ]
    total = (
        "",
        say("paid_out"),
        kroner(body.total_ore),
        kroner(sum(line.vat_ore for line in body.lines)),
        kroner(-sum(line.fee_ore or 0 for line in body.lines)),
        kroner(body.settlement.paid_ore if body.settlement else 0),
    )
    return Table(
        caption=say("settled"),
        headers=(say("day"), say("what"), say("gross"), say("of_it_vat"), say("fee"), say("yours")),
        rows=[*rows, total],
        widths=(11, 37, 14, 12, 13, 13),
        numbers=4,
    )


def _vat(body: PaperBody, say: wording.In) -> Table:
    rows = [(f"{one.percent} %", kroner(one.base_ore), kroner(one.vat_ore)) for one in body.vat]
    return Table(
        caption=say("vat_by_rate"),
        headers=(say("rate"), say("net"), say("vat")),
        rows=rows,
        widths=(47, 16, 21),
        numbers=2,
    )


def _what(line: PaperLine, say: wording.In) -> str:
    """Return what a line is for: its kind, its title, how much, when and where."""
    key = "fee_line" if line.what == "fee" else line.what
    parts = [say(key) + (f": {line.title}" if line.title else "")]
    if line.quarters:
        parts.append(f"{line.quarters * 15} min")
    if line.starts_at and line.ends_at:
        parts.append(f"{_span(line.starts_at, line.ends_at)}, {say('place')}")
    if line.reference:
        parts.append(line.reference)
    if line.what == "fee" and line.on:
        parts.append(_day(line.on))
    return ", ".join(parts)


def _span(starts_at: datetime, ends_at: datetime) -> str:
    begin, end = starts_at.astimezone(_ZONE), ends_at.astimezone(_ZONE)
    return f"{_day(begin.date())} {begin:%H.%M}–{end:%H.%M}"


def _moment(moment: datetime) -> str:
    local = moment.astimezone(_ZONE)
    return f"{_day(local.date())} {local:%H.%M}"


def _notes(body: PaperBody, say: wording.In) -> Iterator[str]:
    if body.payment:
        yield _paid(body.kind, body.payment, say)
    if body.ground:
        yield f"{say('ground')}: {say(f'ground_{body.ground}')}."
    key = f"note_{body.kind}"
    if key in wording.WORDS:
        yield say(key)
    has_vat = any(one.vat_ore for one in body.vat)
    if body.kind in {PaperKind.RECEIPT, PaperKind.CREDIT_NOTE} and not has_vat:
        yield say("no_vat")
    if body.terms_version:
        yield f"{say('terms')} {body.terms_version}."


def _paid(kind: PaperKind, payment: PaperPayment, say: wording.In) -> str:
    way = say(f"by_{payment.method}")
    reference = f", {say('reference')} {payment.reference}" if payment.reference else ""
    back = kind in {PaperKind.CREDIT_NOTE, PaperKind.REPAYMENT, PaperKind.FEE_CREDIT}
    verb = "reversed" if kind is PaperKind.STATEMENT_CREDIT else "paid_back" if back else "paid"
    return f"{say(verb)} {_day(payment.on)} {way}{reference}."
