"""Payouts: what mentors have earned goes to them once the time to contest is over.

A payout is made, with what it settles and its entries in the books, before Stripe is asked; then it
is tried until it is paid. Without money on our balance at Stripe it waits as
`awaiting_platform_funds`, to be seen; whatever else stops it makes it `held`, for an operator, who
has it tried again or calls it off.
"""

from datetime import datetime

from lib.core import batches, ids, log, page_keys
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.core.money import NOK
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.earnings import service as earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.operations import service as operations
from lib.operations.service import Operation
from lib.outbox import service as outbox
from lib.payouts import account_repository, paid_repository, repository, rules
from lib.payouts.paid_repository import Paid
from lib.payouts.repository import Payout as Row
from lib.payouts.schemas import Balance, Payout, Payouts
from lib.providers.http import ProviderRefusedError

KIND = "stripe.transfer"
PAYOUT = "payout"
NET = "net"
_BATCH = 50
_MOST_EARNINGS = 1000
_SEVERAL = 20


def make_due(now: datetime, deadline: datetime) -> int:
    """Make payouts of what mentors have earned, until all or the deadline; return how many."""
    mentors = batches.until(deadline, _ready_mentors, lambda mentor: mentor.mentor_id)
    return sum(_made(mentor.mentor_id, now) for mentor in mentors)


def pay_due(now: datetime, deadline: datetime) -> tuple[int, int]:
    """Try every payout that is not paid; return how many were paid and how many still wait."""
    unpaid = batches.until(deadline, _unpaid, lambda payout: payout.id)
    outcomes = [_paid_out(payout.id, now) for payout in unpaid]
    return sum(outcomes), len(outcomes) - sum(outcomes)


def page(db: Db, *, mentor_id: str, after: str | None, limit: int, now: datetime) -> Payouts:
    """Return a page of the mentor's payouts, newest first, and their balance."""
    before = page_keys.begin(after, page_keys.NEWEST_FIRST)
    found = repository.of_mentor(db, mentor_id=mentor_id, before=before, limit=limit + 1)
    found, following = page_keys.cut(found, limit)
    shown = [Payout.model_validate(row, from_attributes=True) for row in found]
    return Payouts(balance=balance(db, mentor_id, now), payouts=shown, next=following)


def balance(db: Db, mentor_id: str, now: datetime) -> Balance:
    """Return what a mentor has earned and was not paid yet."""
    sums = earnings.sums(db, mentor_id=mentor_id, now=now)
    under_way = repository.open_of(db, mentor_id=mentor_id, limit=_SEVERAL)
    return Balance(
        available_ore=sums.available_ore,
        pending_ore=sums.pending_ore,
        under_way_ore=sum(row.amount_ore for row in under_way),
        owed_ore=sums.owed_ore,
    )


def open_for(db: Db, person_id: str, now: datetime) -> list[str]:
    """Return ids of payouts that the person is still to be paid, and a word for what is earned."""
    unpaid = repository.open_of(db, mentor_id=person_id, limit=_SEVERAL)
    is_owed = unpaid_ore(db, mentor_id=person_id, now=now) > 0
    return [row.id for row in unpaid] + (["earnings"] if is_owed else [])


def unpaid_ore(db: Db, *, mentor_id: str, now: datetime) -> int:
    """Return what a mentor has earned that no payout is under way for, less what they owe."""
    sums = earnings.sums(db, mentor_id=mentor_id, now=now)
    return max(sums.available_ore + sums.pending_ore - sums.owed_ore, 0)


def leave_behind(db: Db, *, mentor_id: str, amount_ore: int, now: datetime) -> None:
    """Settle what a mentor is owed by leaving it behind; raises UnpaidDiffersError."""
    from lib.payouts import leaving

    leaving.leave_behind(db, mentor_id=mentor_id, amount_ore=amount_ore, now=now)


def paid(db: Db, *, payout_id: str) -> Paid | None:
    """Return a payout that was paid, as a statement has to say it; also one that came back."""
    return paid_repository.paid(db, payout_id=payout_id)


def all_paid(db: Db, *, since: datetime, after: str, limit: int, mentor_id: str = "") -> list[Paid]:
    """Return payouts paid since then, to one mentor or ('') to anybody, by id."""
    return paid_repository.all_paid(db, since=since, mentor_id=mentor_id, after=after, limit=limit)


def connected(db: Db, *, after: str, limit: int) -> list[tuple[str, str]]:
    """Return mentors with an account at Stripe that has not ended, by id, and which it is."""
    found = account_repository.connected(db, after=after, limit=limit)
    return [(each.mentor_id, each.provider_id) for each in found]


def ask_about_account(*, mentor_id: str, now: datetime) -> None:
    """Ask Stripe about a mentor's account: one that we have no access to any more has ended.

    Raises ProviderUnavailableError, ProviderRefusedError.
    """
    from lib.payouts import accounts

    accounts.ask(mentor_id=mentor_id, now=now)


def _ready_mentors(after: str) -> list[account_repository.MentorId]:
    return transact(lambda db: account_repository.ready_mentors(db, after=after, limit=_BATCH))


def _unpaid(after: str) -> list[Row]:
    return transact(lambda db: repository.unpaid(db, after=after, limit=_BATCH))


