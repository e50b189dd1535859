"""Requests by right: received, identified, decided within a month, carried out, closed.

Who asks in the app is known by their sign-in. What comes by mail is typed in, and is nobody's until
an operator says whose it is and how that is known; even then the answer, and everything that is
granted, is seen in the app only, by whoever can sign in as that person.
"""

from dataclasses import replace
from datetime import datetime

from lib.accounts import service as accounts
from lib.cases import repository, rules, texts
from lib.cases.repository import Row
from lib.cases.rules import Kind
from lib.cases.schemas import (
    AskByRight,
    Close,
    Decide,
    Extend,
    ExtensionRefusedError,
    Granted,
    Identify,
    NoteRequest,
    Queue,
    QueuedRequest,
    QueueQuery,
    Request,
    RequestNotIdentifiedError,
    Requests,
    RequestStateError,
    Standing,
    TooManyRequestsOpenError,
    due_key,
    due_position,
)
from lib.core import ids, log, page_keys
from lib.core.db import Db, transact
from lib.core.errors import InvalidError, NotFoundError
from lib.operators import service as operators
from lib.web.schema import PageQuery


def ask(db: Db, wanted: AskByRight, *, person_id: str, now: datetime) -> Request:
    """Receive a request from the app; raises TooManyRequestsOpenError."""
    accounts.lock_account(db, person_id=person_id)
    if repository.count_open(db, person_id=person_id) >= rules.MAX_OPEN:
        raise TooManyRequestsOpenError
    row = Row(
        id=ids.new("prq"),
        person_id=person_id,
        kind=wanted.kind,
        channel="app",
        details=wanted.details,
        state="identified",
        received_at=now,
        due_at=rules.due(now),
        duplicate_of=repository.earliest_open(db, person_id=person_id, kind=wanted.kind),
    )
    repository.insert(db, row)
    return _shown(row, now)


