"""A column without a purpose does not build.

Exports and erasures are made from the COMMENTs of db/schema.sql, so a column that says nothing, or
something unknown, would be neither shown to the person it is about nor erased with them. The rule
holds for every column; the canaries show that it would be noticed, one break at a time.
"""

import re
from collections.abc import Callable

import pytest
from fideslang.default_taxonomy import DEFAULT_TAXONOMY

from lib.privacy.categories import CATEGORIES
from lib.privacy.contract import SCHEMA, ContractError, compiled, load
from lib.privacy.tables import read_tables

_TEXT = SCHEMA.read_text(encoding="utf-8")
_COLUMN_COMMENT = re.compile(r" COMMENT '(?:[^']|'')*'")
_TABLE_COMMENT = re.compile(r"\n  COMMENT='(?:[^']|'')*'")


def test_every_column_of_the_schema_is_in_the_contract() -> None:
    terms = load()
    # Counted apart from the reader, so that one which reads nothing can't pass.
    assert len(terms.tables) == len(re.findall(r"^CREATE TABLE ", _TEXT, re.MULTILINE)) > 0
    assert sum(len(table.columns) for table in terms) == len(_COLUMN_COMMENT.findall(_TEXT)) > 0


def test_the_categories_are_those_of_fideslang() -> None:
    assert {category.fides_key for category in DEFAULT_TAXONOMY.data_category} == CATEGORIES


def test_every_way_to_a_person_can_be_followed_by_an_index() -> None:
    # An export of a few rows must not read a whole table.
    for table in load():
        keys = [table.primary_key, *(index.columns for index in table.indexes)]
        for path in table.subject:
            leading = {key[0] for key in keys}
            assert path.column in leading, f"{table.name}.{path.column} begins no index"


def test_every_column_that_loses_its_comment_is_refused() -> None:
    for found in _COLUMN_COMMENT.finditer(_TEXT):
        _assert_refused(_TEXT[: found.start()] + _TEXT[found.end() :], found.start())


def test_every_table_that_loses_its_comment_is_refused() -> None:
    for found in _TABLE_COMMENT.finditer(_TEXT):
        _assert_refused(_TEXT[: found.start()] + _TEXT[found.end() :], found.start())


def _assert_refused(text: str, at: int) -> None:
    table = re.findall(r"^CREATE TABLE (\w+)", _TEXT[:at], re.MULTILINE)[-1]
    with pytest.raises(ContractError) as refusal:
        compiled(read_tables(text))
    assert any(re.match(rf"{table}[.:]", fault) for fault in refusal.value.faults)


def _canary(terms: str) -> Callable[[str], str]:
    line = f"  canary CHAR(30) NULL{terms},\n  PRIMARY KEY (id),\n  KEY person_by_phone"
    return lambda text: text.replace("  PRIMARY KEY (id),\n  KEY person_by_phone", line)


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ("", "person.canary: has no COMMENT"),
        (" COMMENT 'a canary'", "person.canary: does not say why"),
        (" COMMENT 'data=user.song; sings'", "person.canary: data=user.song is no category"),
        (" COMMENT 'data=user.content.private; sings'", "person.canary: does not say how it is"),
        (" COMMENT 'data=user.content.private erase=null sings=yes; x'", "person.canary: sings is"),
    ],
)
def test_a_new_column_that_does_not_say_what_it_is_is_refused(terms: str, fault: str) -> None:
    text = _canary(terms)(_TEXT)
    assert text != _TEXT
    with pytest.raises(ContractError) as refusal:
        compiled(read_tables(text))
    assert [one for one in refusal.value.faults if one.startswith(fault)], refusal.value.faults


def test_a_new_column_that_says_what_it_is_is_accepted() -> None:
    text = _canary(" COMMENT 'data=user.content.private erase=null; sings'")(_TEXT)
    assert compiled(read_tables(text))["person"].column("canary") is not None
