"""Fills every table with rows about people, made from the schema and the contract.

Where an erasure promises to remove something, the filler puts as much of the person as fits: the
address, the number with separators, the name inside JSON. Where it promises to keep something, it
puts nothing of them, as the product does.
"""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pymysql import IntegrityError
from pymysql.cursors import Cursor

from lib.core import ids
from lib.privacy import rules
from lib.privacy.categories import is_identifying
from lib.privacy.model import Column, Contract, Table
from sandbox.database import connect

type Row = dict[str, object]
type Snapshot = dict[str, dict[tuple[object, ...], Row]]

# What the CHECKs of the schema want beyond `IN (…)`, which the filler reads itself.
_WANTED: Mapping[tuple[str, str], object] = {
    ("offer", "minutes"): 60,
    ("offer", "price_ore"): 90_000,
    ("schedule", "buffer_before_minutes"): 15,
    ("schedule", "buffer_after_minutes"): 15,
    ("schedule", "window_kind"): "dates",
    ("schedule", "first_date"): "2026-11-02",
    ("schedule", "last_date"): "2026-11-30",
    ("schedule", "interval_minutes"): 30,
    ("schedule", "offset_minutes"): 15,
    ("absence", "first_date"): "2026-11-02",
    ("absence", "last_date"): "2026-11-30",
    ("journey", "first_date"): "2026-11-02",
    ("journey", "last_date"): "2026-11-30",
    ("schedule_rule", "starts_minute"): 480,
    ("schedule_rule", "ends_minute"): 960,
    ("schedule_exception", "starts_minute"): 480,
    ("schedule_exception", "ends_minute"): 960,
    ("booking", "starts_at"): datetime(2026, 11, 2, 9, tzinfo=UTC),
    ("booking", "ends_at"): datetime(2026, 11, 2, 10, tzinfo=UTC),
    ("booking_move", "from_starts_at"): datetime(2026, 11, 2, 8, tzinfo=UTC),
    ("hour_pack", "quarters"): 20,
    ("hour_pack", "price_ore"): 400_000,
    ("hour_pack", "valid_days"): 300,
    ("purchase", "pack_id"): None,
    ("purchase", "amount_ore"): 90_000,
    ("purchase", "vat_ore"): 18_000,
    ("purchase", "fee_ore"): 13_500,
    ("purchase", "captured_ore"): 90_000,
    ("purchase", "refunded_ore"): 0,
    ("hour_entry", "kind"): "issued",
    ("hour_entry", "quarters"): 20,
    ("earning", "gross_ore"): 90_000,
    ("earning", "fee_ore"): 13_500,
    ("earning", "share_ore"): 76_500,
    ("dispute", "amount_ore"): 90_000,
    ("dispute", "taken_ore"): 90_000,
    ("dispute", "returned_ore"): 0,
    ("dispute", "fee_ore"): 15_000,
    ("refund", "unearned_ore"): 0,
    ("payout", "amount_ore"): 76_500,
    ("payout", "reversed_ore"): 0,
    ("ledger_resolution", "outcome"): "posted",
    ("schedule_rule", "weekday"): 3,
}
_IN = re.compile(r"`?(\w+)`? in \(([^)]*)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Someone:
    """A person with everything that tells who they are."""

    person_id: str
    given_name: str
    family_name: str
    email: str
    phone: str

    @property
    def story(self) -> str:
        """Return a text that is full of them."""
        national = self.phone.removeprefix("47")
        spaced = f"+47 {national[:3]} {national[3:5]} {national[5:]}"
        return f"{self.given_name} {self.family_name}, {self.email.upper()}, {spaced}"


class Filler:
    """Writes rows into a database that has the schema; every key and text is its own."""

    def __init__(self, url: str, contract: Contract, now: datetime) -> None:
        self._url = url
        self._contract = contract
        self._now = now
        self._count = itertools.count(1)
        self._keys: dict[tuple[str, tuple[str, ...]], object] = {}
        self._lengths, self._allowed = self._limits()

    def fill(self, *people: Someone) -> None:
        """Write rows about each person, or pair of neighbours; what erasures leave is left out."""
        rows: list[tuple[Table, Row]] = []
        for table in self.parents_first():
            if table.name in {"erasure", "erasure_supplier", "erasure_receipt"}:
                continue
            rows += [(table, self._row(table, cast)) for cast in self._casts(table, people)]
        with closing(connect(self._url)) as connection, connection.cursor() as cursor:
            for table, row in rows:
                _insert(cursor, table, row)

    def fill_more(self, table: Table, *people: Someone) -> None:
        """Write one more row of a table about these, where it takes more than one."""
        with closing(connect(self._url)) as connection, connection.cursor() as cursor:
            for cast in self._casts(table, people):
                with suppress(IntegrityError):
                    _insert(cursor, table, self._row(table, cast, is_more=True))

    def row(self, table: Table, cast: tuple[Someone, ...], *, parent: object = None) -> Row:
        """Return a row about these, hanging on the row of that key."""
        row: Row = {c.name: self._value(table, c, cast) for c in table.columns}
        direct = iter(cast)
        for path in table.subject:
            row[path.column] = parent if path.table else next(direct).person_id
        row.pop("erased_at", None)
        return row

    def write(self, cursor: Cursor, table: Table, row: Row) -> None:
        """Write a row."""
        _insert(cursor, table, row)

    def insert(self, table: Table, *rows: Row) -> None:
        """Write rows, in one connection: opening one costs more than a hundred rows."""
        with closing(connect(self._url)) as connection, connection.cursor() as cursor:
            for row in rows:
                _insert(cursor, table, row)

    def _casts(self, table: Table, people: tuple[Someone, ...]) -> Iterator[tuple[Someone, ...]]:
        """Yield who a table's rows are about: each alone, or each with the next in a circle."""
        width = len(table.chains)
        if width == 0:
            yield ()
        elif width == 1:
            yield from ((person,) for person in people)
        else:
            yield from itertools.pairwise((*people, people[0]))

    def _row(self, table: Table, cast: tuple[Someone, ...], *, is_more: bool = False) -> Row:
        names = tuple(person.person_id for person in cast)
        row: Row = {c.name: self._value(table, c, cast) for c in table.columns}
        direct = iter(cast)
        for path in table.subject:
            if path.table is None:
                row[path.column] = next(direct).person_id
            else:
                row[path.column] = self._keys[path.table, names]
        row.pop("erased_at", None)
        if len(table.primary_key) == 1 and not is_more:
            self._keys[table.name, names] = row[table.primary_key[0]]
        return row

    def _value(self, table: Table, column: Column, cast: tuple[Someone, ...]) -> object:
        place = (table.name, column.name)
        if place in _WANTED:
            return _WANTED[place]
        if place in self._allowed:
            return self._allowed[place][-1]
        number = next(self._count)
        if column.kind == "time":
            return self._now - timedelta(days=number % 700)
        if column.kind == "date":
            return self._now.date() + timedelta(days=number)
        if column.kind in {"number", "boolean"}:
            return number % 2 if column.kind == "boolean" else number
        return self._text(table, column, cast, number)

    def _text(self, table: Table, column: Column, cast: tuple[Someone, ...], number: int) -> object:
        goes = table.erase == "delete" or column in rules.emptied_columns(table)
        length = self._lengths[table.name, column.name]
        person = cast[0] if cast else None
        if person and goes and table.name == "person":
            return str(getattr(person, column.name))
        if column.kind == "json":
            return {"about": person.story if person and goes else number}
        if column.data == "user.government_id":
            return f"9{number:08}"
        is_key = is_identifying(column.data or "")  # a token or the like: nothing but itself
        if person and goes and column.data and not is_key and length >= len(person.story):
            is_ascii = (table.name, column.name) in self._ascii
            return person.story.encode("ascii", "ignore").decode() if is_ascii else person.story
        text = ids.new("row") if length >= 30 else f"{number:x}"
        return text[:length] if length >= 30 else text[-length:]

    def parents_first(self) -> list[Table]:
        """Return the tables in an order in which they can be filled."""
        return sorted(
            self._contract, key=lambda table: max((len(chain) for chain in table.chains), default=0)
        )

    def _limits(self) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], list[str]]]:
        with closing(connect(self._url)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, column_name, COALESCE(character_maximum_length, 0),"
                " character_set_name FROM information_schema.columns"
                " WHERE table_schema = DATABASE()"
            )
            rows = cursor.fetchall()
        self._ascii = {(row[0], row[1]) for row in rows if row[3] == "ascii"}
        return (
            {(row[0], row[1]): int(row[2]) for row in rows},
            {(table, name): values for table, name, values in _checks(self._contract)},
        )


