"""Decisions about payouts: the state of an account, and when money may go."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from lib.core import config

# Whatever is owed for longer than this is paid, however little it is.
_SMALL_WAITS = timedelta(days=30)
_LOOK_AGAIN = timedelta(seconds=5)


class AccountState(StrEnum):
    """How far a mentor's account has come; money goes to a ready one only."""

    NEW = "new"
    ONBOARDING = "onboarding"
    ACTION_REQUIRED = "action_required"
    VERIFYING = "verifying"
    READY = "ready"
    REJECTED = "rejected"
    CLOSED = "closed"


class ProviderAccount(Protocol):
    """What Stripe says of a mentor's account, as far as its state depends on it."""

    @property
    def details_submitted(self) -> bool:
        """Whether the mentor has been through Stripe's form."""

    @property
    def transfers_active(self) -> bool:
        """Whether we may move money to it."""

    @property
    def payouts_enabled(self) -> bool:
        """Whether it may move money on to the mentor's bank."""

    @property
    def disabled_reason(self) -> str:
        """Why it may not, in Stripe's words; empty where it may."""

    @property
    def currently_due(self) -> tuple[str, ...]:
        """The fields that the mentor has to fill in now."""


def state_of(account: ProviderAccount) -> AccountState:
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


def is_lost(state: str, provider_id: str | None, destination: str) -> bool:
    """Return whether a payout's destination is no account of the mentor's that may be well."""
    return provider_id != destination or state in {AccountState.REJECTED, AccountState.CLOSED}


def is_worth_a_look(state: str, asked_at: datetime, now: datetime) -> bool:
    """Return whether Stripe should be asked again while the mentor waits."""
    return state != AccountState.READY and now - asked_at >= _LOOK_AGAIN


def minimum_ore() -> int:
    """Return what a payout is worth its while from, in øre."""
    return config.number("PAYOUT_MINIMUM_ORE", 10_000)


def is_worth_paying(amount_ore: int, available_since: datetime, now: datetime) -> bool:
    """Return whether so much is paid out now: enough, or owed for a month."""
    is_old = now - available_since >= _SMALL_WAITS
    return amount_ore >= minimum_ore() or (amount_ore > 0 and is_old)
