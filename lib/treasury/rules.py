"""Where money of ours lies, how it gets from one place to another, and how much has to."""

from dataclasses import dataclass
from enum import StrEnum

from lib.ledger.rules import Account, Entry


class Move(StrEnum):
    """What moves our money without being a purchase, refund or payout."""

    VIPPS_SETTLEMENT = "vipps_settlement"  # Vipps pays out what it owes, its fees kept back
    BANK_TO_STRIPE = "bank_to_stripe"
    STRIPE_TO_BANK = "stripe_to_bank"
    STRIPE_FEE = "stripe_fee"  # Stripe charges something that belongs to no payment


_WAYS = {
    Move.VIPPS_SETTLEMENT: (Account.VIPPS_RECEIVABLE, Account.BANK),
    Move.BANK_TO_STRIPE: (Account.BANK, Account.STRIPE_BALANCE),
    Move.STRIPE_TO_BANK: (Account.STRIPE_BALANCE, Account.BANK),
}


def entries(move: Move, amount_ore: int, fee_ore: int) -> list[Entry]:
    """Return what is booked of a move: what arrived, and what was kept of it where it came from."""
    fees = (Account.PROVIDER_FEES, "")
    if move is Move.STRIPE_FEE:
        return [Entry("fee", fees, (Account.STRIPE_BALANCE, ""), amount_ore)]
    origin, goal = _WAYS[move]
    return [
        Entry("arrived", (goal, ""), (origin, ""), amount_ore),
        Entry("fee", fees, (origin, ""), fee_ore),
    ]


@dataclass(frozen=True)
class Needed:
    """What payouts need of our balance at Stripe, in øre: those that wait, and those soon due."""

    waiting_ore: int
    due_ore: int

    def missing_ore(self, available_ore: int) -> int:
        """Return how much of it is not there, and has to be moved from the bank."""
        return max(self.waiting_ore + self.due_ore - available_ore, 0)
