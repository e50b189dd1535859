"""Three people for whom the database is filled: the one who leaves, and two who stay."""

from datetime import UTC, datetime

from lib.core import ids
from lib.privacy.contract import load
from tests.lib.privacy.filler import Filler, Someone

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def someone(given_name: str, family_name: str, email: str, phone: str) -> Someone:
    """Return a new person."""
    return Someone(ids.new("per"), given_name, family_name, email, phone)


def leaver() -> Someone:
    """Return the one who leaves, whose name is hard to find."""
    return someone("Bjørn Åge", "O'Brien", "bjorn.aage@example.no", "4791234567")


def others() -> tuple[Someone, Someone]:
    """Return two who stay."""
    return (
        someone("Kari", "Nordmann", "kari@example.no", "4798765432"),
        someone("Per", "Ås", "per@example.no", "4741111111"),
    )


def filled(url: str, *people: Someone) -> Filler:
    """Fill every table with rows about these people, and return what filled it."""
    filler = Filler(url, load(), NOW)
    filler.fill(*people)
    return filler
