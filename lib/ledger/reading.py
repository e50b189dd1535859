"""The books as an operator reads them: an account's statement, and what a cause has led to.

What is read is logged with its reason; a mentor's own accounts are read about the mentor, who sees
that.
"""

from datetime import datetime

from lib.core import page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.core.money import NOK
from lib.ledger import reading_repository, repository, service
from lib.ledger.reading_repository import Stated
from lib.ledger.schemas import (
    ReadStatement,
    ReadTrace,
    StatedEntry,
    Statement,
    Trace,
)
from lib.operators import service as operators

_PERSON = "per_"


def statement(db: Db, wanted: ReadStatement, *, operator_id: str, now: datetime) -> Statement:
    """Return a page of an account's entries, newest first, each with the balance after it.

    The page key carries the balance, so that a page costs the same wherever it is: a reservation
    that is made real while somebody turns the pages shows in the balance of the first page only.
    Raises NotFoundError for an account that was never opened, InvalidError for a bad `after`.
    """
    position = _position(wanted.after)
    owner, person_id = _owner(db, wanted.owner)
    side = (wanted.kind, owner)
    account_id = repository.accounts(db, [side], currency=NOK).get(side)
    if account_id is None:
        raise NotFoundError
    before, balance_ore = position or (page_keys.NEWEST_FIRST, _balance(db, account_id))
    found = reading_repository.stated(
        db, account_id=account_id, before=before, limit=wanted.limit + 1
    )
    operators.log(
        db, operator_id, "read_statement", person_id, wanted.reason, now, object_id=account_id
    )
    entries, after_ore = _running(found[: wanted.limit], balance_ore)
    return Statement(
        kind=wanted.kind,
        owner=owner,
        balance_ore=balance_ore,
        entries=entries,
        next=_key(entries[-1].id, after_ore) if len(found) > len(entries) else None,
    )


def trace(db: Db, cause_id: str, wanted: ReadTrace, *, operator_id: str, now: datetime) -> Trace:
    """Return every entry of a cause; raises NotFoundError where nothing was booked by it."""
    found = service.trace(db, cause_id)
    if not found.entries:
        raise NotFoundError
    operators.log(db, operator_id, "read_trace", None, wanted.reason, now, object_id=cause_id)
    return found


def _owner(db: Db, wanted: str) -> tuple[str, str | None]:
    """Return the account's owner, and which person that is, where it is one."""
    if wanted.startswith(_PERSON):
        return repository.pseudonym_of(db, person_id=wanted) or wanted, wanted
    return wanted, reading_repository.person_of(db, pseudonym=wanted)


def _position(after: str | None) -> tuple[str, int] | None:
    """Return where a page begins, and the balance there; None for the first one."""
    if after is None:
        return None
    before, sign, amount = page_keys.decode(after, 3)
    if not amount.isdecimal() or sign not in {"p", "m"}:
        raise page_keys.refusal()
    return before, int(amount) if sign == "p" else -int(amount)


def _balance(db: Db, account_id: str) -> int:
    return repository.posted_ore(db, account_ids=[account_id]).get(account_id, 0)


def _key(last_id: str, balance_ore: int) -> str:
    return page_keys.encode(last_id, "p" if balance_ore >= 0 else "m", str(abs(balance_ore)))


def _running(found: list[Stated], balance_ore: int) -> tuple[list[StatedEntry], int]:
    """Return entries with the balance after each, and the balance before the last of them."""
    entries = []
    for each in found:
        change_ore = _real_ore(each) * (1 if each.is_credit else -1)
        entries.append(
            StatedEntry(
                id=each.id,
                cause_id=each.cause_id,
                step=each.step,
                booked_at=each.created_at,
                outcome=service.outcome(each),
                amount_ore=each.amount_ore,
                change_ore=change_ore,
                balance_ore=balance_ore,
                other_kind=each.other_kind,
                other_owner=each.other_owner,
            )
        )
        balance_ore -= change_ore
    return entries, balance_ore


def _real_ore(each: Stated) -> int:
    return (each.resolved_ore or 0) if each.is_pending else each.amount_ore
