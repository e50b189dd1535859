"""/v1/operator/people and holds: read for a reason, corrected on request, held back for a time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from lib.core.db import transact
from lib.privacy import holds
from sandbox.app import Answer, App
from tests.acting import asked, operator
from tests.cast import Cast
from tests.stage import rows

NOBODY = f"per_{'0' * 26}"


@pytest.fixture
def henrik(cast: Cast) -> App:
    """Henrik, an operator."""
    return operator(cast)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def place(henrik: App, person: App, **more: object) -> dict[str, Any]:
    body = {"person_id": person.person_id, "ground": "claim", "reason": "Stevnet", "days": 30}
    answer = henrik.post("/v1/operator/holds", {**body, **more})
    assert answer.status == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def is_held(cast: Cast, person: App) -> bool:
    now = cast.world.clock.now()
    held = transact(lambda db: holds.held_people(db, [person.person_id, NOBODY], now))
    alone = transact(lambda db: holds.is_held(db, person.person_id, now))
    assert held == ({person.person_id} if alone else set())
    return alone


def test_an_operator_shows_a_person_s_data_and_the_person_sees_that(
    henrik: App, cast: Cast
) -> None:
    kari = cast.mentee
    answer = henrik.get(f"/v1/operator/people/{kari.person_id}?reason=request")

    tables = {table["table"]: table for table in answer.json["tables"]}
    assert tables["person"]["rows"][0]["email"] == "kari.solberg@example.no"
    assert kari.access_token not in str(answer.json)
    (reading,) = kari.get("/v1/privacy/readings").json["readings"]
    assert (reading["action"], reading["reason"]) == ("read_person", "request")
    exported = {
        table["table"]: table["rows"] for table in kari.get("/v1/privacy/export").json["tables"]
    }
    (line,) = exported["operator_log"]
    assert line["action"] == "read_person"
    assert henrik.person_id not in str(line)


@pytest.mark.parametrize("query", ["", "?reason=", "?reason=curiosity", "?reason=request&after=x"])
def test_nobody_is_read_without_a_reason(henrik: App, cast: Cast, query: str) -> None:
    answer = henrik.get(f"/v1/operator/people/{cast.mentee.person_id}{query}")
    assert code(answer) == (422, "invalid")
    assert cast.mentee.get("/v1/privacy/readings").json["readings"] == []


def test_who_is_not_there_is_not_found(henrik: App) -> None:
    assert code(henrik.get(f"/v1/operator/people/{NOBODY}?reason=support")) == (404, "not_found")
    hold = {"person_id": NOBODY, "ground": "claim", "reason": "Stevnet", "days": 30}
    assert code(henrik.post("/v1/operator/holds", hold)) == (404, "not_found")
    assert code(henrik.delete(f"/v1/operator/holds/hld_{'0' * 26}")) == (404, "not_found")


def test_an_operator_corrects_what_a_person_has_asked_to_have_corrected(
    henrik: App, cast: Cast
) -> None:
    kari = cast.mentee
    request_id = asked(kari, "rectification")["id"]
    change = {"request_id": request_id, "family_name": "Solberg-Lie"}
    answer = henrik.patch(f"/v1/operator/people/{kari.person_id}", change)

    assert (answer.status, answer.json["family_name"]) == (200, "Solberg-Lie")
    profile = kari.get("/v1/profile").json
    assert (profile["family_name"], profile["given_name"]) == ("Solberg-Lie", "Kari")
    (reading,) = kari.get("/v1/privacy/readings").json["readings"]
    assert reading["action"] == "correct_person"
    assert (reading["reason"], reading["object_id"]) == ("family_name", request_id)


def test_nobody_is_corrected_who_has_not_asked_for_it(henrik: App, cast: Cast) -> None:
    kari, ingrid = cast.mentee, cast.stranger
    theirs, other = asked(ingrid, "rectification"), asked(kari, "access")
    closed = asked(kari, "rectification")
    refusal = {"decision": "refused", "reason": "Det stemmer jo"}
    henrik.post(f"/v1/operator/requests/{closed['id']}/decide", refusal)
    for request_id, expected in (
        (theirs["id"], (404, "not_found")),
        (f"prq_{'0' * 26}", (404, "not_found")),
        (other["id"], (409, "request_state")),
        (closed["id"], (409, "request_state")),
    ):
        change = {"request_id": request_id, "given_name": "Kåre"}
        answer = henrik.patch(f"/v1/operator/people/{kari.person_id}", change)
        assert code(answer) == expected
    assert kari.get("/v1/profile").json["given_name"] == "Kari"


def test_a_correction_of_nothing_is_refused(henrik: App, cast: Cast) -> None:
    request_id = asked(cast.mentee, "rectification")["id"]
    target = f"/v1/operator/people/{cast.mentee.person_id}"
    assert code(henrik.patch(target, {"request_id": request_id})) == (422, "invalid")


def test_a_corrected_address_is_verified_no_more(henrik: App, cast: Cast) -> None:
    request_id = asked(cast.mentee, "rectification")["id"]
    change = {"request_id": request_id, "email": "ny@example.no"}
    answer = henrik.patch(f"/v1/operator/people/{cast.mentee.person_id}", change)
    assert (answer.json["email"], answer.json["email_verified"]) == ("ny@example.no", False)


def test_a_hold_is_in_force_until_its_end_and_the_person_sees_its_ground(
    henrik: App, cast: Cast
) -> None:
    kari = cast.mentee
    assert not is_held(cast, kari)
    hold = place(henrik, kari)
    assert hold["in_force"]
    assert is_held(cast, kari)
    assert not is_held(cast, cast.stranger)
    tables = {t["table"]: t["rows"] for t in kari.get("/v1/privacy/export").json["tables"]}
    (shown,) = tables["legal_hold"]
    assert (shown["ground"], shown["reason"]) == ("claim", "Stevnet")

    ends_at = datetime.fromisoformat(hold["ends_at"])
    cast.world.clock.set_to(ends_at - timedelta(seconds=30))
    assert is_held(cast, kari)
    cast.world.clock.set_to(ends_at)
    assert not is_held(cast, kari)


def test_a_hold_that_is_lifted_is_over_at_once_and_lifting_it_twice_is_once(
    henrik: App, cast: Cast
) -> None:
    hold = place(henrik, cast.mentee)
    other = place(henrik, cast.mentee, ground="dispute")
    for _ in range(2):
        assert henrik.delete(f"/v1/operator/holds/{hold['id']}?why=mistake").status == 204
    assert is_held(cast, cast.mentee)
    assert henrik.delete(f"/v1/operator/holds/{other['id']}").status == 204
    assert not is_held(cast, cast.mentee)

    answer = henrik.get(f"/v1/operator/holds?person_id={cast.mentee.person_id}")
    assert [each["in_force"] for each in answer.json["holds"]] == [False, False]
    logged = rows("SELECT action, reason FROM operator_log WHERE person_id IS NOT NULL")
    lifted = [each["reason"] for each in logged if each["action"] == "lift_hold"]
    assert sorted(lifted) == ["mistake", "settled"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("days", 0), ("days", 1096), ("ground", "spite"), ("reason", ""), ("person_id", "x")],
)
def test_a_hold_without_a_ground_a_reason_or_an_end_is_refused(
    henrik: App, cast: Cast, field: str, value: object
) -> None:
    body = {
        "person_id": cast.mentee.person_id,
        "ground": "claim",
        "reason": "Stevnet",
        "days": 30,
        field: value,
    }
    assert code(henrik.post("/v1/operator/holds", body)) == (422, "invalid")
    assert not is_held(cast, cast.mentee)


def test_nobody_is_asked_about_when_nobody_is_named(cast: Cast) -> None:
    now = cast.world.clock.now()
    assert transact(lambda db: holds.held_people(db, [], now)) == set()


def test_who_is_held_is_not_erased_until_the_hold_is_lifted(henrik: App, cast: Cast) -> None:
    kari = cast.mentee
    hold = place(henrik, kari)
    refused = kari.post("/v1/privacy/erasure")
    assert code(refused) == (409, "erasure_refused")
    assert refused.json["obstacles"] == ["legal_hold"]
    assert kari.get("/v1/privacy/erasure").json["obstacles"] == ["legal_hold"]
    assert kari.get("/v1/profile").json["given_name"] == "Kari"

    assert henrik.delete(f"/v1/operator/holds/{hold['id']}").status == 204
    assert kari.post("/v1/privacy/erasure").status in {200, 202}
    assert kari.get("/v1/profile").status == 401
