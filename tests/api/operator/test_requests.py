"""/v1/operator/requests: from a letter to an answer, within the month."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from lib.cases import rules
from sandbox.app import Answer, App
from tests.acting import asked, mailed, operator
from tests.cast import Cast
from tests.stage import rows


@pytest.fixture
def henrik(cast: Cast) -> App:
    """Henrik, an operator."""
    return operator(cast)


def act(henrik: App, request: dict[str, Any], action: str, **body: object) -> Answer:
    return henrik.post(f"/v1/operator/requests/{request['id']}/{action}", body)


def identify(henrik: App, request: dict[str, Any], person: App) -> Answer:
    reason = "Ringte tilbake på nummeret i profilen"
    return act(henrik, request, "identify", person_id=person.person_id, reason=reason)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def test_a_letter_becomes_an_answer_that_the_person_reads_in_the_app(
    henrik: App, cast: Cast
) -> None:
    letter = mailed(henrik, cast)
    assert (letter["state"], letter["person_id"]) == ("received", None)
    assert cast.mentee.get("/v1/privacy/requests").json["requests"] == []

    assert identify(henrik, letter, cast.mentee).json["state"] == "identified"
    decided = act(henrik, letter, "decide", decision="granted", reason="Du har rett til det.")
    assert (decided.json["state"], decided.json["closed_at"]) == ("decided", None)
    closed = act(henrik, letter, "close", reason="Eksporten er laget")
    assert (closed.status, closed.json["state"]) == (200, "closed")

    (shown,) = cast.mentee.get("/v1/privacy/requests").json["requests"]
    for text in shown["answer"].values():
        words = ("Du har rett til det.", "Datatilsynet", "postboks 458 Sentrum", "0105 Oslo")
        assert all(word in text for word in (*words, "datatilsynet.no"))
    actions = [each["action"] for each in cast.mentee.get("/v1/privacy/readings").json["readings"]]
    assert sorted(actions) == ["close_request", "decide_request", "identify_request"]
    assert cast.stranger.get("/v1/privacy/requests").json["requests"] == []
    assert henrik.get("/v1/operator/requests").json["requests"] == []


def test_the_month_runs_from_when_the_letter_came(henrik: App, cast: Cast) -> None:
    came = cast.world.clock.now() - timedelta(days=20)
    letter = {"kind": "erasure", "channel": "mail", "received_at": came.isoformat()}
    made = henrik.post("/v1/operator/requests", letter).json
    assert datetime.fromisoformat(made["due_at"]) == rules.due(came)

    tomorrow = (cast.world.clock.now() + timedelta(days=1)).isoformat()
    refused = henrik.post("/v1/operator/requests", {**letter, "received_at": tomorrow})
    assert code(refused) == (422, "invalid")
    assert refused.json["errors"][0]["pointer"] == "/received_at"


def test_nothing_is_granted_to_somebody_unknown_and_a_refusal_leaves_no_words(
    henrik: App, cast: Cast
) -> None:
    letter = mailed(henrik, cast)
    for decision in ("granted", "partly"):
        answer = act(henrik, letter, "decide", decision=decision, reason="Ja, gjerne")
        assert code(answer) == (409, "request_not_identified")

    refused = act(henrik, letter, "decide", decision="refused", reason="Vi vet ikke hvem du er")
    assert (refused.json["state"], refused.json["details"]) == ("closed", "")
    assert "Brev" not in json.dumps(rows("SELECT details FROM privacy_request"))
    assert code(identify(henrik, letter, cast.mentee)) == (409, "request_state")


def test_a_letter_that_repeats_what_was_asked_in_the_app_is_flagged(
    henrik: App, cast: Cast
) -> None:
    first, letter = asked(cast.mentee), mailed(henrik, cast)
    assert letter["duplicate_of"] is None
    no_duplicate = act(henrik, letter, "decide", decision="duplicate", reason="Samme")
    assert code(no_duplicate) == (409, "request_state")
    assert identify(henrik, letter, cast.mentee).json["duplicate_of"] == first["id"]
    closed = act(henrik, letter, "decide", decision="duplicate", reason="Samme")
    assert closed.json["state"] == "closed"


def test_more_time_is_taken_once_with_a_reason_that_the_person_sees(
    henrik: App, cast: Cast
) -> None:
    made = asked(cast.mentee)
    assert act(henrik, made, "extend", months=3, reason="Mye å gjøre").status == 422
    assert act(henrik, made, "extend", months=2).status == 422

    assert act(henrik, made, "extend", months=2, reason="Mange avtaler").status == 200
    (shown,) = cast.mentee.get("/v1/privacy/requests").json["requests"]
    received = datetime.fromisoformat(made["received_at"])
    assert datetime.fromisoformat(shown["due_at"]) == rules.due(received, 2)
    assert shown["extension_reason"] == "Mange avtaler"
    again = act(henrik, made, "extend", months=1, reason="Enda mer")
    assert code(again) == (409, "extension_refused")


def test_no_time_is_taken_that_has_run_out(henrik: App, cast: Cast) -> None:
    came = cast.world.clock.now() - timedelta(days=32)
    letter = {"kind": "erasure", "channel": "mail", "received_at": came.isoformat()}
    made = henrik.post("/v1/operator/requests", letter).json
    assert made["is_overdue"]
    assert code(act(henrik, made, "extend", months=1, reason="For sent")) == (
        409,
        "extension_refused",
    )


def test_the_queue_begins_with_what_is_overdue_and_is_paged_without_gaps(
    henrik: App, cast: Cast
) -> None:
    wanted = {"kind": "other", "channel": "admin"}
    for days in (5, 40, 20, 33):
        came = (cast.world.clock.now() - timedelta(days=days)).isoformat()
        assert henrik.post("/v1/operator/requests", {**wanted, "received_at": came}).status == 201

    found, target = [], "/v1/operator/requests?limit=3"
    while target:
        page = henrik.get(target).json
        assert page["overdue"] == 2
        found += page["requests"]
        target = f"/v1/operator/requests?limit=3&after={page['next']}" if page["next"] else ""
    assert len({each["id"] for each in found}) == 4
    assert [each["is_overdue"] for each in found] == [True, True, False, False]
    assert [each["due_at"] for each in found] == sorted(each["due_at"] for each in found)


def test_a_request_in_the_queue_that_is_seen_is_seen_to_have_been(henrik: App, cast: Cast) -> None:
    made = asked(cast.mentee)
    assert len(henrik.get("/v1/operator/requests").json["requests"]) == 1
    (reading,) = cast.mentee.get("/v1/privacy/readings").json["readings"]
    assert (reading["action"], reading["object_id"]) == ("read_request", made["id"])
    assert "operator" not in reading


def test_what_is_decided_stays_decided(henrik: App, cast: Cast) -> None:
    made = asked(cast.mentee)
    assert code(act(henrik, made, "close", reason="Ferdig")) == (409, "request_state")
    assert code(act(henrik, made, "decide", decision="granted", reason="")) == (422, "invalid")
    assert act(henrik, made, "decide", decision="refused", reason="Grunnløst krav").status == 200
    again = act(henrik, made, "decide", decision="granted", reason="Likevel")
    assert code(again) == (409, "request_state")
    assert code(act(henrik, made, "close", reason="Ferdig")) == (409, "request_state")


def test_what_is_not_there_is_not_found(henrik: App, cast: Cast) -> None:
    nothing = {"id": f"prq_{'0' * 26}"}
    assert code(identify(henrik, nothing, cast.mentee)) == (404, "not_found")
    assert code(act(henrik, nothing, "close", reason="Ferdig")) == (404, "not_found")
    letter = mailed(henrik, cast)
    nobody = act(henrik, letter, "identify", person_id=f"per_{'0' * 26}", reason="Gjettet")
    assert code(nobody) == (404, "not_found")


def test_a_page_key_that_the_queue_never_gave_is_refused(henrik: App) -> None:
    for text in ("x", "A" * 30, "MS54Lnk", "MS45OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkueA"):
        assert code(henrik.get(f"/v1/operator/requests?after={text}")) == (422, "invalid")


def test_what_is_overdue_is_counted_and_logged_every_hour(henrik: App, cast: Cast) -> None:
    world = cast.world
    assert json.loads(world.run_cron("/cron/cases")[1]) == {
        "requests": 0,
        "breaches": 0,
        "notices": 0,
    }
    came = (world.clock.now() - timedelta(days=32)).isoformat()
    letter = {"kind": "erasure", "channel": "mail", "received_at": came}
    made = henrik.post("/v1/operator/requests", letter).json

    assert json.loads(world.run_cron("/cron/cases")[1]) == {
        "requests": 1,
        "breaches": 0,
        "notices": 0,
    }
    assert any("privacy_requests_overdue" in line.text for line in world.functions.logs())
    # What is granted and not carried out is overdue still.
    identify(henrik, made, cast.mentee)
    act(henrik, made, "decide", decision="granted", reason="Du har rett til det")
    assert json.loads(world.run_cron("/cron/cases")[1])["requests"] == 1
    act(henrik, made, "close", reason="Slettet")
    assert json.loads(world.run_cron("/cron/cases")[1])["requests"] == 0
