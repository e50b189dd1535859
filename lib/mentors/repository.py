"""All SQL of mentors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Mentor:
    """A mentor with the name that the account holds."""

    person_id: str
    given_name: str | None
    family_name: str | None
    headline: str
    biography: str
    organisation_number: str | None
    is_vat_registered: bool
    state: str


@dataclass(frozen=True)
class Words:
    """What a mentor may change about themselves, but for the lists."""

    headline: str
    biography: str
    organisation_number: str | None
    is_vat_registered: bool
    state: str


@dataclass(frozen=True)
class Seller:
    """Who stands on papers as the seller: the whole name, and the business where there is one."""

    name: str
    organisation_number: str | None
    is_vat_registered: bool


@dataclass(frozen=True)
class Card:
    """A mentor as search finds them; øre."""

    person_id: str
    given_name: str | None
    family_name: str | None
    headline: str
    from_price_ore: int
    currency: str


@dataclass(frozen=True)
class Tags:
    """What a mentor can help with, and in which languages."""

    skills: list[str]
    languages: list[str]


@dataclass(frozen=True)
class Name:
    """What a person is called."""

    id: str
    given_name: str | None
    family_name: str | None


@dataclass(frozen=True)
class _Tag:
    person_id: str
    is_skill: int
    value: str


def insert_mentor(db: Db, values: Mapping[str, object]) -> None:
    """Write a new mentor; raises DuplicateError for a person who is one."""
    db.execute(
        """
        INSERT INTO mentor
               (person_id, headline, biography, organisation_number, is_vat_registered, state,
                applied_at, updated_at)
        VALUES (%(person_id)s, %(headline)s, %(biography)s, %(organisation_number)s,
                %(is_vat_registered)s, %(state)s, %(now)s, %(now)s)
        """,
        values,
    )


def update_mentor(db: Db, values: Mapping[str, object]) -> None:
    """Write every column that a mentor may change."""
    db.execute(
        """
        UPDATE mentor
           SET headline = %(headline)s,
               biography = %(biography)s,
               organisation_number = %(organisation_number)s,
               is_vat_registered = %(is_vat_registered)s,
               state = %(state)s,
               updated_at = %(now)s
         WHERE person_id = %(person_id)s
        """,
        values,
    )


def pause(db: Db, person_id: str, now: datetime) -> None:
    """Take a mentor out of search."""
    db.execute(
        """
        UPDATE mentor
           SET state = 'paused', updated_at = %(now)s
         WHERE person_id = %(person_id)s
        """,
        {"person_id": person_id, "now": now},
    )


def mentor(db: Db, person_id: str) -> Mentor | None:
    """Return a mentor, listed or paused."""
    return db.one(
        Mentor,
        """
        SELECT m.person_id, p.given_name, p.family_name, m.headline, m.biography,
               m.organisation_number, m.is_vat_registered, m.state
          FROM mentor m
          JOIN person p ON p.id = m.person_id
         WHERE m.person_id = %(person_id)s
           AND p.erased_at IS NULL
           AND p.restricted_at IS NULL
        """,
        {"person_id": person_id},
    )


def is_mentor(db: Db, person_id: str) -> bool:
    """Return whether the person is a mentor, listed or paused."""
    statement = "SELECT person_id FROM mentor WHERE person_id = %(id)s"
    return bool(db.rows(statement, {"id": person_id}))


def lock_mentor(db: Db, person_id: str) -> Words | None:
    """Return what a mentor has written, locked: as it is, not as when the transaction began."""
    return db.one(
        Words,
        """
        SELECT headline, biography, organisation_number, is_vat_registered, state
          FROM mentor
         WHERE person_id = %(person_id)s
           FOR UPDATE
        """,
        {"person_id": person_id},
    )


def seller(db: Db, person_id: str) -> Seller | None:
    """Return who a mentor is on papers, paused and restricted ones too: papers are owed."""
    return db.one(
        Seller,
        """
        SELECT CONCAT_WS(' ', p.given_name, p.family_name) AS name,
               m.organisation_number, m.is_vat_registered
          FROM mentor m
          JOIN person p ON p.id = m.person_id
         WHERE m.person_id = %(person_id)s
        """,
        {"person_id": person_id},
    )


def set_skills(db: Db, person_id: str, skills: Sequence[str]) -> None:
    """Replace the mentor's skills; raises DuplicateError for two that the collation holds equal."""
    db.execute("DELETE FROM mentor_skill WHERE person_id = %(id)s", {"id": person_id})
    db.insert_all(
        "INSERT INTO mentor_skill (person_id, skill) VALUES (%(person_id)s, %(skill)s)",
        [{"person_id": person_id, "skill": skill} for skill in skills],
    )


