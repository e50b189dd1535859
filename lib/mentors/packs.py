"""Packs of hours, as their mentor keeps them: created, changed, withdrawn, never deleted.

Purchases point to a pack and keep what it held and cost when they were made. The API counts
minutes and the database quarter hours, in which hours are used.
"""

from dataclasses import replace
from datetime import datetime

from lib.core import ids, money, page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.mentors import pack_repository, repository, rules
from lib.mentors.schemas import (
    ChangePack,
    CreatePack,
    ListOwn,
    NotAMentorError,
    Pack,
    Packs,
    PackWithdrawnError,
    TooManyPacksError,
)


def list_own(db: Db, wanted: ListOwn, *, mentor_id: str) -> Packs:
    """Return a page of the mentor's own packs, newest first; raises NotAMentorError."""
    if not repository.is_mentor(db, mentor_id):
        raise NotAMentorError
    after = page_keys.begin(wanted.after, None)
    found = pack_repository.packs_of(db, mentor_id, after=after, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    return Packs(
        packs=[shown(pack) for pack in page],
        next=following,
    )


def create(db: Db, wanted: CreatePack, *, mentor_id: str, now: datetime) -> Pack:
    """Offer hours together; raises NotAMentorError, TooManyPacksError."""
    if not repository.lock_mentor(db, mentor_id):
        raise NotAMentorError
    if pack_repository.count_active_packs(db, mentor_id) >= rules.MAX_ACTIVE_PACKS:
        raise TooManyPacksError
    made = pack_repository.Pack(
        id=ids.new("pck"),
        mentor_id=mentor_id,
        title=wanted.title,
        quarters=_quarters(wanted.minutes),
        price_ore=wanted.price_ore,
        currency=money.NOK,
        valid_days=wanted.valid_days,
        state="active",
    )
    pack_repository.insert_pack(db, {**vars(made), "now": now})
    return shown(made)


def change(db: Db, changes: ChangePack, *, mentor_id: str, pack_id: str, now: datetime) -> Pack:
    """Change what is sent; raises NotAMentorError, NotFoundError, PackWithdrawnError."""
    before = _lock_own(db, mentor_id, pack_id)
    if before.state == "withdrawn":
        raise PackWithdrawnError
    fields = changes.model_dump(exclude_none=True)
    if "minutes" in fields:
        fields["quarters"] = _quarters(fields.pop("minutes"))
    after = replace(before, **fields)
    pack_repository.update_pack(db, {**vars(after), "now": now})
    return shown(after)


def withdraw(db: Db, *, mentor_id: str, pack_id: str, now: datetime) -> None:
    """Take a pack off the market, once or again; raises NotAMentorError, NotFoundError."""
    before = _lock_own(db, mentor_id, pack_id)
    if before.state == "active":
        after = replace(before, state="withdrawn")
        pack_repository.update_pack(db, {**vars(after), "now": now})


def shown(pack: pack_repository.Pack) -> Pack:
    """Return the pack as the API shows it."""
    fields = dict(vars(pack))
    return Pack(minutes=fields.pop("quarters") * rules.MINUTES_IN_A_QUARTER, **fields)


def _quarters(minutes: int) -> int:
    return minutes // rules.MINUTES_IN_A_QUARTER


def _lock_own(db: Db, mentor_id: str, pack_id: str) -> pack_repository.Pack:
    if not repository.is_mentor(db, mentor_id):
        raise NotAMentorError
    found = pack_repository.lock_pack(db, mentor_id=mentor_id, pack_id=pack_id)
    if found is None:
        raise NotFoundError
    return found
