"""/v1/operator/accounting: asked for by an operator with a reason, made after the reply."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
import requests

from sandbox.app import App
from tests.acting import operator
from tests.api import description
from tests.cast import Cast
from tests.ledgers import Books
from tests.lib.accounting.saft_reader import read
from tests.stage import rows, until

_PATH = "/v1/operator/accounting"
WANTED = {"year": 2026, "format": "saf-t", "reason": "Årsoppgjør 2026"}


@pytest.fixture
def henrik(cast: Cast) -> App:
    """Henrik, an operator."""
    return operator(cast)


def test_a_year_is_asked_for_made_and_fetched_by_a_link(henrik: App) -> None:
    made = Books(datetime(2026, 3, 1, 12, tzinfo=UTC))
    made.purchase()
    made.payout(76_500)
    asked = henrik.post(_PATH, WANTED)
    assert asked.status == 202, asked.json
    description.operation("POST", _PATH).check(asked)
    path = f"{_PATH}/{asked.json['id']}"
    until(lambda: henrik.get(path).json["state"] == "ready")
    shown = description.operation("GET", path).check(henrik.get(path)).json
    assert (shown["year"], shown["format"], shown["entries_done"]) == (2026, "saf-t", 4)
    answer = requests.get(shown["link"], timeout=10)
    assert answer.status_code == 200
    assert len(answer.content) == shown["size"]
    file = zipfile.ZipFile(io.BytesIO(answer.content))
    (name,) = file.namelist()
    assert name.startswith("SAF-T Financial_927683172_")
    assert read(file.read(name)).faults == []


def test_it_is_logged_who_asked_and_why(henrik: App) -> None:
    asked = henrik.post(_PATH, {**WANTED, "format": "csv"})
    found = rows(
        "SELECT operator_id, object_id, reason FROM operator_log WHERE action LIKE 'exp%%'"
    )
    assert found == [
        {
            "operator_id": henrik.person_id,
            "object_id": asked.json["id"],
            "reason": "Årsoppgjør 2026",
        }
    ]


def test_nobody_but_an_operator_asks_or_reads(henrik: App, cast: Cast) -> None:
    asked = henrik.post(_PATH, WANTED)
    for answer in (
        cast.stranger.post(_PATH, WANTED),
        cast.stranger.get(f"{_PATH}/{asked.json['id']}"),
    ):
        assert (answer.status, answer.json["code"]) == (403, "not_an_operator")
    assert cast.app().get(f"{_PATH}/{asked.json['id']}").status == 401
    assert len(rows("SELECT id FROM accounting_export")) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"year": 2099}, "year_not_begun"),
        ({"year": 2025}, "invalid"),
        ({"year": "2026.5"}, "invalid"),
        ({"format": "pdf"}, "invalid"),
        ({"reason": ""}, "invalid"),
        ({"person": "per_1"}, "invalid"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused(
    henrik: App, changed: dict[str, object], code: str
) -> None:
    answer = henrik.post(_PATH, {**WANTED, **changed})
    assert (answer.status, answer.json["code"]) == (422, code)
    assert rows("SELECT id FROM accounting_export") == []


def test_a_file_that_nobody_asked_for_is_not_there(henrik: App) -> None:
    answer = henrik.get(f"{_PATH}/acx_{'0' * 26}")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
