"""Every operation of /v1/openapi.json, called as nobody should call it.

Nothing here is written for one operation: what is wrong is made from the description. Whatever is
sent, the answer is one that the description promises for that operation, and never a 5xx.
"""

import base64
import json
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from lib.accounts.rules import TERMS_VERSION
from lib.core.db import transact
from lib.papers import service as papers
from lib.sessions import service as sessions
from sandbox.app import Answer, App, send
from sandbox.world import World
from tests.api import description
from tests.api.description import METHODS, UNKNOWN, Operation
from tests.cast import Cast
from tests.deals import Deal
from tests.market import become_mentor, create_pack, open_stall

ALL = [pytest.param(each, id=str(each)) for each in description.operations()]


def those(which: str) -> list[Any]:
    """Return the operations that have a property, as parameters."""
    return [
        pytest.param(each, id=str(each))
        for each in description.operations()
        if getattr(each, which)
    ]


MALFORMED_IDS = ["x", "0", "-1", "null", "undefined", "bkg_", "BKG_" + UNKNOWN, "_" * 64]
NOT_EVEN_IDS = ["%00", "%27%20OR%201=1--", "..%2f..%2fprofile", "%f0%9f%92%a9", "a" * 65, "%"]


@pytest.fixture
def person(cast: Cast) -> App:
    """Somebody signed in, freshly."""
    (somebody,) = cast.crowd(1)
    return somebody


@pytest.fixture
def mentor(person: App) -> App:
    """Somebody signed in who is let further into the calls of mentors."""
    become_mentor(person)
    return person


def call(app: App, operation: Operation, target: str = "", body: object = None) -> Answer:
    return app.call(operation.method, target or operation.target(), body)


def body_of(operation: Operation) -> Any:  # noqa: ANN401 (JSON)
    return None if operation.body is None else description.sample(operation.body)


def with_query(operation: Operation, **values: str) -> str:
    """Return an address with a plausible query, or with something else in a parameter's place."""
    plausible = {
        name: str(description.sample(operation.query[name])) for name in operation.required_query
    }
    query = urlencode({**plausible, **values})
    return operation.target() + (f"?{query}" if query else "")


# ── who calls ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("operation", those("needs_token"))
def test_without_a_good_token_nobody_gets_anywhere(
    world: World, cast: Cast, person: App, operation: Operation
) -> None:
    now = world.clock.now()
    expired = transact(
        lambda db: sessions.open_session(
            db,
            person_id=person.person_id,
            device_name="Old",
            authenticated_at=now,
            now=now - timedelta(minutes=16),
        )
    )
    app = cast.app()
    garbage = ("", "garbage", "x" * 4000, "\xff\xfe", "' OR 1=1 --", expired.refresh_token)
    for token in (*garbage, expired.access_token):
        app.access_token = token
        operation.refusal(call(app, operation, body=body_of(operation)), 401, "unauthenticated")


@pytest.mark.parametrize("operation", ALL)
def test_a_token_that_is_no_good_never_breaks_a_call_that_needs_none(
    cast: Cast, operation: Operation
) -> None:
    app = cast.app()
    app.access_token = "garbage"
    operation.check(call(app, operation, with_query(operation), body_of(operation)))


@pytest.mark.parametrize("operation", ALL)
def test_who_has_nothing_yet_may_ask_for_anything(person: App, operation: Operation) -> None:
    operation.check(call(person, operation, with_query(operation), body_of(operation)))


@pytest.mark.parametrize("operation", those("needs_key"))
def test_a_call_that_wants_a_key_does_nothing_without_a_good_one(
    world: World, person: App, operation: Operation
) -> None:
    token = {"Authorization": f"Bearer {person.access_token}"}
    for keys in ({}, {"Idempotency-Key": "short"}, {"Idempotency-Key": "x" * 65}):
        answer = send(
            operation.method, world.url + operation.target(), body_of(operation), token | keys
        )
        operation.refusal(answer, 400, "idempotency_key_missing")


# ── ids ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("operation", those("path_names"))
def test_what_is_not_there_is_not_found(person: App, operation: Operation) -> None:
    for unknown in (f"xxx_{UNKNOWN}", *MALFORMED_IDS):
        for name in operation.path_names:
            answer = call(person, operation, with_query(operation), body_of(operation))
            operation.check(answer)
            target = operation.target(**{name: unknown})
            query = with_query(operation).partition("?")[2]
            answer = call(
                person, operation, f"{target}?{query}" if query else target, body_of(operation)
            )
            operation.check(answer)
            assert answer.status in {403, 404, 422}, answer.json


