"""Telling recipients of a change (Art. 19 GDPR): each of them, once, with what came of it kept.

A change is written in the transaction that makes it; who has received what changed is found
afterwards, from the newest disclosure down, in small transactions whose place is noted. A person
gets a notice that they read in the app; a supplier is told by its own use case, through the outbox;
an authority has no way of its own, and waits for an operator.
"""

from datetime import datetime, timedelta
from functools import partial

from lib.core import batches, clock, ids, log, page_keys
from lib.core.db import Db, DuplicateError, transact
from lib.core.errors import ProviderUnavailableError
from lib.disclosures import notice_repository, repository, rules, service, suppliers
from lib.disclosures.notice_repository import Notice
from lib.disclosures.repository import Change, Row
from lib.outbox import service as outbox
from lib.outbox.service import ParkedError
from lib.providers.http import ProviderRefusedError

TELL = "disclosures.tell"
_BATCH = 100
_SEVERAL = 20
# What a delivery may take: the outbox has fifteen seconds after a reply.
_AT_ONCE = timedelta(seconds=10)


def spread(change_id: str, now: datetime) -> None:
    """Tell who has received what changed, as far as the time goes: `disclosures.spread`."""
    _spread(change_id, now, clock.now() + _AT_ONCE)


def resume(now: datetime, deadline: datetime) -> int:
    """Go on with changes of which not everybody has been told; return how many are done."""

    def following(after: str) -> list[Change]:
        return transact(lambda db: repository.untold(db, after=after, limit=_SEVERAL))

    return sum(
        batches.tried(partial(_spread, change.id, now, deadline), "recipients_not_told")
        for change in batches.until(deadline, following, lambda change: change.id)
    )


def tell_of_erasure(
    erasure_id: str, person_id: str, now: datetime, deadline: datetime | None
) -> bool:
    """Tell every recipient that a person is erased; return whether that was done in time."""
    if not transact(lambda db: service.announce_erasure(db, erasure_id, person_id, now)):
        return True
    return _spread(erasure_id, now, deadline)


def tell(notice_id: str, now: datetime) -> None:
    """Tell a supplier, and keep its answer: the topic `disclosures.tell`.

    It is told again with growing pauses; the last refusal is written down, and an operator sees it.
    """
    notice = transact(lambda db: notice_repository.lock(db, notice_id))
    if notice is None or notice.state != "waiting":
        return
    try:
        correct = suppliers.corrector(notice.recipient)
        state, answer = "told", correct(notice.person_id, notice.made_at, now)
    except (ProviderUnavailableError, ProviderRefusedError) as error:
        is_last = notice.attempts + 1 >= rules.MOST_TRIES
        state, answer = "refused" if is_last else "waiting", error.code
    answer = answer[: rules.LONGEST_ANSWER]
    transact(
        lambda db: notice_repository.answer(
            db, notice_id=notice_id, state=state, answer=answer, now=now
        )
    )
    if state == "refused":
        raise ParkedError(f"{notice.recipient}_{answer}")
    if state == "waiting":
        raise ProviderUnavailableError(supplier=notice.recipient)


def _spread(change_id: str, now: datetime, deadline: datetime | None) -> bool:
    while not transact(partial(_batch, change_id, now)):
        if deadline is not None and clock.now() >= deadline:
            return False
    return True


def _batch(change_id: str, now: datetime, db: Db) -> bool:
    """Tell the recipients of some more disclosures; return whether none is left."""
    change = repository.lock_change(db, change_id)
    if change is None or change.told_at:
        return True
    found = repository.of_person(
        db,
        person_id=change.person_id,
        before=change.told_upto or page_keys.NEWEST_FIRST,
        limit=_BATCH,
    )
    for row in found:
        # Who received it later has received what it is now.
        if row.first_at <= change.made_at:
            _tell_recipient(db, change, row, now)
    is_last = len(found) < _BATCH
    repository.note_telling(
        db,
        change_id=change_id,
        told_upto=found[-1].id if found else change.told_upto,
        told_at=now if is_last else None,
    )
    return is_last


def _tell_recipient(db: Db, change: Change, row: Row, now: datetime) -> None:
    fields = rules.concerned(service.fields_of(change), service.fields_of(row))
    if not fields or (change.kind == "erasure" and row.recipient_kind == "supplier"):
        return  # suppliers have their own way of being told of an erasure
    state, answer = _outcome(db, change, row)
    is_person = row.recipient_kind == "person"
    values: dict[str, object] = {
        "id": ids.new("ntc"),
        "change_id": change.id,
        "person_id": change.person_id,
        "recipient_kind": row.recipient_kind,
        "recipient": row.recipient,
        "recipient_id": row.recipient if is_person else None,
        "kind": change.kind,
        "fields": service.as_json(fields),
        "context_id": row.context_id,
        "state": state,
        "answer": answer,
        "now": now,
        "answered_at": None if state == "waiting" else now,
    }
    try:
        notice_repository.insert(db, values)
    except DuplicateError:
        _add(db, change, row, fields)
        return
    if row.recipient_kind == "supplier" and state == "waiting":
        outbox.write(db, topic=TELL, subject_id=str(values["id"]), now=now)


def _outcome(db: Db, change: Change, row: Row) -> tuple[str, str | None]:
    """Return how it stands with a recipient before anything is sent to them, and why."""
    if row.recipient_kind == "supplier":
        return suppliers.outcome(row.recipient, change.kind)
    if row.recipient_kind == "person":
        is_there = repository.is_there(db, row.recipient)
        return ("told", None) if is_there else ("impossible", "recipient_erased")
    return "waiting", None


def _add(db: Db, change: Change, row: Row, fields: list[str]) -> None:
    """Add what the recipient had received in an older context to the one notice that they get."""
    known: Notice | None = notice_repository.notice_of(
        db,
        change_id=change.id,
        recipient_kind=row.recipient_kind,
        recipient=row.recipient,
    )
    if known and not set(fields) <= set(service.fields_of(known)):
        together = rules.together(service.fields_of(known), fields)
        notice_repository.set_fields(db, notice_id=known.id, fields=service.as_json(together))


def count_waiting(now: datetime) -> int:
    """Return how many notices have waited for an operator for a week, and raise the alarm."""
    number = transact(
        lambda db: notice_repository.count_waiting(db, made_before=now - rules.PASSED_ON_WITHIN)
    )
    if number:
        log.event("recipients_not_told", number=number)
    return number
