"""What a rail holds of a payment, in the same words for both: read from the simulators' memory."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.simulators.stripe.state import PLATFORM, Resource, State
from sandbox.simulators.vipps.payment import Payment
from tests.faults.simulator.house import House


@dataclass(frozen=True)
class AtRail:
    """One payment at a rail; sums in øre.

    `state` is created, authorised or ended. `refunded` counts what is on its way, too. `name` is
    what the rail calls it, `intent` what Stripe calls the money of it. `decides_at` is when one
    that nobody has decided on ends by itself, `failed` what of its refunds came back, `pending`
    what is on its way. `is_lapsed`: its bank has let the money go. `done_with` are the operations
    that it was changed with, as far as the rail says so.
    """

    rail: str
    purchase_id: str
    name: str
    state: str
    authorised: int
    captured: int
    refunded: int
    held: int
    taken_at: datetime | None
    decides_at: datetime
    intent: str = ""
    failed: int = 0
    pending: int = 0
    is_disputed: bool = False
    is_lapsed: bool = False
    done_with: frozenset[str] = frozenset()

    @property
    def fee(self) -> int:
        """What the rail keeps of what was captured: Stripe at once, Vipps when it settles."""
        return (self.captured * 240 + 5_000) // 10_000 + 200 if self.intent and self.captured else 0


def payments(house: House) -> list[AtRail]:
    """Return every payment that a rail knows of, Vipps' first, in the order of their making."""
    state = house.stripe.state
    sessions = state.all(PLATFORM, "checkout.session")
    return [
        *(_of_vipps(each) for each in house.vipps.payments),
        *(_of_stripe(state, each) for each in sessions),
    ]


def _of_vipps(payment: Payment) -> AtRail:
    states = {"CREATED": "created", "AUTHORIZED": "authorised"}
    taken = [each.timestamp for each in payment.events if each.name == "CAPTURED" and each.success]
    return AtRail(
        rail="vipps",
        purchase_id=payment.reference.replace("-", "_"),
        name=payment.reference,
        state=states.get(payment.state, "ended"),
        authorised=payment.authorized,
        captured=payment.captured,
        refunded=payment.refunded,
        held=payment.capturable if payment.state == "AUTHORIZED" else 0,
        taken_at=max(taken, default=None),
        decides_at=payment.certain_at or payment.expires_at,
        done_with=frozenset(
            each.idempotency_key for each in payment.events if each.idempotency_key and each.success
        ),
    )


def _of_stripe(state: State, session: Resource) -> AtRail:
    intent = _found(state, "payment_intent", session["payment_intent"])
    charge = _found(state, "charge", intent["latest_charge"]) if intent else None
    is_paid = bool(charge and not charge["failure_code"])
    booked = _found(state, "balance_transaction", charge["balance_transaction"]) if charge else None
    refunds: Counter[str] = Counter()
    done_with = set()
    for each in state.all(PLATFORM, "refund"):
        if charge and each["charge"] == charge["id"]:
            refunds[each["status"]] += each["amount"]
            if each["status"] != "failed":
                done_with.add((each["metadata"] or {}).get("operation_id", ""))
    return AtRail(
        rail="stripe",
        purchase_id=session["client_reference_id"],
        name=session["id"],
        state={"open": "created", "complete": "authorised"}.get(session["status"], "ended"),
        authorised=charge["amount"] if charge and is_paid else 0,
        captured=charge["amount_captured"] if charge and is_paid else 0,
        refunded=charge["amount_refunded"] if charge else 0,
        held=intent["amount_capturable"] if intent else 0,
        taken_at=_moment(booked["created"]) if booked else None,
        decides_at=_moment(session["expires_at"]),
        intent=intent["id"] if intent else "",
        failed=refunds["failed"],
        pending=refunds["pending"],
        is_disputed=bool(charge and charge["disputed"]),
        is_lapsed=bool(intent and intent["cancellation_reason"] == "expired"),
        done_with=frozenset(done_with),
    )


def _found(state: State, kind: str, identifier: str | None) -> Resource | None:
    return state.get(PLATFORM, kind, identifier) if identifier else None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
