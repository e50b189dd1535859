"""The people of a run, and how their apps call: a key for each call, kept until it is answered.

They are written into the empty database as they are after signing up; what they do from then on
goes over HTTP. An app that got no answer sends the same again, now or days later, or twice at once.
"""

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.faults.simulator.conductor import Work
from tests.faults.simulator.house import House
from tests.lib.web import wire
from tests.lib.web.wire import WireAnswer

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_FAR = timedelta(days=3650)
_WITH_KEY = frozenset({"POST", "PATCH"})
_DOCUMENTS = ("terms", "privacy_notice")
_GIVEN_UP_AFTER = 6
# What a repeated call must be answered with as before.
_NAMES = ("id", "receipt_token", "purchase_id", "refund_ore", "approval_id", "purchase_ids")

type Heard = Callable[[Any], None]


@dataclass(eq=False)
class Sent:
    """A call of an app, with the key that it is sent with as often as it takes.

    `answered` is the id in the first good answer: every later one must name the same.
    """

    person: "Person"
    name: str
    method: str
    path: str
    body: bytes
    key: str
    good: Heard
    refused: Callable[[str], None]
    answered: str | None = None
    answered_at: datetime | None = None
    tries: int = 0


@dataclass(eq=False)
class Person:
    """Somebody with an account. `marks` are texts that tell who it is."""

    name: str
    id: str
    token: str
    marks: tuple[str, ...]
    calls: int = 0
    unanswered: list[Sent] = field(default_factory=list)
    answered: list[Sent] = field(default_factory=list)
    erasure_asked_at: datetime | None = None
    receipt_token: str = ""

    @property
    def is_leaving(self) -> bool:
        """Whether the person has asked to be erased and was heard."""
        return bool(self.receipt_token)

    def call(
        self,
        name: str,
        method: str,
        path: str,
        body: object = None,
        *,
        good: Heard = lambda _: None,
        refused: Callable[[str], None] = lambda _: None,
    ) -> Sent:
        """Return a new call."""
        self.calls += 1
        content = b"" if body is None else json.dumps(body).encode()
        key = f"{self.name}-call-{self.calls}"
        return Sent(self, f"{self.name}: {name}", method, path, content, key, good, refused)


class BrokenError(Exception):
    """Something that was promised to whoever calls is not so; the message says what."""


def work_of(sent: Sent) -> Work:
    """Return a sending of the call."""
    headers = {"authorization": f"Bearer {sent.person.token}"}
    if sent.method in _WITH_KEY:
        headers["idempotency_key"] = sent.key
    if sent.body:
        headers["content_type"] = "application/json"
    request = wire.request(sent.method, sent.path, sent.body, **headers)
    return Work(sent.name, sent.path.partition("?")[0], request, lambda got: _heard(sent, got))


def _heard(sent: Sent, got: WireAnswer | None) -> None:
    person = sent.person
    sent.tries += 1
    if got is None or got.status >= 500:
        keeps_trying = sent.method in _WITH_KEY and sent.tries < _GIVEN_UP_AFTER
        if keeps_trying and sent not in person.unanswered:
            person.unanswered.append(sent)
        return
    if sent in person.unanswered:
        person.unanswered.remove(sent)
    content = got.json if got.body else {}
    if got.status >= 400:
        sent.refused(str(content.get("code")))
        return
    _compare(sent, content)
    if sent.method in _WITH_KEY and sent not in person.answered:
        person.answered.append(sent)
    sent.good(content)


def _compare(sent: Sent, content: dict[str, Any]) -> None:
    said = " ".join(str(content[name]) for name in _NAMES if content.get(name))
    if sent.answered not in {None, said}:
        raise BrokenError(f"{sent.name} was answered {sent.answered}, then {said}")
    sent.answered = said


def enrol(house: House, rng: random.Random, name: str, number: int) -> Person:
    """Write somebody into the database as they are after signing up, and return them."""
    from lib.accounts.rules import PRIVACY_NOTICE_VERSION, TERMS_VERSION

    now = house.timeline.now().replace(tzinfo=None)
    person_id = new_id(rng, "per")
    given, family = f"{name.title()}Xq{number}", f"Etternavn{number}Zw"
    email, phone = f"{name}.{number}@xqzw.example.no", f"47999{number:05}"
    token = f"access-token-of-{name}-{rng.getrandbits(64):x}"
    _insert(
        house,
        "person",
        id=person_id,
        given_name=given,
        family_name=family,
        email=email,
        email_verified=1,
        phone=phone,
        phone_verified=1,
        language="nb",
        time_zone="Europe/Oslo",
        created_at=now,
        updated_at=now,
    )
    _insert(
        house,
        "identity",
        sales_unit=house.vipps.unit.merchant_serial_number,
        subject=f"subject-{person_id}",
        person_id=person_id,
        linked_at=now,
    )
    for document, version in zip(_DOCUMENTS, (TERMS_VERSION, PRIVACY_NOTICE_VERSION), strict=True):
        _insert(
            house,
            "policy_acceptance",
            person_id=person_id,
            document=document,
            version=version,
            accepted_at=now,
        )
    _insert(
        house,
        "session",
        id=new_id(rng, "ses"),
        person_id=person_id,
        device_name="Telefon",
        access_hash=hashlib.sha256(token.encode()).hexdigest(),
        access_expires_at=now + _FAR,
        authenticated_at=now,
        created_at=now,
        refreshed_at=now,
        expires_at=now + _FAR,
    )
    return Person(name, person_id, token, (given, family, email, phone))


def make_operator(house: House, person: Person) -> None:
    """Let somebody act for those who run the service."""
    now = house.timeline.now().replace(tzinfo=None)
    _insert(house, "operator", person_id=person.id, granted_at=now, granted_by="by hand")


def prove_again(house: House, person: Person) -> None:
    """Have the person sign in afresh, as erasure and payout accounts demand."""
    house.change(
        "UPDATE session SET authenticated_at = %s WHERE person_id = %s AND ended_at IS NULL",
        [house.timeline.now().replace(tzinfo=None), person.id],
    )


def new_id(rng: random.Random, prefix: str) -> str:
    """Return an id such as the product makes."""
    return f"{prefix}_{''.join(rng.choices(_ALPHABET, k=26))}"


def _insert(house: House, table: str, **values: object) -> None:
    names = ", ".join(values)
    places = ", ".join(["%s"] * len(values))
    house.change(f"INSERT INTO {table} ({names}) VALUES ({places})", list(values.values()))  # noqa: S608 (names of ours)
