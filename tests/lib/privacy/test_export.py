"""What a person gets when they ask for what is held about them."""

import base64
import json
from datetime import timedelta

import pytest

from lib.core.db import transact
from lib.core.errors import InvalidError
from lib.privacy import service
from lib.privacy.contract import load
from lib.privacy.export import PAGE_ROWS
from lib.privacy.schemas import ExportPage, Right
from tests.lib.privacy.cast import NOW, filled, leaver, others
from tests.lib.privacy.filler import snapshot


def _pages(person_id: str, right: Right = "access") -> list[ExportPage]:
    pages = [transact(lambda db: service.export_page(db, person_id, right=right))]
    while (after := pages[-1].next) is not None:
        pages.append(_page(person_id, after))
    return pages


def _page(person_id: str, after: str) -> ExportPage:
    return transact(lambda db: service.export_page(db, person_id, after=after))


def _tables(pages: list[ExportPage]) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for page in pages:
        for table in page.tables:
            found.setdefault(table.table, []).extend(dict(row) for row in table.rows)
    return found


def test_everything_about_the_person_is_in_it_and_nothing_of_others(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    pages = _pages(person.person_id)
    tables = _tables(pages)
    for booking in tables["booking"]:
        # Why it was cancelled was said to both, so both have it.
        booking.pop("closed_reason")
    for move in tables["booking_move"]:
        # Why it was moved, too.
        move.pop("reason")
    text = json.dumps(tables, ensure_ascii=False).casefold()
    for own in (person.email, person.phone, person.given_name, "912 34 567"):
        assert own.casefold() in text
    for other in (kari, per):
        for value in (other.email, other.phone, f"{other.given_name} {other.family_name}"):
            assert value.casefold() not in text


def test_it_has_every_row_of_every_table_that_is_about_the_person(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    exported = {name: len(rows) for name, rows in _tables(_pages(person.person_id)).items()}
    expected = {
        table.name: 2 if table.is_of_two else 1
        for table in load()
        if table.chains
        and table.name not in {"erasure", "erasure_supplier"}
        and any("access" in column.export for column in table.columns)
    }
    assert exported == expected


def test_every_table_says_why_it_is_held_and_for_how_long(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    for page in _pages(person.person_id):
        for table in page.tables:
            words = (table.purpose, table.basis, table.kept)
            assert all(text.nb and text.en for text in words)
            assert table.why
            for column in table.columns:
                assert column.why
                assert column.seen_by.nb
                assert all(column.name in row for row in table.rows)


def test_tokens_and_what_is_shown_to_nobody_are_left_out(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    tables = _tables(_pages(person.person_id))
    assert "calendar_atom" not in tables
    assert "access_hash" not in tables["session"][0]
    assert tables["refresh_token"][0].keys() == {"session_id", "issued_at", "used_at"}


def test_of_the_other_party_only_the_id_remains(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    booking = _tables(_pages(person.person_id))["booking"][0]
    assert {booking["mentor_id"], booking["mentee_id"]} == {person.person_id, kari.person_id}
    # The title and the reason are the deal's own words, said to both.
    assert booking.keys() <= {column.name for column in load()["booking"].columns}
    others_own = {kari.given_name, kari.family_name, kari.email, kari.phone}
    assert not others_own & {str(value) for value in booking.values()}


def test_times_and_json_come_as_what_they_are(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    tables = _tables(_pages(person.person_id))
    assert str(tables["person"][0]["created_at"]).endswith("Z")
    assert tables["idempotency_key"][0]["reply"] == {"about": person.story}
    assert tables["schedule_exception"][0]["is_open"] in {True, False}


def test_taking_data_along_has_only_what_the_person_provided(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    tables = _tables(_pages(person.person_id, "portability"))
    assert {"person", "mentor", "offer"} <= tables.keys()
    assert not tables.keys() & {"session", "booking", "purchase", "payout", "identity"}


@pytest.mark.parametrize("count", [PAGE_ROWS - 1, PAGE_ROWS, 3 * PAGE_ROWS + 7])
def test_many_rows_come_in_pages_each_row_once(database: str, count: int) -> None:
    person, (kari, _) = leaver(), others()
    filler = filled(database, person, kari)
    table = load()["policy_acceptance"]
    names = [column.name for column in table.columns]
    many = [
        (person.person_id, "terms", f"v{number}", NOW - timedelta(minutes=number))
        for number in range(count - 1)
    ]
    filler.insert(table, *(dict(zip(names, row, strict=True)) for row in many))
    pages = _pages(person.person_id)
    sizes = [sum(len(section.rows) for section in page.tables) for page in pages]
    assert max(sizes) <= PAGE_ROWS
    rows = _tables(pages)["policy_acceptance"]
    versions = [row["version"] for row in rows]
    assert len(versions) == len(set(versions)) == count
    assert "offer" in _tables(pages)


def test_a_stranger_gets_nothing(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari)
    assert [page.tables for page in _pages(per.person_id)] == [[]]


def _cursor(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_a_cursor_made_by_hand_opens_nobody_elses_rows(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    page = _page(person.person_id, _cursor(["session", [""]]))
    assert page.tables[0].table == "session"
    sessions = {row["id"] for row in page.tables[0].rows}
    rows = snapshot(database, load())["session"].values()
    assert sessions == {row["id"] for row in rows if row["person_id"] == person.person_id}


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "é",
        "!!!!",
        "a" * 3000,
        _cursor("session"),
        _cursor(["session"]),
        _cursor(["session", []]),
        _cursor(["session", [1]]),
        _cursor(["session", {"id": "x"}]),
        _cursor(["sign_in_attempt", None]),
        _cursor(["outbox", ["x"]]),
        _cursor([["session"], None]),
        _cursor(["schedule_exception", ["x", "yesterday", 1, True]]),
        _cursor(["session", ["x"], "y"]),
    ],
)
def test_what_is_no_cursor_is_refused(database: str, after: str) -> None:
    assert database
    with pytest.raises(InvalidError):
        _page(leaver().person_id, after)
