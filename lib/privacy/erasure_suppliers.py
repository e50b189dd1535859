"""Telling suppliers that a person is to be erased, until each has answered.

For each row of lib/providers/register.py it stands here which use case erases a person there and
which one looks whether it is so, or why there is nobody to erase; one that declares neither fails
the build. A refusal, silence, or an answer that the look does not bear out is tried again with
growing pauses; after three weeks, while the month that the law gives still runs, it is written
down as a refusal and the erasure goes on.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from lib.core import clock
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.outbox.service import pause_after
from lib.privacy import erasure_repository as erasures
from lib.privacy.erasure_repository import Erasure, Told
from lib.providers import register
from lib.providers.http import ProviderRefusedError

# A use case, given person and time: it may be called again, returns the supplier's answer as a
# code, and raises ProviderUnavailableError or ProviderRefusedError while the person is still there.
type Eraser = Callable[[str, datetime], str]
# Given a person, asks the supplier itself, and returns whether something of them is still there.
type Look = Callable[[str], bool]

ERASERS = {
    "aws": "lib.privacy.erasure_suppliers:delete_archives",
    "stripe": "lib.payouts.accounts:erase_person",
    "whereby": "lib.meetings.rooms:erase_person",
}
LOOKS = {
    "aws": "lib.privacy.exports:are_left",
    "stripe": "lib.payouts.accounts:is_left",
    "whereby": "lib.meetings.rooms:are_left",
}
_NOT_USED_YET = "not used yet"
HOLD_NOBODY = {
    "vipps": "of us it has references of payments, which its own bookkeeping keeps",
    "vercel": "it runs our code and keeps no data of ours",
    "planetscale": "it is our database: what goes there goes by the contract of the columns",
    "cloudinary": _NOT_USED_YET,
    "firebase": _NOT_USED_YET,
    "sentry": _NOT_USED_YET,
    "expo": "it builds the app and is told of nobody",
    "app_store": "its customers are its own; we tell it of nobody",
    "google_play": "its customers are its own; we tell it of nobody",
    "signing": _NOT_USED_YET,
    "brreg": "it is asked about companies and told of nobody",
}

_GIVEN_UP_AFTER = timedelta(days=21)
_LONGEST_ANSWER = 60
_STILL_THERE = "still_there"


def plan(db: Db, erasure_id: str) -> None:
    """Note whom to tell; a supplier that holds nobody has nothing to answer."""
    for supplier in register.SUPPLIERS:
        holds = supplier.key in ERASERS
        erasures.insert_supplier(
            db,
            {
                "erasure_id": erasure_id,
                "supplier": supplier.key,
                "state": "waiting" if holds else "done",
                "answer": None if holds else "holds_nobody",
            },
        )


def tell(erasure: Erasure, now: datetime, deadline: datetime | None = None) -> bool:
    """Tell each supplier that has not answered; return whether none is left to tell."""
    told = transact(lambda db: erasures.suppliers(db, erasure.id))
    left = 0
    for each in told:
        if each.state != "waiting":
            continue
        is_late = deadline is not None and clock.now() >= deadline
        left += is_late or not _settled(erasure, each, now)  # each, whatever the first says
    return left == 0


def delete_archives(person_id: str, now: datetime) -> str:
    """Delete what lies in S3 for the person to fetch; return what came of it."""
    from lib.privacy import exports

    exports.delete_all_of(person_id, now)
    return "archives_deleted"


def eraser(key: str) -> Eraser:
    """Return what erases a person at a supplier, imported when it is first needed."""
    found: Eraser = _named(ERASERS[key])
    return found


def look(key: str) -> Look:
    """Return what looks whether somebody is gone at a supplier, imported likewise."""
    found: Look = _named(LOOKS[key])
    return found


def _named(place: str) -> Any:  # noqa: ANN401 (what stands there is known to who asks)
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _settled(erasure: Erasure, told: Told, now: datetime) -> bool:
    if told.answered_at and now < told.answered_at + pause_after(told.attempts):
        return False
    state, answer = _answer(told.supplier, erasure.person_id, now)
    if state == "waiting" and now >= erasure.requested_at + _GIVEN_UP_AFTER:
        state = "refused"
    values = {
        "erasure_id": erasure.id,
        "supplier": told.supplier,
        "state": state,
        "answer": answer[:_LONGEST_ANSWER],
        "now": now,
    }
    transact(lambda db: erasures.answer(db, values))
    return state != "waiting"


def _answer(key: str, person_id: str, now: datetime) -> tuple[str, str]:
    """Return how it stands with a supplier after telling it, and what it answered."""
    try:
        answer = eraser(key)(person_id, now)
        return ("waiting", _STILL_THERE) if look(key)(person_id) else ("done", answer)
    except ProviderUnavailableError as error:
        return "waiting", error.code
    except ProviderRefusedError as error:
        return "waiting", error.code
