"""Payout accounts: made and filled in at Stripe, known here by their id and state alone."""

import json
from datetime import datetime, timedelta

from lib.core import batches, config
from lib.core.db import Db, DuplicateError, transact
from lib.core.errors import NotFoundError
from lib.disclosures import rules as disclosed
from lib.disclosures import service as disclosures
from lib.inbound.repository import Event
from lib.mentors import service as mentors
from lib.operations import service as operations
from lib.payouts import account_repository as repository
from lib.payouts import rules
from lib.payouts.account_repository import PayoutAccount as Row
from lib.payouts.rules import AccountState
from lib.payouts.schemas import (
    OnboardingLink,
    PayoutAccount,
    PayoutAccountRefusedError,
)
from lib.providers.http import ProviderRefusedError
from lib.providers.stripe import balance, client
from lib.providers.stripe.client import ConnectedAccount
from lib.providers.stripe.payloads import StripeEvent
from lib.web.schema import Output

_KIND = "stripe.account"
_ASKED_AGAIN = timedelta(hours=1)
_BATCH = 50
_DEAUTHORISED = "account.application.deauthorized"


class Wanted(Output):
    """A mentor who is to be sent to Stripe."""

    mentor_id: str


def want(db: Db, *, mentor_id: str, now: datetime) -> Wanted:
    """Note that the mentor wants to be paid; `onboard` follows. Raises NotAMentorError."""
    mentors.require_mentor(db, mentor_id)
    if repository.account(db, mentor_id=mentor_id) is None:
        try:
            repository.insert_account(db, mentor_id=mentor_id, now=now)
        except DuplicateError:
            return Wanted(mentor_id=mentor_id)
    return Wanted(mentor_id=mentor_id)


def onboard(wanted: Wanted, now: datetime) -> OnboardingLink:
    """Return a fresh link to Stripe's onboarding, having made the account if there is none."""
    try:
        provider_id = _provider_id(wanted.mentor_id, now)
        link = client.onboarding_link(
            provider_id,
            return_url=f"{config.app_url()}/payout-account/done",
            refresh_url=f"{config.app_url()}/payout-account/again",
        )
    except ProviderRefusedError as error:
        raise PayoutAccountRefusedError from error
    return OnboardingLink(url=link.url, expires_at=link.expires_at)


def want_to_see(db: Db, *, mentor_id: str) -> Wanted:
    """Note who asks about their account; `look` follows. Raises NotFoundError."""
    if repository.account(db, mentor_id=mentor_id) is None:
        raise NotFoundError
    return Wanted(mentor_id=mentor_id)


def look(wanted: Wanted, now: datetime) -> PayoutAccount:
    """Return the account, after asking Stripe where it is not ready: events get lost."""
    mentor_id = wanted.mentor_id
    found = transact(lambda db: repository.account(db, mentor_id=mentor_id))
    if found and rules.is_worth_a_look(found.state, found.updated_at, now):
        _asked(found, now)
        found = transact(lambda db: repository.account(db, mentor_id=mentor_id))
    if found is None:
        raise NotFoundError
    return PayoutAccount(
        state=found.state,
        requirements=json.loads(found.requirements),
        bank_failure=found.bank_failure,
        updated_at=found.updated_at,
    )


def ask_about_unready(now: datetime, deadline: datetime) -> int:
    """Ask Stripe about accounts that are not ready and were not asked about lately."""
    before = now - _ASKED_AGAIN

    def page(after: str) -> list[Row]:
        return transact(lambda db: repository.unready(db, before=before, after=after, limit=_BATCH))

    waiting = batches.until(deadline, page, lambda account: account.mentor_id)
    return sum(_asked(account, now) for account in waiting)


def on_event(event: Event, now: datetime) -> str:
    """Look at the account that a webhook speaks of; return what was made of it."""
    told = StripeEvent.model_validate_json(event.payload)
    provider_id = told.account
    if not provider_id:
        return "not_about_an_account"
    known = transact(lambda db: repository.account_of_provider(db, provider_id=provider_id))
    if known is None:
        return "unknown_account"
    if told.type == _DEAUTHORISED:
        # The account can no longer be asked; what the event says is all there is to know.
        transact(lambda db: _close(db, known, now))
        return AccountState.CLOSED
    return _ask(known, now)


