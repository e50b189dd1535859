"""What the books report, and what they refuse."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.core import ids
from lib.core.errors import ProblemError
from lib.ledger.rules import Account
from lib.web.schema import Input, Output, PageQuery, Reason


class AccountTotal(Output):
    """All accounts of one kind: how many, and their balances summed in øre (credit minus debit)."""

    kind: str
    accounts: int
    balance_ore: int


class TrialBalance(Output):
    """The whole of the books.

    `sum_ore` is 0. `open_transit` counts accounts on which money rests that is to pass through, as
    what was paid for hours to come; `stale_pending` counts reservations older than any should be.
    """

    accounts: list[AccountTotal]
    sum_ore: int
    open_transit: int
    stale_pending: int


class ReadStatement(PageQuery):
    """An account of the books, and why it is read.

    `owner` is the purchase, refund, payout or dispute that it is for; of a mentor's, their id;
    empty for MIN MENTOR's own.
    """

    kind: Account
    owner: str = Field(default="", pattern="^([a-z]{3}" + ids.PATTERN[:-1] + ")?$")
    reason: Reason


class ReadTrace(Input):
    """Why the entries of a cause are read."""

    reason: Reason


class CorrectEntry(Input):
    """Which entry was wrong, and why; the reason stays in the books, and names nobody."""

    transfer_id: str = Field(pattern="^trf" + ids.PATTERN)
    reason: Reason


class StatedEntry(Output):
    """An entry as its account has it: what it does to the balance, and the balance after it.

    `change_ore` is 0 for what is only reserved (`pending`) or was let go (`voided`, `expired`).
    """

    id: str
    cause_id: str
    step: str
    booked_at: datetime
    outcome: Literal["booked", "pending", "posted", "voided", "expired"]
    amount_ore: int
    change_ore: int
    balance_ore: int
    other_kind: str
    other_owner: str


class Statement(Output):
    """A page of an account's entries, newest first; balances are credits minus debits, in øre."""

    kind: str
    owner: str
    balance_ore: int
    entries: list[StatedEntry]
    next: str | None


class TracedEntry(Output):
    """An entry with both its accounts, and what became of it where it was reserved first."""

    id: str
    step: str
    booked_at: datetime
    amount_ore: int
    outcome: Literal["booked", "pending", "posted", "voided", "expired"]
    resolved_ore: int | None
    resolved_at: datetime | None
    debit_kind: str
    debit_owner: str
    credit_kind: str
    credit_owner: str


class Trace(Output):
    """Every entry of a cause, as they were booked."""

    cause_id: str
    entries: list[TracedEntry]


class Correction(Output):
    """An entry that was taken back by a new one, whose cause is this correction."""

    id: str
    transfer_id: str
    amount_ore: int
    noted_at: datetime


class EntryNotCorrectableError(ProblemError):
    """It is only reserved, was never made real, or was taken back before; `why` says which."""

    status, code = 409, "entry_not_correctable"
    nb, en = "Posteringen kan ikke rettes", "The entry can't be corrected"
