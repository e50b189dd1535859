"""docs/promises.md maps every promise of the privacy policy to what keeps it.

The policy is published: what it says is owed to every person in it. So that none is forgotten, each
of its 55 promises has a row of its own, in one of two forms:

    | P13 | … | `GET /v1/profile` | `tests/api/test_profile.py::test_a_person_reads_their_profile` |
    | P32 | … | not yet | #14 |

A row that claims to be kept names at least one test, and every test and endpoint in it exists.
"""

import re
from functools import cache

import pytest

from tests.architecture import claims
from tests.architecture.sources import ROOT

_PAGE = ROOT / "docs/promises.md"
_PROMISES = [f"P{number:02}" for number in range(1, 56)]


@cache
def _rows() -> dict[str, list[str]]:
    """Return the rows by promise; a row is one line of a table that begins with the number."""
    rows: dict[str, list[str]] = {}
    for line in _PAGE.read_text(encoding="utf-8").splitlines():
        found = re.match(r"\|\s*\**(P\d\d)\**\s*\|", line)
        if found:
            rows.setdefault(found[1], []).append(line)
    return rows


def test_every_promise_has_one_row_and_there_is_no_other() -> None:
    assert {number: len(lines) for number, lines in _rows().items()} == dict.fromkeys(_PROMISES, 1)


def test_a_promise_is_kept_by_a_test_or_names_the_issue_that_brings_it() -> None:
    faults = [f"{promise}: {fault}" for promise in _PROMISES for fault in _faults(_row(promise))]
    assert faults == []


def test_the_endpoints_that_keep_promises_exist() -> None:
    assert [
        f"{promise}: {call} is no route"
        for promise in _PROMISES
        for call in claims.unknown_calls(_row(promise))
    ] == []


def _row(promise: str) -> str:
    return _rows().get(promise, [""])[0]


def _faults(row: str) -> list[str]:
    is_to_come = "not yet" in row
    if is_to_come and not re.search(r"#\d+|\bissue \d+", row):
        return ["which issue brings it?"]
    if is_to_come and "tests/" not in row:
        return []
    return claims.missing_tests(row)


@pytest.mark.parametrize(
    "row",
    [
        "| P01 | A customer is recorded | not yet |",
        "| P01 | A customer is recorded | `POST /v1/customers` |",
        "| P01 | … | `tests/architecture/test_promises.py` |",
        "| P01 | … | `tests/architecture/test_promises.py::test_that_is_not_there` |",
        "| P01 | … | `tests/nowhere.py::test_nothing` |",
        "| P01 | … | not yet, #7 | `tests/nowhere.py::test_nothing` |",
    ],
)
def test_a_row_that_shows_nothing_is_noticed(row: str) -> None:
    assert _faults(row)
