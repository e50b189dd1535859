"""What is disclosed at which moment, and whom a change of it concerns. Pure.

Fields are `table.column` of db/schema.sql; `table.*` is all of a row that its recipient may see. A
test holds those that stand here to the contract: they exist, they are about somebody, and what the
other party of a deal receives is theirs to see.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

type RecipientKind = Literal["person", "supplier", "authority", "customer"]
type Basis = Literal["contract", "consent", "legal_obligation"]
type ChangeKind = Literal["rectification", "restriction", "restriction_end", "erasure"]
# An authority, and whoever else has no way of their own to be told, waits for an operator.
type State = Literal["waiting", "told", "needless", "impossible", "refused"]

# To the other party of a deal: from the moment it is held, both see each other's name in it.
DEAL = ("person.given_name", "person.family_name", "booking.*")
MOVE = ("booking_move.*",)
PAYMENT = ("purchase.*",)
# To whom one writes: noted when the conversation begins.
CONVERSATION = ("person.given_name", "person.family_name", "conversation.*", "message.*")
HOURS = ("hour_entry.*",)
REFUND = ("refund.*",)
DISPUTE = ("dispute.*",)
ATTENDANCE = ("attendance.*",)
DELIVERY = ("delivery.*",)
# On a paper the law wants both parties by their whole name, and the seller's business.
PAPER = ("person.given_name", "person.family_name", "paper.*")
BUSINESS = ("mentor.organisation_number",)
SELLER = (*BUSINESS, "mentor.is_vat_registered")


class Sent(NamedTuple):
    """What a supplier is sent of a person, and what for."""

    supplier: str
    purpose: str
    fields: tuple[str, ...]
    basis: Basis = "contract"


# A mentor may be named in a title; the rest are keys and amounts.
VIPPS_PAYMENT = Sent(
    "vipps",
    "payment",
    (
        "purchase.amount_ore",
        "purchase.id",
        "purchase.quarters",
        "purchase.reference",
        "purchase.title",
        "purchase.vat_ore",
    ),
)
STRIPE_PAYMENT = Sent(
    "stripe",
    "payment",
    ("purchase.amount_ore", "purchase.id", "purchase.provider_id", "purchase.title"),
)
# By the rail that carries a purchase.
PAYMENT_AT = {"vipps": VIPPS_PAYMENT, "stripe": STRIPE_PAYMENT}
GIVEN_BACK = ("refund.amount_ore",)
WHEREBY_WAY_IN = {
    "mentor": Sent("whereby", "meeting", ("meeting.mentor_key",)),
    "mentee": Sent("whereby", "meeting", ("meeting.mentee_key",)),
}
STRIPE_ACCOUNT = Sent("stripe", "payout", ("payout_account.mentor_id",))
STRIPE_TRANSFER = Sent(
    "stripe",
    "payout",
    ("payout.amount_ore", "payout.destination", "payout.id", "payout.provider_id"),
)

# What a correction of the profile is about: the rest of it are settings, which nobody receives.
CORRECTABLE = ("given_name", "family_name", "email", "phone")

LONGEST_ANSWER = 60
MOST_TRIES = 12
# So long an operator has to pass a notice on, before it is an alarm.
PASSED_ON_WITHIN = timedelta(days=7)


def archive(tables: Iterable[str]) -> Sent:
    """Return what lies in an archive of a person's data: all that is theirs of some tables."""
    return Sent("aws", "privacy", tuple(whole(name) for name in tables), "legal_obligation")


def whole(table: str) -> str:
    """Return the field that stands for all of a row that its recipient may see."""
    return f"{table}.*"


def concerned(changed: Iterable[str], received: Iterable[str]) -> list[str]:
    """Return which changed fields a recipient had received; all of them where nothing is named.

    Never more than they had, so that a notice tells nobody of a field that they know nothing of.
    """
    had = sorted(set(received))
    named = sorted(set(changed))
    if not named:
        return had
    return [each for each in named if each in had or whole(each.partition(".")[0]) in had]


def corrected(before: object, after: object) -> tuple[str, ...]:
    """Return which fields of a profile are another now, as fields of the schema."""
    return tuple(
        f"person.{name}" for name in CORRECTABLE if getattr(before, name) != getattr(after, name)
    )


def together(known: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Return the fields of both, in order."""
    return tuple(sorted({*known, *more}))


def named_in(text: str, names: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return those fields of a person whose names stand in a text, whatever the letter case."""
    words = re.findall(r"[^\W_]+", text.casefold())
    return tuple(
        field
        for field, name in names.items()
        if name and set(re.findall(r"[^\W_]+", name.casefold())) <= set(words)
    )


def has_name(fields: Iterable[str]) -> bool:
    """Return whether a recipient of these fields knows the person by name."""
    return any(each.startswith("person.") and each.endswith(("_name", "*")) for each in fields)
