"""Decisions about payouts: the state of an account, and when money may go."""

from datetime import timedelta
from enum import StrEnum

from lib.core import config
from lib.providers.stripe.client import ConnectedAccount

MINIMUM_ORE = 100


class AccountState(StrEnum):
    """How far a mentor's account has come; money goes to a ready one only."""

    NEW = "new"
    ONBOARDING = "onboarding"
    ACTION_REQUIRED = "action_required"
    VERIFYING = "verifying"
    READY = "ready"
    REJECTED = "rejected"
    CLOSED = "closed"


def state_of(account: ConnectedAccount) -> AccountState:
    """Return our word for what Stripe says; who only receives needs no charges_enabled."""
    if account.disabled_reason.startswith("rejected."):
        return AccountState.REJECTED
    if not account.details_submitted:
        return AccountState.ONBOARDING
    if account.transfers_active and account.payouts_enabled:
        return AccountState.READY
    if account.currently_due:
        return AccountState.ACTION_REQUIRED
    return AccountState.VERIFYING


def hold() -> timedelta:
    """Return how long earned money is kept before it is paid out: time to contest a session."""
    return timedelta(hours=config.number("PAYOUT_HOLD_HOURS", 48))
