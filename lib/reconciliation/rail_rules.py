"""What must agree between our books and what a rail, or Stripe, says of the same thing."""

from collections.abc import Iterator
from dataclasses import dataclass

from lib.reconciliation.kinds import Finding, Kind


@dataclass(frozen=True, kw_only=True)
class Ours:
    """A purchase in our books, in øre: `refunded_ore` is what its rail itself has given back.

    `going_ore` are refunds that it may have carried out without our knowing yet. What is reserved
    for a purchase that is still open is as it should be.
    """

    id: str
    is_captured: bool
    is_open: bool
    captured_ore: int
    refunded_ore: int
    going_ore: int


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """The same payment as its rail has it, in øre."""

    authorised_ore: int
    captured_ore: int
    refunded_ore: int
    cancelled_ore: int


def faults_of_payment(ours: Ours, theirs: Theirs | None) -> Iterator[Finding]:
    """Yield where a rail's sums are not ours; `theirs` is None where it knows no such payment."""
    if theirs is None:
        if ours.is_captured:
            yield Finding(Kind.RAIL_UNKNOWN, ours.id, ours.captured_ore, 0)
        return
    if theirs.captured_ore != ours.captured_ore:
        yield Finding(Kind.RAIL_CAPTURED, ours.id, ours.captured_ore, theirs.captured_ore)
    least_ore, most_ore = ours.refunded_ore, ours.refunded_ore + ours.going_ore
    if not least_ore <= theirs.refunded_ore <= most_ore:
        yield Finding(Kind.RAIL_REFUNDED, ours.id, ours.refunded_ore, theirs.refunded_ore)
    # Vipps calls one that was given up before anybody approved it cancelled: nothing was reserved.
    reserved_ore = theirs.authorised_ore - theirs.captured_ore - theirs.cancelled_ore
    if reserved_ore > 0 and not ours.is_open:
        yield Finding(Kind.RAIL_RESERVED, ours.id, 0, reserved_ore)


@dataclass(frozen=True, kw_only=True)
class PaidOut:
    """A payout that we have recorded as paid; øre."""

    id: str
    amount_ore: int
    reversed_ore: int


def faults_of_transfer(
    ours: PaidOut, amount_ore: int | None, reversed_ore: int
) -> Iterator[Finding]:
    """Yield where a transfer at Stripe is not our payout; None where there is no such transfer."""
    if amount_ore is None:
        yield Finding(Kind.TRANSFER_MISSING, ours.id, ours.amount_ore, 0)
        return
    if amount_ore != ours.amount_ore:
        yield Finding(Kind.TRANSFER_AMOUNT, ours.id, ours.amount_ore, amount_ore)
    if reversed_ore != ours.reversed_ore:
        yield Finding(Kind.TRANSFER_REVERSED, ours.id, ours.reversed_ore, reversed_ore)
