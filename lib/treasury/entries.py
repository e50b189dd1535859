"""What a move of our own money is in the books."""

from lib.ledger.rules import Account, Entry
from lib.treasury.rules import Move

_WAYS = {
    Move.VIPPS_SETTLEMENT: (Account.VIPPS_RECEIVABLE, Account.BANK),
    Move.BANK_TO_STRIPE: (Account.BANK, Account.STRIPE_BALANCE),
    Move.STRIPE_TO_BANK: (Account.STRIPE_BALANCE, Account.BANK),
}


def of(move: Move, amount_ore: int, fee_ore: int) -> list[Entry]:
    """Return what is booked of a move: what arrived, and what was kept of it where it came from."""
    fees = (Account.PROVIDER_FEES, "")
    if move is Move.STRIPE_FEE:
        return [Entry("fee", fees, (Account.STRIPE_BALANCE, ""), amount_ore)]
    origin, goal = _WAYS[move]
    return [
        Entry("arrived", (goal, ""), (origin, ""), amount_ore),
        Entry("fee", fees, (origin, ""), fee_ore),
    ]
