"""Random people in every table, some of one name, then erased: nothing of them is anywhere.

The database is searched by a plain slow scan (slow_scan.py), and what the receipt says is counted
again from the rows and from the comments of the live schema.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pymysql import IntegrityError

from lib.privacy import service
from lib.privacy.contract import load
from lib.privacy.model import Table
from lib.privacy.schemas import ErasureStatus
from sandbox.database import connect, empty
from tests.lib.privacy import slow_scan
from tests.lib.privacy.cast import NOW, leaver, others, someone
from tests.lib.privacy.filler import Filler, Someone
from tests.lib.privacy.slow_scan import Database, Row, Spot, Wanted

_GIVEN = ("Bjørn Åge", "Anne-Grete", "Éva", "Bo", "Kari")
_FAMILY = ("O'Brien", "Ås", "Li", "Nordmann", "Kari")
_TITLES = ("Karriereveiledning", "Time hos {0}", "En time")
# Rows that an erasure writes about itself, and what it has found.
_OWN = {"erasure", "erasure_supplier", "erasure_receipt", "mention"}


# ── people and their rows ────────────────────────────────────────────────────────────────────────


def _people(random: Random) -> list[Someone]:
    """Return three to five people; some share a name, an address or a number."""
    people: list[Someone] = []
    for at in range(random.randint(3, 5)):
        made = someone(
            random.choice(_GIVEN),
            random.choice(_FAMILY),
            f"person{at}.{random.randint(100, 999)}@example.no",
            f"47{random.choice((4, 9))}{random.randint(10**6, 10**7 - 1)}",
        )
        if people and random.random() < 0.2:
            like = random.choice(people)
            made = someone(made.given_name, made.family_name, like.email, like.phone)
        people.append(made)
    return people


def _fill(url: str, random: Random, people: list[Someone]) -> None:
    """Write a random number of rows about each, and pairs, into every table that is about them."""
    filler = Filler(url, load(), NOW)
    parents: dict[str, list[tuple[tuple[Someone, ...], object]]] = {}
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for table in filler.parents_first():
            if table.name in _OWN or not table.chains:
                continue
            for cast, key in _casts(random, table, people, parents):
                row = filler.row(table, cast, parent=key)
                _write_of_others(random, table, row, people)
                with suppress(IntegrityError):  # where one is all that there can be
                    filler.write(cursor, table, row)
                    parents.setdefault(table.name, []).append((cast, row[table.primary_key[0]]))


def _casts(
    random: Random,
    table: Table,
    people: list[Someone],
    parents: dict[str, list[tuple[tuple[Someone, ...], object]]],
) -> Iterator[tuple[tuple[Someone, ...], object]]:
    """Yield whom the rows of a table are about, and the row that each hangs on."""
    above = next((path.table for path in table.subject if path.table), None)
    if above:
        for cast, key in parents.get(above, ()):
            yield from [(cast, key)] * random.randint(0, 2)
    elif len(table.subject) == 2:
        for _ in range(random.randint(1, 2 * len(people))):
            one, two = random.sample(people, 2)
            yield (one, two), None
    elif table.name == "person":
        yield from (((one,), None) for one in people)
    else:
        for one in people:
            yield from [((one,), None)] * random.randint(0, 3)


def _write_of_others(random: Random, table: Table, row: Row, people: list[Someone]) -> None:
    """Let some write of others in their own words, and sell hours that have their own name."""
    for column in table.columns:
        value = row.get(column.name)
        if not isinstance(value, str) or random.random() < 0.5:
            continue
        other = random.choice(people)
        if (column.data or "").startswith("user.content") and len(value) > len(other.story) - 5:
            row[column.name] = other.story
        elif (table.name, column.name) == ("booking", "title"):
            mentor = next(one for one in people if one.person_id == row["mentor_id"])
            whole = f"{mentor.given_name} {mentor.family_name}"
            row[column.name] = random.choice(_TITLES).format(whole)


# ── what is there, by hand ───────────────────────────────────────────────────────────────────────


def _is_about(table: Table, row: Row, database: Database, person_id: str) -> bool:
    for path in table.subject:
        if path.table is None:
            if row[path.column] == person_id:
                return True
            continue
        above = load()[path.table]
        key = above.primary_key[0]
        for parent in database[path.table]:
            if parent[key] == row[path.column] and _is_about(above, parent, database, person_id):
                return True
    return False


def _about(database: Database, person_id: str) -> dict[str, list[int]]:
    """Return the places of the rows about a person, by table."""
    return {
        table.name: [
            at
            for at, row in enumerate(database[table.name])
            if _is_about(table, row, database, person_id)
        ]
        for table in load()
        if table.chains
    }


def _wanted(database: Database, person: Someone, staying: list[Someone]) -> list[Wanted]:
    """Return what tells of a person and of nobody who stays."""
    mine = _about(database, person.person_id)
    keys = {
        str(database[table][at][column])
        for table, column in (
            ("identity", "subject"),
            ("session", "access_hash"),
            ("refresh_token", "token_hash"),
        )
        for at in mine[table]
    }
    found = [slow_scan.key(one) for one in keys if len(one) >= 16]
    if person.email not in {one.email for one in staying}:
        found.append(slow_scan.email(person.email))
    if person.phone not in {one.phone for one in staying}:
        found.append(slow_scan.phone(person.phone))
    names = {(one.given_name, one.family_name) for one in staying}
    if (person.given_name, person.family_name) not in names:
        found.append(slow_scan.name(person.given_name, person.family_name))
    return found


def _terms(url: str) -> dict[str, dict[str, dict[str, str]]]:
    """Return what the COMMENT of each column in the live database says, by table."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, column_comment FROM information_schema.columns"
            " WHERE table_schema = DATABASE()"
        )
        for table, column, comment in cursor.fetchall():
            pairs = dict(re.findall(r"(\w+)=(\S+)", comment.partition(";")[0]))
            found.setdefault(table, {})[column] = pairs
    return found


