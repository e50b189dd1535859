"""What has no paper yet: looked for list by list, page by page, in what is new enough.

What is older has its paper, or its message was parked where an operator sees it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from lib.core.db import Db
from lib.earnings import service as earnings
from lib.papers import facts, repository
from lib.papers.rules import PaperKind
from lib.payouts import service as payouts
from lib.payouts.paid_repository import Paid
from lib.purchases import service as purchases

_LOOKS_BACK = timedelta(days=45)
_PAGE = 500

type Issue = Callable[[Db, str, datetime], object]
# Runs a read in a transaction, a new one or that of the caller.
type Reads = Callable[[Callable[[Db], Sequence["_Cause"]]], Sequence["_Cause"]]
type _List = Callable[[Db, datetime, str, str], Sequence["_Cause"]]


@dataclass(frozen=True)
class _Cause:
    """Something that wants a paper: its key in its list, and what would be documented."""

    key: str
    cause_id: str
    is_documented: bool


@dataclass(frozen=True)
class Missing:
    """A cause without its paper, and what issues it."""

    cause_id: str
    issue: Issue


def find(reads: Reads, now: datetime, person_id: str = "") -> Iterator[Missing]:
    """Yield what has no paper, of one party or ('') of anybody, oldest first in each list."""
    since = now - _LOOKS_BACK
    for listed, issue in _LISTS:
        after = ""
        while page := reads(partial(_page, listed, since, person_id, after)):
            yield from (Missing(one.cause_id, issue) for one in page if not one.is_documented)
            after = page[-1].key


def _page(listed: _List, since: datetime, person_id: str, after: str, db: Db) -> Sequence[_Cause]:
    return listed(db, since, person_id, after)


def _sales(db: Db, since: datetime, person_id: str, after: str) -> list[_Cause]:
    found = purchases.sales(db, since=since, person_id=person_id, after=after, limit=_PAGE)
    kinds = [PaperKind.RECEIPT, PaperKind.PREPAYMENT]
    known = repository.documented(db, kinds=kinds, causes=[row.id for row in found])
    return [_Cause(row.id, row.id, row.id in known) for row in found]


def _sessions(db: Db, since: datetime, person_id: str, after: str) -> list[_Cause]:
    """Return sessions given; one that was paid for by itself has the receipt of its purchase."""
    found = earnings.between(
        db, since=since, until=_EVER, mentor_id=person_id, after=after, limit=_PAGE
    )
    causes = [row.id for row in found] + [row.purchase_id for row in found]
    known = repository.documented(db, kinds=[PaperKind.RECEIPT], causes=causes)
    return [
        _Cause(row.id, row.cause_id, bool({row.id, row.purchase_id} & known) or not row.quarters)
        for row in found
    ]


def _refunds(db: Db, since: datetime, person_id: str, after: str) -> list[_Cause]:
    found = purchases.repayments(db, since=since, person_id=person_id, after=after, limit=_PAGE)
    kinds = [PaperKind.CREDIT_NOTE, PaperKind.REPAYMENT]
    known = repository.documented(db, kinds=kinds, causes=[row.id for row in found])
    return [_Cause(row.id, row.id, row.id in known) for row in found]


def _payouts(db: Db, since: datetime, person_id: str, after: str) -> list[_Cause]:
    """Return payouts; what came back of one wants papers that take its statement back."""
    found = payouts.all_paid(db, since=since, mentor_id=person_id, after=after, limit=_PAGE)
    causes = [row.id for row in found]
    known = repository.documented(db, kinds=[PaperKind.STATEMENT], causes=causes)
    return [
        _Cause(row.id, row.id, row.id in known and row.reversed_ore <= _credited_ore(db, row))
        for row in found
    ]


def _credited_ore(db: Db, payout: Paid) -> int:
    return facts.credited(db, payout.id)[1] if payout.reversed_ore else 0


_EVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
_LISTS: tuple[tuple[_List, Issue], ...] = (
    (_sales, facts.document_sale),
    (_sessions, facts.document_session),
    (_refunds, facts.document_refund),
    (_payouts, facts.document_payout),
)
