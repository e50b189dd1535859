"""What a paper says, as it is stored and handed out; and what is asked about papers."""

from datetime import date, datetime

from lib.core.errors import ProblemError
from lib.papers.rules import PaperKind
from lib.web.schema import Output, PageQuery


class PaperParty(Output):
    """A seller, a buyer, or who issued the paper for the seller."""

    name: str
    organisation_number: str | None = None
    is_vat_registered: bool = False
    is_in_business_register: bool = False
    address: str | None = None


class PaperLine(Output):
    """One thing that is sold, taken back or settled; øre, negative where it goes the other way.

    `what` says what it is, `title` how it was called when it was sold, `reference` which paper
    documents it; `vat_ore` is the VAT in `gross_ore`, at `vat_percent`. In a statement `fee_ore` is
    MIN MENTOR's fee, VAT included.
    """

    what: str
    title: str | None = None
    reference: str | None = None
    on: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    quarters: int | None = None
    gross_ore: int
    vat_ore: int = 0
    vat_percent: int = 0
    fee_ore: int | None = None


class VatTotal(Output):
    """The VAT of all lines with one rate, in øre; the rate 0 is what no VAT is on."""

    percent: int
    base_ore: int
    vat_ore: int


class PaperPayment(Output):
    """How it was paid or paid back: vipps, card, prepaid, payout or deducted."""

    method: str
    reference: str | None
    on: date


class Settlement(Output):
    """What a payout settles, in øre: `earned` less `taken_back` is `paid`; fees are deducted."""

    earned_ore: int
    taken_back_ore: int
    paid_ore: int


class PaperBody(Output):
    """All that a paper says; `previous` is the SHA-256 of the body before it in its series."""

    version: int
    kind: PaperKind
    number: str
    previous: str
    issued_on: date
    language: str
    seller: PaperParty | None
    buyer: PaperParty
    issuer: PaperParty
    lines: list[PaperLine]
    vat: list[VatTotal]
    total_ore: int
    currency: str
    payment: PaperPayment | None
    refers_to: list[str]
    terms_version: str | None = None
    usable_until: datetime | None = None
    month: str | None = None
    ground: str | None = None
    settlement: Settlement | None = None


class Paper(Output):
    """A paper, to you or issued in your name; `body_hash` is the SHA-256 of its canonical body."""

    id: str
    kind: PaperKind
    number: str
    issued_at: datetime
    body_hash: str
    body: PaperBody


class ListedPaper(Output):
    """A paper in a list; `is_in_my_name` where it was issued for you as the seller."""

    id: str
    kind: PaperKind
    number: str
    issued_at: datetime
    total_ore: int
    currency: str
    is_in_my_name: bool


class Papers(Output):
    """A page of papers, newest first; `next` is the `after` of the page that follows."""

    papers: list[ListedPaper]
    next: str | None


class PaperPage(PageQuery):
    """A page of your papers."""


class PartyUnknownError(ProblemError):
    """A party's name is not known any more, so that no paper can be issued to them."""

    status, code = 409, "party_unknown"
    nb, en = "En av partene er ikke kjent lenger", "A party is not known any more"
