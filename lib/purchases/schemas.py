"""What goes in and out about purchases, refunds and hours of packs."""

from datetime import datetime
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from lib.core import ids
from lib.core.errors import ProblemError
from lib.web.schema import Input, Output, PageQuery


class StartPurchase(Input):
    """Pay for a booking, or for a pack of hours.

    `terms` is the version of the terms that the person has accepted. `early_start` says that they
    expressly want the hours to begin before the fourteen days of withdrawal are over, and know that
    they then pay for those that are given, and can't withdraw once all are.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["booking_id"]}, {"required": ["pack_id"]}]}
    )

    booking_id: str | None = Field(default=None, pattern="^bkg" + ids.PATTERN)
    pack_id: str | None = Field(default=None, pattern="^pck" + ids.PATTERN)
    terms: str = Field(max_length=20)
    method: Literal["vipps", "card"] = "vipps"
    early_start: bool = False

    @model_validator(mode="after")
    def _is_for_one_thing(self) -> Self:
        if (self.booking_id is None) == (self.pack_id is None):
            raise ValueError("either a booking or a pack")
        return self


class PurchasePage(PageQuery):
    """A page of your purchases."""


class Text(Output):
    """Words in both languages."""

    nb: str
    en: str


class Refund(Output):
    """Money that goes back to you, or went."""

    id: str
    amount_ore: int
    ground: str
    state: Literal["open", "done", "held"]
    created_at: datetime
    finished_at: datetime | None


class Purchase(Output):
    """A purchase; open `redirect_url`, unmodified, to pay, and look here for what became of it.

    Amounts in whole øre, VAT included. `refunded_ore` counts from the moment that is decided.
    """

    id: str
    booking_id: str | None
    pack_id: str | None
    title: str
    amount_ore: int
    vat_ore: int
    captured_ore: int
    refunded_ore: int
    currency: str
    method: str
    state: str
    redirect_url: str | None
    hours_expire_at: datetime | None
    created_at: datetime
    authorised_at: datetime | None
    captured_at: datetime | None
    closed_at: datetime | None


class PurchaseDetail(Purchase):
    """A purchase with its refunds, oldest first."""

    refunds: list[Refund]


class Purchases(Output):
    """A page of purchases, newest first; `next` is the `after` of the page that follows."""

    purchases: list[Purchase]
    next: str | None


class Withdrawal(Output):
    """What you get back if you withdraw now, and why, in words.

    Nothing where `refund_ore` is 0. `calls_off` are the bookings that are called off with it.
    """

    purchase_id: str
    ends_at: datetime
    refund_ore: int
    currency: str
    ground: str
    text: Text
    calls_off: list[str]


class Withdraw(Input):
    """Withdraw for the sum that you were told, in øre."""

    refund_ore: int = Field(gt=0, le=2**31 - 1)


class BoughtPack(Output):
    """A pack of hours that you have bought, and what is left of it."""

    purchase_id: str
    mentor_id: str
    title: str
    minutes: int
    minutes_left: int
    bought_at: datetime
    expires_at: datetime


class BoughtPacks(Output):
    """A page of packs, newest first; `next` is the `after` of the page that follows."""

    packs: list[BoughtPack]
    next: str | None


class PayWithHours(Input):
    """Pay with hours; `early_start` as when a pack is bought, for a session that is so soon."""

    early_start: bool = False


class HoursDrawn(Output):
    """The booking is paid for, with so many minutes out of these packs."""

    booking_id: str
    minutes: int
    purchase_ids: list[str]


class PaymentRefusedError(ProblemError):
    """The payment can't be made; another attempt may succeed."""

    status, code = 502, "payment_refused"
    nb, en = "Betalingen ble avvist", "The payment was refused"


class TermsOutdatedError(ProblemError):
    """Other terms than those in force were accepted; `terms` says which are."""

    status, code = 409, "terms_outdated"
    nb, en = "Vilkårene er endret", "The terms have changed"


class EarlyStartRequiredError(ProblemError):
    """The session is within the fourteen days of withdrawal: it takes an express request."""

    status, code = 409, "early_start_required"
    nb, en = (
        "Du må be om at timen holdes før angrefristen er ute",
        "Ask for the session to be held before the period of withdrawal is over",
    )


class PackNotForSaleError(ProblemError):
    """The pack is not sold now."""

    status, code = 409, "pack_not_for_sale"
    nb, en = "Pakken selges ikke nå", "The pack is not for sale now"


class OwnPackError(ProblemError):
    """Nobody buys hours with themselves."""

    status, code = 409, "own_pack"
    nb, en = "Du kan ikke kjøpe din egen pakke", "You can't buy your own pack"


class PurchaseUnderWayError(ProblemError):
    """Nothing was paid yet, or its hours are just being issued; `state` says where it stands."""

    status, code = 409, "purchase_under_way"
    nb, en = "Kjøpet er ikke gjennomført", "The purchase is not completed"


class NotWithdrawableError(ProblemError):
    """Nothing goes back any more; `ground` says why, and the quote says so in words."""

    status, code = 409, "not_withdrawable"
    nb, en = "Du kan ikke gå fra kjøpet nå", "You can't withdraw from the purchase now"


class WithdrawalChangedError(ProblemError):
    """Another sum goes back now than was quoted; `refund_ore` is that sum."""

    status, code = 409, "withdrawal_changed"
    nb, en = "Beløpet er et annet nå", "The sum is another one now"


class NotRefundableError(ProblemError):
    """More than can go back; `left_ore` is how much can."""

    status, code = 409, "not_refundable"
    nb, en = "Så mye kan ikke betales tilbake", "So much can't be paid back"


class HoursNotAcceptedError(ProblemError):
    """The mentor takes no hours of packs for this offer."""

    status, code = 409, "hours_not_accepted"
    nb, en = "Dette tilbudet kan ikke betales med timer", "This offer can't be paid with hours"


class NotEnoughHoursError(ProblemError):
    """Your packs with this mentor hold `minutes_left` that are good then; it takes more."""

    status, code = 409, "not_enough_hours"
    nb, en = "Du har ikke nok timer", "You don't have enough hours"
