"""Payouts: what mentors have earned goes to them once the time to contest is over.

A payout is made, with its purchases and its entry in the books, before Stripe is asked; then it is
tried until it is paid. Without money on our balance at Stripe it waits as
`awaiting_platform_funds`, to be seen; whatever else stops it makes it `held`, for an operator.
"""

from datetime import UTC, datetime, timedelta

from lib.core import batches, ids, log, page_keys
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.ledger import service as ledger
from lib.ledger.rules import Account
from lib.operations import service as operations
from lib.payouts import paid_repository, repository, rules
from lib.payouts.paid_repository import Paid
from lib.payouts.repository import Payout as Row
from lib.payouts.schemas import Payout, Payouts
from lib.providers.http import ProviderRefusedError
from lib.purchases import service as purchases

_KIND = "stripe.transfer"
_STEP = "payout"
_BATCH = 50
_MOST_ITEMS = 200
_SEVERAL = 20
# Stripe may forget an idempotency key after 24 hours; before that becomes possible, it is asked.
_KEY_IS_SAFE = timedelta(hours=23)
_LAST_ID = "~"
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


def make_due(now: datetime, deadline: datetime) -> int:
    """Make payouts of what mentors have earned, until all or the deadline; return how many."""
    mentors = batches.until(deadline, _ready_mentors, lambda mentor: mentor.mentor_id)
    return sum(_made(mentor.mentor_id, now) for mentor in mentors)


def pay_due(now: datetime, deadline: datetime) -> tuple[int, int]:
    """Try every payout that is not paid; return how many were paid and how many still wait."""
    unpaid = batches.until(deadline, _unpaid, lambda payout: payout.id)
    outcomes = [_paid_out(payout.id, now) for payout in unpaid]
    return sum(outcomes), len(outcomes) - sum(outcomes)


def page(db: Db, *, mentor_id: str, after: str | None, limit: int) -> Payouts:
    """Return a page of the mentor's payouts, newest first."""
    before = page_keys.decode(after)[0] if after else _LAST_ID
    found = repository.of_mentor(db, mentor_id=mentor_id, before=before, limit=limit + 1)
    shown = [Payout.model_validate(row, from_attributes=True) for row in found[:limit]]
    following = page_keys.encode(shown[-1].id) if len(found) > limit else None
    earned_ore = purchases.earned_ore(db, mentor_id=mentor_id)
    return Payouts(earned_ore=earned_ore, payouts=shown, next=following)


def open_for(db: Db, person_id: str) -> list[str]:
    """Return ids of payouts and purchases that the person is still to be paid for."""
    unpaid = repository.open_of(db, mentor_id=person_id, limit=_SEVERAL)
    earned = purchases.earned(
        db,
        mentor_id=person_id,
        captured_before=_EVER,
        limit=_SEVERAL,
    )
    return [row.id for row in unpaid] + [row.id for row in earned]


def paid(db: Db, *, payout_id: str) -> Paid | None:
    """Return a payout that was paid, as a statement has to say it; also one that came back."""
    return paid_repository.paid(db, payout_id=payout_id)


def all_paid(db: Db, *, since: datetime, after: str, limit: int, mentor_id: str = "") -> list[Paid]:
    """Return payouts paid since then, to one mentor or ('') to anybody, by id."""
    return paid_repository.all_paid(db, since=since, mentor_id=mentor_id, after=after, limit=limit)


def _ready_mentors(after: str) -> list[repository.MentorId]:
    return transact(lambda db: repository.ready_mentors(db, after=after, limit=_BATCH))


def _unpaid(after: str) -> list[Row]:
    return transact(lambda db: repository.unpaid(db, after=after, limit=_BATCH))


def _made(mentor_id: str, now: datetime) -> bool:
    return batches.tried(lambda: transact(lambda db: _make(db, mentor_id, now)), "payout_not_made")


