"""What goes in and out about our own money."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from lib.core.errors import ProblemError
from lib.treasury.rules import Move as Kind
from lib.web.schema import Input, Output, PageQuery, Reason

# 100 million kroner: more in one move is a mistake at the keyboard.
_MOST_ORE = 10_000_000_000


class ReadTreasury(PageQuery):
    """Why it is read; pages are of the moves."""

    reason: Reason


class NoteMove(Input):
    """Money of ours that has gone from one place to another: what arrived, and what was kept of it.

    `reference` is what the provider or the bank calls it; a move is noted once by it.
    """

    kind: Literal["vipps_settlement", "bank_to_stripe", "stripe_to_bank"]
    amount_ore: int = Field(gt=0, le=_MOST_ORE)
    fee_ore: int = Field(default=0, ge=0, le=_MOST_ORE)
    reference: str = Field(min_length=3, max_length=64, pattern="^[!-~]+$")
    happened_on: date
    reason: Reason


class NotedMove(Output):
    """A move that was noted; `by_report` where a provider's own report said so."""

    id: str
    kind: Kind
    amount_ore: int
    fee_ore: int
    reference: str
    happened_on: date
    by_report: bool
    noted_at: datetime


class WaitingSum(Output):
    """Payouts that wait in a state, what they add up to in øre, and since when the first does."""

    state: str
    number: int
    amount_ore: int
    since: datetime


class Treasury(Output):
    """Where our money is by our books, what payouts need, and what has to be moved to Stripe.

    Amounts in øre, positive where we have it or are owed it. `due_ore` is what mentors who can be
    paid will have available by `due_by` and no payout settles yet. What Stripe says of our balance
    is None where it does not answer; `must_move_ore` is then as if nothing were there.
    """

    vipps_owes_ore: int
    bank_ore: int
    stripe_ore: int
    waiting: list[WaitingSum]
    due_ore: int
    due_by: datetime
    stripe_available_ore: int | None
    stripe_pending_ore: int | None
    must_move_ore: int
    moves: list[NotedMove]
    next: str | None


class MoveNotedOtherwiseError(ProblemError):
    """It was noted before, with other figures; `amount_ore` and `fee_ore` are those."""

    status, code = 409, "move_noted_otherwise"
    nb, en = "Flyttingen er ført med andre tall", "The move was noted with other figures"
