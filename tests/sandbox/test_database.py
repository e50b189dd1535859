"""The private database: quick to start, near to MySQL 8, and gone afterwards."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pymysql
import pytest

from sandbox import database as databases
from sandbox.database import Database, DatabaseError

DATE_TABLE = "CREATE TABLE day (id INT NOT NULL PRIMARY KEY, name VARCHAR(9), at DATETIME(6))"


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    with Database() as server:
        yield server


@pytest.fixture
def url(server: Database) -> Iterator[str]:
    yield server.create("scratch")
    server.drop("scratch")


def run(url: str, *statements: str) -> tuple[tuple[object, ...], ...]:
    with closing(databases.connect(url)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.parametrize("fast", [True, False])
def test_a_new_server_is_up_within_a_second_and_gone_after_stop(fast: bool) -> None:  # noqa: FBT001
    with Database() as once:  # the template is made by whoever is first
        assert once.port
    began = time.monotonic()
    server = Database(fast=fast).start()
    took = time.monotonic() - began
    url = server.create("one")
    assert run(url, "SELECT 1") == ((1,),)
    server.stop()
    server.stop()

    assert took < 1.0
    with pytest.raises(pymysql.OperationalError):
        databases.connect(url)


def test_two_servers_do_not_see_each_other(server: Database, url: str) -> None:
    run(url, DATE_TABLE)
    with Database() as other:
        assert other.port != server.port
        assert databases.tables(other.create("scratch")) == []


def test_the_account_of_the_app_reaches_its_own_databases_only(server: Database, url: str) -> None:
    assert run(url, "SHOW DATABASES") == (("information_schema",), ("scratch",))
    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        run(server.url("mysql"), "SELECT 1")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO day VALUES (1, 'a', '0000-00-00')",
        "INSERT INTO day VALUES (1, 'longer than nine', NULL)",
        "SELECT name, COUNT(*) FROM day",
    ],
)
def test_what_mysql_8_refuses_is_refused_here_too(url: str, statement: str) -> None:
    run(url, DATE_TABLE)
    with pytest.raises(pymysql.MySQLError):
        run(url, statement)


def test_a_locking_read_after_another_commit_sees_the_newer_row_as_in_mysql(url: str) -> None:
    run(url, DATE_TABLE, "INSERT INTO day VALUES (1, 'old', NULL)")
    with closing(databases.connect(url)) as connection, connection.cursor() as cursor:
        connection.begin()
        cursor.execute("SELECT name FROM day")
        run(url, "UPDATE day SET name = 'new'")
        cursor.execute("SELECT name FROM day WHERE id = 1 FOR UPDATE")
        assert cursor.fetchall() == (("new",),)


def test_a_schema_file_is_applied_statement_by_statement(url: str, tmp_path: Path) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text(
        "-- A comment; with a semicolon\n"
        "CREATE TABLE a (\n  id INT NOT NULL COMMENT 'key; kept',\n  PRIMARY KEY (id)\n);\n\n"
        "-- Only a comment before the end\n"
        "CREATE TABLE b (id INT NOT NULL PRIMARY KEY);\n-- the end\n"
    )
    databases.apply_schema(url, schema)

    assert databases.tables(url) == ["a", "b"]


def test_a_wrong_statement_of_the_schema_is_named_by_its_line(url: str, tmp_path: Path) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text("CREATE TABLE a (id INT NOT NULL PRIMARY KEY);\n\nCREATE TABEL b (\n);\n")

    with pytest.raises(DatabaseError, match=r"schema\.sql, statement that ends on line 4: .*TABEL"):
        databases.apply_schema(url, schema)


def test_emptying_keeps_tables_and_dropping_does_not(url: str) -> None:
    run(url, DATE_TABLE, "INSERT INTO day VALUES (1, 'x', NULL)")
    databases.empty(url)
    assert run(url, "SELECT COUNT(*) FROM day") == ((0,),)
    databases.drop_tables(url)
    assert databases.tables(url) == []


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_OPTIONS", ("--no-such-option=1",))

    with pytest.raises(DatabaseError, match="no-such-option"):
        Database().start()


@pytest.mark.parametrize(
    "wrong", ["postgres://a@b/c", "mysql://a:b@localhost", "mysql:///nohost", "nothing"]
)
def test_a_database_url_of_another_kind_is_refused_with_the_form_that_is_wanted(wrong: str) -> None:
    with pytest.raises(ValueError, match="mysql://user:password@host:port/database"):
        databases.connect(wrong)