@pytest.mark.parametrize("operation", those("path_names"))
def test_what_can_t_be_an_id_leads_nowhere(person: App, operation: Operation) -> None:
    for wrong in NOT_EVEN_IDS:
        for name in operation.path_names:
            target = operation.path.replace(f"{{{name}}}", wrong)
            answer = call(person, operation, target, body_of(operation))
            assert answer.status in {400, 404}, (target, answer.json)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.fixture
def theirs(world: World, cast: Cast) -> dict[str, str]:
    """The ids of things that belong to two people and concern nobody else."""
    mentor, mentee = cast.crowd(2)
    stall = open_stall(world, mentor)
    booking = stall.book(mentee).json["id"]
    wanted = {"booking_id": booking, "terms": TERMS_VERSION, "early_start": True}
    purchase = mentee.post("/v1/purchases", wanted)
    request = mentee.post("/v1/privacy/requests", {"kind": "other"})
    said = mentee.post("/v1/conversations", {"recipient_id": mentor.person_id, "text": "Hei"})
    deal = Deal.between(mentor.person_id, mentee.person_id, world.clock.now())
    papers.receipt(deal.session(), deal.now)
    return {
        # Of operators' things not even one's own is anybody's.
        "person_id": mentee.person_id,
        "request_id": request.json["id"],
        "hold_id": f"hld_{UNKNOWN}",
        "notice_id": f"ntc_{UNKNOWN}",
        "breach_id": f"brc_{UNKNOWN}",
        "payout_id": f"pay_{UNKNOWN}",
        "refund_id": f"rfd_{UNKNOWN}",
        "dispute_id": f"dsp_{UNKNOWN}",
        "message_id": f"out_{UNKNOWN}",
        "cause_id": purchase.json["id"],
        "difference_id": f"dif_{UNKNOWN}",
        "approval_id": f"apv_{UNKNOWN}",
        "mention_id": f"mnt_{UNKNOWN}",
        "export_id": f"exp_{UNKNOWN}",
        "conversation_id": said.json["conversation_id"],
        "sent_id": said.json["id"],
        "booking_id": booking,
        "offer_id": stall.offer_id,
        "pack_id": create_pack(mentor),
        "mentor_id": mentor.person_id,
        "purchase_id": purchase.json["id"],
        "paper_id": mentee.get("/v1/papers").json["papers"][0]["id"],
        "session_id": mentee.get("/v1/sessions").json["devices"][0]["id"],
    }


# What anybody may see of others.
_PUBLIC = {"/v1/mentors/{mentor_id}", "/v1/offers/{offer_id}/slots"}
_NO_IDS = {
    "purpose",
    "token",
    "receipt_token",
}  # a word of ours, and what is good in anybody's hands


def test_what_is_somebody_else_s_is_as_if_it_were_not_there(
    world: World, cast: Cast, theirs: dict[str, str]
) -> None:
    stranger, mentor = cast.crowd(2)
    open_stall(world, mentor)
    asked = 0
    for operation in description.operations():
        if set(operation.path_names) <= _NO_IDS or operation.path in _PUBLIC:
            continue
        own = {name: theirs[name] for name in operation.path_names}
        query = with_query(operation).removeprefix(operation.target())
        for app in (stranger, mentor):
            answer = call(app, operation, operation.target(**own) + query, body_of(operation))
            there = operation.check(answer)
            answer = call(app, operation, operation.target() + query, body_of(operation))
            nowhere = operation.check(answer)
            assert there.status in {403, 404}, f"{operation} gave {there.status}: {there.json}"
            assert (there.status, there.json["code"]) == (nowhere.status, nowhere.json["code"])
        asked += 1
    assert asked >= 8


def test_what_is_somebody_else_s_can_t_be_named_in_a_body_either(
    cast: Cast, theirs: dict[str, str]
) -> None:
    (stranger,) = cast.crowd(1)
    body = {"booking_id": theirs["booking_id"], "terms": "2026-11-01"}
    answer = stranger.post("/v1/purchases", body)
    unknown = stranger.post("/v1/purchases", {**body, "booking_id": f"bkg_{UNKNOWN}"})
    operation = description.operation("POST", "/v1/purchases")
    assert operation.check(answer).status in {403, 404, 409}
    assert (answer.status, answer.json["code"]) == (unknown.status, unknown.json["code"])


