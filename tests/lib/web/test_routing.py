"""Which address and method lead where, and what the others are told."""

import threading
from http.server import ThreadingHTTPServer

import pytest

from lib.web.endpoint import Endpoint
from sandbox.app import App, send
from sandbox.world import World
from tests.lib.web.conftest import Probe
from tests.lib.web.wire import exchange, request

THINGS = "/v1/things"


def refused(answer: object, status: int, code: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer  # type: ignore[attr-defined]


# ── addresses ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "target",
    [
        "/v1/things/",
        "/v1/things/a/b",
        "/v1/Things",
        "/v1//things",
        "/v1/./things",
        "/v1/x/../things",
        "/v1/things%00",
        "/v1/things%0a",
        "/v1/things%20",
        "/v1/things;x=1",
        "/v1/things/%2e%2e",
        "/v1/things/a%2fb",
        "/v1/things/%ff%fe",
        "/v1/things/a.b",
        "/v1/things/" + "a" * 65,
        "/api/probe.py",
        "/",
        "*",
    ],
)
def test_an_address_that_is_no_route_of_the_function_is_not_found(
    probe: Probe, target: str
) -> None:
    answer = probe.send(request("GET", target))
    refused(answer, 404, "not_found")
    assert answer.one("content-type") == "application/problem+json"


@pytest.mark.parametrize(
    "target", ["/v1/th%69ngs", "/%76%31/things", "http://localhost/v1/things", "//v1/things"]
)
def test_one_address_in_another_spelling_is_the_same_address(probe: Probe, target: str) -> None:
    assert probe.send(request("GET", target)).status == 200


class Bare(Endpoint):
    """The HTTP layer under http.server alone: Vercel's runtime reads a target before it does."""


