"""The two rails in tests: what the payer and the provider do, in the same words for both."""

from dataclasses import dataclass
from typing import Any, Protocol

_VIPPS = "/epayment/v1/payments"


class Simulator(Protocol):
    """A provider's simulator, and what a test may do to it."""

    def control(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        """Use a control route."""


@dataclass(frozen=True)
class Rail:
    """A rail: which method of paying it carries, and the paths on which its money moves."""

    name: str
    method: str
    create: str
    capture: str
    let_go: str
    refund: str
    account: str

    def act(
        self, simulator: Simulator, purchase: dict[str, Any], action: str, **more: object
    ) -> None:
        """Do as the payer does at the provider: approve, abort or let the time pass."""
        if self.name == "vipps":
            path = f"payments/{purchase['reference']}"
            simulator.control("POST", path, {"action": action, **more})
            return
        wanted = {"approve": "pay", "expire": "expire"}[action]
        simulator.control("POST", f"checkout/{purchase['provider_id']}", {"action": wanted, **more})

    def sums(self, simulator: Simulator, purchase: dict[str, Any]) -> dict[str, int]:
        """Return what was authorised, captured, let go and given back, in øre, as it has it."""
        if self.name == "vipps":
            payment = simulator.control("GET", f"payments/{purchase['reference']}")
            names = ("authorized", "captured", "cancelled", "refunded")
            return {name: payment["aggregate"][f"{name}Amount"]["value"] for name in names}
        found = simulator.control("GET", f"checkout/{purchase['provider_id']}")
        intent, charge = found["payment_intent"], found["charge"]
        authorised = charge["amount"] if charge and charge["status"] == "succeeded" else 0
        captured = charge["amount_captured"] if charge else 0
        is_let_go = intent is None or intent["status"] == "canceled"
        return {
            "authorized": authorised,
            "captured": captured,
            "cancelled": authorised if is_let_go else 0,
            "refunded": charge["amount_refunded"] if charge else 0,
        }


VIPPS = Rail(
    name="vipps",
    method="vipps",
    create=_VIPPS,
    capture=rf"{_VIPPS}/[^/]+/capture",
    let_go=rf"{_VIPPS}/[^/]+/cancel",
    refund=rf"{_VIPPS}/[^/]+/refund",
    account="vipps_receivable",
)
STRIPE = Rail(
    name="stripe",
    method="card",
    create="/v1/checkout/sessions",
    capture="/v1/payment_intents/[^/]+/capture",
    let_go="/v1/payment_intents/[^/]+/cancel",
    refund="/v1/refunds",
    account="stripe_balance",
)
BOTH = (VIPPS, STRIPE)

__all__ = ["BOTH", "STRIPE", "VIPPS", "Rail"]
