"""The terms and the privacy notice: published, announced, accepted, and never cut down quietly.

The first version of each is a constant of the code, so that an empty database has one in force;
what is published later stands in the database, with what it changed.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from lib.accounts.rules import PRIVACY_NOTICE_VERSION, TERMS_VERSION
from lib.accounts.schemas import PolicyOutdatedError
from lib.core.db import Db, DuplicateError
from lib.policies import repository, rules
from lib.policies.schemas import (
    Accepted,
    AcceptPolicy,
    Notice,
    Policies,
    Policy,
    PolicyNotAcceptedError,
    PolicyUnpublishableError,
    Summary,
)

_FIRST = {"terms": TERMS_VERSION, "privacy_notice": PRIVACY_NOTICE_VERSION}


def current(db: Db, now: datetime) -> dict[str, str]:
    """Return the version in force of each document."""
    return {each.document: each.version for each in policies(db, now).policies}


def policies(db: Db, now: datetime) -> Policies:
    """Return the documents in force, with their texts."""
    return Policies(policies=[_policy(db, document, now) for document in _FIRST])


def notices(db: Db, person_id: str, now: datetime) -> list[Notice]:
    """Return every change that the person has not answered, oldest first."""
    return [
        Notice.model_validate(
            {
                "document": each.document,
                "version": each.version,
                "published_at": each.published_at,
                "summary": Summary(nb=each.summary_nb, en=each.summary_en),
                "must_accept": each.document == "terms" and each.is_significant,
            }
        )
        for each in repository.outstanding(db, person_id, now)
    ]


def require_accepted(db: Db, person_id: str, now: datetime) -> None:
    """Raise PolicyNotAcceptedError while a significant change of the terms is unanswered."""
    waiting = [each.version for each in notices(db, person_id, now) if each.must_accept]
    if waiting:
        raise PolicyNotAcceptedError(terms=current(db, now)["terms"])


def accept(db: Db, wanted: AcceptPolicy, *, person_id: str, now: datetime) -> Accepted:
    """Accept the version in force, once or again; raises PolicyOutdatedError for another."""
    in_force = current(db, now)
    if wanted.version != in_force[wanted.document]:
        raise PolicyOutdatedError(policies=in_force)
    with suppress(DuplicateError):
        repository.insert_acceptance(
            db, person_id=person_id, document=wanted.document, version=wanted.version, now=now
        )
    return Accepted(
        document=wanted.document,
        version=wanted.version,
        notices=notices(db, person_id, now),
    )


def publish(db: Db, wanted: dict[str, Any], now: datetime) -> str:
    """Publish a version and return what it changed; raises PolicyUnpublishableError.

    `wanted` has document, version, is_significant, summary_nb, summary_en, text_nb and text_en.
    """
    document, version = wanted["document"], wanted["version"]
    in_force = _policy(db, document, now)
    if not rules.is_version(version) or version <= in_force.version:
        raise PolicyUnpublishableError(f"a version is a day, later than {in_force.version}")
    empty = [
        name for name in ("summary_nb", "summary_en", "text_nb", "text_en") if not wanted[name]
    ]
    if empty:
        raise PolicyUnpublishableError(f"{', '.join(empty)} can't be empty")
    before = in_force.text or Summary(nb="", en="")
    changed = "\n".join(
        rules.difference(old, new)
        for old, new in ((before.nb, wanted["text_nb"]), (before.en, wanted["text_en"]))
    )
    is_quiet = not wanted["is_significant"]
    if is_quiet and (in_force.text is None or rules.takes_away(changed)):
        raise PolicyUnpublishableError(
            "it takes away or alters what was promised, or there is no text to compare with: "
            "publish it as significant"
        )
    text_hash = rules.text_hash(wanted["text_nb"], wanted["text_en"])
    row = {**wanted, "text_hash": text_hash, "difference": changed, "now": now}
    repository.insert(db, row)
    return changed


def _policy(db: Db, document: str, now: datetime) -> Policy:
    found = repository.newest(db, document, now)
    if found is None or found.version < _FIRST[document]:
        first = {"document": document, "version": _FIRST[document]}
        return Policy.model_validate({**first, "published_at": None, "summary": None, "text": None})
    return Policy.model_validate(
        {
            "document": document,
            "version": found.version,
            "published_at": found.published_at,
            "summary": Summary(nb=found.summary_nb, en=found.summary_en),
            "text": Summary(nb=found.text_nb, en=found.text_en),
        }
    )
