"""Stripe's test cards, as far as they behave differently here, and Vipps as Stripe offers it."""

from dataclasses import dataclass

DECLINED = "Your card was declined."


@dataclass(frozen=True, slots=True)
class Card:
    """How a payment with it goes.

    `code` and `decline_code` say why it is turned down; `refund` how giving back goes; `dispute`
    the reason for which the holder contests the charge as soon as it is captured; `at_once`: the
    money skips the pending balance.
    """

    number: str
    says: str
    brand: str = "visa"
    code: str = ""
    decline_code: str = ""
    refund: str = ""
    dispute: str = ""
    at_once: bool = False


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "Visa"),
        Card("5555555555554444", "Mastercard", brand="mastercard"),
        Card("4000000000000077", "Visa, pengene er tilgjengelige straks", at_once=True),
        Card("4000000000000002", "Avvist", code="card_declined", decline_code="generic_decline"),
        Card(
            "4000000000009995",
            "Avvist, ikke nok penger",
            code="card_declined",
            decline_code="insufficient_funds",
        ),
        Card("4000000000000069", "Avvist, utløpt", code="expired_card"),
        Card("4000000000000127", "Avvist, feil kontrollkode", code="incorrect_cvc"),
        Card("4000000000007726", "Tilbakebetaling tar tid", refund="pend"),
        Card("4000000000005126", "Tilbakebetaling mislykkes senere", refund="fail_later"),
        Card("4000000000000259", "Bestrides straks den er trukket", dispute="fraudulent"),
    )
}
VIPPS = Card("", "Vipps", brand="vipps")
"""No card to the platform: Stripe charges the card behind it, out of sight."""


def named(method: str, number: str) -> Card | None:
    """The means of payment that a page or a control names; None where there is no such."""
    if method == "vipps":
        return VIPPS
    return CARDS.get("".join(number.split())) if method == "card" else None
