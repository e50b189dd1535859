"""The ledger: double entries, two-phase where money is only reserved, booked once a step."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lib.core import ids
from lib.core.db import Db, DuplicateError
from lib.core.money import NOK
from lib.ledger import posted_repository, reading_repository, repository
from lib.ledger.errors import ContradictionError
from lib.ledger.posted_repository import Party, Place, Posted
from lib.ledger.reading_repository import Stated, Traced
from lib.ledger.repository import Balance
from lib.ledger.rules import OWN_MONEY, TRANSIT, Account, Entry
from lib.ledger.schemas import AccountTotal, Trace, TracedEntry, TrialBalance

_PAGE = 1000
# A cause has some ten entries at most; more would be a mistake, and is shown as far as this.
_MOST_OF_CAUSE = 200
# A payment is reserved at most six days before its session; a payout waits for money some days.
_LONGEST_PENDING = timedelta(days=10)


def owner_of(db: Db, *, person_id: str, now: datetime) -> str:
    """Return the pseudonym that the books know the person by, made when it is first needed."""
    known = repository.pseudonym_of(db, person_id=person_id)
    if known:
        return known
    pseudonym = ids.new("own")
    try:
        repository.insert_owner(db, pseudonym=pseudonym, person_id=person_id, now=now)
    except DuplicateError:
        return repository.pseudonym_of(db, person_id=person_id, is_new=True) or pseudonym
    return pseudonym


def book(db: Db, entries: Sequence[Entry], *, cause_id: str, now: datetime) -> None:
    """Book the entries of a cause, all or none; those of nothing are left out.

    A step of a cause is booked once: the same again changes nothing. Raises ContradictionError
    where a step was booked before with another amount or other accounts.
    """
    wanted = [entry for entry in entries if entry.amount_ore]
    if not wanted:
        return
    sides = [side for entry in wanted for side in (entry.debit, entry.credit)]
    known = _accounts(db, sides, now)
    rows: list[dict[str, object]] = [
        {
            "id": ids.new("trf"),
            "debit": known[entry.debit],
            "credit": known[entry.credit],
            "amount_ore": entry.amount_ore,
            "is_pending": entry.is_pending,
            "cause_id": cause_id,
            "step": entry.step,
            "now": now,
        }
        for entry in wanted
    ]
    try:
        repository.insert_transfers(db, rows)
    except DuplicateError:
        _insert_missing(db, rows, cause_id)


def post(db: Db, *, cause_id: str, step: str, now: datetime, amount_ore: int | None = None) -> None:
    """Make a pending transfer real, whole or with a smaller amount: the rest of it is let go.

    Raises ContradictionError where it was resolved otherwise, never was, or is smaller than that.
    """
    _resolve(db, cause_id, step, "posted", now, amount_ore)


def void(db: Db, *, cause_id: str, step: str, now: datetime) -> None:
    """End a pending transfer without effect; raises ContradictionError as `post` does."""
    _resolve(db, cause_id, step, "voided", now)


def expire(db: Db, *, cause_id: str, step: str, now: datetime) -> None:
    """End a pending transfer whose time ran out; raises ContradictionError as `post` does."""
    _resolve(db, cause_id, step, "expired", now)


def trial_balance(db: Db, now: datetime) -> TrialBalance:
    """Add up every account there is, page by page, and look for what was forgotten."""
    totals: dict[str, tuple[int, int]] = {}
    open_transit = 0
    after = ""
    while page := repository.balances(db, after=after, limit=_PAGE):
        for account in page:
            count, balance_ore = totals.get(account.kind, (0, 0))
            totals[account.kind] = (count + 1, balance_ore + account.balance_ore)
            open_transit += _is_open_transit(account)
        after = f"{page[-1].kind} {page[-1].owner}"
    return TrialBalance(
        accounts=[
            AccountTotal(kind=kind, accounts=count, balance_ore=balance_ore)
            for kind, (count, balance_ore) in sorted(totals.items())
        ],
        sum_ore=sum(balance_ore for _, balance_ore in totals.values()),
        open_transit=open_transit,
        stale_pending=repository.count_pending(db, before=now - _LONGEST_PENDING),
    )


def balances_of(db: Db, kind: Account, owners: Sequence[str]) -> dict[str, int]:
    """Return the posted balances, in øre, of some owners' accounts of a kind: those that are open.

    Credits minus debits; added up once for all of them.
    """
    wanted = [(kind, owner) for owner in owners]
    opened = repository.accounts(db, wanted, currency=NOK) if wanted else {}
    posted = repository.posted_ore(db, account_ids=list(opened.values()))
    return {owner: posted.get(account_id, 0) for (_, owner), account_id in opened.items()}


def own_balances(db: Db) -> dict[Account, int]:
    """Return the posted balances, in øre, of where our own money lies: at Vipps, Stripe, the bank.

    Credits minus debits, 0 where nothing was booked yet.
    """
    opened = repository.accounts(db, [(kind, "") for kind in OWN_MONEY], currency=NOK)
    posted = repository.posted_ore(db, account_ids=list(opened.values()))
    return {kind: posted.get(opened.get((kind, ""), ""), 0) for kind in OWN_MONEY}


def taken_ore(db: Db, account: tuple[Account, str], *, step: str) -> int:
    """Return what was booked at once out of an account in this step, by whichever cause; øre.

    As it stands now, for a caller who has locked whatever the account is about.
    """
    account_id = repository.accounts(db, [account], currency=NOK).get(account)
    if account_id is None:
        return 0
    found = repository.lock_debits(db, account_id=account_id, step=step)
    return sum(each.amount_ore for each in found)


def trace(db: Db, cause_id: str) -> Trace:
    """Return every entry of a cause, as they were booked."""
    found = reading_repository.traced(db, cause_id=cause_id, limit=_MOST_OF_CAUSE)
    entries = [
        TracedEntry.model_validate(
            {**vars(each), "booked_at": each.created_at, "outcome": outcome(each)}
        )
        for each in found
    ]
    return Trace(cause_id=cause_id, entries=entries)


def outcome(entry: Stated | Traced) -> str:
    """Return what became of an entry: `booked` at once, or as it was resolved; else `pending`."""
    return (entry.outcome or "pending") if entry.is_pending else "booked"


def posted(db: Db, *, is_reserved: bool, after: Place, until: datetime, limit: int) -> list[Posted]:
    """Return a page of what was posted before `until`, in the order of time.

    It is either what was booked at once, in the order of (time, cause, key), or what was reserved
    first, in the order of (time, key).
    """
    read = posted_repository.made_real if is_reserved else posted_repository.at_once
    return read(db, after=after, until=until, limit=limit)


def parties(
    db: Db, kind: Account, *, after: str, since: datetime, until: datetime, limit: int
) -> list[Party]:
    """Return a page of the accounts of a kind, by owner, with what was posted by two moments."""
    return posted_repository.parties(
        db, kind=kind, after=after, since=since, until=until, limit=limit
    )


def _is_open_transit(account: Balance) -> bool:
    return account.kind in TRANSIT and account.balance_ore != 0


def _resolve(
    db: Db, cause_id: str, step: str, outcome: str, now: datetime, amount_ore: int | None = None
) -> None:
    found = repository.pending(db, cause_id=cause_id, step=step)
    if found is None:
        raise ContradictionError(f"{step} of {cause_id} is not pending")
    whole_ore = found.amount_ore if amount_ore is None else amount_ore
    resolved_ore = whole_ore if outcome == "posted" else 0
    if found.outcome is None:
        if not 0 <= resolved_ore <= found.amount_ore or (outcome == "posted" and not resolved_ore):
            raise ContradictionError(f"{step} of {cause_id} can't be {outcome} with {resolved_ore}")
        repository.insert_resolution(
            db,
            {
                "transfer_id": found.id,
                "outcome": outcome,
                "amount_ore": resolved_ore,
                "now": now,
            },
        )
    elif (found.outcome, found.resolved_ore) != (outcome, resolved_ore):
        raise ContradictionError(f"{step} of {cause_id} was {found.outcome}, not {outcome}")


def _insert_missing(db: Db, rows: list[dict[str, object]], cause_id: str) -> None:
    """Book those steps that are not there; what is there must be the same."""
    booked = {each.step: each for each in repository.booked(db, cause_id=cause_id)}
    missing = []
    for row in rows:
        there = booked.get(str(row["step"]))
        if there is None:
            missing.append(row)
        elif (
            there.debit_account_id,
            there.credit_account_id,
            there.amount_ore,
            there.is_pending,
        ) != (row["debit"], row["credit"], row["amount_ore"], row["is_pending"]):
            raise ContradictionError(f"{there.step} of {cause_id} was booked otherwise")
    repository.insert_transfers(db, missing)


def _accounts(
    db: Db, sides: Sequence[tuple[Account, str]], now: datetime
) -> dict[tuple[Account, str], str]:
    """Return the ids of accounts, opened when they are first needed."""
    wanted = list(dict.fromkeys(sides))
    known = repository.accounts(db, wanted, currency=NOK)
    for kind, owner in wanted:
        if (kind, owner) in known:
            continue
        account_id = ids.new("acc")
        values = {"id": account_id, "kind": kind, "owner": owner, "currency": NOK, "now": now}
        try:
            repository.insert_account(db, values)
        except DuplicateError:
            known |= repository.accounts(db, [(kind, owner)], currency=NOK, is_new=True)
        else:
            known[kind, owner] = account_id
    return {side: known[side] for side in wanted}
