"""The log: recognisable values are sent everywhere, and none of them is found in it."""

import json
import time
from urllib.parse import quote

from sandbox.app import App, send
from sandbox.world import World
from tests.cast import Cast
from tests.market import APPLICATION, OFFER

NAME = "Aslaug Hemmelig"
EMAIL = "hemmelig@example.no"
PHONE = "4799887766"
QUERY = "quersecret"
KEY = "keysecret-0001"
TEXT = "bodysecret"
HEADER = "headersecret"
TOKEN = "tokensecret-tokensecret-tokensecret"


def lines(world: World) -> list[str]:
    """Everything logged so far, waited for until the last request's line is there."""
    answer = send("GET", f"{world.url}/v1/mentors")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = [str(line) for line in world.functions.logs()]
        if any(answer.headers["x-request-id"] in line for line in found):
            return found
        time.sleep(0.01)
    raise AssertionError("the last request was never logged")


def go_everywhere(world: World, person: App) -> None:
    """Send each value in every place that takes one, to calls that succeed and that fail."""
    person.headers |= {"User-Agent": HEADER, "Accept-Language": HEADER, "Cookie": HEADER}
    named = {"given_name": NAME, "email": EMAIL, "phone": PHONE}
    assert person.patch("/v1/profile", named, KEY).status == 200
    assert person.post("/v1/mentors", {**APPLICATION, "biography": TEXT}, KEY + "2").status == 201
    assert person.post("/v1/offers", {**OFFER, "title": TEXT}, KEY + "3").status == 201
    for path in (
        f"/v1/mentors?text={QUERY}",
        f"/v1/mentors?{QUERY}={EMAIL}",
        f"/v1/mentors/{QUERY}",
        f"/v1/bookings/{QUERY}",
        f"/v1/bookings/{QUERY}/meeting",
        f"/{QUERY}/{quote(EMAIL)}",
        f"/v1/profile?{QUERY}=1",
        f"/v1/bookings?after={QUERY}",
        f"/v1/privacy/export?after={QUERY}",
    ):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", QUERY.upper()):
            person.call(method, path, {"name": TEXT} if method in {"POST", "PATCH"} else None)
    for path, body in (
        ("/v1/sign-in", {"flow": TEXT}),
        ("/v1/sessions/refresh", {"refresh_token": TOKEN}),
        ("/v1/sign-up", {"sign_up_token": TOKEN, "device_name": TEXT}),
        (
            "/v1/sign-in/complete",
            {"attempt": TOKEN, "state": TOKEN, "code": TOKEN, "device_name": TEXT},
        ),
    ):
        assert person.post(path, body).status >= 400
    for raw in (f'{{"x": "{TEXT}"', f'"{TEXT}"', f'{{"{TEXT}": 1}}'):
        assert person.call("PATCH", "/v1/profile", raw.encode()).status >= 400
    forged = {"Authorization": f"Bearer {TOKEN}", "Origin": HEADER, "X-Forwarded-For": HEADER}
    assert send("GET", f"{world.url}/v1/profile", headers=forged).status == 401
    for source in ("vipps", "stripe", "whereby"):
        signed = {"Stripe-Signature": HEADER, "Whereby-Signature": HEADER, "Authorization": HEADER}
        sent = {"email": EMAIL, "text": TEXT}
        assert send("POST", f"{world.url}/v1/webhooks/{source}", sent, signed).status == 401
    assert send("GET", f"{world.url}/cron/books", headers=forged).status == 401


def test_no_personal_data_token_query_or_key_is_ever_logged(world: World, cast: Cast) -> None:
    mentee = cast.mentee
    tokens = [mentee.access_token, mentee.refresh_token]
    assert mentee.refresh().status == 200
    tokens += [mentee.access_token, mentee.refresh_token]
    profile = mentee.get("/v1/profile").json
    go_everywhere(world, mentee)

    log = "\n".join(lines(world))
    assert "/v1/mentors" in log
    sent = [NAME, "Hemmelig", EMAIL, PHONE, QUERY, KEY, TEXT, HEADER, TOKEN]
    known = [profile[name] for name in ("given_name", "family_name", "email", "phone")]
    found = [value for value in [*sent, *known, *tokens] if value.lower() in log.lower()]
    assert not found, [line for line in log.splitlines() if found[0].lower() in line.lower()][:3]


def test_a_person_s_id_is_not_in_the_log_either(world: World, cast: Cast) -> None:
    (person,) = cast.crowd(1)
    person.get("/v1/profile")
    person.get(f"/v1/mentors/{person.person_id}")
    person.post("/v1/mentors", APPLICATION)
    assert person.person_id not in "\n".join(lines(world))


def test_each_request_is_one_line_of_json_with_what_operations_need(
    world: World, cast: Cast
) -> None:
    (person,) = cast.crowd(1)
    good = person.get("/v1/profile").headers["x-request-id"]
    bad = person.get("/v1/bookings/unknown").headers["x-request-id"]
    found = {}
    for line in lines(world):
        start = line.find("{")
        if start >= 0 and '"event":"request"' in line:
            logged = json.loads(line[start:])
            assert logged["request_id"] not in found, "a request is logged once"
            found[logged["request_id"]] = logged
    assert (
        found[good].items()
        >= {
            "event": "request",
            "method": "GET",
            "route": "/v1/profile",
            "status": 200,
            "code": None,
        }.items()
    )
    assert found[good]["ms"] >= 0
    assert found[bad]["route"] == "/v1/bookings/{booking_id}"
    assert (found[bad]["status"], found[bad]["code"]) == (404, "not_found")


def test_the_platform_s_own_access_line_is_not_written(world: World) -> None:
    send("GET", f"{world.url}/v1/mentors?text=x")
    assert not [line for line in lines(world) if "HTTP/1." in line]