def _made(mentor_id: str, now: datetime) -> bool:
    return batches.tried(lambda: transact(lambda db: _make(db, mentor_id, now)), "payout_not_made")


def _make(db: Db, mentor_id: str, now: datetime) -> bool:
    account = account_repository.lock_ready_account(db, mentor_id=mentor_id)
    if account is None or account.provider_id is None:
        return False
    settled = earnings.unsettled(db, mentor_id=mentor_id, available_at=now, limit=_MOST_EARNINGS)
    amount_ore = sum(row.share_ore for row in settled)
    if not settled or not rules.is_worth_paying(amount_ore, settled[0].available_at, now):
        return False
    netted_ore = -sum(row.share_ore for row in settled if row.is_claw_back)
    payout_id = ids.new("pay")
    repository.insert_payout(
        db,
        {
            "id": payout_id,
            "mentor_id": mentor_id,
            "amount_ore": amount_ore,
            "netted_ore": netted_ore,
            "currency": NOK,
            "destination": account.provider_id,
            "now": now,
        },
    )
    earnings.settle(db, settled, payout_id=payout_id)
    owner = ledger.owner_of(db, person_id=mentor_id, now=now)
    owed = (Account.MENTOR_PAYABLE, owner)
    clearing, receivable = (Account.PAYOUT_CLEARING, payout_id), (Account.MENTOR_RECEIVABLE, owner)
    entries = [
        Entry(PAYOUT, owed, clearing, amount_ore, is_pending=True),
        Entry(NET, owed, receivable, netted_ore, is_pending=True),
    ]
    ledger.book(db, entries, cause_id=payout_id, now=now)
    return True


def _paid_out(payout_id: str, now: datetime) -> bool:
    return batches.tried(lambda: _pay(payout_id, now), "payout_not_tried")


def _pay(payout_id: str, now: datetime) -> bool:
    begun = transact(lambda db: _begin(db, payout_id, now))
    if begun is None:
        return False
    payout, operation = begun
    try:
        provider_id = _transfer(payout, operation, now)
    except ProviderUnavailableError:
        return False
    except ProviderRefusedError as error:
        code = error.code
        log.event("payout_refused", payout=payout.id, code=code)
        transact(lambda db: _refused(db, payout, operation, code, now))
        return False
    transact(lambda db: _done(db, payout, operation, provider_id, now))
    return True


def _begin(db: Db, payout_id: str, now: datetime) -> tuple[Row, Operation] | None:
    payout = repository.lock_payout(db, payout_id=payout_id)
    if payout is None or payout.state not in {"pending", "awaiting_platform_funds"}:
        return None
    account = account_repository.account(db, mentor_id=payout.mentor_id)
    if account is None or rules.is_lost(account.state, account.provider_id, payout.destination):
        # The account was swapped or has ended: the money must not follow it there unseen.
        _hold(db, payout_id, "account_changed", now)
        return None
    if account.state != "ready":
        return None
    given = {"amount_ore": payout.amount_ore, "destination": payout.destination}
    disclosures.to_supplier(db, payout.mentor_id, disclosed.STRIPE_TRANSFER, now)
    return payout, operations.begin(db, kind=KIND, subject_id=payout_id, given=given, now=now)


def _transfer(payout: Row, operation: Operation, now: datetime) -> str:
    from lib.providers.stripe import client

    if operations.may_be_forgotten(operation, now):
        known = client.find_transfer(group=payout.id, destination=payout.destination)
        if known:
            return known
    return client.transfer(
        amount_ore=payout.amount_ore,
        destination=payout.destination,
        group=payout.id,
        operation_id=operation.id,
    )


def _refused(db: Db, payout: Row, operation: Operation, code: str, now: datetime) -> None:
    from lib.providers.stripe import client

    operations.refused(db, operation, code=code, now=now)
    if code == client.NO_FUNDS:
        repository.set_waiting(
            db, payout_id=payout.id, state="awaiting_platform_funds", reason=None, now=now
        )
    else:
        _hold(db, payout.id, code, now)


def _hold(db: Db, payout_id: str, reason: str, now: datetime) -> None:
    repository.set_waiting(db, payout_id=payout_id, state="held", reason=reason[:60], now=now)


def record_paid(db: Db, payout: Row, provider_id: str, now: datetime) -> None:
    """Record that Stripe has moved the money; the caller has locked the payout."""
    if payout.state in {"paid", "called_off"}:
        return
    repository.set_paid(db, payout_id=payout.id, provider_id=provider_id, now=now)
    ledger.post(db, cause_id=payout.id, step=PAYOUT, now=now)
    if payout.netted_ore:
        ledger.post(db, cause_id=payout.id, step=NET, now=now)
    moved = Entry(
        "transfer",
        (Account.PAYOUT_CLEARING, payout.id),
        (Account.STRIPE_BALANCE, ""),
        payout.amount_ore,
    )
    ledger.book(db, [moved], cause_id=payout.id, now=now)
    outbox.write(db, topic="papers.statement", subject_id=payout.id, now=now)


def _done(db: Db, payout: Row, operation: Operation, provider_id: str, now: datetime) -> None:
    current = repository.lock_payout(db, payout_id=payout.id)
    if current:
        operations.done(db, operation, provider_id=provider_id, now=now)
        record_paid(db, current, provider_id, now)
