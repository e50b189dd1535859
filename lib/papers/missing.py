"""What has no paper yet: looked for list by list, page by page, in what is new enough.

What is older has its paper, or its message was parked where an operator sees it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
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
type _List = Callable[["_Wanted", Db], Sequence["_Cause"]]


@dataclass(frozen=True)
class _Wanted:
    """A page of a list: since when, of which party or ('') anybody, and after which key.

    `is_new` sees papers past the snapshot of the transaction, that others have just issued.
    """

    since: datetime
    person_id: str
    is_new: bool
    after: str = ""


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


def find(
    reads: Reads, now: datetime, person_id: str = "", *, is_new: bool = False
) -> Iterator[Missing]:
    """Yield what has no paper, of one party or ('') of anybody, oldest first in each list.

    `is_new` looks past the transaction's snapshot, so that nothing another has issued is missing.
    """
    for listed, issue in _LISTS:
        wanted = _Wanted(now - _LOOKS_BACK, person_id, is_new)
        while page := reads(partial(listed, wanted)):
            yield from (Missing(one.cause_id, issue) for one in page if not one.is_documented)
            wanted = replace(wanted, after=page[-1].key)


def _sales(wanted: _Wanted, db: Db) -> list[_Cause]:
    found = purchases.sales(
        db, since=wanted.since, person_id=wanted.person_id, after=wanted.after, limit=_PAGE
    )
    kinds = [PaperKind.RECEIPT, PaperKind.PREPAYMENT]
    known = _documented(db, wanted, kinds, [row.id for row in found])
    return [_Cause(row.id, row.id, row.id in known) for row in found]


def _sessions(wanted: _Wanted, db: Db) -> list[_Cause]:
    """Return sessions given; one that was paid for by itself has the receipt of its purchase."""
    found = earnings.between(
        db,
        since=wanted.since,
        until=_EVER,
        mentor_id=wanted.person_id,
        after=wanted.after,
        limit=_PAGE,
    )
    causes = [row.id for row in found] + [row.purchase_id for row in found]
    known = _documented(db, wanted, [PaperKind.RECEIPT], causes)
    return [
        _Cause(row.id, row.cause_id, bool({row.id, row.purchase_id} & known) or not row.quarters)
        for row in found
    ]


def _refunds(wanted: _Wanted, db: Db) -> list[_Cause]:
    found = purchases.repayments(
        db, since=wanted.since, person_id=wanted.person_id, after=wanted.after, limit=_PAGE
    )
    kinds = [PaperKind.CREDIT_NOTE, PaperKind.REPAYMENT]
    known = _documented(db, wanted, kinds, [row.id for row in found])
    return [_Cause(row.id, row.id, row.id in known) for row in found]


def _payouts(wanted: _Wanted, db: Db) -> list[_Cause]:
    """Return payouts; what came back of one wants papers that take its statement back."""
    found = payouts.all_paid(
        db, since=wanted.since, mentor_id=wanted.person_id, after=wanted.after, limit=_PAGE
    )
    causes = [row.id for row in found]
    known = _documented(db, wanted, [PaperKind.STATEMENT], causes)
    return [
        _Cause(row.id, row.id, row.id in known and row.reversed_ore <= _credited_ore(db, row))
        for row in found
    ]


def _documented(
    db: Db, wanted: _Wanted, kinds: Sequence[PaperKind], causes: Sequence[str]
) -> set[str]:
    return repository.documented(db, kinds=kinds, causes=causes, is_new=wanted.is_new)


def _credited_ore(db: Db, payout: Paid) -> int:
    return facts.credited(db, payout.id)[1] if payout.reversed_ore else 0


_EVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
_LISTS: tuple[tuple[_List, Issue], ...] = (
    (_sales, facts.document_sale),
    (_sessions, facts.document_session),
    (_refunds, facts.document_refund),
    (_payouts, facts.document_payout),
)
