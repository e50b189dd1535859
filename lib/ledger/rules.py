"""The chart of accounts, and what each step of a purchase or payout books.

A transfer debits one account and credits another with the same amount, so the books sum to zero by
construction. Balances are credit minus debit: what MIN MENTOR owes is positive, what it has is
negative.
"""

from enum import StrEnum


class Account(StrEnum):
    """Kinds of accounts; those with an owner exist once for each."""

    VIPPS_RECEIVABLE = "vipps_receivable"  # Vipps owes us; settled to the bank
    STRIPE_BALANCE = "stripe_balance"  # ours at Stripe; pays the mentors
    PREPAID = "prepaid"  # owed to a mentee: one for each purchase; a transit account
    MENTOR_PAYABLE = "mentor_payable"  # owed to a mentor: one for each
    PLATFORM_INCOME = "platform_income"  # what MIN MENTOR has earned
    PAYOUT_CLEARING = (
        "payout_clearing"  # on its way to a mentor: one for each payout; a transit account
    )


# What comes to rest on one of these has been forgotten on its way.
TRANSIT = frozenset({Account.PREPAID, Account.PAYOUT_CLEARING})