def set_languages(db: Db, person_id: str, languages: Sequence[str]) -> None:
    """Replace the mentor's languages."""
    db.execute("DELETE FROM mentor_language WHERE person_id = %(id)s", {"id": person_id})
    db.insert_all(
        "INSERT INTO mentor_language (person_id, language) VALUES (%(person_id)s, %(language)s)",
        [{"person_id": person_id, "language": language} for language in languages],
    )


def tags(db: Db, person_ids: Sequence[str]) -> dict[str, Tags]:
    """Return skills and languages of each of these mentors, in alphabetical order."""
    found = {person_id: Tags([], []) for person_id in person_ids}
    if not found:
        return found
    lines = db.all(
        _Tag,
        """
        SELECT person_id, TRUE AS is_skill, skill AS value
          FROM mentor_skill
         WHERE person_id IN %(person_ids)s
         UNION ALL
        SELECT person_id, FALSE, language
          FROM mentor_language
         WHERE person_id IN %(person_ids)s
         ORDER BY value
        """,
        {"person_ids": list(person_ids)},
    )
    for line in lines:
        tagged = found[line.person_id]
        (tagged.skills if line.is_skill else tagged.languages).append(line.value)
    return found


def search(db: Db, filters: Mapping[str, object]) -> list[Card]:
    """Return listed mentors with an active offer below `after`, the newest account first.

    Up to `limit` of them. A filter that is None does not count. `pattern` is a LIKE pattern
    with ! as its escape.
    """
    return db.all(
        Card,
        """
        SELECT m.person_id, p.given_name, p.family_name, m.headline,
               (SELECT MIN(o.price_ore)
                  FROM offer o
                 WHERE o.mentor_id = m.person_id
                   AND o.state = 'active') AS from_price_ore,
               %(currency)s AS currency
          FROM mentor m
          JOIN person p ON p.id = m.person_id
         WHERE m.state = 'listed'
           AND p.erased_at IS NULL
           AND p.restricted_at IS NULL
           AND (%(after)s IS NULL OR m.person_id < %(after)s)
           AND EXISTS (SELECT 1
                         FROM offer o
                        WHERE o.mentor_id = m.person_id
                          AND o.state = 'active'
                          AND (%(max_price_ore)s IS NULL OR o.price_ore <= %(max_price_ore)s))
           AND (%(skill)s IS NULL
                OR EXISTS (SELECT 1
                             FROM mentor_skill s
                            WHERE s.person_id = m.person_id
                              AND s.skill = %(skill)s))
           AND (%(language)s IS NULL
                OR EXISTS (SELECT 1
                             FROM mentor_language l
                            WHERE l.person_id = m.person_id
                              AND l.language = %(language)s))
           AND (%(pattern)s IS NULL
                OR m.headline LIKE %(pattern)s ESCAPE '!'
                OR m.biography LIKE %(pattern)s ESCAPE '!'
                OR p.given_name LIKE %(pattern)s ESCAPE '!'
                OR EXISTS (SELECT 1
                             FROM mentor_skill t
                            WHERE t.person_id = m.person_id
                              AND t.skill LIKE %(pattern)s ESCAPE '!'))
         ORDER BY m.person_id DESC
         LIMIT %(limit)s
        """,
        filters,
    )


def names(db: Db, person_ids: Sequence[str]) -> list[Name]:
    """Return what each of these people is called."""
    if not person_ids:
        return []
    return db.all(
        Name,
        "SELECT id, given_name, family_name FROM person WHERE id IN %(person_ids)s",
        {"person_ids": list(person_ids)},
    )
