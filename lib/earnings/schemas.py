"""What goes out about earnings."""

from datetime import datetime

from lib.web.schema import Output


class Earning(Output):
    """What you earned with a session, or what was taken back; øre, negative where taken back.

    `gross_ore` is what the mentee paid, VAT included; `share_ore` is yours: gross less fee. It may
    be paid out from `available_at` on, and `payout_id` says with which payout it was.
    """

    id: str
    purchase_id: str
    cause_id: str
    gross_ore: int
    vat_ore: int
    fee_ore: int
    share_ore: int
    earned_at: datetime
    available_at: datetime
    payout_id: str | None


class Earnings(Output):
    """A page of earnings, newest first; `next` is the `after` of the page that follows."""

    earnings: list[Earning]
    next: str | None
