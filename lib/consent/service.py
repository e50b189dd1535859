"""Consent: given and withdrawn, asked about when something is sent, and undone by one click.

What a person says and what is sent to them wait for each other at the person's row. So a withdrawal
that has been answered is followed by nothing: what was on its way before has left, what was queued
is gone, and what comes later is refused when it asks.
"""

from collections.abc import Callable
from datetime import datetime

from lib.consent import repository, rules
from lib.consent.repository import Said
from lib.consent.rules import ConsentPurpose
from lib.consent.schemas import (
    Consent,
    ConsentOutdatedError,
    Consents,
    Restrict,
    SayConsent,
    Unsubscribed,
)
from lib.core import config
from lib.core.db import Db, transact
from lib.core.errors import InvalidError, NotFoundError
from lib.outbox import service as outbox


def restrict(db: Db, *, person_id: str, now: datetime) -> None:
    """Begin a restriction on somebody's behalf; again changes nothing. Raises NotFoundError."""
    from lib.consent import limits

    limits.restrict(db, Restrict(restricted=True), person_id=person_id, now=now)


def consents(db: Db, *, person_id: str, language: str) -> Consents:
    """Return every purpose that rests on consent, with what the person last said."""
    said = {each.purpose: each for each in repository.latest(db, person_id)}
    return Consents(
        consents=[
            _shown(about, said.get(purpose), language) for purpose, about in rules.CONSENTS.items()
        ]
    )


def say(
    db: Db, said: SayConsent, *, person_id: str, purpose: str, language: str, now: datetime
) -> Consent:
    """Give or withdraw a consent; raises NotFoundError, ConsentOutdatedError."""
    about = rules.CONSENTS.get(purpose)
    if about is None or repository.lock_standing(db, person_id) is None:
        raise NotFoundError
    if said.given:
        _give(db, about, said, person_id, language, now)
    else:
        withdraw(db, person_id, about.key, surface=said.surface, now=now)
    return _shown(about, repository.last_said(db, person_id, purpose), language)


def withdraw(db: Db, person_id: str, purpose: str, *, surface: str, now: datetime) -> None:
    """Withdraw, with effect on all that is queued; where nothing was given nothing is written."""
    if repository.lock_standing(db, person_id) is None:
        return
    last = repository.last_said(db, person_id, purpose)
    if last and last.state == "given":
        withdrawn = {"state": "withdrawn", "surface": surface, "now": now, "turn": last.turn + 1}
        repository.append(db, {**vars(last), **withdrawn, "person_id": person_id})
    outbox.drop(db, topics=f"{purpose}.", person_id=person_id)


def is_restricted(db: Db, person_id: str) -> bool:
    """Return whether the person's data may only be kept, so that nothing new is begun with it."""
    found = repository.standing(db, person_id)
    return found is not None and found.restricted_at is not None


def may(db: Db, person_id: str, purpose: str, now: datetime) -> bool:
    """Return whether the person may be written to for this purpose, and keep it so until commit.

    They are locked, and neither restricted nor objecting. For other purposes than consents: True
    unless they object.
    """
    del now
    person = repository.lock_standing(db, person_id)
    if person is None or person.restricted_at:
        return False
    if any(each.purpose == purpose for each in repository.objections(db, person_id)):
        return False
    about = rules.CONSENTS.get(purpose)
    if about is None:
        return purpose in rules.OBJECTIONS
    last = repository.last_said(db, person_id, purpose)
    return last is not None and rules.is_in_force(about, last.state, last.version)


def send(person_id: str, purpose: str, now: datetime, act: Callable[[], None]) -> bool:
    """Do what sends, if the person may be written to; return whether it was done.

    The one place where something is sent inside a transaction: it holds one person's row and
    nothing else, so that a withdrawal waits for what is leaving, at most the seam's time limits.
    """

    def work(db: Db) -> bool:
        allowed = may(db, person_id, purpose, now)
        if allowed:
            act()
        return allowed

    return transact(work, repeatable=False)


def unsubscribe_headers(person_id: str, purpose: str = "marketing") -> dict[str, str]:
    """Return the headers of RFC 8058 for an e-mail to the person."""
    token = rules.unsubscribe_token(person_id, rules.CONSENTS[purpose], _key())
    return {
        "List-Unsubscribe": f"<{config.public_url()}/v1/unsubscribe/{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def unsubscribe(db: Db, body: bytes, *, token: str, now: datetime) -> Unsubscribed:
    """Withdraw by the link of an e-mail; raises InvalidError, and NotFoundError for no token."""
    if not rules.is_one_click(body):
        raise InvalidError("The body is List-Unsubscribe=One-Click")
    known = rules.read_unsubscribe_token(token, _key())
    if known is None:
        raise NotFoundError
    person_id, purpose = known
    withdraw(db, person_id, purpose.key, surface="unsubscribe", now=now)
    return Unsubscribed(purpose=purpose.key, given=False)


def _give(
    db: Db, about: ConsentPurpose, said: SayConsent, person_id: str, language: str, now: datetime
) -> None:
    if said.version != about.version:
        raise ConsentOutdatedError(version=about.version)
    # A yes is said later than the objection: it takes it back.
    repository.end_objection(db, person_id, about.key, now)
    last = repository.last_said(db, person_id, about.key)
    if last and (last.state, last.version) == ("given", about.version):
        return
    repository.append(
        db,
        {
            "person_id": person_id,
            "purpose": about.key,
            "turn": last.turn + 1 if last else 1,
            "version": about.version,
            "state": "given",
            "now": now,
            "surface": said.surface,
            "language": language,
            "text_hash": rules.text_hash(about.texts[about.version].in_language(language)),
        },
    )


def _shown(about: ConsentPurpose, last: Said | None, language: str) -> Consent:
    return Consent(
        purpose=about.key,
        title=about.title.in_language(language),
        version=about.version,
        text=about.texts[about.version].in_language(language),
        given=last is not None and rules.is_in_force(about, last.state, last.version),
        said_version=last.version if last else None,
        said_at=last.said_at if last else None,
    )


def _key() -> str:
    return config.text("UNSUBSCRIBE_KEY")
