"""What is bought, as Vipps' app shows it: order lines with VAT, the terms, the receipt.

Nothing here says who buys: no name, no phone number, no personal data in the metadata.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

type Unit = Literal["PCS", "MINUTE"]


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One thing bought: `amount_ore` with VAT, of which `tax_ore` is VAT at `tax_basis_points`.

    `quantity` (a whole number or a decimal fraction, of `unit`) is shown and not counted with;
    `unit_price_ore`, with VAT, is left out where it is no whole number of øre.
    """

    id: str
    name: str
    amount_ore: int
    tax_ore: int
    tax_basis_points: int
    quantity: str = "1"
    unit: Unit = "PCS"
    unit_price_ore: int | None = None


@dataclass(frozen=True)
class LegalLinks:
    """Pages that the payer sees, and accepts, in the app."""

    terms_of_sale_url: str
    privacy_policy_url: str


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a payment is for. `metadata` (at most five pairs) comes back with the payment."""

    lines: Sequence[OrderLine] = ()
    legal_links: LegalLinks | None = None
    receipt_url: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def body(self, amount_ore: int) -> dict[str, Any]:
        """Return the fields that a new payment carries; raises ValueError where the sums differ.

        The app hides a receipt that does not add up to the payment.
        """
        if self.lines and sum(line.amount_ore for line in self.lines) != amount_ore:
            raise ValueError("the order lines do not sum to the amount")
        if any(not 0 <= line.tax_ore <= line.amount_ore for line in self.lines):
            raise ValueError("the VAT of an order line is not a part of it")
        body: dict[str, Any] = {}
        if self.lines:
            body["receipt"] = {
                "orderLines": [_line(line) for line in self.lines],
                "bottomLine": {"currency": "NOK"},
            }
        if self.legal_links:
            body["merchantLegalLinks"] = {
                "termsOfSaleUrl": self.legal_links.terms_of_sale_url,
                "privacyPolicyUrl": self.legal_links.privacy_policy_url,
            }
        if self.receipt_url:
            body["receiptUrl"] = self.receipt_url
        if self.metadata:
            body["metadata"] = dict(self.metadata)
        return body


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "totalAmount": line.amount_ore,
        "totalAmountExcludingTax": line.amount_ore - line.tax_ore,
        "totalTaxAmount": line.tax_ore,
        "taxRate": line.tax_basis_points,
        "unitInfo": {
            "unitPrice": line.unit_price_ore,
            "quantity": line.quantity,
            "quantityUnit": line.unit,
        },
    }
