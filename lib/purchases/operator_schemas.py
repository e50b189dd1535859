"""What goes in and out where operators deal with purchases, refunds and disputes."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.core.errors import ProblemError
from lib.ledger.schemas import TracedEntry
from lib.purchases.schemas import Refund
from lib.web.schema import Input, Output, PageQuery, Reason

type Bearer = Literal["mentor", "platform"]
_MOST_ORE = 2**31 - 1


class Why(Input):
    """Why it is done or read; it is logged, and shown to whom it is about."""

    reason: Reason


class ReadDisputes(PageQuery):
    """A page of disputes, and why they are read."""

    reason: Reason


class ReadRefunds(PageQuery):
    """A page of refunds that wait for an operator, and why they are read."""

    reason: Reason


class DecideDispute(Input):
    """At whose expense a lost dispute is."""

    borne_by: Bearer
    reason: Reason


class GiveRefund(Input):
    """Give money back that the rule would not, or more than it would; whole øre of NOK.

    `borne_by`: the mentor bears it where it is taken back of what they earned, MIN MENTOR's fee
    with it; else it is MIN MENTOR's expense.
    """

    amount_ore: int = Field(gt=0, le=_MOST_ORE)
    currency: Literal["NOK"] = "NOK"
    borne_by: Bearer
    reason: Reason


class NotePortalRefund(Input):
    """Money that somebody has given back by hand, in Vipps' portal or Stripe's dashboard."""

    amount_ore: int = Field(gt=0, le=_MOST_ORE)
    currency: Literal["NOK"] = "NOK"
    borne_by: Bearer
    reason: Reason


class GivenRefund(Output):
    """The refund, or the asking for another operator's approval where it takes two."""

    refund: Refund | None
    approval_id: str | None


class PortalRefund(Output):
    """A refund that is noted once its rail says that so much more was given back than we know."""

    refund_id: str
    purchase_id: str
    amount_ore: int
    borne_by: Bearer
    reason: str
    noted_by: str
    state: Literal["asked", "done"]


class HeldRefund(Refund):
    """A refund that its rail will not carry out, or has taken back; `error_code` is its word."""

    purchase_id: str
    error_code: str | None


class HeldRefunds(Output):
    """A page of refunds that wait for an operator, oldest first."""

    refunds: list[HeldRefund]
    next: str | None


class Dispute(Output):
    """A payment that a payer's bank contests; sums in øre.

    `answer_by` is when evidence is due in Stripe's dashboard. A lost one waits for `borne_by`.
    """

    id: str
    purchase_id: str
    provider_id: str
    state: Literal["warning", "open", "won", "lost"]
    reason: str
    amount_ore: int
    taken_ore: int
    returned_ore: int
    fee_ore: int
    answer_by: datetime | None
    borne_by: Bearer | None
    refund_id: str | None
    raised_at: datetime
    closed_at: datetime | None


class Disputes(Output):
    """A page of disputes, newest first."""

    disputes: list[Dispute]
    next: str | None


class AskedOperation(Output):
    """Something that was asked of a provider, and its outcome."""

    id: str
    kind: str
    attempt: int
    state: str
    error_code: str | None
    created_at: datetime
    finished_at: datetime | None


class HourEntry(Output):
    """Quarter hours that came to a pack or went."""

    cause_id: str
    kind: str
    quarters: int
    created_at: datetime


class Earned(Output):
    """What was earned out of a purchase, or taken back; øre."""

    id: str
    cause_id: str
    quarters: int
    gross_ore: int
    fee_ore: int
    share_ore: int
    is_claw_back: bool
    available_at: datetime
    payout_id: str | None


class NumberedPaper(Output):
    """A paper of the purchase, by its number."""

    kind: str
    number: str
    cause_id: str
    issued_at: datetime


class EntriesOf(Output):
    """Everything that a cause has booked."""

    cause_id: str
    entries: list[TracedEntry]


class InspectedPurchase(Output):
    """A purchase with everything that is known of its money, for an operator."""

    id: str
    booking_id: str | None
    pack_id: str | None
    mentee_id: str
    mentor_id: str
    title: str
    quarters: int
    amount_ore: int
    vat_ore: int
    fee_ore: int
    captured_ore: int
    refunded_ore: int
    currency: str
    rail: str
    method: str
    state: str
    reference: str
    provider_id: str | None
    early_start_at: datetime | None
    guaranteed_until: datetime | None
    hours_expire_at: datetime | None
    created_at: datetime
    authorised_at: datetime | None
    captured_at: datetime | None
    closed_at: datetime | None
    rule_ore: int
    refunds: list[Refund]
    disputes: list[Dispute]
    operations: list[AskedOperation]
    hours: list[HourEntry]
    earnings: list[Earned]
    entries: list[EntriesOf]
    papers: list[NumberedPaper]


class DisputeNotDecidableError(ProblemError):
    """It is not lost, was decided before, or a session is not decided on; `why` says which."""

    status, code = 409, "dispute_not_decidable"
    nb, en = "Tvisten kan ikke avgjøres nå", "The dispute can't be decided now"


class NotRefundedThereError(ProblemError):
    """The rail has not given back so much more than we know; `there_ore` is what it has."""

    status, code = 409, "not_refunded_there"
    nb, en = "Så mye er ikke betalt tilbake der", "So much was not given back there"
