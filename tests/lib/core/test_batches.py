"""Lists of a cron run: page by page, each row once, to the deadline."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.core import batches

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def page(rows: list[str], asked: list[str], size: int = 2) -> object:
    def read(after: str) -> list[str]:
        asked.append(after)
        return [row for row in rows if row > after][:size]

    return read


def test_every_row_is_met_once_in_the_order_of_the_key() -> None:
    asked: list[str] = []
    found = batches.until(NEVER, page(list("abcde"), asked), lambda row: row)  # type: ignore[arg-type]
    assert list(found) == list("abcde")
    assert asked == ["", "b", "d", "e"]


def test_a_row_that_goes_while_it_is_dealt_with_takes_no_other_along() -> None:
    rows = list("abcde")
    met = []
    for row in batches.until(NEVER, page(rows, []), lambda row: row):  # type: ignore[arg-type]
        met.append(row)
        rows.remove(row)
    assert met == list("abcde")


def test_nothing_is_begun_after_the_deadline() -> None:
    over = datetime.now(UTC) - timedelta(seconds=1)
    assert list(batches.until(over, page(list("abc"), []), lambda row: row)) == []  # type: ignore[arg-type]


def test_what_goes_wrong_with_one_row_is_logged_without_its_words_and_is_no_success(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> bool:
        raise ValueError("kari@example.no")

    assert batches.tried(lambda: True, "never_said") is True
    assert batches.tried(lambda: False, "never_said") is False
    assert batches.tried(fail, "row_not_done") is False
    said = capsys.readouterr().out
    assert "row_not_done" in said
    assert "ValueError" in said
    assert "kari" not in said
    assert "never_said" not in said
