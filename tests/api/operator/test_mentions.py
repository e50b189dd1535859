"""/v1/operator/mentions: what others wrote of somebody who was erased, read place by place."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from lib.cases import rules
from sandbox.app import Answer, App
from tests.acting import operator
from tests.cast import Cast
from tests.market import become_mentor
from tests.stage import change, rows, until

NAME = "Kari Solberg"
STORY = f"Har veiledet {NAME}, og Kari sa mye om det. Spør kari.solberg@example.no."
REASON = {"reason": "Navn på en som er slettet"}


@pytest.fixture
def henrik(cast: Cast) -> App:
    """Henrik, an operator."""
    return operator(cast)


@pytest.fixture
def erased(cast: Cast) -> str:
    """Kari, erased after Ola has written of her: her receipt token."""
    become_mentor(cast.mentor, biography=STORY)
    assert cast.stranger.access_token
    token = str(cast.mentee.post("/v1/privacy/erasure").json["receipt_token"])
    until(lambda: followed(cast, token)["state"] == "done")
    return token


def followed(cast: Cast, token: str) -> dict[str, Any]:
    found: dict[str, Any] = cast.app().get(f"/v1/privacy/erasures/{token}").json
    return found


def case(henrik: App) -> dict[str, Any]:
    (found,) = henrik.get("/v1/operator/requests").json["requests"]
    assert isinstance(found, dict)
    return found


def places(henrik: App) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = henrik.get(
        f"/v1/operator/mentions?request_id={case(henrik)['id']}"
    ).json["mentions"]
    return found


def the_biography(henrik: App) -> str:
    return next(str(each["id"]) for each in places(henrik) if each["column"] == "biography")


def read(person: App, mention_id: str) -> Answer:
    return person.get(f"/v1/operator/mentions/{mention_id}")


def redact(person: App, mention_id: str, *words: str, **more: object) -> Answer:
    version = read(person, mention_id).json.get("version", "0" * 64)
    body = {"version": version, "remove": list(words), **REASON, **more}
    return person.post(f"/v1/operator/mentions/{mention_id}/redact", body)


def leave(person: App, mention_id: str, ground: str = "expression") -> Answer:
    return person.post(f"/v1/operator/mentions/{mention_id}/leave", {"ground": ground, **REASON})


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def test_what_others_wrote_becomes_a_case_that_is_due_within_the_persons_own_month(
    henrik: App, cast: Cast, erased: str
) -> None:
    done = followed(cast, erased)
    found = case(henrik)
    assert (found["kind"], found["channel"], found["person_id"]) == ("mentions", "erasure", None)
    asked_at = datetime.fromisoformat(done["requested_at"])
    assert datetime.fromisoformat(found["due_at"]) == rules.due(asked_at)
    (place,) = places(henrik)
    assert (place["table"], place["column"], place["state"]) == ("mentor", "biography", "open")
    assert place["row_key"] == [cast.mentor.person_id]
    assert (done["mentions"]["open"], done["mentions"]["redacted"]) == (1, 0)
    assert "Datatilsynet" in done["mentions"]["complaint"]["nb"]
    for text in (NAME, "kari.solberg@example.no"):
        assert text not in json.dumps([found, place, done])


def test_an_operator_reads_takes_the_name_out_and_the_case_closes(
    henrik: App, cast: Cast, erased: str
) -> None:
    mention_id = the_biography(henrik)
    request_id = case(henrik)["id"]
    assert read(henrik, mention_id).json["text"] == STORY
    done = redact(henrik, mention_id, NAME, "Kari", "kari.solberg@example.no")
    assert (done.status, done.json["state"], done.json["row_key"]) == (200, "redacted", None)
    biography = cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json["biography"]
    assert biography == "Har veiledet […], og […] sa mye om det. Spør […]."
    assert henrik.get("/v1/operator/requests").json["requests"] == []
    told = followed(cast, erased)["mentions"]
    assert (told["open"], told["redacted"], told["left"]) == (0, 1, [])
    assert told["closed_at"] is not None
    (row,) = rows("SELECT row_key, request_id FROM mention")
    assert (row["row_key"], row["request_id"]) == (None, request_id)
    logged = json.dumps(
        [rows("SELECT * FROM operator_log"), rows("SELECT * FROM mention")], default=str
    )
    replies = "SELECT reply FROM idempotency_key WHERE person_id = %(id)s"
    for word in (NAME, "kari.solberg"):
        assert word not in logged
        assert word not in json.dumps(rows(replies, {"id": henrik.person_id}))
        # The reply of a read is in no table; what the function logged has no text either.
        assert not [line for line in cast.world.functions.logs() if word in line.text]


@pytest.mark.usefixtures("erased")
def test_who_wrote_the_words_sees_that_they_were_read_and_why(henrik: App, cast: Cast) -> None:
    mention_id = the_biography(henrik)
    redact(henrik, mention_id, NAME, "Kari", "kari.solberg@example.no")
    seen = {
        each["action"]: each for each in cast.mentor.get("/v1/privacy/readings").json["readings"]
    }
    assert seen.keys() == {"read_mention", "redact_mention"}
    assert seen["redact_mention"]["reason"] == REASON["reason"]
    assert cast.stranger.get("/v1/privacy/readings").json["readings"] == []


def test_words_that_stay_are_told_with_their_ground_and_the_way_to_complain(
    henrik: App, cast: Cast, erased: str
) -> None:
    mention_id = the_biography(henrik)
    assert leave(henrik, mention_id).json["state"] == "left"
    told = followed(cast, erased)["mentions"]
    (left,) = told["left"]
    assert (left["ground"], left["places"]) == ("expression", 1)
    assert "art. 17" in left["text"]["nb"]
    assert "Datatilsynet" in told["complaint"]["en"]
    biography = cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json["biography"]
    assert biography == STORY


@pytest.mark.usefixtures("erased")
def test_nothing_is_redacted_that_was_not_read_as_it_is_now(henrik: App, cast: Cast) -> None:
    mention_id = the_biography(henrik)
    version = read(henrik, mention_id).json["version"]
    cast.mentor.patch("/v1/mentors/me", {"biography": f"Ny tekst om {NAME}"})
    assert code(redact(henrik, mention_id, NAME, version=version)) == (409, "mention_changed")
    assert code(redact(henrik, mention_id, NAME, "Ola Hansen")) == (422, "invalid")
    repeats = redact(henrik, mention_id, NAME, reason=f"Tok ut {NAME.lower()}")
    assert code(repeats) == (422, "invalid")
    assert [each["pointer"] for each in repeats.json["errors"]] == ["/reason"]
    page = cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json
    assert page["biography"] == f"Ny tekst om {NAME}"


@pytest.mark.usefixtures("erased")
def test_a_place_is_dealt_with_once_and_the_case_is_closed_by_nothing_else(henrik: App) -> None:
    mention_id, request_id = the_biography(henrik), case(henrik)["id"]
    closing = henrik.post(f"/v1/operator/requests/{request_id}/close", {"reason": "Ferdig"})
    assert code(closing) == (409, "request_state")
    assert code(henrik.post(f"/v1/operator/requests/{request_id}/carry-out", REASON)) == (
        409,
        "request_state",
    )
    assert leave(henrik, mention_id).status == 200
    for answer in (leave(henrik, mention_id), read(henrik, mention_id)):
        assert code(answer) == (409, "mention_settled")
    assert code(redact(henrik, mention_id, NAME)) == (409, "mention_settled")


def test_what_is_gone_by_itself_is_noted_as_gone(henrik: App, cast: Cast, erased: str) -> None:
    mention_id = the_biography(henrik)
    token = cast.mentor.post("/v1/privacy/erasure").json["receipt_token"]
    until(lambda: followed(cast, token)["state"] == "done")
    assert read(henrik, mention_id).json["text"] is None
    assert redact(henrik, mention_id, NAME).json["ground"] == "gone"
    (left,) = followed(cast, erased)["mentions"]["left"]
    assert left["ground"] == "gone"


@pytest.mark.usefixtures("erased")
def test_evidence_is_not_redacted_while_it_is_held(henrik: App, cast: Cast) -> None:
    hold = {"person_id": cast.mentor.person_id, "ground": "claim", "reason": "Stevnet", "days": 30}
    placed = henrik.post("/v1/operator/holds", hold).json
    mention_id = the_biography(henrik)
    assert code(redact(henrik, mention_id, NAME)) == (409, "mention_held")
    henrik.delete(f"/v1/operator/holds/{placed['id']}")
    assert redact(henrik, mention_id, NAME).status == 200


@pytest.mark.usefixtures("erased")
def test_what_is_overdue_raises_the_alarm(cast: Cast) -> None:
    cast.world.clock.advance(timedelta(days=32))
    assert json.loads(cast.world.run_cron("/cron/cases")[1])["requests"] == 1


def test_a_namesakes_mention_is_no_case(henrik: App, cast: Cast) -> None:
    # Somebody else has the name in their own right: whom the words mean, nobody can say.
    become_mentor(cast.mentor, biography=f"Har veiledet {NAME}.")
    values = {"id": cast.stranger.person_id}
    name = "UPDATE person SET given_name = 'Kari', family_name = 'Solberg' WHERE id = %(id)s"
    change(name, values)
    token = cast.mentee.post("/v1/privacy/erasure").json["receipt_token"]
    until(lambda: followed(cast, token)["state"] == "done")
    assert followed(cast, token)["mentions"] is None
    assert henrik.get("/v1/operator/requests").json["requests"] == []
    assert rows("SELECT id FROM mention") == []


@pytest.mark.usefixtures("erased")
def test_a_stranger_reads_nothing(henrik: App, cast: Cast) -> None:
    mention_id, request_id = the_biography(henrik), case(henrik)["id"]
    for answer in (
        cast.stranger.get(f"/v1/operator/mentions?request_id={request_id}"),
        read(cast.stranger, mention_id),
        redact(cast.stranger, mention_id, NAME),
        leave(cast.stranger, mention_id),
    ):
        assert code(answer) == (403, "not_an_operator")
    for answer in (read(henrik, f"mnt_{'0' * 26}"), leave(henrik, f"mnt_{'0' * 26}")):
        assert code(answer) == (404, "not_found")


def test_places_are_paged_without_gaps(henrik: App, cast: Cast) -> None:
    for person in cast.crowd(3):
        become_mentor(person, headline=f"Anbefalt av {NAME}", biography=STORY)
    token = cast.mentee.post("/v1/privacy/erasure").json["receipt_token"]
    until(lambda: followed(cast, token)["state"] == "done")
    target = f"/v1/operator/mentions?request_id={case(henrik)['id']}&limit=4"
    first = henrik.get(target).json
    last = henrik.get(f"{target}&after={first['next']}").json
    found = [each["id"] for each in (*first["mentions"], *last["mentions"])]
    assert (len(first["mentions"]), len(set(found)), last["next"]) == (4, 6, None)
    receipt = followed(cast, token)["receipt"]["body"]["mentions"]
    assert receipt == [
        # What the mentors were answered when they wrote it: that goes by itself, within a month.
        {"table": "idempotency_key", "column": "reply", "rows": 3},
        {"table": "mentor", "column": "biography", "rows": 3},
        {"table": "mentor", "column": "headline", "rows": 3},
    ]
