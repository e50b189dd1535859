"""The people who use the Vipps app in the local world, and whatever a test adds to them."""

import re
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sandbox.simulators.kit import (
    Clock,
    RefusedError,
    Request,
    Response,
    Route,
    control_fields,
)

LOGIN_AGE = 15
"""Years: who is younger has no Vipps Login."""

_SUBJECTS = uuid.UUID("7c9d2f4e-3b1a-4f6c-8e5d-0a1b2c3d4e5f")
_TEXTS = {"key", "sub", "given_name", "family_name", "email", "phone_number", "birthdate"}
_FIELDS = _TEXTS | {"email_verified", "auth_time", "role", "withholds"}


@dataclass(frozen=True, slots=True)
class Person:
    """A holder of the app. `phone_number` is an MSISDN without +; `birthdate` is ISO 8601.

    `withholds` names claims that are not given, whatever the scope: not every sales unit gets all.
    """

    key: str
    sub: str
    given_name: str
    family_name: str
    email: str
    phone_number: str
    birthdate: str
    email_verified: bool = True
    role: str = ""
    street_address: str = ""
    postal_code: str = ""
    region: str = ""
    auth_time: int | None = None
    withholds: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The full name as the population register has it."""
        return f"{self.given_name} {self.family_name}"

    def age(self, today: date) -> int:
        """Whole years on a day."""
        born = date.fromisoformat(self.birthdate)
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


class People:
    """The register. A `sub` belongs to a person and a sales unit, and never changes."""

    def __init__(self, clock: Clock, merchant_serial_number: str) -> None:
        self._clock = clock
        self._merchant_serial_number = merchant_serial_number
        self._people: dict[str, Person] = {}
        self.reset()

    def reset(self) -> None:
        """Return to the built-in people, with their original data."""
        sixteen = self._clock.now().date().replace(day=1)
        birthdate = sixteen.replace(year=sixteen.year - 16).isoformat()
        cast = (*_CAST, replace(_TEENAGER, birthdate=birthdate))
        self._people = {
            person.key: replace(person, sub=self._subject(person.key)) for person in cast
        }

    def all(self) -> list[Person]:
        """Everybody, the built-in people first."""
        return list(self._people.values())

    def find(self, key_or_sub: str) -> Person | None:
        """Look a person up by key or by sub."""
        known = self._people.get(key_or_sub)
        return known or next((item for item in self.all() if item.sub == key_or_sub), None)

    def with_phone(self, phone_number: str) -> Person | None:
        """Look a person up by phone number."""
        return next((item for item in self.all() if item.phone_number == phone_number), None)

    def put(self, fields: dict[str, Any]) -> Person:
        """Add a person, or change one whose `sub` or `key` is known (a new phone, another e-mail).

        :raises TypeError, ValueError: an unknown field, a wrong type, somebody else's phone.
        """
        _check(fields)
        known = self.find(str(fields.get("sub") or fields.get("key") or ""))
        person = self._changed(known, fields) if known else self._new(fields)
        other = self.with_phone(person.phone_number)
        if other and other.key != person.key:
            raise ValueError(f"{other.key} has that phone number")
        self._people[person.key] = person
        return person

    def routes(self) -> list[Route]:
        """Control routes: list the people, add or change one."""
        return [
            Route("GET", "/_sandbox/people", lambda _request: Response.json(200, self._listed())),
            Route("POST", "/_sandbox/people", self._put),
        ]

    def _listed(self) -> list[dict[str, Any]]:
        today = self._clock.now().date()
        return [{**asdict(person), "age": person.age(today)} for person in self.all()]

    def _put(self, request: Request) -> Response:
        try:
            return Response.json(200, asdict(self.put(control_fields(request))))
        except (TypeError, ValueError) as error:
            raise RefusedError(Response.json(400, {"error": str(error)})) from error

    def _changed(self, known: Person, fields: dict[str, Any]) -> Person:
        return replace(known, **_converted(fields, ignore={"key", "sub"}))

    def _new(self, fields: dict[str, Any]) -> Person:
        key = fields.get("key") or fields.get("sub") or uuid.uuid4().hex
        sub = fields.get("sub") or self._subject(key)
        return Person(key=key, sub=sub, **_converted(fields, ignore={"key", "sub"}))

    def _subject(self, key: str) -> str:
        return str(uuid.uuid5(_SUBJECTS, f"{self._merchant_serial_number}/{key}"))


def moment(value: object) -> int:
    """Read a moment given as epoch seconds or ISO 8601. :raises TypeError, ValueError: neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is neither epoch seconds nor ISO 8601")
    parsed = datetime.fromisoformat(value)
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def _check(fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - _FIELDS:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    for name in _TEXTS & fields.keys():
        if not isinstance(fields[name], str):
            raise TypeError(f"{name} must be a string")
    if not isinstance(fields.get("withholds", []), list):
        raise TypeError("withholds must be a list of claims")
    if not re.fullmatch(r"[0-9]{9,15}", fields.get("phone_number", "4700000000")):
        raise ValueError("phone_number must be 9 to 15 digits, with country code, without +")
    date.fromisoformat(fields.get("birthdate", "2000-01-01"))


def _converted(fields: dict[str, Any], ignore: set[str]) -> dict[str, Any]:
    content = {name: value for name, value in fields.items() if name not in ignore}
    if content.get("auth_time") is not None:
        content["auth_time"] = moment(content["auth_time"])
    if "withholds" in content:
        content["withholds"] = tuple(str(claim) for claim in content["withholds"])
    return content


_CAST = (
    Person(
        key="kari",
        sub="",
        given_name="Kari",
        family_name="Solberg",
        email="kari.solberg@example.no",
        phone_number="4790000101",
        birthdate="1991-03-14",
        role="mentee",
        street_address="Storgata 12",
        postal_code="0184",
        region="OSLO",
    ),
    Person(
        key="ola",
        sub="",
        given_name="Ola",
        family_name="Hagen",
        email="ola.hagen@example.no",
        phone_number="4790000102",
        birthdate="1978-11-02",
        role="mentor",
        street_address="Bryggen 5\nH0201",
        postal_code="5003",
        region="BERGEN",
    ),
    Person(
        key="ingrid",
        sub="",
        given_name="Ingrid",
        family_name="Bakken",
        email="ingrid.bakken@example.no",
        phone_number="4790000103",
        birthdate="1985-06-21",
        role="stranger",
    ),
    Person(
        key="marit",
        sub="",
        given_name="Marit",
        family_name="Lunde",
        email="marit.lunde@example.no",
        phone_number="4790000104",
        birthdate="1969-01-30",
        role="admin of a customer",
        street_address="Kongens gate 40",
        postal_code="7012",
        region="TRONDHEIM",
    ),
    Person(
        key="henrik",
        sub="",
        given_name="Henrik",
        family_name="Dahl",
        email="henrik.dahl@example.no",
        phone_number="4790000105",
        birthdate="1982-09-09",
        role="operator",
        street_address="Strandkaien 2",
        postal_code="4005",
        region="STAVANGER",
    ),
)
_TEENAGER = Person(
    key="jonas",
    sub="",
    given_name="Jonas",
    family_name="Berg",
    email="jonas.berg@example.no",
    phone_number="4790000106",
    birthdate="2010-01-01",
    role="aged 16",
)
