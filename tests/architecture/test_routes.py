"""What the code declares, what vercel.json sends to it, and what the document promises, are one.

A route without its rewrite is an address that answers 404 in production only; a rewrite to the
wrong file likewise; and a path that the OpenAPI document lacks does not exist for those who
generate their client from it.
"""

import importlib
import json
import re
from typing import Any

from lib.web import openapi
from lib.web.route import Route
from sandbox.vercel_config import VercelConfig
from tests.architecture.sources import ROOT, sources

_VERCEL: dict[str, Any] = json.loads((ROOT / "vercel.json").read_text(encoding="utf-8"))
_CATCH_ALL = {"source": "/(.*)", "destination": "/api/not_found"}
_TWO_YEARS = 63_072_000


def _routes() -> list[tuple[str, Route]]:
    """Return every declared route with the function that declares it: ('api.bookings', route)."""
    return [
        (module, route)
        for module in openapi.modules()
        for route in importlib.import_module(module).handler.routes
    ]


def _rewrites() -> list[dict[str, str]]:
    rewrites: list[dict[str, str]] = _VERCEL["rewrites"]
    return [each for each in rewrites if each != _CATCH_ALL]


def test_every_declared_route_has_its_rewrite_and_every_rewrite_its_route() -> None:
    declared = {
        (re.sub(r"\{(\w+)\}", r":\1", route.path), "/" + module.replace(".", "/"))
        for module, route in _routes()
    }
    written = [(each["source"], each["destination"]) for each in _rewrites()]
    assert len(written) == len(set(written)), "a rewrite stands twice"
    assert set(written) == declared


def test_no_rewrite_takes_what_belongs_to_a_later_one() -> None:
    # The first that fits wins: `/v1/mentors/:mentor_id` before `/v1/mentors/me` is harmless only
    # because one function serves both.
    rewrites = VercelConfig.read(ROOT / "vercel.json").rewrites
    for each in _rewrites():
        path = re.sub(r":(\w+)", "x", each["source"])
        first = next(rule for rule in rewrites if rule.source.match(path) is not None)
        assert first.destination == each["destination"], f"{each['source']} never gets there"


def test_every_other_address_is_answered_by_us_and_last_of_all() -> None:
    # The platform's own 404 is a page of text, and a client that expects a problem can't read it.
    assert _VERCEL["rewrites"][-1] == _CATCH_ALL


def test_two_routes_never_fit_the_same_request() -> None:
    # Which of them answered would depend on the order in which they happen to stand.
    routes = [route for _, route in _routes()]
    for route in routes:
        path = route.path.replace("{", "").replace("}", "")
        rivals = [
            other.path
            for other in routes
            if other.method == route.method and other.pattern.fullmatch(path)
        ]
        # A literal address beside a parameter is served by its order: own first, in one file.
        assert rivals[0] == route.path, f"{route.method} {route.path} is taken by {rivals[0]}"


def test_the_document_has_exactly_the_routes_that_are_declared() -> None:
    promised = {
        (method.upper(), path)
        for path, operations in openapi.document()["paths"].items()
        for method in operations
    }
    # Crons are the platform's to call, and no client's.
    assert promised == {(route.method, route.path) for _, route in _routes() if not route.job}


def test_every_operation_has_a_name_of_its_own() -> None:
    # Generated clients make a function of each: two of one name overwrite each other.
    names = [openapi.operation_id(route) for _, route in _routes() if not route.job]
    assert len(names) == len(set(names))


def test_the_crons_are_those_that_are_declared() -> None:
    # A job that nobody calls is money not paid out, and is seen by nobody either.
    scheduled = [each["path"] for each in _VERCEL["crons"]]
    assert sorted(scheduled) == sorted(route.path for _, route in _routes() if route.job)
    assert all(re.fullmatch(r"(\S+ ){4}\S+", each["schedule"]) for each in _VERCEL["crons"])


def test_the_platform_guesses_no_framework() -> None:
    # Left to itself it may take the project for another kind and pass api/ over.
    assert _VERCEL["framework"] is None
    assert "framework" in _VERCEL


def test_it_runs_in_the_region_that_the_register_of_suppliers_names() -> None:
    # Stockholm: inside the EEA, and beside the database.
    assert _VERCEL["regions"] == ["arn1"]


def test_the_headers_of_every_answer_are_set_by_the_platform() -> None:
    # Files of public/ are served without any of our code, so that it can't set them.
    headers = dict(VercelConfig.read(ROOT / "vercel.json").headers_for("/v1/bookings"))
    everywhere = dict(VercelConfig.read(ROOT / "vercel.json").headers_for("/index.html"))
    for found in (headers, everywhere):
        age = re.search(r"max-age=(\d+)", found["Strict-Transport-Security"])
        assert age is not None
        assert int(age[1]) >= _TWO_YEARS
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_one_setting_covers_every_function() -> None:
    # `api/*.py` would not cover api/cron/: those would run with the platform's defaults.
    (glob,) = _VERCEL["functions"]
    for source in sources("api"):
        assert _fits(source.path, glob), source.path


def test_a_deployment_holds_what_runs_and_nothing_else() -> None:
    # What tests and the sandbox hold is no secret, but it is code that would run in production;
    # and a bundle that is smaller starts faster.
    excluded = _excluded()
    for path in (
        "tests/cast.py",
        "tests/lib/privacy/filler.py",
        "docs/promises.md",
        "docs/decisions/0001.md",
        "sandbox/world.py",
        "sandbox/simulators/vipps/login.py",
        ".local/venv/bin/python",
        ".ci/run",
        ".env",
        ".env.example",
        "README.md",
        "start",
        "test",
        "bench",
        "requirements-dev.txt",
    ):
        assert any(_fits(path, glob) for glob in excluded), f"{path} would be deployed"


def test_a_deployment_holds_the_schema_and_all_of_lib() -> None:
    # Exports and erasures are made from the comments of db/schema.sql, at run time.
    for path in ("db/schema.sql", "requirements.txt", *(each.path for each in sources("lib"))):
        assert not any(_fits(path, glob) for glob in _excluded()), f"{path} would be missing"


def _excluded() -> list[str]:
    (settings,) = _VERCEL["functions"].values()
    globs: str = settings["excludeFiles"]
    assert globs[0] + globs[-1] == "{}"
    return globs[1:-1].split(",")


def _fits(path: str, glob: str) -> bool:
    """Whether a path is under a glob; `*` stays within a folder, `**/` may be no folder at all."""
    pieces = re.split(r"(\*\*/|\*\*|\*)", glob)
    wild = {"**/": "(?:.+/)?", "**": ".+", "*": "[^/]*"}
    regex = "".join(wild.get(piece, re.escape(piece)) for piece in pieces)
    return re.fullmatch(regex, path) is not None
