"""What a test or a person may set about the Stripe account: fees, delays, what is on trial."""

from dataclasses import asdict, dataclass, fields
from typing import Any

REFUND_OUTCOMES = ("succeed", "pend", "fail_later")


@dataclass(slots=True)
class Settings:
    """The account's terms; amounts in øre.

    `pending_days` pass before what a charge brought is available. `vipps`: the account takes part
    in the preview of Vipps. `refund_outcome` is what becomes of refunds where the card says
    nothing. `refund_from_pending`: what is not yet available covers refunds, too, as Stripe does
    for most; its documentation promises what is available alone.
    """

    fee_basis_points: int = 240
    fee_fixed: int = 200
    dispute_fee: int = 15_000
    pending_days: int = 3
    authorisation_days: int = 7
    vipps: bool = True
    refund_outcome: str = "succeed"
    refund_from_pending: bool = True

    def change(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Set what is wished and return all. :raises ValueError: no such setting, or no value."""
        before = asdict(self)
        for name, value in wish.items():
            if type(value) is not type(before.get(name)):
                raise ValueError(f"{name} is no setting, or not of this type")
        if wish.get("refund_outcome", "succeed") not in REFUND_OUTCOMES:
            raise ValueError(f"refund_outcome must be one of {', '.join(REFUND_OUTCOMES)}")
        for name, value in wish.items():
            setattr(self, name, value)
        return asdict(self)

    def reset(self) -> None:
        """Go back to the usual terms."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def fee(self, amount: int) -> int:
        """What a charge of this amount costs, to the nearest øre."""
        return (amount * self.fee_basis_points + 5_000) // 10_000 + self.fee_fixed