def _insert(cursor: Cursor, table: Table, row: Row) -> None:
    names = ", ".join(f"`{name}`" for name in row)
    places = ", ".join(["%s"] * len(row))
    values = [_stored(value) for value in row.values()]
    cursor.execute(f"INSERT INTO `{table.name}` ({names}) VALUES ({places})", values)  # noqa: S608 (names of the contract)


def _checks(contract: Contract) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each column that may hold certain values only, as db/schema.sql says."""
    from lib.privacy.contract import SCHEMA

    table = ""
    for line in SCHEMA.read_text(encoding="utf-8").splitlines():
        if line.startswith("CREATE TABLE "):
            table = line.split()[2]
        for name, values in _IN.findall(line) if "CHECK (" in line else ():
            if contract[table].column(name):
                yield table, name, [value.strip(" '") for value in values.split(",")]


def _stored(value: object) -> object:
    if isinstance(value, dict):
        # Escaped, as a JSON library writes it that was not told otherwise.
        return json.dumps(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def snapshot(url: str, contract: Contract) -> Snapshot:
    """Return every row of every table by its key, as the database has it."""
    found: Snapshot = {}
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for table in contract:
            names = [column.name for column in table.columns]
            cursor.execute(f"SELECT {', '.join(f'`{n}`' for n in names)} FROM `{table.name}`")  # noqa: S608 (names of the contract)
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            found[table.name] = {tuple(row[k] for k in table.primary_key): row for row in rows}
    return found


def everything(url: str, contract: Contract) -> str:
    """Return all that the database says, as one text without escapes or letter case."""
    texts = []
    for rows in snapshot(url, contract).values():
        for row in rows.values():
            for value in row.values():
                text = str(value)
                texts.append(text)
                if text.startswith(("{", "[")):
                    texts.append(json.dumps(json.loads(text), ensure_ascii=False))
    return "\n".join(texts).casefold()


def traces(url: str, person: Someone) -> list[str]:
    """Return what is left of a person, by a search that shares nothing with the product's."""
    from lib.privacy.contract import load

    text = everything(url, load())
    national = person.phone.removeprefix("47")
    squeezed = text.replace(" ", "")
    wanted = (person.email, national, f"{person.given_name} {person.family_name}")
    return [one for one in wanted if one.casefold() in text or one.casefold() in squeezed]
