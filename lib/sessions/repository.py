"""Sessions and their tokens, as rows; tokens are kept as hashes only."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Caller:
    """Who an access token belongs to, and when they last proved it."""

    session_id: str
    person_id: str
    authenticated_at: datetime
    restricted_at: datetime | None


@dataclass(frozen=True)
class Device:
    """A signed-in device, as its owner sees it."""

    id: str
    device_name: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token with the state of its family."""

    session_id: str
    used_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Authenticated:
    """When somebody proved who they are."""

    authenticated_at: datetime


@dataclass(frozen=True)
class _Hash:
    token_hash: str


def caller(db: Db, *, access_hash: str, now: datetime) -> Caller | None:
    """Return who the access token belongs to, if it is still good."""
    return db.one(
        Caller,
        """
        SELECT s.id AS session_id, s.person_id, s.authenticated_at, p.restricted_at
          FROM session s
          LEFT JOIN person p ON p.id = s.person_id
         WHERE s.access_hash = %(access_hash)s
           AND s.access_expires_at > %(now)s
           AND s.ended_at IS NULL
        """,
        {"access_hash": access_hash, "now": now},
    )


def authenticated_at(db: Db, *, session_id: str) -> datetime | None:
    """Return when the device's person last proved who they are."""
    found = db.one(
        Authenticated,
        "SELECT authenticated_at FROM session WHERE id = %(session_id)s",
        {"session_id": session_id},
    )
    return found.authenticated_at if found else None


def insert_session(db: Db, values: dict[str, object]) -> None:
    """Write a new device."""
    db.execute(
        """
        INSERT INTO session
               (id, person_id, device_name, access_hash, access_expires_at, authenticated_at,
                created_at, refreshed_at, expires_at)
        VALUES (%(id)s, %(person_id)s, %(device_name)s, %(access_hash)s, %(access_expires_at)s,
                %(authenticated_at)s, %(now)s, %(now)s, %(expires_at)s)
        """,
        values,
    )


def renew_session(db: Db, values: dict[str, object]) -> None:
    """Give the session a new access token and a new end."""
    db.execute(
        """
        UPDATE session
           SET access_hash = %(access_hash)s,
               access_expires_at = %(access_expires_at)s,
               refreshed_at = %(now)s,
               expires_at = %(expires_at)s
         WHERE id = %(id)s
        """,
        values,
    )


def insert_refresh_token(
    db: Db, *, token_hash: str, session_id: str, predecessor_hash: str | None, now: datetime
) -> None:
    """Write a refresh token, and which one it replaces."""
    db.execute(
        """
        INSERT INTO refresh_token (token_hash, session_id, predecessor_hash, issued_at)
        VALUES (%(token_hash)s, %(session_id)s, %(predecessor_hash)s, %(now)s)
        """,
        {
            "token_hash": token_hash,
            "session_id": session_id,
            "predecessor_hash": predecessor_hash,
            "now": now,
        },
    )


def lock_refresh_token(db: Db, *, token_hash: str) -> RefreshToken | None:
    """Return the token and its family, both locked, so that two uses come one after the other."""
    return db.one(
        RefreshToken,
        """
        SELECT refresh_token.session_id, refresh_token.used_at,
               session.expires_at, session.ended_at
          FROM refresh_token
          JOIN session ON session.id = refresh_token.session_id
         WHERE refresh_token.token_hash = %(token_hash)s
           FOR UPDATE
        """,
        {"token_hash": token_hash},
    )


def mark_used(db: Db, *, token_hash: str, now: datetime) -> None:
    """Note that the token has been rotated; its first use stands."""
    db.execute(
        """
        UPDATE refresh_token
           SET used_at = COALESCE(used_at, %(now)s)
         WHERE token_hash = %(token_hash)s
        """,
        {"token_hash": token_hash, "now": now},
    )


def unused_successor(db: Db, *, session_id: str, token_hash: str) -> str | None:
    """Return the hash of the token that replaced this one, if nobody has used it yet."""
    found = db.one(
        _Hash,
        """
        SELECT token_hash
          FROM refresh_token
         WHERE predecessor_hash = %(token_hash)s
           AND session_id = %(session_id)s
           AND used_at IS NULL
        """,
        {"session_id": session_id, "token_hash": token_hash},
    )
    return found.token_hash if found else None


def delete_refresh_token(db: Db, *, token_hash: str) -> None:
    """Forget a token that never reached its owner."""
    db.execute(
        "DELETE FROM refresh_token WHERE token_hash = %(token_hash)s", {"token_hash": token_hash}
    )


def devices(db: Db, *, person_id: str, now: datetime, limit: int) -> list[Device]:
    """Return the person's signed-in devices, newest first."""
    return db.all(
        Device,
        """
        SELECT id, device_name, created_at, refreshed_at, expires_at
          FROM session
         WHERE person_id = %(person_id)s
           AND ended_at IS NULL
           AND expires_at > %(now)s
         ORDER BY id DESC
         LIMIT %(limit)s
        """,
        {"person_id": person_id, "now": now, "limit": limit},
    )


def end(db: Db, *, person_id: str, session_id: str, reason: str, now: datetime) -> int:
    """End one of the person's sessions; return how many that were."""
    return db.execute(
        """
        UPDATE session
           SET ended_at = %(now)s, ended_reason = %(reason)s
         WHERE id = %(session_id)s
           AND person_id = %(person_id)s
           AND ended_at IS NULL
        """,
        {"session_id": session_id, "person_id": person_id, "reason": reason, "now": now},
    )


def end_family(db: Db, *, session_id: str, now: datetime) -> None:
    """End a session whose used token came back."""
    db.execute(
        """
        UPDATE session
           SET ended_at = %(now)s, ended_reason = 'token_reuse'
         WHERE id = %(session_id)s
           AND ended_at IS NULL
        """,
        {"session_id": session_id, "now": now},
    )


def end_all(db: Db, *, person_id: str, now: datetime) -> int:
    """End every session of the person; return how many."""
    return db.execute(
        """
        UPDATE session
           SET ended_at = %(now)s, ended_reason = 'signed_out'
         WHERE person_id = %(person_id)s
           AND ended_at IS NULL
        """,
        {"person_id": person_id, "now": now},
    )
