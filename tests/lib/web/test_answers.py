"""What every answer has: its headers, a request id, and a problem document for a refusal."""

import re
import time

import pytest

from lib.web.problem import language_of
from sandbox.app import App, send
from sandbox.world import World
from tests.lib.web.conftest import Probe
from tests.lib.web.wire import WireAnswer, request

THINGS = "/v1/things"
OWN_ORIGIN = "http://localhost:8081"


# ── problem documents ────────────────────────────────────────────────────────────────────────────


def test_a_refusal_is_a_problem_document(world: World) -> None:
    answer = send("GET", f"{world.url}/v1/profile")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json == {
        "type": "/problems/unauthenticated",
        "title": "Du må logge inn",
        "status": 401,
        "code": "unauthenticated",
        "request_id": answer.headers["x-request-id"],
    }


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "nb"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("en-US,en;q=0.9", "en"),
        ("nb", "nb"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("de, fr;q=0.9, en;q=0.1", "en"),
        ("de, fr", "nb"),
        ("*", "nb"),
        ("en;q=0.8, nb;q=0.9", "nb"),
        ("nb;q=0.8, en;q=0.9", "en"),
        ("en, nb", "en"),
        ("en; q=0.2 , nb; q=0.3", "nb"),
        ("en;q=0", "nb"),
        ("en;q=0.000, nb;q=0.1", "nb"),
        ("en;q=nan, nb", "en"),
        ("en;q=inf", "en"),
        ("en;q=-1", "en"),
        ("en;;;q", "en"),
        (",,,;q=1,", "nb"),
        ("english", "nb"),
        (",".join(["de"] * 5000) + ",en", "nb"),
    ],
)
def test_the_language_is_the_one_preferred_of_the_two_that_there_are(
    accept: str, language: str
) -> None:
    assert language_of(accept) == language


def test_titles_are_in_the_caller_s_language_and_codes_in_none(world: World) -> None:
    norwegian = send("GET", f"{world.url}/v1/profile", headers={"Accept-Language": "nn"})
    english = send("GET", f"{world.url}/v1/profile", headers={"Accept-Language": "en-GB"})
    assert (norwegian.json["title"], english.json["title"]) == ("Du må logge inn", "Sign in first")
    assert norwegian.json["code"] == english.json["code"]


# ── headers ──────────────────────────────────────────────────────────────────────────────────────


def test_a_request_s_id_is_the_platform_s_and_stands_in_answer_document_and_log(
    world: World,
) -> None:
    answer = send("GET", f"{world.url}/v1/profile", headers={"x-vercel-id": "forged"})
    request_id = answer.headers["x-request-id"]
    assert request_id == answer.headers["x-vercel-id"] != "forged"
    assert request_id in logged(world, "api/account.py", request_id)


def logged(world: World, function: str, text: str) -> str:
    """Wait for a line with this text; return it."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for line in world.functions.logs(function):
            if text in line.text:
                return line.text
        time.sleep(0.01)
    raise AssertionError(f"{text!r} was never logged")


def test_without_a_platform_a_request_is_given_an_id(probe: Probe) -> None:
    ids = {probe.send(request("GET", THINGS)).one("x-request-id") for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch("req_[0-9a-z]{26}", each) for each in ids)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/profile"),
        ("GET", "/v1/mentors"),
        ("GET", "/v1/openapi.json"),
        ("OPTIONS", "/v1/profile"),
        ("PUT", "/v1/profile"),
        ("GET", "/v1/nothing"),
        ("POST", "/v1/sign-in"),
    ],
)
def test_nothing_is_kept_by_a_cache_and_a_browser_is_told_to_be_careful(
    world: World, method: str, path: str
) -> None:
    answer = send(method, world.url + path)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "origin, accept-language"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
    assert answer.headers["x-request-id"]


def test_every_header_stands_there_once(probe: Probe) -> None:
    for method, target in (("GET", THINGS), ("GET", "/v1/x"), ("OPTIONS", THINGS), ("PUT", THINGS)):
        names = [name for name, _ in probe.send(request(method, target)).headers]
        assert len(names) == len(set(names)), names


# ── browsers ─────────────────────────────────────────────────────────────────────────────────────


def preflight(probe: Probe, origin: str, target: str = THINGS) -> WireAnswer:
    return probe.send(
        request(
            "OPTIONS",
            target,
            Origin=origin,
            Access_Control_Request_Method="POST",
            Access_Control_Request_Headers="authorization, idempotency-key",
        )
    )


def test_the_app_s_own_origin_may_call(probe: Probe) -> None:
    answer = preflight(probe, OWN_ORIGIN)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.one("access-control-allow-origin") == OWN_ORIGIN
    assert answer.one("access-control-allow-methods") == "GET, HEAD, OPTIONS, POST"
    assert answer.one("allow") == "GET, HEAD, OPTIONS, POST"
    allowed = answer.one("access-control-allow-headers").split(", ")
    assert {"authorization", "content-type", "idempotency-key", "accept-language"} == set(allowed)
    assert answer.one("access-control-max-age") == "600"
    assert not answer.all("access-control-allow-credentials")
    assert not answer.all("content-type")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8082",
        "https://localhost:8081",
        "http://localhost:8081.evil.example",
        "http://localhost:8081/",
        "HTTP://LOCALHOST:8081",
        "null",
        "*",
        "",
    ],
)
def test_any_other_origin_gets_no_yes(probe: Probe, origin: str) -> None:
    for answer in (
        preflight(probe, origin),
        probe.send(request("GET", THINGS, Origin=origin)),
        probe.send(request("GET", "/v1/explosions/x", Origin=origin)),
    ):
        assert not answer.all("access-control-allow-origin")
        assert "origin" in answer.one("vary")


def test_a_page_of_the_app_can_read_refusals_and_the_headers_that_it_needs(probe: Probe) -> None:
    for target, status in ((THINGS, 200), ("/v1/nothing", 404), ("/v1/explosions/x", 500)):
        answer = probe.send(request("GET", target, Origin=OWN_ORIGIN))
        assert answer.status == status
        assert answer.one("access-control-allow-origin") == OWN_ORIGIN
        exposed = answer.one("access-control-expose-headers")
        assert exposed == "x-request-id, idempotent-replayed"


def test_a_preflight_for_an_address_that_is_none_says_so(probe: Probe) -> None:
    answer = preflight(probe, OWN_ORIGIN, "/v1/nothing")
    assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_a_preflight_with_a_body_is_answered_like_one_without(probe: Probe) -> None:
    assert probe.send(request("OPTIONS", THINGS, b"x" * 100_000)).status == 204


def test_preflights_work_behind_the_gateway_where_no_token_is_sent(
    world: World, signed_in: tuple[App, App]
) -> None:
    del signed_in
    answer = send("OPTIONS", f"{world.url}/v1/profile", headers={"Origin": OWN_ORIGIN})
    assert answer.status == 204
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, PATCH"
