"""Notices that only an operator can pass on, as to an authority, which has no way of its own."""

from datetime import datetime
from typing import Literal

from lib.core import page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError, ProblemError
from lib.disclosures import notice_repository as repository
from lib.disclosures import service
from lib.disclosures.notice_repository import Notice as Row
from lib.operators import service as operators
from lib.web.schema import Input, Output, PageQuery, Reason


class PassedOn(Input):
    """What came of telling a recipient whom only an operator can tell, and how it was done."""

    outcome: Literal["told", "impossible", "needless"]
    reason: Reason


class NoticeToPassOn(Output):
    """What an operator has to tell a recipient, about whom and under which reference of theirs."""

    id: str
    kind: Literal["rectification", "restriction", "restriction_end", "erasure"]
    recipient_kind: str
    recipient: str
    reference: str
    person_id: str
    fields: list[str]
    state: Literal["waiting", "told", "needless", "impossible", "refused"]
    made_at: datetime


class NoticesToPassOn(Output):
    """A page of what waits to be passed on, the oldest first."""

    notices: list[NoticeToPassOn]
    next: str | None


class NoticeAnsweredError(ProblemError):
    """The recipient was told, or need not be: that stands, and is not written over."""

    status, code = 409, "notice_answered"
    nb, en = "Mottakeren er allerede varslet", "The recipient has been told already"


def waiting(db: Db, wanted: PageQuery, *, operator_id: str, now: datetime) -> NoticesToPassOn:
    """Return a page of what operators have to pass on; each one that is shown is logged."""
    after = page_keys.begin(wanted.after, page_keys.OLDEST_FIRST)
    found = repository.waiting_for_operators(db, after=after, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    for row in page:
        operators.log(db, operator_id, "read_notice", row.person_id, "queue", now, object_id=row.id)
    return NoticesToPassOn(
        notices=[_to_pass_on(row) for row in page],
        next=following,
    )


def pass_on(
    db: Db, notice_id: str, wanted: PassedOn, *, operator_id: str, now: datetime
) -> NoticeToPassOn:
    """Write what came of it; raises NotFoundError, NoticeAnsweredError."""
    row = repository.lock(db, notice_id)
    if row is None or row.recipient_kind in {"person", "supplier"}:
        raise NotFoundError
    if row.state != "waiting":
        raise NoticeAnsweredError
    repository.answer(db, notice_id=notice_id, state=wanted.outcome, answer="by_operator", now=now)
    operators.log(
        db, operator_id, "pass_on_notice", row.person_id, wanted.reason, now, object_id=notice_id
    )
    return _to_pass_on(row, wanted.outcome)


def _to_pass_on(row: Row, state: str = "waiting") -> NoticeToPassOn:
    return NoticeToPassOn.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "recipient_kind": row.recipient_kind,
            "recipient": row.recipient,
            "reference": row.context_id,
            "person_id": row.person_id,
            "fields": list(service.fields_of(row)),
            "state": state,
            "made_at": row.made_at,
        }
    )