def on_bank_payout(event: Event, now: datetime) -> str:
    """Note whether Stripe could move money on to a mentor's bank; return what was made of it.

    The money is the mentor's at Stripe either way; what stands in the way is theirs to mend there.
    """
    told = StripeEvent.model_validate_json(event.payload)
    provider_id = told.account or ""
    known = transact(lambda db: repository.account_of_provider(db, provider_id=provider_id))
    if known is None:
        return "unknown_account"
    try:
        found = balance.find_payout(told.data.object.id, provider_id)
    except ProviderRefusedError as error:
        return _closed_if_lost(known, error, now)
    if found.status == "pending":
        return "on_its_way"
    code = (found.failure_code or "unknown")[:60] if found.status == "failed" else None
    transact(lambda db: repository.set_bank_failure(db, mentor_id=known.mentor_id, code=code))
    _ask(known, now)
    return "failed" if code else "arrived"


def ask(*, mentor_id: str, now: datetime) -> None:
    """Ask Stripe about a mentor's account, whatever its state, and record the answer.

    Raises ProviderUnavailableError, or ProviderRefusedError for what is not about our access.
    """
    known = transact(lambda db: repository.account(db, mentor_id=mentor_id))
    if known:
        _ask(known, now)


def erase_person(person_id: str, now: datetime) -> str:
    """Delete the person's account at Stripe; return what came of it.

    Raises ProviderRefusedError while there is money in it, ProviderUnavailableError.
    """
    if transact(lambda db: repository.account(db, mentor_id=person_id)) is None:
        return "no_account"
    # One whose making was never answered is made with the same key again, to learn which it is.
    client.delete_account(_provider_id(person_id, now))
    return "account_deleted"


def is_left(person_id: str) -> bool:
    """Return whether the person has an account at Stripe, by what Stripe says."""
    known = transact(lambda db: repository.account(db, mentor_id=person_id))
    if known is None:
        return False
    # Without its id nobody has asked Stripe yet whether one was made.
    return known.provider_id is None or client.has_account(known.provider_id)


def _asked(account: Row, now: datetime) -> bool:
    return batches.tried(lambda: bool(_ask(account, now)), "payout_account_not_asked")


def _ask(known: Row, now: datetime) -> AccountState:
    """Ask Stripe about an account and record the answer; return its state."""
    if known.provider_id is None:
        return AccountState(known.state)
    try:
        found = client.find_account(known.provider_id)
    except ProviderRefusedError as error:
        return _closed_if_lost(known, error, now)
    transact(lambda db: _record(db, known.mentor_id, found, now))
    return rules.state_of(found)


def _closed_if_lost(known: Row, error: ProviderRefusedError, now: datetime) -> AccountState:
    """Close an account that Stripe no longer lets us ask about; raises what else was refused."""
    if error.code != client.NO_ACCESS:
        raise error
    # An event from before the end of our access, or the one that told of the end was lost.
    transact(lambda db: _close(db, known, now))
    return AccountState.CLOSED


def _provider_id(mentor_id: str, now: datetime) -> str:
    known, operation = transact(lambda db: _begin(db, mentor_id, now))
    if known:
        return known
    try:
        made = client.create_account(mentor_id=mentor_id, operation_id=operation.id)
    except ProviderRefusedError as error:
        code = error.code
        transact(lambda db: operations.refused(db, operation, code=code, now=now))
        raise
    transact(lambda db: _made(db, mentor_id, operation, made, now))
    return made.provider_id


def _begin(db: Db, mentor_id: str, now: datetime) -> tuple[str | None, operations.Operation]:
    account = repository.account(db, mentor_id=mentor_id)
    operation = operations.begin(
        db, kind=_KIND, subject_id=mentor_id, given={"mentor_id": mentor_id}, now=now
    )
    known = account.provider_id if account else None
    if known is None:
        disclosures.to_supplier(db, mentor_id, disclosed.STRIPE_ACCOUNT, now)
    return known, operation


def _made(
    db: Db, mentor_id: str, operation: operations.Operation, made: ConnectedAccount, now: datetime
) -> None:
    # Which account it is stands in payout_account alone, whence it goes with the person.
    operations.done(db, operation, now=now)
    _record(db, mentor_id, made, now)


def _record(db: Db, mentor_id: str, found: ConnectedAccount, now: datetime) -> None:
    repository.update_account(
        db,
        {
            "mentor_id": mentor_id,
            "provider_id": found.provider_id,
            "state": rules.state_of(found),
            "requirements": json.dumps(found.currently_due),
            "now": now,
        },
    )


def _close(db: Db, known: Row, now: datetime) -> None:
    repository.update_account(
        db,
        {
            "mentor_id": known.mentor_id,
            "provider_id": known.provider_id,
            "state": AccountState.CLOSED,
            "requirements": "[]",
            "now": now,
        },
    )
