"""docs/restriction.md: what goes on with a person's data while it may only be kept.

A new route refuses a restricted caller unless it is let through, and what is let through, every job
and every topic have a row with a test: what nobody has decided about would simply go on.
"""

import importlib
import re

import pytest

from lib.outbox import topics
from lib.web import openapi
from lib.web.route import Auth, Route
from tests.architecture import claims
from tests.architecture.sources import ROOT

_ROWS = claims.rows(ROOT / "docs/restriction.md")
_RIGHTS = "/v1/privacy/"


def _named(pattern: str) -> list[str]:
    """Return what the first cells name in code: jobs, topics or calls."""
    return [name for cells in _ROWS for name in re.findall(f"`({pattern})`", cells[0])]


def _let_through() -> set[tuple[str, str]]:
    return {
        (route.method, route.path)
        for route in openapi.routes()
        if route.auth is not Auth.ANYONE and not route.refuses_restricted
    }


def test_every_call_that_is_let_through_has_its_row_and_the_rest_is_refused() -> None:
    named = {tuple(call.split(" ")) for call in _named(r"[A-Z]+ /v1/[^`]*")}
    others = {call for call in _let_through() if not call[1].startswith(_RIGHTS)}
    assert named == others
    assert _named(rf"\* {_RIGHTS}") == [f"* {_RIGHTS}"]


def test_every_job_has_its_row_and_there_is_no_other() -> None:
    jobs = [
        route.path
        for module in openapi.modules()
        for route in importlib.import_module(module).handler.routes
        if route.job
    ]
    assert sorted(_named(r"/cron/\w+")) == sorted(jobs)


def test_every_topic_has_its_row_and_there_is_no_other() -> None:
    assert sorted(_named(r"[a-z]+\.[a-z_]+")) == sorted(topics.names())


@pytest.mark.parametrize("cells", _ROWS, ids=[cells[0].strip("`") for cells in _ROWS])
def test_every_row_says_what_is_done_and_which_test_shows_it(cells: list[str]) -> None:
    what, does, shown = cells
    assert what
    assert does
    assert claims.missing_tests(shown) == []


def test_a_route_that_is_declared_refuses_who_is_restricted_if_nothing_is_said() -> None:
    def function() -> None:
        """Do nothing."""

    for method in ("GET", "POST"):
        made = Route(method=method, path="/v1/new", function=function, auth=Auth.SIGNED_IN)
        assert made.refuses_restricted