@pytest.mark.parametrize("operation", those("body"))
def test_an_id_in_a_body_has_the_shape_of_an_id(person: App, operation: Operation) -> None:
    assert operation.body is not None
    good = body_of(operation)
    for name in [each for each in good if each.endswith("_id")]:
        for wrong in ("x", "æ", f"xxx_{UNKNOWN}", f"{good[name]}0", good[name].upper()):
            answer = call(person, operation, body={**good, name: wrong})
            assert pointed_at(operation, answer) == [f"/{name}"]


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("operation", those("body"))
def test_a_plausible_body_is_never_our_fault(mentor: App, operation: Operation) -> None:
    operation.check(call(mentor, operation, body=body_of(operation)))


def pointed_at(operation: Operation, answer: Answer) -> list[str]:
    operation.refusal(answer, 422, "invalid")
    return [each["pointer"] for each in answer.json["errors"]]


@pytest.mark.parametrize("operation", those("body"))
def test_a_field_of_another_type_or_beyond_its_limits_is_named(
    person: App, operation: Operation
) -> None:
    assert operation.body is not None
    good = body_of(operation)
    for place, schema in description.leaves(operation.body):
        pointer = "/" + "/".join(map(str, place))
        for value in description.wrong_values(schema):
            answer = call(person, operation, body=description.put(good, place, value))
            # A validation error may point below the field, at an item of it.
            found = pointed_at(operation, answer)
            assert any(each == pointer or each.startswith(f"{pointer}/") for each in found), (
                f"{operation}: {pointer} = {value!r:.60} was not refused, but {found}"
            )


@pytest.mark.parametrize("operation", those("body"))
def test_a_field_that_is_missing_is_named(person: App, operation: Operation) -> None:
    assert operation.body is not None
    good = body_of(operation)
    for name in operation.body.get("required", []):
        less = {key: value for key, value in good.items() if key != name}
        answer = call(person, operation, body=less)
        assert f"/{name}" in pointed_at(operation, answer)
        codes = {each["code"] for each in answer.json["errors"] if each["pointer"] == f"/{name}"}
        assert codes == {"missing"}


@pytest.mark.parametrize("operation", those("body"))
def test_a_field_that_is_unknown_is_named(person: App, operation: Operation) -> None:
    assert operation.body is not None
    good = body_of(operation)
    for name in ("surprise", "person_id", "id", "__proto__", "é", "a/b"):
        answer = call(person, operation, body={**good, name: "x"})
        assert f"/{name}" in pointed_at(operation, answer)
    for place, schema in description.leaves(operation.body):
        if description.resolved(schema).get("type") == "object":
            value = {**description.sample(schema), "surprise": 1}
            answer = call(person, operation, body=description.put(good, place, value))
            assert any(each.endswith("/surprise") for each in pointed_at(operation, answer))


HOSTILE = [
    "\u0000",
    "'; DROP TABLE person; --",
    "%s%(x)s{0}{x}",
    "\u202e\u200b\ufeff",
    "👩🏽‍💻" * 8,
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "\\",
]


@pytest.mark.parametrize("operation", those("body"))
def test_text_that_means_harm_does_none(mentor: App, operation: Operation) -> None:
    assert operation.body is not None
    good = body_of(operation)
    for place, schema in description.leaves(operation.body):
        if "string" not in description.types(schema):
            continue
        for text in HOSTILE:
            body = description.put(good, place, text)
            operation.check(call(mentor, operation, body=body))


@pytest.mark.parametrize(
    "operation",
    [each for each in ALL if each.values[0].method in {"POST", "PUT", "PATCH"}],  # type: ignore[union-attr]
)
def test_a_body_that_is_too_large_or_no_json_is_refused(
    world: World, person: App, operation: Operation
) -> None:
    limit = 1024 * 1024 if operation.is_webhook else 64 * 1024
    large = b'{"x": "' + b"x" * limit + b'"}'
    operation.refusal(call(person, operation, body=large), 413, "too_large")
    for raw in (b"{", b"\xff\xfe", b"[1,", b"NaN", b"null", b"[]", b"[" * 50_000, b'"text"'):
        answer = operation.check(call(person, operation, body=raw))
        expected = {401, 404} if operation.is_webhook else {400, 422}
        assert answer.status in expected, answer.json
    if operation.body is not None:
        headers = {
            "Authorization": f"Bearer {person.access_token}",
            "Idempotency-Key": secrets.token_hex(8),
        }
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
            content = json.dumps(body_of(operation)).encode()
            sent = {**headers, "Content-Type": kind}
            answer = send(operation.method, world.url + operation.target(), content, sent)
            operation.refusal(answer, 415, "unsupported_media_type")


