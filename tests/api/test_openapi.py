"""/v1/openapi.json: a valid document, which what is really answered conforms to."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from lib.web import openapi
from sandbox.app import Answer, send
from sandbox.world import World
from tests.api import description
from tests.cast import Cast
from tests.telling import Told

# What is no JSON, by how its path ends.
_FILES = {"pdf": "application/pdf", "ics": "text/calendar; charset=utf-8"}


def test_the_document_is_valid_openapi_3_1() -> None:
    document = openapi.document()
    assert document["openapi"].startswith("3.1.")
    errors = [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert errors == []


def test_the_validator_finds_what_is_wrong() -> None:
    document = {**openapi.document(), "paths": {"no slash": {}}}
    assert list(OpenAPIV31SpecValidator(document).iter_errors())


def test_the_document_is_served_as_it_is_made_and_to_anybody(world: World) -> None:
    answer = send("GET", f"{world.url}/v1/openapi.json")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    made = openapi.document()
    assert answer.json["paths"] == made["paths"]
    assert answer.json["components"] == made["components"]
    assert answer.json["servers"] == [{"url": world.url}]


def test_every_route_is_described_but_the_platform_s_own() -> None:
    described = {(each.method, each.path) for each in description.operations()}
    declared = {(route.method, route.path) for route in openapi.routes() if not route.job}
    assert described == declared
    assert not [path for _, path in described if not path.startswith("/v1/")]


def test_every_operation_has_a_name_of_its_own_and_a_sentence() -> None:
    names = [each.described["operationId"] for each in description.operations()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch("[a-z][a-z_]+", name) for name in names)
    assert all(each.described["summary"] for each in description.operations())


def test_every_answer_has_its_type_and_every_refusal_its_codes() -> None:
    for each in description.operations():
        statuses = {int(status) for status in each.described["responses"]}
        assert len([status for status in statuses if status < 300]) == 1, each
        for status in statuses:
            content = each.described["responses"][str(status)].get("content", {})
            if status >= 400:
                assert list(content) == ["application/problem+json"], each
                assert each.codes(status), f"{each} does not say why it gives {status}"
            elif status != 204:
                kind = _FILES.get(re.split(r"[./]", each.path)[-1], "application/json")
                assert list(content) == [kind], each


def test_two_schemas_of_one_name_are_refused_unless_they_are_the_same() -> None:
    # The second would take the place of the first, and one of two calls be described wrongly.
    schemas = {"Kind": {"enum": ["a"], "description": "One."}}
    openapi._named(schemas, {"Kind": {"enum": ["a"], "description": "Another."}})
    with pytest.raises(ValueError, match="two schemas are called Kind"):
        openapi._named(schemas, {"Kind": {"enum": ["b"], "description": "One."}})


def test_a_code_has_one_status_in_the_whole_document() -> None:
    statuses: dict[str, set[int]] = {}
    for each in description.operations():
        for status in map(int, each.described["responses"]):
            for code in each.codes(status):
                statuses.setdefault(code, set()).add(status)
    assert not {code: found for code, found in statuses.items() if len(found) > 1}
    assert len(statuses) > 20


def test_money_and_time_are_described_as_what_they_are() -> None:
    schemas = openapi.document()["components"]["schemas"]
    fields = [
        (name, field, resolved)
        for name, schema in schemas.items()
        for field, described in schema.get("properties", {}).items()
        for resolved in [description.resolved(described)]
    ]
    for name, field, described in fields:
        if field.endswith("_ore"):
            assert "integer" in description.types(described), f"{name}.{field}"
        if field.endswith("_at"):
            formats = {each.get("format") for each in described.get("anyOf", [described])}
            assert "date-time" in formats, f"{name}.{field}"


# ── what is really answered ──────────────────────────────────────────────────────────────────────


def test_every_answer_of_the_story_is_as_described(told: Told) -> None:
    seen = set()
    for method, path, answer in told.heard:
        if not path.startswith("/cron/"):
            operation = description.operation(method, path)
            operation.check(answer)
            seen.add((str(operation), answer.status))
    assert len(seen) > 20
    assert {status for _, status in seen} >= {200, 201, 401, 403}


def test_what_the_story_does_not_play_is_as_described_too(cast: Cast) -> None:
    app = cast.mentee
    (session,) = app.get("/v1/sessions").json["devices"]
    for method, path, body, status in (
        ("GET", "/v1/sessions", None, 200),
        ("PATCH", "/v1/profile", {"language": "en"}, 200),
        ("GET", "/v1/bookings?role=mentor", None, 200),
        ("GET", "/v1/payouts", None, 200),
        ("GET", "/v1/payout-account", None, 404),
        ("GET", "/v1/privacy/export?right=portability", None, 200),
        ("GET", "/v1/openapi.json", None, 200),
        ("POST", "/v1/sign-in", {"flow": "web"}, 201),
        ("DELETE", f"/v1/sessions/{session['id']}", None, 204),
    ):
        answer = app.call(method, path, body)
        assert answer.status == status, answer.json
        description.operation(method, path).check(answer)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"json": {}}, "required"),
        ({"status": 418}, "not described"),
        ({"headers": {"content-type": "text/html"}}, "text/html"),
    ],
)
def test_an_answer_that_is_not_as_described_is_noticed(
    cast: Cast, change: dict[str, object], why: str
) -> None:
    good = cast.mentee.get("/v1/profile")
    operation = description.operation("GET", "/v1/profile")
    operation.check(good)
    parts = {"status": good.status, "headers": good.headers, "json": good.json, **change}
    with pytest.raises(AssertionError, match=why):
        operation.check(Answer(**parts))


@pytest.mark.parametrize(
    ("field", "value"),
    [("created_at", "yesterday"), ("email_verified", "yes"), ("secret", "x"), ("language", "de")],
)
def test_a_field_that_is_not_as_described_is_noticed(cast: Cast, field: str, value: object) -> None:
    (person,) = cast.crowd(1)
    good = person.get("/v1/profile")
    bad = Answer(good.status, good.headers, {**good.json, field: value})
    with pytest.raises(AssertionError, match=r"/v1/profile gave 200.*(is not|was unexpected)"):
        description.operation("GET", "/v1/profile").check(bad)
