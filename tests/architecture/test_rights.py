"""docs/rights.md: every right of Art. 12(3) and 15 to 21 GDPR has its call and its test.

A right that no call serves is a letter that somebody has to answer by hand, and forgets.
"""

import pytest

from tests.architecture import claims
from tests.architecture.sources import ROOT

_ROWS = claims.rows(ROOT / "docs/rights.md")
_OWED = {"12(3)", "15(1)", "15(1)(c)", "15(3)", "15(4)", "16", "17", "18", "18(3)", "19", "20"}
_OWED |= {"21", "21(2)"}


def test_every_right_has_one_row_and_there_is_no_other() -> None:
    articles = [cells[0] for cells in _ROWS]
    assert sorted(articles) == sorted(_OWED)


@pytest.mark.parametrize("cells", _ROWS, ids=[cells[0] for cells in _ROWS])
def test_a_right_has_calls_that_exist_and_tests_that_show_it(cells: list[str]) -> None:
    article, right, call, shown = cells
    assert article
    assert right
    assert claims.calls(call), "no call serves it"
    assert claims.unknown_calls(call) == []
    assert claims.missing_tests(shown) == []


def test_a_right_can_be_used_while_processing_is_restricted() -> None:
    # Art. 18 takes nothing away: whoever asks is a person, an operator, or nobody in particular.
    from lib.web import openapi

    refusing = {
        (route.method, claims.shape(route.path))
        for route in openapi.routes()
        if route.refuses_restricted and not route.path.startswith("/v1/operator/")
    }
    named = {
        (method, claims.shape(path)) for cells in _ROWS for method, path in claims.calls(cells[2])
    }
    assert named & refusing == set()
