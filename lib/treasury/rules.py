"""How money of ours gets from one place to another, and how much of it has to."""

from dataclasses import dataclass
from enum import StrEnum


class Move(StrEnum):
    """What moves our money without being a purchase, refund or payout."""

    VIPPS_SETTLEMENT = "vipps_settlement"  # Vipps pays out what it owes, its fees kept back
    BANK_TO_STRIPE = "bank_to_stripe"
    STRIPE_TO_BANK = "stripe_to_bank"
    STRIPE_FEE = "stripe_fee"  # Stripe charges something that belongs to no payment


@dataclass(frozen=True)
class Needed:
    """What payouts need of our balance at Stripe, in øre: those that wait, and those soon due."""

    waiting_ore: int
    due_ore: int

    def missing_ore(self, available_ore: int) -> int:
        """Return how much of it is not there, and has to be moved from the bank."""
        return max(self.waiting_ore + self.due_ore - available_ore, 0)
