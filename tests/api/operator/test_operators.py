"""Who may act as an operator: nobody but those who were made one, signed in today."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from lib.core import ids
from lib.core.db import transact
from lib.core.errors import NotFoundError
from lib.operators import service
from lib.operators.grant import main
from lib.web import openapi
from lib.web.route import SIGNED_IN, Route
from sandbox.app import Answer, App
from tests.acting import operator
from tests.api import description
from tests.cast import Cast
from tests.stage import rows

ROUTES = [
    pytest.param(route, id=f"{route.method} {route.path}")
    for route in openapi.routes()
    if route.path.startswith("/v1/operator/")
]


def call(app: App, route: Route) -> Answer:
    operation = description.operation(route.method, route.path)
    wanted = {
        name: str(description.sample(operation.query[name])) for name in operation.required_query
    }
    query = f"?{urlencode(wanted)}" if wanted else ""
    body = None if operation.body is None else description.sample(operation.body)
    return app.call(route.method, operation.target() + query, body)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def test_there_are_operators_calls_to_hold_to_this() -> None:
    assert len(ROUTES) >= 14


@pytest.mark.parametrize("route", ROUTES)
def test_who_is_no_operator_is_refused_everywhere(cast: Cast, route: Route) -> None:
    assert route.auth is SIGNED_IN
    assert code(call(cast.stranger, route)) == (403, "not_an_operator")
    assert rows("SELECT id FROM operator_log") == []


@pytest.mark.parametrize("route", ROUTES)
def test_who_was_one_and_is_no_more_is_refused_everywhere(cast: Cast, route: Route) -> None:
    henrik = operator(cast)
    now = cast.world.clock.now()
    assert transact(lambda db: service.end(db, henrik.person_id, "Sluttet", now))
    assert code(call(henrik, route)) == (403, "not_an_operator")


@pytest.mark.parametrize("route", ROUTES)
def test_an_operator_whose_sign_in_is_of_yesterday_signs_in_again(cast: Cast, route: Route) -> None:
    henrik = operator(cast)
    cast.world.clock.set_to(cast.world.clock.now() + timedelta(hours=12, minutes=1))
    assert henrik.refresh().status == 200
    assert code(call(henrik, route)) == (403, "fresh_sign_in_required")


def test_a_working_day_needs_one_sign_in(cast: Cast) -> None:
    henrik = operator(cast)
    cast.world.clock.set_to(cast.world.clock.now() + timedelta(hours=11, minutes=50))
    assert henrik.refresh().status == 200
    assert henrik.get("/v1/operator/requests").status == 200


def test_an_operator_is_made_by_hand_and_each_time_is_logged(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    person_id = cast.stranger.person_id
    assert main([person_id, "--reason", "Vikar"]) == "an operator now"
    assert cast.stranger.get("/v1/operator/requests").status == 200
    assert main([person_id, "--reason", "Ferdig", "--end"]) == "no operator any more"
    assert main([person_id, "--reason", "Ferdig", "--end"]) == "was no operator"
    assert cast.stranger.get("/v1/operator/requests").status == 403
    assert main([person_id, "--reason", "Tilbake"]) == "an operator now"
    assert cast.stranger.get("/v1/operator/requests").status == 200

    logged = rows("SELECT action, operator_id, person_id, reason FROM operator_log ORDER BY id")
    assert [(each["action"], each["reason"]) for each in logged] == [
        ("grant_operator", "Vikar"),
        ("end_operator", "Ferdig"),
        ("grant_operator", "Tilbake"),
    ]
    assert {(each["operator_id"], each["person_id"]) for each in logged} == {("command", person_id)}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_nobody_is_made_an_operator_without_a_reason(cast: Cast, reason: str) -> None:
    with pytest.raises(SystemExit):
        main([cast.stranger.person_id, "--reason", reason])
    assert rows("SELECT person_id FROM operator") == []


def test_nobody_who_is_not_there_is_made_an_operator(cast: Cast) -> None:
    now = cast.world.clock.now()
    with pytest.raises(NotFoundError):
        transact(lambda db: service.grant(db, ids.new("per"), "Vikar", now))
    with pytest.raises(SystemExit):
        main([ids.new("per"), "--reason", "Vikar"])
    assert rows("SELECT id FROM operator_log") == []
