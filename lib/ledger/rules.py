"""The chart of accounts.

A transfer debits one account and credits another with the same amount, so the books sum to zero by
construction. Balances are credit minus debit: what MIN MENTOR owes or has earned is positive, what
it has or has spent is negative.
"""

from dataclasses import dataclass
from enum import StrEnum


class Account(StrEnum):
    """Kinds of accounts; those with an owner exist once for each."""

    VIPPS_RECEIVABLE = "vipps_receivable"  # Vipps owes us; settled to the bank
    STRIPE_BALANCE = "stripe_balance"  # ours at Stripe; pays the mentors
    BANK = "bank"  # ours at the bank
    PREPAID = "prepaid"  # owed to a mentee: one for each purchase; a transit account
    MENTOR_PAYABLE = "mentor_payable"  # owed to a mentor: one for each
    MENTOR_RECEIVABLE = "mentor_receivable"  # a mentor owes it: refunded after it was paid out
    PLATFORM_INCOME = "platform_income"  # what MIN MENTOR has earned, without VAT
    VAT = "vat"  # owed to the state, on what MIN MENTOR has earned
    PROVIDER_FEES = "provider_fees"  # what Vipps and Stripe have kept
    GOODWILL = "goodwill"  # given back at MIN MENTOR's own expense
    UNCLAIMED = "unclaimed"  # owed to mentors who have left without being paid
    REFUND_CLEARING = "refund_clearing"  # on its way back: one for each refund; a transit account
    PAYOUT_CLEARING = "payout_clearing"  # on its way: one for each payout; a transit account
    DISPUTED = "disputed"  # a payer's bank has taken it: one for each dispute; a transit account


# What comes to rest on one of these has been forgotten on its way.
TRANSIT = frozenset(
    {Account.PREPAID, Account.REFUND_CLEARING, Account.PAYOUT_CLEARING, Account.DISPUTED}
)

# Where the money of each rail comes to lie.
RAIL_ACCOUNTS = {"vipps": Account.VIPPS_RECEIVABLE, "stripe": Account.STRIPE_BALANCE}
# Where our own money lies; each is one account, without an owner.
OWN_MONEY = (*RAIL_ACCOUNTS.values(), Account.BANK)


@dataclass(frozen=True)
class Entry:
    """A transfer that is to be booked; an account is its kind and owner, '' for MIN MENTOR's own.

    `step` says which of its cause's transfers it is; a pending one is reserved only.
    """

    step: str
    debit: tuple[Account, str]
    credit: tuple[Account, str]
    amount_ore: int
    is_pending: bool = False
