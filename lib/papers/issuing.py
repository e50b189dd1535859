"""Issuing: a draft gets the next number of its series, is chained to the paper before, and stays.

The row of the series is locked until the commit, so that numbers follow one another, and a
transaction that is rolled back gives its number back: no gap, no double, whatever crashes.
"""

from datetime import datetime

from lib.core import ids
from lib.core.db import Db, DuplicateError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.papers import parties, repository, rules
from lib.papers.drafts import US, Draft, vat_totals
from lib.papers.repository import Paper, Series
from lib.papers.rules import PaperKind
from lib.papers.schemas import PaperBody, PaperParty

_MENTORS_OWN = frozenset(
    {PaperKind.FEE_INVOICE, PaperKind.FEE_CREDIT, PaperKind.STATEMENT, PaperKind.STATEMENT_CREDIT}
)


def issue(db: Db, draft: Draft, now: datetime) -> str:
    """Issue a paper, once for its cause, and return its number, as `KV-2026-17`.

    Raises PartyUnknownError where a party has no name and has none on earlier papers.
    """
    code, year = rules.SERIES[draft.kind], rules.local_date(now).year
    empty = Series(last_number=0, last_hash=rules.NOTHING)
    before = repository.lock_series(db, series=code, year=year, empty=empty)
    if known := number(db, draft.kind, draft.cause_id):
        return known
    to, language = _addressee(db, draft)
    seller = parties.business(db, draft.seller_id)[0] if draft.seller_id else _ours(draft.kind)
    given = before.last_number + 1
    body = PaperBody(
        version=rules.VERSION,
        kind=draft.kind,
        number=rules.number_of(code, year, given),
        previous=before.last_hash,
        issued_on=rules.local_date(now),
        language=language,
        seller=seller,
        buyer=to,
        issuer=US,
        lines=list(draft.lines),
        vat=vat_totals(draft.lines),
        total_ore=sum(line.gross_ore for line in draft.lines),
        currency=draft.currency,
        payment=draft.payment,
        refers_to=list(draft.refers_to),
        **draft.more,
    )
    text = rules.canonical(body.model_dump(mode="json"))
    paper = Paper(
        id=ids.new("ppr"),
        kind=draft.kind,
        series=code,
        accounting_year=year,
        number=given,
        person_id=draft.person_id,
        seller_id=draft.seller_id,
        cause_id=draft.cause_id,
        body=text,
        body_hash=rules.hash_of(text),
        issued_at=now,
    )
    try:
        repository.insert(db, paper)
    except DuplicateError as error:
        if error.constraint != "paper_once":
            raise
        # Another has issued it meanwhile: the number is not taken, and theirs is the one.
        return number(db, draft.kind, draft.cause_id, is_new=True)
    reached = Series(last_number=given, last_hash=paper.body_hash)
    repository.advance(db, series=code, year=year, reached=reached)
    _show_both(db, paper, now)
    return body.number


def number(db: Db, kind: PaperKind, cause_id: str, *, is_new: bool = False) -> str:
    """Return the number of the paper of a kind that documents a cause; '' where there is none.

    `is_new` reads past this transaction's snapshot, for one that another has just issued.
    """
    found = repository.number(db, kind=kind, cause_id=cause_id, is_new=is_new)
    return rules.number_of(found.series, found.accounting_year, found.number) if found else ""


def _show_both(db: Db, paper: Paper, now: datetime) -> None:
    """Note that the parties of a paper read each other's names on it."""
    if paper.seller_id is None:
        return
    seller = (*disclosed.PAPER, *disclosed.SELLER)
    for person_id, other_id, fields in (
        (paper.seller_id, paper.person_id, seller),
        (paper.person_id, paper.seller_id, disclosed.PAPER),
    ):
        disclosures.to_party(
            db, person_id, other_id, fields, context_id=paper.id, now=now, is_on_paper=True
        )


def _addressee(db: Db, draft: Draft) -> tuple[PaperParty, str]:
    if draft.kind in _MENTORS_OWN:
        return parties.business(db, draft.person_id)
    return parties.buyer(db, draft.person_id)


def _ours(kind: PaperKind) -> PaperParty | None:
    """Return MIN MENTOR where it sells; a payout and a repayment are no sale."""
    return US if kind in {PaperKind.FEE_INVOICE, PaperKind.FEE_CREDIT} else None
