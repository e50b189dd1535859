"""Blocks: between two people of whom one has blocked the other nothing new begins.

Neither writes to the other or books of them; what is agreed stands. The one who is blocked is not
told: to them the other is as if not there. Every decision about a pair is made with both their
rows locked, so that a block counts from the moment that it is answered.
"""

from contextlib import suppress
from datetime import datetime

from lib.accounts import service as accounts
from lib.blocks import repository
from lib.blocks.schemas import Block, Blocks
from lib.core import ids, page_keys
from lib.core.db import Db, DuplicateError
from lib.core.errors import NotFoundError
from lib.mentors import service as mentors
from lib.web.schema import PageQuery


def block(db: Db, blocked_id: str, *, person_id: str, now: datetime) -> None:
    """Block somebody; where they are blocked already, nothing changes."""
    accounts.lock_people(db, [person_id, blocked_id])
    values = {
        "id": _key(person_id, blocked_id),
        "blocker_id": person_id,
        "blocked_id": blocked_id,
        "now": now,
    }
    with suppress(DuplicateError):
        repository.insert(db, values)


def unblock(db: Db, blocked_id: str, *, person_id: str) -> None:
    """Take a block back; raises NotFoundError where there is none."""
    if not repository.delete(db, person_id, blocked_id):
        raise NotFoundError


def is_between(db: Db, person_id: str, other_id: str) -> bool:
    """Return whether either has blocked the other; the caller has locked both people."""
    return repository.stand(db, [_key(person_id, other_id), _key(other_id, person_id)])


def has_blocked(db: Db, blocked_id: str, *, person_id: str) -> bool:
    """Return whether the person has blocked somebody."""
    return repository.stand(db, [_key(person_id, blocked_id)])


def refuse_between(db: Db, person_id: str, other_id: str) -> None:
    """Raise NotFoundError, as for what is not there, where either has blocked the other."""
    accounts.lock_people(db, [person_id, other_id])
    if is_between(db, person_id, other_id):
        raise NotFoundError


def list_own(db: Db, wanted: PageQuery, *, person_id: str) -> Blocks:
    """Return a page of whom the person has blocked; raises InvalidError for a bad `after`."""
    after = page_keys.begin(wanted.after, page_keys.OLDEST_FIRST)
    found = repository.of_person(db, person_id, after=after, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    names = mentors.public_names(db, [each.blocked_id for each in page])
    return Blocks(
        blocks=[
            Block(
                person_id=each.blocked_id,
                name=names.get(each.blocked_id, ""),
                blocked_at=each.blocked_at,
            )
            for each in page
        ],
        next=following,
    )


def _key(blocker_id: str, blocked_id: str) -> str:
    return ids.of("blk", blocker_id, blocked_id)
