"""Legal holds: what a dispute, a claim or an authority keeps from being deleted, for a time.

A hold is in force while its end is to come. Erasure and retention ask here before they delete
anything; who is held loses nothing, and is told so.
"""

from collections.abc import Sequence
from datetime import datetime

from lib.core.db import Db
from lib.privacy import hold_repository as repository


def is_held(db: Db, person_id: str, now: datetime) -> bool:
    """Return whether the person's data is held back; none is placed until this transaction ends."""
    return repository.is_held(db, person_id=person_id, now=now)


def held_people(db: Db, person_ids: Sequence[str], now: datetime) -> set[str]:
    """Return those of some people whose data is held back."""
    return repository.held_people(db, person_ids=sorted(set(person_ids)), now=now)


def restricted_people(db: Db, person_ids: Sequence[str]) -> set[str]:
    """Return those of some people who have had their data kept (Art. 18): it is not deleted either.

    They may have asked for that instead of its deletion, or need it for a claim of their own.
    """
    return repository.restricted_people(db, person_ids=sorted(set(person_ids)))
