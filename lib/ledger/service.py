"""The ledger: double entries, two-phase where money is only reserved, booked once a step."""

from datetime import datetime, timedelta

from lib.core import ids
from lib.core.db import Db, DuplicateError
from lib.core.money import NOK
from lib.ledger import repository
from lib.ledger.repository import Balance
from lib.ledger.rules import TRANSIT, Account
from lib.ledger.schemas import AccountTotal, TrialBalance

_PAGE = 1000
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


def transfer(  # noqa: PLR0913 (an entry has two sides, an amount, a cause and a time)
    db: Db,
    *,
    debit: tuple[Account, str],
    credit: tuple[Account, str],
    amount_ore: int,
    cause_id: str,
    step: str,
    now: datetime,
    is_pending: bool = False,
) -> None:
    """Move an amount between accounts; an account is its kind and owner ('' for ours).

    The same step of the same cause is booked once: booking it again changes nothing.
    """
    values = {
        "id": ids.new("trf"),
        "debit": _account(db, debit, now),
        "credit": _account(db, credit, now),
        "amount_ore": amount_ore,
        "is_pending": is_pending,
        "cause_id": cause_id,
        "step": step,
        "now": now,
    }
    try:
        repository.insert_transfer(db, values)
    except DuplicateError:
        return


def post(db: Db, *, cause_id: str, step: str, now: datetime) -> None:
    """Make a pending transfer real, whole; raises ValueError when it was voided or never was."""
    _resolve(db, cause_id, step, "posted", now)


def void(db: Db, *, cause_id: str, step: str, now: datetime) -> None:
    """End a pending transfer without effect; raises ValueError when it was posted or never was."""
    _resolve(db, cause_id, step, "voided", now)


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


def _is_open_transit(account: Balance) -> bool:
    return account.kind in TRANSIT and account.balance_ore != 0


def _resolve(db: Db, cause_id: str, step: str, outcome: str, now: datetime) -> None:
    found = repository.pending(db, cause_id=cause_id, step=step)
    if found is None or found.outcome not in {None, outcome}:
        raise ValueError(f"{step} of {cause_id} can't be {outcome}")
    if found.outcome is None:
        amount_ore = found.amount_ore if outcome == "posted" else 0
        repository.insert_resolution(
            db,
            {"transfer_id": found.id, "outcome": outcome, "amount_ore": amount_ore, "now": now},
        )


def _account(db: Db, named: tuple[Account, str], now: datetime) -> str:
    kind, owner = named
    known = repository.account(db, kind=kind, owner=owner, currency=NOK)
    if known:
        return known
    account_id = ids.new("acc")
    values = {"id": account_id, "kind": kind, "owner": owner, "currency": NOK, "now": now}
    try:
        repository.insert_account(db, values)
    except DuplicateError:
        found = repository.account(db, kind=kind, owner=owner, currency=NOK, is_new=True)
        return found or account_id
    return account_id
