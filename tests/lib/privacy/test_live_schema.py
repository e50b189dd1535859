"""The file and the database say the same, and a change by hand is caught."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from lib.core.db import transact
from lib.privacy import contract, search_repository
from lib.privacy.contract import ContractError, compiled
from lib.privacy.tables import SchemaError, Table, read_tables
from sandbox.database import connect


def _live() -> dict[str, Table]:
    return {table.name: table for table in transact(search_repository.read_schema)}


def _run(url: str, statement: str) -> None:
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def canary(database: str) -> Iterator[str]:
    """Name a table that is not in the contract, and remove it afterwards."""
    _run(database, "DROP TABLE IF EXISTS canary")
    yield "canary"
    _run(database, "DROP TABLE IF EXISTS canary")


def test_the_file_and_the_database_are_equal(database: str) -> None:
    assert database
    in_file = read_tables(contract.SCHEMA.read_text(encoding="utf-8"))
    assert {table.name: table for table in in_file} == _live()


def test_the_database_compiles_to_the_contract_of_the_file(database: str) -> None:
    assert database
    assert compiled(tuple(_live().values())).tables == contract.load().tables


def test_no_table_and_no_column_is_passed_over(database: str) -> None:
    with closing(connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(DISTINCT table_name), COUNT(*) FROM information_schema.columns"
            " WHERE table_schema = DATABASE()"
        )
        (counted,) = cursor.fetchall()
    terms = contract.load()
    assert counted == (len(terms.tables), sum(len(table.columns) for table in terms))
    assert min(counted) > 0


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        ("email VARCHAR(254)", "canary.email: has no COMMENT"),
        ("email VARCHAR(254) COMMENT 'data=user.email; theirs'", "canary.email: data=user.email"),
        ("email VARCHAR(254) COMMENT 'data=user.contact.email'", "canary.email: does not say why"),
        ("email VARCHAR(254) COMMENT 'data=user.contact.email; x'", "canary: is about nobody, yet"),
    ],
)
def test_a_column_added_by_hand_is_refused(
    database: str, canary: str, column: str, fault: str
) -> None:
    terms = "subject=none purpose=operations basis=none keep=forever erase=none export=none"
    _run(
        database,
        f"CREATE TABLE {canary} (id CHAR(30) NOT NULL COMMENT 'data=none; key', {column},"
        f" PRIMARY KEY (id)) COMMENT='{terms} tier=operator; a canary'",
    )
    assert canary in _live()
    with pytest.raises(ContractError) as refusal:
        compiled(tuple(_live().values()))
    assert [text for text in refusal.value.faults if text.startswith(fault)], refusal.value.faults


def test_a_table_without_a_key_or_of_an_unknown_type_is_refused(database: str, canary: str) -> None:
    _run(database, f"CREATE TABLE {canary} (id CHAR(30) NOT NULL)")
    with pytest.raises(SchemaError, match="canary: has no primary key"):
        _live()
    _run(database, f"ALTER TABLE {canary} ADD PRIMARY KEY (id), ADD COLUMN bytes BLOB")
    with pytest.raises(SchemaError, match=r"canary\.bytes: blob is no type"):
        _live()
