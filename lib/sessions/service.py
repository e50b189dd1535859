"""Sessions: short access tokens, refresh tokens that are good once, and the devices they belong to.

A refresh token that comes back after its use means that two hold it, and the whole family ends;
with one exception: the reply to its use may have been lost. As long as nobody has used the token
that replaced it, and for a minute only, the same use is answered again, with a new replacement.
"""

import hashlib
from datetime import datetime, timedelta

from lib.core import ids
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.sessions import repository
from lib.sessions.repository import Caller
from lib.sessions.schemas import (
    Device,
    Devices,
    RefreshRefusedError,
    RefreshReusedError,
    Tokens,
)

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=60)
FRESHNESS = timedelta(minutes=5)
_LOST_REPLY_GRACE = timedelta(minutes=1)
_MAX_DEVICES = 100


def hashed(token: str) -> str:
    """Return what is stored of a token: its SHA-256, in hex; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    db: Db, *, person_id: str, device_name: str, authenticated_at: datetime, now: datetime
) -> Tokens:
    """Sign a device in and return its tokens."""
    tokens = _fresh(ids.new("ses"), now)
    repository.insert_session(
        db,
        {
            "id": tokens.session_id,
            "person_id": person_id,
            "device_name": device_name,
            "access_hash": hashed(tokens.access_token),
            "access_expires_at": tokens.access_expires_at,
            "authenticated_at": authenticated_at,
            "expires_at": tokens.refresh_expires_at,
            "now": now,
        },
    )
    repository.insert_refresh_token(
        db,
        token_hash=hashed(tokens.refresh_token),
        session_id=tokens.session_id,
        predecessor_hash=None,
        now=now,
    )
    return tokens


def authenticate(db: Db, access_token: str, *, now: datetime) -> Caller | None:
    """Return whose token it is, or None when it is not good (any more)."""
    if not access_token:
        return None
    return repository.caller(db, access_hash=hashed(access_token), now=now)


def is_fresh(caller: Caller, *, now: datetime) -> bool:
    """Return whether the person proved who they are within the last five minutes."""
    return now - caller.authenticated_at <= FRESHNESS


def signed_in_at(db: Db, session_id: str) -> datetime | None:
    """Return when the person last proved on this device who they are."""
    return repository.authenticated_at(db, session_id=session_id)


def refresh(db: Db, refresh_token: str, *, now: datetime) -> Tokens | None:
    """Rotate the token; None when it was used before, and then the family has been ended.

    None instead of an error, because an error would roll the ending back. Raises
    RefreshRefusedError for a token that is unknown, expired or signed out.
    """
    token_hash = hashed(refresh_token)
    found = repository.lock_refresh_token(db, token_hash=token_hash)
    if found is None or found.ended_at or found.expires_at <= now:
        raise RefreshRefusedError
    if found.used_at:
        successor = repository.unused_successor(
            db, session_id=found.session_id, token_hash=token_hash
        )
        if not successor or now - found.used_at > _LOST_REPLY_GRACE:
            repository.end_family(db, session_id=found.session_id, now=now)
            return None
        repository.delete_refresh_token(db, token_hash=successor)
    repository.mark_used(db, token_hash=token_hash, now=now)
    return _rotate(db, found.session_id, token_hash, now)


def refused_if_reused(tokens: Tokens | None, now: datetime) -> Tokens:
    """Return the tokens, or raise RefreshReusedError once the ending of the family is committed."""
    del now
    if tokens is None:
        raise RefreshReusedError
    return tokens


def devices(db: Db, *, person_id: str, current: str, now: datetime) -> Devices:
    """Return the devices on which the person is signed in."""
    found = repository.devices(db, person_id=person_id, now=now, limit=_MAX_DEVICES)
    return Devices(
        devices=[
            Device(
                id=device.id,
                device_name=device.device_name,
                created_at=device.created_at,
                refreshed_at=device.refreshed_at,
                expires_at=device.expires_at,
                is_current=device.id == current,
            )
            for device in found
        ]
    )


def end(
    db: Db, *, person_id: str, session_id: str, now: datetime, reason: str = "signed_out"
) -> None:
    """Sign one device out; raises NotFoundError where it is not theirs or has ended."""
    if not repository.end(db, person_id=person_id, session_id=session_id, reason=reason, now=now):
        raise NotFoundError


def end_all_of(db: Db, person_id: str, now: datetime) -> None:
    """Sign every device of the person out."""
    repository.end_all(db, person_id=person_id, now=now)


def are_all_ended(db: Db, person_id: str, now: datetime) -> bool:
    """Return whether the person is signed in nowhere."""
    return not repository.devices(db, person_id=person_id, now=now, limit=1)


def _rotate(db: Db, session_id: str, predecessor_hash: str, now: datetime) -> Tokens:
    tokens = _fresh(session_id, now)
    repository.renew_session(
        db,
        {
            "id": session_id,
            "access_hash": hashed(tokens.access_token),
            "access_expires_at": tokens.access_expires_at,
            "expires_at": tokens.refresh_expires_at,
            "now": now,
        },
    )
    repository.insert_refresh_token(
        db,
        token_hash=hashed(tokens.refresh_token),
        session_id=session_id,
        predecessor_hash=predecessor_hash,
        now=now,
    )
    return tokens


def _fresh(session_id: str, now: datetime) -> Tokens:
    return Tokens(
        session_id=session_id,
        access_token=ids.secret(),
        access_expires_at=now + ACCESS_LIFETIME,
        refresh_token=ids.secret(),
        refresh_expires_at=now + REFRESH_LIFETIME,
    )
