"""People, the Vipps profiles that open their accounts, and sign-ins on their way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Person:
    """An account."""

    id: str
    given_name: str | None
    family_name: str | None
    email: str | None
    email_verified: bool
    phone: str | None
    phone_verified: bool
    language: str
    time_zone: str
    created_at: datetime


@dataclass(frozen=True)
class Attempt:
    """A sign-in that was begun and is now used."""

    attempt_hash: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Identity:
    """Whose Vipps profile it is."""

    person_id: str
    linked_at: datetime


@dataclass(frozen=True)
class LockedPerson:
    """Whether anything new may begin with somebody: not once restricted, or erased."""

    id: str
    restricted_at: datetime | None
    erased_at: datetime | None


def insert_attempt(db: Db, values: dict[str, object]) -> None:
    """Write a sign-in that begins."""
    db.execute(
        """
        INSERT INTO sign_in_attempt
               (state_hash, attempt_hash, nonce, code_verifier, redirect_uri, created_at,
               expires_at) VALUES (%(state_hash)s, %(attempt_hash)s, %(nonce)s, %(code_verifier)s,
               %(redirect_uri)s, %(now)s, %(expires_at)s)
        """,
        values,
    )


def lock_attempt(db: Db, *, state_hash: str) -> Attempt | None:
    """Return the attempt with this state, locked, so that it is used once."""
    return db.one(
        Attempt,
        """
        SELECT attempt_hash, nonce, code_verifier, redirect_uri, expires_at, used_at
          FROM sign_in_attempt
         WHERE state_hash = %(state_hash)s
           FOR UPDATE
        """,
        {"state_hash": state_hash},
    )


def mark_attempt_used(db: Db, *, state_hash: str, now: datetime) -> None:
    """Use the attempt up."""
    db.execute(
        "UPDATE sign_in_attempt SET used_at = %(now)s WHERE state_hash = %(state_hash)s",
        {"state_hash": state_hash, "now": now},
    )


def identity(db: Db, *, sales_unit: str, subject: str) -> Identity | None:
    """Return whose Vipps profile this is, and since when."""
    return db.one(
        Identity,
        """
        SELECT person_id, linked_at
          FROM identity
         WHERE sales_unit = %(sales_unit)s
           AND subject = %(subject)s
        """,
        {"sales_unit": sales_unit, "subject": subject},
    )


def verified_namesakes(db: Db, *, phone: str, email: str) -> list[Person]:
    """Return accounts whose verified phone and e-mail are both these; two refuse a link."""
    return db.all(
        Person,
        """
        SELECT id, given_name, family_name, email, email_verified, phone, phone_verified,
               language, time_zone, created_at
          FROM person
         WHERE phone = %(phone)s
           AND phone_verified
           AND email = %(email)s
           AND email_verified
           AND erased_at IS NULL
         LIMIT 2
        """,
        {"phone": phone, "email": email},
    )


def insert_identity(
    db: Db, *, sales_unit: str, subject: str, person_id: str, now: datetime
) -> None:
    """Join a Vipps profile to a person; raises DuplicateError when it is somebody's already."""
    db.execute(
        """
        INSERT INTO identity (sales_unit, subject, person_id, linked_at)
        VALUES (%(sales_unit)s, %(subject)s, %(person_id)s, %(now)s)
        """,
        {"sales_unit": sales_unit, "subject": subject, "person_id": person_id, "now": now},
    )


def insert_person(db: Db, values: dict[str, object]) -> None:
    """Write a new account."""
    db.execute(
        """
        INSERT INTO person
               (id, given_name, family_name, email, email_verified, phone, phone_verified,
                language, time_zone, created_at, updated_at)
        VALUES (%(id)s, %(given_name)s, %(family_name)s, %(email)s, %(email_verified)s,
                %(phone)s, %(phone_verified)s, %(language)s, %(time_zone)s, %(now)s, %(now)s)
        """,
        values,
    )


def insert_acceptances(db: Db, rows: list[dict[str, object]]) -> None:
    """Write which documents were accepted, each with its version."""
    db.insert_all(
        """
        INSERT INTO policy_acceptance (person_id, document, version, accepted_at)
        VALUES (%(person_id)s, %(document)s, %(version)s, %(now)s)
        """,
        rows,
    )


def lock_people(db: Db, *, person_ids: Sequence[str]) -> list[LockedPerson]:
    """Return these people as they are now, locked by key until the commit."""
    return db.all(
        LockedPerson,
        """
        SELECT id, restricted_at, erased_at
          FROM person
         WHERE id IN %(person_ids)s
         ORDER BY id
           FOR UPDATE
        """,
        {"person_ids": list(person_ids)},
    )


def lock_person(db: Db, *, person_id: str) -> Person | None:
    """Return the account, locked: read as it is, not as this transaction began."""
    return db.one(
        Person,
        """
        SELECT id, given_name, family_name, email, email_verified, phone, phone_verified,
               language, time_zone, created_at
          FROM person
         WHERE id = %(person_id)s
           AND erased_at IS NULL
           FOR UPDATE
        """,
        {"person_id": person_id},
    )


def person(db: Db, *, person_id: str) -> Person | None:
    """Return the account, unless it has been erased."""
    return db.one(
        Person,
        """
        SELECT id, given_name, family_name, email, email_verified, phone, phone_verified,
               language, time_zone, created_at
          FROM person
         WHERE id = %(person_id)s
           AND erased_at IS NULL
        """,
        {"person_id": person_id},
    )


def update_person(db: Db, values: dict[str, object]) -> None:
    """Write the profile's fields as they are to be."""
    db.execute(
        """
        UPDATE person
           SET given_name = %(given_name)s,
               family_name = %(family_name)s,
               email = %(email)s,
               email_verified = %(email_verified)s,
               phone = %(phone)s,
               phone_verified = %(phone_verified)s,
               language = %(language)s,
               time_zone = %(time_zone)s,
               updated_at = %(now)s
         WHERE id = %(id)s
           AND erased_at IS NULL
        """,
        values,
    )
