"""Decisions about accounts: age, and when two sign-ins are the same person."""

from datetime import date

MINIMUM_AGE = 18
TERMS_VERSION = "2026-11-01"
# The day it was published, and the beginning of the fingerprint of the register of suppliers in it.
PRIVACY_NOTICE_VERSION = "2026-11-24-d4a1f385"


def age_on(day: date, *, born: date) -> int:
    """Return full years; one born on 29 February turns a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def same_name(given: str | None, other: str | None) -> bool:
    """Return whether two names are one, apart from case and blanks; an unknown name is nobody's."""
    return bool(given and other) and _folded(given) == _folded(other)


def _folded(name: str | None) -> str:
    return " ".join((name or "").casefold().split())
