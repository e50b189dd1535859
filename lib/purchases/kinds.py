"""What is asked of a rail, as operations call it: the rail, and what it is to do.

An operation is known by its kind and what it is about, so that a kind that is spelt otherwise in
one place would be an asking of its own, with a key of its own.
"""

from lib.purchases import rules
from lib.purchases.repository import Purchase


def create(purchase: Purchase) -> str:
    """Make the payment."""
    return f"{purchase.rail}.create"


def capture(purchase: Purchase) -> str:
    """Take the money."""
    return f"{purchase.rail}.capture"


def refund(purchase: Purchase) -> str:
    """Give money back."""
    return f"{purchase.rail}.refund"


def let_go(purchase: Purchase) -> str:
    """Let the money go, as the purchase stands.

    Giving up before approval and letting go after it are two askings, each with a key of its own.
    """
    return _let_go(purchase, purchase.state)


def give_up(purchase: Purchase) -> str:
    """Give the payment up before it is approved."""
    return _let_go(purchase, "created")


def let_go_late(purchase: Purchase) -> str:
    """Let go what was approved after the purchase had ended."""
    return _let_go(purchase, "late")


def every_let_go(purchase: Purchase) -> list[str]:
    """Return all that letting go an open purchase can be called."""
    return [_let_go(purchase, state) for state in sorted(rules.OPEN)]


def _let_go(purchase: Purchase, when: str) -> str:
    return f"{purchase.rail}.let_go.{when}"