# ── the property ─────────────────────────────────────────────────────────────────────────────────


@settings(
    max_examples=12,
    phases=(Phase.reuse, Phase.generate),  # shrinking would erase people for minutes
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_whoever_is_erased_is_nowhere_and_what_is_left_is_what_the_receipt_says(
    database: str, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 (chance, not a secret)
    empty(database)
    people = _people(random)
    _fill(database, random, people)
    staying = list(people)
    for person in random.sample(people, random.randint(1, 2)):
        staying.remove(person)
        before = slow_scan.read(database)
        wanted = _wanted(before, person, staying)
        assert {spot.wanted for spot in slow_scan.scan(before, wanted)} >= {"key"} & {
            one.name for one in wanted
        }, "the scan finds what is there"
        done = service.erase(person.person_id, NOW)
        after = slow_scan.read(database)
        body = _body(done)
        _assert_nowhere(after, person, wanted, body)
        _assert_counted(database, before, after, person, body)
        _assert_the_rest_untouched(before, after, person)


def _body(done: ErasureStatus) -> dict[str, Any]:
    assert done.state == "done"
    assert done.receipt is not None
    body = done.receipt["body"]
    assert isinstance(body, dict)
    return body


def _assert_nowhere(
    after: Database, person: Someone, wanted: list[Wanted], body: dict[str, Any]
) -> None:
    """See that every hit is one that the receipt names: kept in their own rows, or a mention."""
    mine = _about(after, person.person_id)
    kept = {(part["table"], column) for part in body["kept"] for column in part["columns"]}
    mentions: dict[tuple[str, str], set[int]] = {}
    left: list[Spot] = []
    for spot in slow_scan.scan(after, wanted):
        place = (spot.table, spot.column)
        if spot.row in mine.get(spot.table, ()):
            if place not in kept:
                left.append(spot)
        elif spot.wanted == "key":
            left.append(spot)
        else:
            mentions.setdefault(place, set()).add(spot.row)
    assert left == []
    told = {(part["table"], part["column"]): part["rows"] for part in body["mentions"]}
    assert {place: len(rows) for place, rows in mentions.items()} == told


def _assert_counted(
    url: str, before: Database, after: Database, person: Someone, body: dict[str, Any]
) -> None:
    terms = _terms(url)
    had, has = _about(before, person.person_id), _about(after, person.person_id)
    kept = {
        table: (
            len(rows),
            {
                column
                for column, said in terms[table].items()
                if said["data"] != "none" and said.get("erase") == "keep"
            },
        )
        for table, rows in has.items()
        if rows
    }
    assert {part["table"]: (part["rows"], set(part["columns"])) for part in body["kept"]} == kept
    gone = Counter({table: len(rows) for table, rows in had.items() if rows})
    emptied = {
        table: {c for c, said in columns.items() if said.get("erase") in {"null", "blank"}}
        for table, columns in terms.items()
    }
    told = {part["table"]: (part["action"], part["rows"]) for part in body["erased"]}
    for table, rows in gone.items():
        if not has[table]:
            assert told.pop(table) == ("delete", rows)
        elif emptied[table]:
            assert told.pop(table) == ("columns", rows)
            for at in has[table]:
                values = {after[table][at][column] for column in emptied[table]}
                assert values <= {None, ""}
    assert told == {}


def _assert_the_rest_untouched(before: Database, after: Database, person: Someone) -> None:
    had, has = _about(before, person.person_id), _about(after, person.person_id)
    for table, rows in before.items():
        if table in {*_OWN, "provider_operation"}:  # what Stripe was asked on the way
            continue
        others = [row for at, row in enumerate(rows) if at not in had.get(table, ())]
        left = [
            row
            for at, row in enumerate(after[table])
            if at not in has.get(table, ()) and (row in rows or row.get("kind") != "mentions")
        ]
        assert others == left, table


def test_the_scan_finds_what_it_is_given_in_every_form(database: str) -> None:
    empty(database)
    person = someone("Bjørn Åge", "O'Brien", "bjorn.aage@example.no", "4791234567")
    wanted = [
        slow_scan.email(person.email),
        slow_scan.phone(person.phone),
        slow_scan.name(person.given_name, person.family_name),
    ]
    forms = {
        "email": [
            "BJORN.AAGE@example.no",
            "?m=bjorn.aage%40example.no",
            json.dumps({"a": person.email}),
        ],
        "phone": ["+47 912 34 567", "0047-91-23-45-67", "91234567"],
        "name": ["O'BRIEN, bjørn åge", json.dumps("Bjørn Åge O'Brien")],
    }
    for name, texts in forms.items():
        for text in texts:
            rows: Database = {"t": [{"c": text}]}
            assert {spot.wanted for spot in slow_scan.scan(rows, wanted)} == {name}, text
    for text in ("xbjorn.aage@example.no", "191234567", "Bjørn O'Brien", "Åge O'Briensen"):
        assert list(slow_scan.scan({"t": [{"c": text}]}, wanted)) == [], text


def test_a_scan_that_agreed_with_an_engine_that_forgets_would_be_none(database: str) -> None:
    person, (kari, per) = leaver(), others()
    _fill(database, Random(1), [person, kari, per])  # noqa: S311 (the same rows each time)
    before = slow_scan.read(database)
    wanted = _wanted(before, person, [kari, per])
    body = _body(service.erase(person.person_id, NOW))
    after = slow_scan.read(database)
    _assert_nowhere(after, person, wanted, body)
    left: dict[str, Row] = {
        "outbox": {"last_error": person.email},
        "person": {"id": person.person_id, "phone": person.phone},
        "mentor": {"person_id": kari.person_id, "biography": person.story},
    }
    for table, row in left.items():
        with pytest.raises(AssertionError):
            _assert_nowhere({**after, table: [*after[table], row]}, person, wanted, body)
