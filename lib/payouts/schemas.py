"""What goes in and out about payouts."""

from datetime import datetime

from lib.core.errors import ProblemError
from lib.web.schema import Input, Output, PageQuery, Reason


class PayoutAccount(Output):
    """Where you are paid; `requirements` names what Stripe still asks for.

    `bank_failure` says why Stripe could not move money on to your bank, as its code.
    """

    state: str
    requirements: list[str]
    bank_failure: str | None
    updated_at: datetime


class OnboardingLink(Output):
    """Open `url` at once: it is good for one visit and some minutes."""

    url: str
    expires_at: datetime


class PayoutPage(PageQuery):
    """A page of your payouts."""


class Payout(Output):
    """Money on its way to you, or paid; or left behind (`left`) by somebody who leaves.

    `netted_ore` was kept back, because it had been paid to you for hours that were refunded later.
    """

    id: str
    amount_ore: int
    netted_ore: int
    reversed_ore: int
    currency: str
    state: str
    held_reason: str | None
    created_at: datetime
    paid_at: datetime | None


class Balance(Output):
    """What you have earned, in øre.

    `available_ore` goes with the next payout, `pending_ore` once the time to contest is over;
    `under_way_ore` is in payouts that are not paid yet, and `owed_ore` you owe: it is kept back.
    """

    available_ore: int
    pending_ore: int
    under_way_ore: int
    owed_ore: int


class Payouts(Output):
    """A page of payouts, newest first, and your balance."""

    balance: Balance
    payouts: list[Payout]
    next: str | None


class PayoutAccountRefusedError(ProblemError):
    """Stripe will not open an account, or has closed it."""

    status, code = 502, "payout_account_refused"
    nb, en = "Stripe avviste kontoen", "Stripe refused the account"


class ReadWaitingPayouts(PageQuery):
    """A page of payouts that wait, and why they are read."""

    reason: Reason


class ChangePayout(Input):
    """Why a held payout is tried again, or called off; the mentor sees it."""

    reason: Reason


class WaitingPayout(Output):
    """A payout that waits, for money of ours at Stripe or for an operator, and since when."""

    id: str
    mentor_id: str
    amount_ore: int
    destination: str
    state: str
    held_reason: str | None
    waiting_since: datetime | None


class WaitingPayouts(Output):
    """A page of payouts that wait, oldest first."""

    payouts: list[WaitingPayout]
    next: str | None


class PayoutMovedError(ProblemError):
    """Stripe has moved the money after all: the payout is paid."""

    status, code = 409, "payout_moved"
    nb, en = "Utbetalingen er gjennomført likevel", "The payout was carried out after all"


class UnpaidDiffersError(ProblemError):
    """What is confirmed to be left behind is not what is owed: `unpaid_ore` is."""

    status, code = 409, "unpaid_differs"
    nb, en = "Beløpet til gode er et annet", "What you are owed is another sum"
