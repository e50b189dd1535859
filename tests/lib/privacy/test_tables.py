"""The reader of db/schema.sql: strict, so that nothing is passed over."""

import pytest

from lib.privacy.tables import Column, Index, SchemaError, read_tables
from tests.lib.privacy.samples import GOOD, broken


def test_a_table_is_read_with_columns_keys_and_comments() -> None:
    note = next(table for table in read_tables(GOOD) if table.name == "note")
    assert [column.name for column in note.columns] == ["id", "person_id", "words", "written_at"]
    words = "data=user.content.private; what it says; it's theirs"
    assert note.columns[2] == Column("words", "text", nullable=False, comment=words)
    assert note.primary_key == ("id",)
    assert note.indexes == (Index("note_once", ("person_id", "written_at"), unique=True),)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("number     INT ", "number     POINT "),
        ("number     INT          NOT NULL", "number     INT          "),
        ("number     INT          NOT NULL", "number     INT AUTO_INCREMENT NOT NULL"),
        ("CREATE TABLE job (", "CREATE TABLE IF NOT EXISTS job ("),
        ("CREATE TABLE job (", "CREATE TABLE Job ("),
        ("-- people", "DROP TABLE job;"),
        ("KEY invoice_by_person (person_id)", "KEY invoice_by_person (person_id(10))"),
        ("KEY invoice_by_person (person_id)", "KEY invoice_by_person (nobody)"),
        ("KEY invoice_by_person (person_id)", "FOREIGN KEY (person_id) REFERENCES person (id)"),
        ("  PRIMARY KEY (name)", "  KEY job_by_name (name)"),
        ("  remark     VARCHAR(100)", "  made_at    VARCHAR(100)"),
        ("CREATE TABLE job (", "CREATE TABLE note ("),
        ("  PRIMARY KEY (note_id, number)\n)", "  PRIMARY KEY (note_id, number)\n"),
    ],
)
def test_what_cannot_be_read_is_refused(old: str, new: str) -> None:
    with pytest.raises(SchemaError):
        read_tables(broken(old, new))


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(SchemaError, match=r"line 2 can't be read: ALTER TABLE person"):
        read_tables("\nALTER TABLE person DROP COLUMN id;\n")
