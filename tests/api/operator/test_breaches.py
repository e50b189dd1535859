"""/v1/operator/breaches: noted, told of within 72 hours, closed, kept."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.app import Answer, App
from tests.acting import operator
from tests.cast import Cast
from tests.stage import rows

BREACH = {
    "what": "En logg lå åpen",
    "categories": "Navn og telefonnummer til mentorer",
    "people": 40,
    "risk": "high",
}


@pytest.fixture
def henrik(cast: Cast) -> App:
    """Henrik, an operator."""
    return operator(cast)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def note(henrik: App, noticed_at: datetime, **more: object) -> dict[str, Any]:
    body = {**BREACH, "noticed_at": noticed_at.isoformat(), **more}
    answer = henrik.post("/v1/operator/breaches", body)
    assert answer.status == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def change(henrik: App, breach: dict[str, Any], **fields: object) -> Answer:
    return henrik.patch(f"/v1/operator/breaches/{breach['id']}", fields)


def alarms(cast: Cast) -> int:
    return int(json.loads(cast.world.run_cron("/cron/cases")[1])["breaches"])


def test_the_72_hours_run_from_when_it_was_noticed(henrik: App, cast: Cast) -> None:
    noticed = cast.world.clock.now() - timedelta(hours=10)
    breach = note(henrik, noticed)
    assert datetime.fromisoformat(breach["notify_by"]) == noticed + timedelta(hours=72)
    assert (breach["is_overdue"], breach["closed_at"]) == (False, None)
    assert (henrik.get("/v1/operator/breaches").json["breaches"], alarms(cast)) == ([breach], 0)


def test_a_notice_that_is_overdue_raises_the_alarm_until_it_is_given(
    henrik: App, cast: Cast
) -> None:
    noticed = cast.world.clock.now() - timedelta(hours=73)
    breach = note(henrik, noticed)
    note(henrik, noticed, risk="unlikely")
    assert (breach["is_overdue"], alarms(cast)) == (True, 1)
    assert any("breach_notices_overdue" in line.text for line in cast.world.functions.logs())
    assert henrik.get("/v1/operator/breaches").json["overdue"] == 1

    told = cast.world.clock.now().isoformat()
    late = change(henrik, breach, notified_authority_at=told)
    assert code(late) == (409, "delay_unexplained")
    done = change(henrik, breach, notified_authority_at=told, delay_reason="Vi visste lite")
    assert (done.status, done.json["is_overdue"], alarms(cast)) == (200, False, 0)


def test_a_breach_is_closed_when_everybody_has_been_told_and_not_before(
    henrik: App, cast: Cast
) -> None:
    breach = note(henrik, cast.world.clock.now() - timedelta(hours=2))
    told = cast.world.clock.now().isoformat()
    assert code(change(henrik, breach, close=True)) == (409, "breach_not_closable")
    change(henrik, breach, notified_authority_at=told, measures="Loggen er slettet")
    assert code(change(henrik, breach, close=True)) == (409, "breach_not_closable")
    closed = change(henrik, breach, notified_people_at=told, close=True)
    assert closed.status == 200
    assert (closed.json["measures"], closed.json["people"]) == ("Loggen er slettet", 40)

    assert code(change(henrik, breach, people=41)) == (409, "breach_closed")
    assert henrik.get("/v1/operator/breaches").json["breaches"] == []
    kept = henrik.get("/v1/operator/breaches?state=closed").json["breaches"]
    assert kept == [closed.json]


def test_each_change_is_logged_by_the_fields_that_it_names(henrik: App, cast: Cast) -> None:
    breach = note(henrik, cast.world.clock.now())
    change(henrik, breach, risk="unlikely", people=3)
    change(henrik, breach, close=True)
    logged = rows("SELECT action, object_id, reason FROM operator_log WHERE person_id IS NULL")
    assert {each["object_id"] for each in logged} == {breach["id"]}
    assert sorted((each["action"], each["reason"]) for each in logged) == [
        ("change_breach", "close"),
        ("change_breach", "people, risk"),
        ("note_breach", "high"),
    ]


@pytest.mark.parametrize("field", ["notified_authority_at", "notified_people_at"])
def test_nobody_was_told_before_it_was_noticed_or_in_time_to_come(
    henrik: App, cast: Cast, field: str
) -> None:
    now = cast.world.clock.now()
    breach = note(henrik, now - timedelta(hours=2))
    for moment in (now - timedelta(hours=3), now + timedelta(hours=1)):
        answer = change(henrik, breach, **{field: moment.isoformat()})
        assert code(answer) == (422, "invalid")
        assert [each["pointer"] for each in answer.json["errors"]] == [f"/{field}"]
    body = {**BREACH, "noticed_at": (now + timedelta(hours=1)).isoformat()}
    assert code(henrik.post("/v1/operator/breaches", body)) == (422, "invalid")


def test_the_register_is_paged_by_the_end_of_the_72_hours(henrik: App, cast: Cast) -> None:
    now = cast.world.clock.now()
    for hours in (5, 50, 20):
        note(henrik, now - timedelta(hours=hours))
    page = henrik.get("/v1/operator/breaches?limit=2").json
    rest = henrik.get(f"/v1/operator/breaches?limit=2&after={page['next']}").json
    found = [each["notify_by"] for each in page["breaches"] + rest["breaches"]]
    assert (len(set(found)), found, rest["next"]) == (3, sorted(found), None)


def test_a_breach_that_is_not_there_is_not_found(henrik: App) -> None:
    assert code(change(henrik, {"id": f"brc_{'0' * 26}"}, people=1)) == (404, "not_found")
