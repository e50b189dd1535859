"""docs/traps.md: each trap that other systems fell into has its test; some are seen in the code.

The systems and their issues were read before this one was written. A row says what goes wrong
there, what stands in the way here, and which tests fail when that is taken away.
"""

import re

import pytest

from lib.privacy import tables
from tests.architecture import claims
from tests.architecture.sources import ROOT, sources
from tests.architecture.statements import statements

_ROWS = claims.rows(ROOT / "docs/traps.md")
_SCHEMA = tables.read_tables((ROOT / "db/schema.sql").read_text(encoding="utf-8"))
# Unique keys that may be NULL, and what makes their row the only one all the same.
_EMPTY_FOR_A_WHILE = {
    "meeting_room": "a booking has one meeting; the room's name comes when it was made",
    "payout_account_provider": "a mentor has one account; its name comes when Stripe has made it",
    "erasure_by_asked": "a person is erased once; who asked is forgotten with the last step",
}


@pytest.mark.parametrize("cells", _ROWS, ids=[cells[0][:60] for cells in _ROWS])
def test_a_trap_says_how_it_is_avoided_and_names_tests_that_exist(cells: list[str]) -> None:
    trap, avoided, shown = cells
    assert trap
    assert avoided
    assert claims.missing_tests(shown) == []
    without_names = re.findall(r"tests/[\w/]+\.py(?!::)", shown)
    assert without_names == []


def test_there_are_traps_on_the_page() -> None:
    assert len(_ROWS) > 20


def test_no_unique_key_is_void_while_a_column_of_it_is_empty() -> None:
    found = {
        index.name
        for table in _SCHEMA
        for index in table.indexes
        if index.unique and _may_be_empty(table, index.columns)
    }
    assert found == set(_EMPTY_FOR_A_WHILE)
    # The row's own key holds without it: it is no made-up id, or another unique key is never empty.
    for table in _SCHEMA:
        if found & {index.name for index in table.indexes}:
            others = [each.columns for each in table.indexes if each.unique]
            keys = [each for each in others if not _may_be_empty(table, each)]
            assert keys or table.primary_key != ("id",), table.name


def test_a_quarter_hour_of_a_person_is_unique_whatever_takes_it() -> None:
    (calendar,) = (table for table in _SCHEMA if table.name == "calendar_atom")
    assert calendar.primary_key == ("person_id", "quarter_hour")
    assert [column.name for column in calendar.columns] == [*calendar.primary_key, "booking_id"]


def test_what_a_provider_was_asked_with_is_never_deleted_before_the_books_are() -> None:
    (asked,) = (table for table in _SCHEMA if table.name == "provider_operation")
    assert "keep=bookkeeping@finished_at" in asked.comment  # one without an outcome has no clock
    deletes = [each.words for each in statements() if "DELETE FROM" in each.words]
    assert deletes
    assert [words for words in deletes if "provider_operation" in words] == []


def test_hours_and_money_are_entries_and_nothing_counts_down() -> None:
    names = {f"{table.name}.{column.name}" for table in _SCHEMA for column in table.columns}
    assert [name for name in names if re.search(r"_left|_used|remaining|balance", name)] == []
    changed = [each.words for each in statements() if re.search(r"UPDATE hour_entry", each.words)]
    assert changed == []


def test_no_test_plays_on_another_database_than_the_real_one() -> None:
    # In memory nothing waits, nothing deadlocks, and no race is ever lost.
    files = [*sources("lib", "sandbox", "tests"), *sources("api")]
    assert len(files) > 300
    stand_ins = {"sqlite3", "pymysqlmock", "mongomock", "fakeredis"}
    assert [file.path for file in files if stand_ins & {each.top for each in file.imports}] == []


@pytest.mark.parametrize(
    "shown", ["", "`tests/api/test_hours.py`", "`tests/api/test_hours.py::test_of_nothing`"]
)
def test_a_row_that_shows_nothing_is_noticed(shown: str) -> None:
    assert claims.missing_tests(shown)


def _may_be_empty(table: tables.Table, columns: tuple[str, ...]) -> bool:
    empty = {column.name for column in table.columns if column.nullable}
    return bool(empty & set(columns))
