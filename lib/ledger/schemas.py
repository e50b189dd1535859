"""What the books report."""

from lib.web.schema import Output


class AccountTotal(Output):
    """All accounts of one kind: how many, and their balances summed in øre (credit minus debit)."""

    kind: str
    accounts: int
    balance_ore: int


class TrialBalance(Output):
    """The whole of the books.

    `sum_ore` is 0. `open_transit` counts accounts where money rests that should only pass through;
    `stale_pending` counts reservations older than any should be. Both are 0 too.
    """

    accounts: list[AccountTotal]
    sum_ore: int
    open_transit: int
    stale_pending: int
