"""A plain and slow search for a person, which shares no code with the product's.

Every value of every row of every table, read as text, without escapes and letter case, is held
against every form of every identifier, one after the other.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.database import connect, tables

type Row = dict[str, object]
type Database = Mapping[str, list[Row]]

_LETTER = r"[^\W_]"
_GAP = r"[\s().\-/\u00a0]*"


@dataclass(frozen=True)
class Wanted:
    """An identifier: what it is called here, and what a normalised text holds that holds it."""

    name: str
    pattern: re.Pattern[str]

    def stands_in(self, text: str) -> bool:
        """Return whether a normalised text holds it."""
        return bool(self.pattern.search(text))


@dataclass(frozen=True)
class Spot:
    """A value in which an identifier stands."""

    wanted: str
    table: str
    column: str
    row: int


def email(value: str) -> Wanted:
    """Return an address, in clear and hashed."""
    plain = plainly(value)
    digest = hashlib.sha256(plain.encode()).hexdigest()
    return Wanted("email", re.compile(rf"(?<![\w.+-]){re.escape(plain)}(?![\w-])|{digest}"))


def phone(value: str) -> Wanted:
    """Return a number, with and without country code and separators, in clear and hashed."""
    national = value.removeprefix("47") if len(value) == 10 else value
    digest = hashlib.sha256(value.encode()).hexdigest()
    spaced = _GAP.join(national)
    pattern = rf"(?<![0-9a-z])(?:(?:\+|00)?4{_GAP}7{_GAP})?{spaced}(?![0-9a-z])|{digest}"
    return Wanted("phone", re.compile(pattern))


def name(given: str, family: str) -> Wanted:
    """Return a whole name, in either order."""
    one, two = (
        f"(?<!{_LETTER})(?<!-){re.escape(plainly(part))}(?!{_LETTER})(?!-)"
        for part in (given, family)
    )
    return Wanted("name", re.compile(rf"{one}[\W_]{{1,3}}{two}|{two}[\W_]{{1,3}}{one}"))


def key(value: str) -> Wanted:
    """Return a key, a token or its hash."""
    return Wanted("key", re.compile(re.escape(plainly(value))))


def plainly(text: str) -> str:
    """Return a text without differences that nobody reads."""
    return unicodedata.normalize("NFKC", text).casefold()


def read(url: str) -> Database:
    """Return every row of every table."""
    found: dict[str, list[Row]] = {}
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for table in tables(url):
            cursor.execute(f"SELECT * FROM `{table}`")  # noqa: S608 (a name that the database gave)
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def scan(database: Database, wanted: Iterable[Wanted]) -> Iterator[Spot]:
    """Yield every value in which something stands."""
    wanted = list(wanted)
    for table, rows in database.items():
        for number, row in enumerate(rows):
            for column, value in row.items():
                text = "\n".join(readings(value))
                for one in wanted:
                    if one.stands_in(text):
                        yield Spot(one.name, table, column, number)


def readings(value: object) -> Iterator[str]:
    """Yield a value as text: as it is, without the escapes of JSON, without those of URLs."""
    text = "" if value is None else str(value)
    yield plainly(text)
    if text.startswith(("{", "[", '"')):
        yield plainly(json.dumps(json.loads(text), ensure_ascii=False))
    if "%" in text:
        yield plainly(unquote(text))


def words_in(thing: object, seen: set[int] | None = None) -> Iterator[str]:
    """Yield every text in a web of Python objects, wherever it may be kept."""
    seen = set() if seen is None else seen
    if isinstance(thing, str | bytes | int | float):
        yield thing.decode("utf-8", "replace") if isinstance(thing, bytes) else str(thing)
        return
    if id(thing) in seen or thing is None:
        return
    seen.add(id(thing))
    if isinstance(thing, Mapping):
        for entry, value in list(thing.items()):
            yield from words_in(entry, seen)
            yield from words_in(value, seen)
    elif isinstance(thing, Iterable) and not hasattr(thing, "read"):
        for value in list(thing):
            yield from words_in(value, seen)
    elif type(thing).__module__.startswith("sandbox."):
        yield from words_in(_fields(thing), seen)


def _fields(thing: object) -> dict[str, object]:
    slots = [slot for kind in type(thing).__mro__ for slot in getattr(kind, "__slots__", ())]
    found = {slot: getattr(thing, slot) for slot in slots if hasattr(thing, slot)}
    return {**found, **getattr(thing, "__dict__", {})}
