"""All SQL of the documents' versions, and of who has answered them."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.db import Db


@dataclass(frozen=True)
class Version:
    """A version as it was published."""

    document: str
    version: str
    published_at: datetime
    is_significant: bool
    summary_nb: str
    summary_en: str
    text_nb: str
    text_en: str


@dataclass(frozen=True)
class Outstanding:
    """A version that the person has not answered, nor any later one."""

    document: str
    version: str
    published_at: datetime
    is_significant: bool
    summary_nb: str
    summary_en: str


def newest(db: Db, document: str, now: datetime) -> Version | None:
    """Return the version that was published last; None before the first."""
    return db.one(
        Version,
        """
        SELECT document, version, published_at, is_significant, summary_nb, summary_en,
               text_nb, text_en
          FROM policy_version
         WHERE document = %(document)s
           AND published_at <= %(now)s
         ORDER BY version DESC
         LIMIT 1
        """,
        {"document": document, "now": now},
    )


def insert(db: Db, values: dict[str, object]) -> None:
    """Publish a version; raises DuplicateError where it is published."""
    db.execute(
        """
        INSERT INTO policy_version
               (document, version, published_at, is_significant, summary_nb, summary_en,
                text_nb, text_en, text_hash, difference)
        VALUES (%(document)s, %(version)s, %(now)s, %(is_significant)s, %(summary_nb)s,
                %(summary_en)s, %(text_nb)s, %(text_en)s, %(text_hash)s, %(difference)s)
        """,
        values,
    )


def outstanding(db: Db, person_id: str, now: datetime) -> list[Outstanding]:
    """Return the versions that came after what the person last answered, oldest first."""
    return db.all(
        Outstanding,
        """
        SELECT v.document, v.version, v.published_at, v.is_significant, v.summary_nb, v.summary_en
          FROM policy_version v
         WHERE v.published_at <= %(now)s
           AND NOT EXISTS (SELECT 1
                             FROM policy_acceptance a
                            WHERE a.person_id = %(person_id)s
                              AND a.document = v.document
                              AND a.version >= v.version)
         ORDER BY v.document, v.version
         LIMIT 100
        """,
        {"person_id": person_id, "now": now},
    )


def insert_acceptance(
    db: Db, *, person_id: str, document: str, version: str, now: datetime
) -> None:
    """Write that a person accepted a version; raises DuplicateError when they have."""
    db.execute(
        """
        INSERT INTO policy_acceptance (person_id, document, version, accepted_at)
        VALUES (%(person_id)s, %(document)s, %(version)s, %(now)s)
        """,
        {"person_id": person_id, "document": document, "version": version, "now": now},
    )
