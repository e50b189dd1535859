"""What goes in and out about payouts."""

from datetime import datetime

from lib.core.errors import ProblemError
from lib.web.schema import Output, PageQuery


class PayoutAccount(Output):
    """Where you are paid; `requirements` names what Stripe still asks for."""

    state: str
    requirements: list[str]
    updated_at: datetime


class OnboardingLink(Output):
    """Open `url` at once: it is good for one visit and some minutes."""

    url: str
    expires_at: datetime


class PayoutPage(PageQuery):
    """A page of your payouts."""


class Payout(Output):
    """Money on its way to you, or paid."""

    id: str
    amount_ore: int
    currency: str
    state: str
    created_at: datetime
    paid_at: datetime | None


class Payouts(Output):
    """A page of payouts, newest first; `earned_ore` is what is earned and in no payout yet."""

    earned_ore: int
    payouts: list[Payout]
    next: str | None


class PayoutAccountRefusedError(ProblemError):
    """Stripe will not open an account, or has closed it."""

    status, code = 502, "payout_account_refused"
    nb, en = "Stripe avviste kontoen", "Stripe refused the account"