def _make(db: Db, mentor_id: str, now: datetime) -> bool:
    account = repository.lock_ready_account(db, mentor_id=mentor_id)
    if account is None or account.provider_id is None:
        return False
    earned = purchases.earned(
        db, mentor_id=mentor_id, captured_before=now - rules.hold(), limit=_MOST_ITEMS
    )
    total_ore = sum(purchase.amount_ore - purchase.fee_ore for purchase in earned)
    if total_ore < rules.MINIMUM_ORE:
        return False
    payout_id = ids.new("pay")
    repository.insert_payout(
        db,
        {
            "id": payout_id,
            "mentor_id": mentor_id,
            "amount_ore": total_ore,
            "currency": earned[0].currency,
            "destination": account.provider_id,
            "now": now,
        },
    )
    repository.insert_items(
        db,
        [
            {
                "purchase_id": purchase.id,
                "payout_id": payout_id,
                "amount_ore": purchase.amount_ore - purchase.fee_ore,
            }
            for purchase in earned
        ],
    )
    _book_reservation(db, payout_id, mentor_id, total_ore, now)
    return True


def _book_reservation(
    db: Db, payout_id: str, mentor_id: str, amount_ore: int, now: datetime
) -> None:
    owner = ledger.owner_of(db, person_id=mentor_id, now=now)
    ledger.transfer(
        db,
        debit=(Account.MENTOR_PAYABLE, owner),
        credit=(Account.PAYOUT_CLEARING, payout_id),
        amount_ore=amount_ore,
        cause_id=payout_id,
        step=_STEP,
        is_pending=True,
        now=now,
    )


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
    transact(lambda db: _paid(db, payout, operation, provider_id, now))
    return True


def _begin(db: Db, payout_id: str, now: datetime) -> tuple[Row, operations.Operation] | None:
    payout = repository.lock_payout(db, payout_id=payout_id)
    if payout is None or payout.state not in {"pending", "awaiting_platform_funds"}:
        return None
    account = repository.account(db, mentor_id=payout.mentor_id)
    if account is None or rules.is_lost(account.state, account.provider_id, payout.destination):
        # The account was swapped or has ended: the money must not follow it there unseen.
        repository.set_state(db, payout_id=payout_id, state="held")
        return None
    if account.state != "ready":
        return None
    given = {"amount_ore": payout.amount_ore, "destination": payout.destination}
    return payout, operations.begin(db, kind=_KIND, subject_id=payout_id, given=given, now=now)


def _transfer(payout: Row, operation: operations.Operation, now: datetime) -> str:
    from lib.providers.stripe import client

    if now - operation.created_at > _KEY_IS_SAFE:
        known = client.find_transfer(group=payout.id, destination=payout.destination)
        if known:
            return known
    return client.transfer(
        amount_ore=payout.amount_ore,
        destination=payout.destination,
        group=payout.id,
        operation_id=operation.id,
    )


def _refused(
    db: Db, payout: Row, operation: operations.Operation, code: str, now: datetime
) -> None:
    from lib.providers.stripe import client

    operations.refused(db, operation, code=code, now=now)
    state = "awaiting_platform_funds" if code == client.NO_FUNDS else "held"
    repository.set_state(db, payout_id=payout.id, state=state)


def _paid(
    db: Db, payout: Row, operation: operations.Operation, provider_id: str, now: datetime
) -> None:
    current = repository.lock_payout(db, payout_id=payout.id)
    if current is None or current.state == "paid":
        return
    operations.done(db, operation, provider_id=provider_id, now=now)
    repository.set_paid(db, payout_id=payout.id, provider_id=provider_id, now=now)
    ledger.post(db, cause_id=payout.id, step=_STEP, now=now)
    ledger.transfer(
        db,
        debit=(Account.PAYOUT_CLEARING, payout.id),
        credit=(Account.STRIPE_BALANCE, ""),
        amount_ore=payout.amount_ore,
        cause_id=payout.id,
        step="transfer",
        now=now,
    )
