"""/v1/privacy/requests and readings: a right asked for in the app, and who has looked."""

from datetime import datetime, timedelta

import pytest

from lib.cases import rules
from tests.acting import asked, operator
from tests.cast import Cast

DATATILSYNET = ("Datatilsynet", "postboks 458 Sentrum", "0105 Oslo", "datatilsynet.no")


def test_who_asks_in_the_app_is_known_and_told_by_when_and_how_to_complain(cast: Cast) -> None:
    made = asked(cast.mentee, "objection")

    received, due = (datetime.fromisoformat(made[name]) for name in ("received_at", "due_at"))
    assert due == rules.due(received)
    assert (made["state"], made["channel"], made["kind"]) == ("identified", "app", "objection")
    assert made["days_left"] == (due - received).days
    assert (made["is_overdue"], made["decision"], made["answer"]) == (False, None, None)
    for language in ("nb", "en"):
        assert all(word in made["complaint"][language] for word in DATATILSYNET)
    (shown,) = cast.mentee.get("/v1/privacy/requests").json["requests"]
    assert {**shown, "days_left": made["days_left"]} == made


def test_a_stranger_sees_neither_requests_nor_readings_of_others(cast: Cast) -> None:
    asked(cast.mentee)
    henrik = operator(cast)
    henrik.get(f"/v1/operator/people/{cast.mentee.person_id}?reason=support")

    assert cast.stranger.get("/v1/privacy/requests").json == {"requests": [], "next": None}
    assert cast.stranger.get("/v1/privacy/readings").json == {"readings": [], "next": None}


def test_a_second_request_of_the_same_kind_is_flagged_and_has_its_own_month(cast: Cast) -> None:
    first, other, second = (asked(cast.mentee, kind) for kind in ("access", "other", "access"))

    assert (first["duplicate_of"], other["duplicate_of"]) == (None, None)
    assert second["duplicate_of"] == first["id"]
    assert asked(cast.stranger)["duplicate_of"] is None


def test_the_same_call_twice_is_one_request(cast: Cast) -> None:
    answers = [
        cast.mentee.post("/v1/privacy/requests", {"kind": "access"}, key="the-same-key")
        for _ in range(2)
    ]
    assert answers[0].json == answers[1].json
    assert len(cast.mentee.get("/v1/privacy/requests").json["requests"]) == 1


def test_somebody_who_has_twenty_open_can_ask_no_more_until_one_is_closed(cast: Cast) -> None:
    made = [asked(cast.mentee) for _ in range(rules.MAX_OPEN)]
    refused = cast.mentee.post("/v1/privacy/requests", {"kind": "erasure"})
    assert (refused.status, refused.json["code"]) == (409, "too_many_requests_open")

    decision = {"decision": "duplicate", "reason": "Samme som før"}
    answer = operator(cast).post(f"/v1/operator/requests/{made[-1]['id']}/decide", decision)
    assert answer.status == 200
    asked(cast.mentee, "erasure")


def test_requests_and_readings_are_paged_the_newest_first(cast: Cast) -> None:
    made = [asked(cast.mentee, kind)["id"] for kind in ("access", "erasure", "other")]

    page = cast.mentee.get("/v1/privacy/requests?limit=2").json
    rest = cast.mentee.get(f"/v1/privacy/requests?limit=2&after={page['next']}").json
    found = [each["id"] for each in page["requests"] + rest["requests"]]
    assert (sorted(found), rest["next"]) == (sorted(made), None)

    henrik = operator(cast)
    for reason in ("support", "dispute", "security"):
        henrik.get(f"/v1/operator/people/{cast.mentee.person_id}?reason={reason}")
    page = cast.mentee.get("/v1/privacy/readings?limit=2").json
    rest = cast.mentee.get(f"/v1/privacy/readings?limit=2&after={page['next']}").json
    reasons = [each["reason"] for each in page["readings"] + rest["readings"]]
    assert sorted(reasons) == ["dispute", "security", "support"]


def test_what_is_asked_for_is_in_the_export_and_its_words_go_with_the_person(cast: Cast) -> None:
    asked(cast.mentee)
    tables = {
        table["table"]: table for table in cast.mentee.get("/v1/privacy/export").json["tables"]
    }
    (row,) = tables["privacy_request"]["rows"]
    assert (row["details"], row["kind"]) == ("Jeg vil det", "access")
    assert "decided_by" not in row

    gone = {part["table"]: part for part in cast.mentee.get("/v1/privacy/erasure").json["goes"]}
    assert "details" in gone["privacy_request"]["columns"]


@pytest.mark.parametrize("body", [{}, {"kind": "everything"}, {"kind": "access", "person_id": "x"}])
def test_a_request_that_can_t_be_read_is_refused(cast: Cast, body: object) -> None:
    answer = cast.mentee.post("/v1/privacy/requests", body)
    assert (answer.status, answer.json["code"]) == (422, "invalid")


def test_an_overdue_request_says_so_to_who_has_made_it(cast: Cast) -> None:
    made = asked(cast.mentee)
    cast.world.clock.set_to(datetime.fromisoformat(made["due_at"]) + timedelta(seconds=1))
    assert cast.mentee.refresh().status == 200

    (shown,) = cast.mentee.get("/v1/privacy/requests").json["requests"]
    assert (shown["days_left"], shown["is_overdue"]) == (0, True)
