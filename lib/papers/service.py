"""Papers: receipts, credit notes, invoices and statements, issued once.

They are issued by the outbox, as soon as what they document is so; what was missed is found by a
sweep. A person who leaves gets theirs first, while their name is known. Their parties read them
through reading.py, which loads nothing that issuing needs.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from lib.core import batches, clock, log
from lib.core.db import Db, transact
from lib.earnings import service as earnings
from lib.outbox.service import ParkedError
from lib.papers import drafts, facts, missing, repository, rules
from lib.papers.missing import Issue
from lib.papers.repository import Issued
from lib.papers.rules import PaperKind
from lib.papers.schemas import PartyUnknownError

_BATCH = 200
_FAILURE = "paper_not_issued"
_FEES = (PaperKind.FEE_INVOICE, PaperKind.FEE_CREDIT)


def receipt(purchase_id: str, now: datetime) -> None:
    """Document a captured purchase: the topic `papers.receipt`."""
    _issued(facts.document_sale, purchase_id, now)


def session(booking_id: str, now: datetime) -> None:
    """Document a session that was paid with the hours of packs: the topic `papers.session`."""
    _issued(facts.document_session, booking_id, now)


def credit_note(refund_id: str, now: datetime) -> None:
    """Document a refund that was carried out: the topic `papers.credit_note`."""
    _issued(facts.document_refund, refund_id, now)


def statement(payout_id: str, now: datetime) -> None:
    """Document a payout: the topics `papers.statement`, and `papers.statement_credit`.

    The latter is written when some of it has come back.
    """
    _issued(facts.document_payout, payout_id, now)


def sweep(now: datetime, deadline: datetime) -> int:
    """Issue what is missing, until nothing is or the deadline; return how many causes had none.

    The fees of the last two months are invoiced, where they are not, once the month is over.
    """
    issued = _issue_missing(now, deadline)
    if clock.now() < deadline:
        issued += sum(_invoice_fees(month, now, deadline) for month in rules.months_over(now))
    log.event("papers_swept", issued=issued)
    return issued


def issue_all_of(db: Db, person_id: str, now: datetime) -> None:
    """Issue what is missing to a person or in their name, in the transaction in which they leave.

    The fees of the month that is not over are invoiced too: after it their name is not known.
    """
    for one in missing.find(lambda read: read(db), now, person_id):
        one.issue(db, one.cause_id, now)
    for month in (*rules.months_over(now), rules.month_of(now)):
        facts.document_fees(db, person_id, month, now)


def are_all_issued(db: Db, person_id: str, now: datetime) -> bool:
    """Return whether nothing is missing to a person or in their name."""
    found = missing.find(lambda read: read(db), now, person_id, is_new=True)
    return next(found, None) is None


def documented(db: Db, kinds: Sequence[str], causes: Sequence[str]) -> set[str]:
    """Return which of some causes have a paper of one of the kinds."""
    return repository.documented(db, kinds=kinds, causes=causes)


def issued_for(db: Db, causes: Sequence[str]) -> list[Issued]:
    """Return the papers that document some causes, without what they say."""
    return repository.issued_for(db, kinds=[*rules.PaperKind], causes=causes) if causes else []


def numbers_of(db: Db, causes: Sequence[str]) -> dict[str, str]:
    """Return by cause the number of the paper that documents it, where there is one."""
    found = repository.numbers_of(db, causes=sorted(set(causes)))
    return {
        each.cause_id: rules.number_of(each.series, each.accounting_year, each.number)
        for each in found
    }


def _issued(issue: Issue, cause_id: str, now: datetime) -> None:
    try:
        transact(lambda db: issue(db, cause_id, now))
    except facts.NotYetError as error:
        raise ParkedError(str(error)) from error
    except PartyUnknownError as error:
        raise ParkedError(error.code) from error


def _issue_missing(now: datetime, deadline: datetime) -> int:
    issued = 0
    for one in missing.find(transact, now):
        if clock.now() >= deadline:
            break
        issued += batches.tried(partial(_tried, one.issue, one.cause_id, now), _FAILURE)
    return issued


def _invoice_fees(month: str, now: datetime, deadline: datetime) -> int:
    invoice = partial(_document_fees, month)
    mentors = batches.until(deadline, partial(_earners, month), str)
    return sum(
        batches.tried(partial(_tried, invoice, mentor_id, now), _FAILURE) for mentor_id in mentors
    )


def _tried(issue: Issue, cause_id: str, now: datetime) -> bool:
    return bool(transact(lambda db: issue(db, cause_id, now)))


def _document_fees(month: str, db: Db, mentor_id: str, now: datetime) -> str:
    return facts.document_fees(db, mentor_id, month, now)


def _earners(month: str, after: str) -> list[str]:
    """Return who has earned in a month and has no invoice of its fees, by id."""
    since, until = rules.bounds_of(month)

    def page(db: Db) -> tuple[list[str], set[str]]:
        found = earnings.mentors_between(db, since=since, until=until, after=after, limit=_BATCH)
        causes = [drafts.fee_cause(mentor_id, month) for mentor_id in found]
        return found, repository.documented(db, kinds=_FEES, causes=causes)

    while True:
        found, known = transact(page)
        left = [each for each in found if drafts.fee_cause(each, month) not in known]
        if left or not found:
            return left
        after = found[-1]
