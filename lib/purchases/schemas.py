"""What goes in and out about purchases."""

from datetime import datetime

from pydantic import Field

from lib.core import ids
from lib.core.errors import ProblemError
from lib.web.schema import Input, Output


class StartPurchase(Input):
    """Pay for a booking; `terms` is the version of the terms that the person has accepted."""

    booking_id: str = Field(pattern="^bkg" + ids.PATTERN)
    terms: str = Field(max_length=20)


class Purchase(Output):
    """A purchase; open `redirect_url`, unmodified, to pay, and look here for what became of it."""

    id: str
    booking_id: str
    amount_ore: int
    currency: str
    state: str
    redirect_url: str | None
    created_at: datetime
    authorised_at: datetime | None
    captured_at: datetime | None
    closed_at: datetime | None


class PaymentRefusedError(ProblemError):
    """Vipps will not make this payment; another attempt may succeed."""

    status, code = 502, "payment_refused"
    nb, en = "Vipps avviste betalingen", "Vipps refused the payment"


class TermsOutdatedError(ProblemError):
    """Other terms than those in force were accepted; `terms` says which are."""

    status, code = 409, "terms_outdated"
    nb, en = "Vilkårene er endret", "The terms have changed"