# ── queries ──────────────────────────────────────────────────────────────────────────────────────


def in_query(value: object) -> str | None:
    """Return how a JSON value would be written in a query; None where it can't be."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    return str(value)


@pytest.mark.parametrize("operation", those("query"))
def test_a_query_of_another_kind_is_named(person: App, operation: Operation) -> None:
    for name, schema in operation.query.items():
        # In a query everything is text, and text is no wrong type for text.
        for value in description.wrong_values(schema):
            text = in_query(value)
            if text is None or (
                not isinstance(value, str) and "string" in description.types(schema)
            ):
                continue
            if "integer" in description.types(schema) and text == "7":
                continue
            answer = call(person, operation, with_query(operation, **{name: text}))
            found = pointed_at(operation, answer)
            assert any(each == f"/{name}" or each.startswith(f"/{name}/") for each in found), (
                f"{operation}: {name}={text!r:.60} was not refused, but {found}"
            )


def is_told_first(path: str) -> bool:
    return path.startswith("/v1/operator/") and path != "/v1/operator/requests"


@pytest.mark.parametrize("operation", those("query"))
def test_a_query_that_means_harm_does_none(mentor: App, operation: Operation) -> None:
    forged = [
        base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        for text in ("1.x", "1.x.y", "1.x.y.z", "1.", "2.x", "1.2027-13-45.x", f"1.{'9' * 40}.x")
    ]
    for name in operation.query:
        for text in (*HOSTILE, *forged, "x" * 3000):
            target = with_query(operation, **{name: text})
            operation.check(call(mentor, operation, target))


@pytest.mark.parametrize(
    "operation",
    [
        each
        for each in those("query")
        # Who is no operator is told so first; tests/api/operator has those.
        if "after" in each.values[0].query and not is_told_first(each.values[0].path)
    ],
)
def test_a_page_key_that_we_never_gave_is_refused(mentor: App, operation: Operation) -> None:
    forged = [base64.urlsafe_b64encode(text).decode() for text in (b"2.x", b"1.", b"1", b"1.\xff")]
    for text in ("x", "æ", "A" * 30, f"per_{UNKNOWN}", "!", *forged):
        answer = call(mentor, operation, with_query(operation, after=text))
        assert pointed_at(operation, answer) == ["/after"]


@pytest.mark.parametrize("operation", ALL)
def test_a_parameter_that_is_unknown_or_given_twice_is_refused(
    person: App, operation: Operation
) -> None:
    target = with_query(operation)
    mark = "&" if "?" in target else "?"
    if not operation.is_webhook:  # who signs nothing is not told more than that
        answer = call(person, operation, f"{target}{mark}surprise=1", body_of(operation))
        assert "/surprise" in pointed_at(operation, answer)
    for name in operation.query:
        value = quote(str(description.sample(operation.query[name])))
        twice = f"{operation.target()}?{name}={value}&{name}={value}"
        assert pointed_at(operation, call(person, operation, twice)) == [f"/{name}"]


@pytest.mark.parametrize("operation", those("query"))
def test_a_parameter_that_is_missing_is_named(person: App, operation: Operation) -> None:
    if operation.required_query:
        found = pointed_at(operation, call(person, operation, operation.target()))
        assert {f"/{name}" for name in operation.required_query} <= set(found)
    else:
        operation.check(call(person, operation, operation.target()))


# ── methods ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("target", sorted({each.target() for each in description.operations()}))
def test_a_method_that_is_not_described_is_refused_with_those_that_are(
    person: App, target: str
) -> None:
    described = description.methods_at(target)
    allowed = described | {"OPTIONS"} | ({"HEAD"} if "GET" in described else set())
    for method in set(METHODS) - described:
        answer = person.call(method, target)
        assert (answer.status, answer.json["code"]) == (405, "method_not_allowed"), answer.json
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.headers["allow"].split(", ")) == allowed
    options = person.call("OPTIONS", target)
    assert (options.status, set(options.headers["allow"].split(", "))) == (204, allowed)