def list_own(db: Db, wanted: PageQuery, *, person_id: str, now: datetime) -> Requests:
    """Return a page of the person's requests, the newest first."""
    after = page_keys.begin(wanted.after, None)
    found = repository.requests_of(db, person_id=person_id, after=after, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    return Requests(requests=[_shown(row, now) for row in page], next=following)


def withdraw(db: Db, request_id: str, *, person_id: str, now: datetime) -> Request:
    """Take one's request back, until it has been carried out: nobody need have asked for it.

    Raises NotFoundError, RequestStateError.
    """
    row = _locked(db, request_id)
    if row.person_id != person_id:
        raise NotFoundError
    if row.state == "closed":
        raise RequestStateError
    row = replace(row, state="closed", decision="withdrawn", decided_at=now, closed_at=now)
    repository.update(db, row)
    return _shown(row, now)


def note(db: Db, wanted: NoteRequest, *, operator_id: str, now: datetime) -> QueuedRequest:
    """Take down a request that came by mail: its month runs from when it reached us."""
    if wanted.received_at > now:
        raise InvalidError(
            errors=[{"pointer": "/received_at", "code": "future", "detail": "Not yet"}]
        )
    row = Row(
        id=ids.new("prq"),
        person_id=None,
        kind=wanted.kind,
        channel=wanted.channel,
        details=wanted.details,
        state="received",
        received_at=wanted.received_at,
        due_at=rules.due(wanted.received_at),
    )
    repository.insert(db, row)
    _log(db, row, operator_id, "note_request", wanted.channel, now)
    return _queued(row, now)


def queue(db: Db, wanted: QueueQuery, *, operator_id: str, now: datetime) -> Queue:
    """Return a page of the open requests, the overdue first; each one that is shown is logged."""
    due_at, after = due_position(wanted.after)
    found = repository.open_by_deadline(db, due_at=due_at, after=after, limit=wanted.limit + 1)
    page = found[: wanted.limit]
    for row in page:
        _log(db, row, operator_id, "read_request", "queue", now)
    return Queue(
        requests=[_queued(row, now) for row in page],
        overdue=repository.count_overdue(db, now=now),
        next=due_key(page[-1].due_at, page[-1].id) if len(found) > len(page) else None,
    )


def identify(
    db: Db, request_id: str, wanted: Identify, *, operator_id: str, now: datetime
) -> QueuedRequest:
    """Say whose request it is; raises NotFoundError, RequestStateError."""
    accounts.lock_account(db, person_id=wanted.person_id)
    row = _locked(db, request_id)
    if row.state != "received":
        raise RequestStateError
    earlier = repository.earliest_open(db, person_id=wanted.person_id, kind=row.kind)
    row = replace(row, person_id=wanted.person_id, state="identified", duplicate_of=earlier)
    return _changed(db, row, operator_id, "identify_request", wanted.reason, now)


def extend(
    db: Db, request_id: str, wanted: Extend, *, operator_id: str, now: datetime
) -> QueuedRequest:
    """Take more time, once and within the first month; raises ExtensionRefusedError."""
    row = _locked(db, request_id)
    if not rules.may_extend(row.state, row.due_at, row.extended_at, now):
        raise ExtensionRefusedError
    row = replace(
        row,
        due_at=rules.due(row.received_at, wanted.months),
        extended_at=now,
        extension_reason=wanted.reason,
    )
    return _changed(db, row, operator_id, "extend_request", f"{wanted.months}", now)


def decide(
    db: Db, request_id: str, wanted: Decide, *, operator_id: str, now: datetime
) -> QueuedRequest:
    """Decide a request; raises RequestStateError, RequestNotIdentifiedError.

    What nobody was found for is refused, and its words go: nobody will ever be shown them.
    """
    row = _locked(db, request_id)
    is_odd = wanted.decision == "duplicate" and row.duplicate_of is None
    if not rules.is_undecided(row.state) or is_odd:
        raise RequestStateError
    if row.person_id is None and rules.needs_identity(wanted.decision):
        raise RequestNotIdentifiedError
    state = rules.state_after(wanted.decision)
    row = replace(
        row,
        details=row.details if row.person_id else "",
        state=state,
        decision=wanted.decision,
        decision_reason=wanted.reason,
        decided_by=operator_id,
        decided_at=now,
        closed_at=now if state == "closed" else None,
    )
    return _changed(db, row, operator_id, "decide_request", wanted.decision, now)


def close(
    db: Db, request_id: str, wanted: Close, *, operator_id: str, now: datetime
) -> QueuedRequest:
    """Close a request whose decision has been carried out; raises RequestStateError.

    What others wrote closes by itself, with its last place.
    """
    row = _locked(db, request_id)
    if row.state != "decided" or row.kind == "mentions":
        raise RequestStateError
    row = replace(row, state="closed", closed_at=now)
    return _changed(db, row, operator_id, "close_request", wanted.reason, now)


def open_mentions(db: Db, *, places: int, received_at: datetime, now: datetime) -> str:
    """Open the case of what others wrote of somebody who was erased; return its id.

    It is nobody's: of whom it is, is not known any more. It has the time of the erasure.
    """
    row = Row(
        id=ids.new("prq"),
        person_id=None,
        kind="mentions",
        channel="erasure",
        details=f"{places}",
        state="decided",
        received_at=received_at,
        due_at=rules.due(received_at),
        decision="granted",
        decided_at=now,
    )
    repository.insert(db, row)
    return row.id


def close_mentions(db: Db, request_id: str, *, operator_id: str, now: datetime) -> None:
    """Close such a case with its last place; raises NotFoundError."""
    row = replace(_locked(db, request_id), state="closed", closed_at=now)
    _changed(db, row, operator_id, "close_request", "mentions", now)


def standing(db: Db, request_id: str) -> Standing:
    """Return by when a case is dealt with and when it was; raises NotFoundError."""
    row = repository.find(db, request_id=request_id)
    if row is None:
        raise NotFoundError
    return Standing(due_at=row.due_at, closed_at=row.closed_at, complaint=texts.COMPLAINT)


def granted(db: Db, request_id: str) -> Granted:
    """Return what was asked for and by whom, locked; raises NotFoundError, RequestStateError."""
    row = _locked(db, request_id)
    if row.person_id is None or row.kind == "mentions":
        raise RequestStateError
    is_granted = row.decision is not None and rules.needs_identity(row.decision)
    return Granted(
        person_id=row.person_id,
        kind=row.kind,
        is_due=is_granted and row.state == "decided",
        is_done=is_granted and row.state == "closed",
    )


def carried_out(db: Db, *, person_id: str, kind: Kind, now: datetime) -> None:
    """Close the person's requests of a kind: what they ask for has been done."""
    repository.close_all(db, person_id=person_id, kind=kind, now=now)


def allow_correction(db: Db, request_id: str, *, person_id: str) -> None:
    """Raise unless the person has asked, by this request, that their data be corrected.

    Raises NotFoundError for another's request, RequestStateError for one of another kind or state.
    """
    row = _locked(db, request_id)
    if row.person_id != person_id:
        raise NotFoundError
    if not rules.may_correct(row.kind, row.state):
        raise RequestStateError


def count_overdue(now: datetime) -> int:
    """Return how many requests are overdue, and raise the alarm where there are any."""
    number = transact(lambda db: repository.count_overdue(db, now=now))
    if number:
        log.event("privacy_requests_overdue", number=number)
    return number


def _locked(db: Db, request_id: str) -> Row:
    row = repository.lock(db, request_id=request_id)
    if row is None:
        raise NotFoundError
    return row


def _changed(
    db: Db, row: Row, operator_id: str, action: str, reason: str, now: datetime
) -> QueuedRequest:
    repository.update(db, row)
    _log(db, row, operator_id, action, reason, now)
    return _queued(row, now)


def _log(db: Db, row: Row, operator_id: str, action: str, reason: str, now: datetime) -> None:
    operators.log(db, operator_id, action, row.person_id, reason, now, object_id=row.id)


def _shown(row: Row, now: datetime) -> Request:
    return Request.model_validate(_fields(row, now))


def _queued(row: Row, now: datetime) -> QueuedRequest:
    return QueuedRequest.model_validate({**_fields(row, now), "person_id": row.person_id})


def _fields(row: Row, now: datetime) -> dict[str, object]:
    decision = row.decision
    return {
        **{name: getattr(row, name) for name in Request.model_fields if hasattr(row, name)},
        "days_left": rules.days_left(row.due_at, now),
        "is_overdue": rules.is_overdue(row.due_at, row.closed_at, now),
        "answer": texts.answer(row.kind, decision, row.decision_reason) if decision else None,
        "complaint": texts.COMPLAINT,
    }