def test_an_address_that_is_none_is_malformed() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Bare) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        answers = [
            exchange(server.server_port, request(method, "http://[::1/v1/things"))
            for method in ("GET", "OPTIONS", "BREW")
        ]
        server.shutdown()
    for answer in answers:
        refused(answer, 400, "malformed")


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1", "/v1/bookings/x/y/z", "/v2/profile", "/api/nothing", "/x.php"]
)
def test_an_address_that_no_function_has_is_answered_in_the_same_form(
    world: World, path: str
) -> None:
    answer = send("GET", world.url + path, headers={"Accept-Language": "en"})
    refused(answer, 404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["title"] == "Not found"
    assert answer.json["request_id"]


def test_a_function_s_own_address_is_no_way_round_its_routes(world: World, probe: Probe) -> None:
    refused(send("GET", f"{probe.url}/api/probe"), 404, "not_found")
    refused(send("GET", f"{world.url}/api/account"), 404, "not_found")
    refused(send("POST", f"{world.url}/api/sign_in", {"flow": "app"}), 404, "not_found")


# ── methods ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "BREW", "TRACE", "CONNECT", "get"])
def test_a_method_that_the_address_has_not_is_refused_with_those_that_it_has(
    probe: Probe, method: str
) -> None:
    answer = probe.send(request(method, THINGS, Accept_Language="en"))
    refused(answer, 405, "method_not_allowed")
    assert answer.one("allow") == "GET, HEAD, OPTIONS, POST"
    assert answer.one("content-type") == "application/problem+json"
    assert answer.json["request_id"] == answer.one("x-request-id")
    assert answer.json["title"] == "Method not allowed"


def test_a_method_that_nobody_has_is_refused_behind_the_gateway_too(world: World) -> None:
    answer = send("BREW", f"{world.url}/v1/sessions/refresh")
    assert answer.status in {405, 501}
    assert answer.headers["content-type"] == "application/problem+json"


def test_allow_speaks_of_the_address_and_not_of_the_whole_function(world: World) -> None:
    answer = send("PUT", f"{world.url}/v1/sign-in/complete")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "OPTIONS, POST"
    answer = send("PATCH", f"{world.url}/v1/sessions")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"


def test_a_wrong_method_with_a_large_body_is_still_told_why(probe: Probe) -> None:
    body = b"x" * 8_000_000  # more than the sockets hold between them
    refused(probe.send(request("PUT", THINGS, body)), 405, "method_not_allowed")
    refused(probe.send(request("POST", "/v1/nothing", body)), 404, "not_found")


def test_head_is_get_without_its_body(probe: Probe) -> None:
    got = probe.send(request("GET", f"{THINGS}?text=a"))
    headed = probe.send(request("HEAD", f"{THINGS}?text=a"))
    assert headed.status == 200
    assert headed.body == b""
    assert headed.one("content-length") == str(len(got.body))
    assert headed.one("content-type") == "application/json"


def test_head_of_what_is_not_there_has_no_body_either(probe: Probe) -> None:
    answer = probe.send(request("HEAD", "/v1/nothing"))
    assert (answer.status, answer.body) == (404, b"")


def test_head_does_not_do_what_post_does(world: World) -> None:
    refused_head = send("HEAD", f"{world.url}/v1/sign-in")
    assert (refused_head.status, refused_head.json) == (405, None)


# ── queries ──────────────────────────────────────────────────────────────────────────────────────


def invalid(answer: object) -> list[tuple[str, str]]:
    refused(answer, 422, "invalid")
    return [(each["pointer"], each["code"]) for each in answer.json.get("errors", [])]  # type: ignore[attr-defined]


def test_a_query_is_decoded_once(probe: Probe) -> None:
    answer = probe.send(request("GET", f"{THINGS}?text=%C3%A6%2520+%26&limit=3"))
    assert answer.json["input"] == {"text": "æ%20 &", "limit": 3}


def test_unknown_parameters_are_named(probe: Probe) -> None:
    answer = probe.send(request("GET", f"{THINGS}?text=a&admin=1"))
    assert invalid(answer) == [("/admin", "extra_forbidden")]


@pytest.mark.parametrize("query", ["text=a&text=b", "limit=1&limit=1", "text=a&te%78t=b"])
def test_a_parameter_given_twice_is_refused_rather_than_chosen_from(
    probe: Probe, query: str
) -> None:
    ((_, code),) = invalid(probe.send(request("GET", f"{THINGS}?{query}")))
    assert code == "given_twice"


@pytest.mark.parametrize("limit", ["", "x", "1.5", "1e3", "0x10", "9" * 5000])
def test_a_number_in_the_query_is_a_number(probe: Probe, limit: str) -> None:
    ((pointer, _),) = invalid(probe.send(request("GET", f"{THINGS}?limit={limit}")))
    assert pointer == "/limit"


@pytest.mark.parametrize("query", ["text=%ff", "text=%ed%a0%80", "&".join(["a=1"] * 41)])
def test_a_query_that_can_t_be_read_is_malformed(probe: Probe, query: str) -> None:
    refused(probe.send(request("GET", f"{THINGS}?{query}")), 400, "malformed")


def test_a_query_on_a_call_that_takes_a_body_is_refused(probe: Probe) -> None:
    raw = request("POST", f"{THINGS}?name=x", b'{"name": "y"}', Content_Type="application/json")
    assert invalid(probe.send(raw)) == [("/name", "extra_forbidden")]


def test_a_query_on_a_call_that_takes_nothing_is_refused(world: World) -> None:
    answer = send("GET", f"{world.url}/v1/openapi.json?x=1")
    assert invalid(answer) == [("/x", "extra_forbidden")]


# ── the path's parameters, which the platform merges into the query ──────────────────────────────


def test_the_path_decides_what_its_parameters_are_and_not_the_query(probe: Probe) -> None:
    for target in (f"{THINGS}/own?thing_id=other", f"{THINGS}/own?thing_id=a&thing_id=b"):
        answer = send("GET", probe.url + target)
        assert answer.status == 200, answer.json
        assert answer.json["thing_id"] == "own"


def test_a_path_parameter_can_t_stand_in_for_a_missing_path(probe: Probe) -> None:
    answer = send("GET", f"{probe.url}{THINGS}?thing_id=smuggled")
    assert invalid(answer) == [("/thing_id", "extra_forbidden")]


def test_a_stranger_s_id_smuggled_into_the_query_opens_nothing(
    world: World, signed_in: tuple[App, App]
) -> None:
    somebody, other = signed_in
    theirs = other.get("/v1/sessions").json["devices"][0]["id"]
    own = somebody.get("/v1/sessions").json["devices"][0]["id"]
    answer = somebody.delete(f"/v1/sessions/{own}?session_id={theirs}")
    assert answer.status == 204
    assert other.get("/v1/profile").status == 200
    assert somebody.get("/v1/profile").status == 401
    refused(exchange(world.port, request("GET", "/v1/sessions")), 401, "unauthenticated")
