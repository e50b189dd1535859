"""/v1/conversations: who may write to whom, what both see, and what a block stops."""

from datetime import timedelta
from typing import Any

import pytest

from lib.core.db import transact
from lib.messages import rules
from sandbox.app import Answer, App
from sandbox.world import World
from tests.cast import Cast, refusal
from tests.market import Stall, create_pack, open_stall
from tests.stage import Stage

_NOWHERE = (404, "not_found")


def write_to(person: App, other: App, text: str = "Hei") -> Answer:
    """Have somebody write to somebody by who they are."""
    return person.post("/v1/conversations", {"recipient_id": other.person_id, "text": text})


def begun(person: App, other: App, text: str = "Hei") -> str:
    """Have somebody write; return the path of the conversation."""
    answer = write_to(person, other, text)
    assert answer.status == 201, answer.json
    return f"/v1/conversations/{answer.json['conversation_id']}"


def texts(person: App, path: str, query: str = "") -> list[str | None]:
    """Return what a person reads, in the order in which it comes."""
    answer = person.get(f"{path}/messages{query}")
    assert answer.status == 200, answer.json
    return [each["text"] for each in answer.json["messages"]]


def shown(person: App) -> dict[str, Any]:
    """Return the only conversation of a person."""
    (found,) = person.get("/v1/conversations").json["conversations"]
    return dict(found)


@pytest.fixture
def stall(world: World, cast: Cast) -> Stall:
    """The mentor's offer, so that anybody can find and ask them."""
    return open_stall(world, cast.mentor)


@pytest.mark.usefixtures("stall")
def test_a_question_to_a_listed_mentor_is_read_and_answered_in_one_conversation(
    cast: Cast,
) -> None:
    path = begun(cast.mentee, cast.mentor, "Kan du hjelpe meg?")
    answer = write_to(cast.mentor, cast.mentee, "Ja, gjerne.")
    assert path.endswith(answer.json["conversation_id"])
    assert cast.mentee.post(f"{path}/messages", {"text": "Takk!"}).json["number"] == 3
    expected = ["Takk!", "Ja, gjerne.", "Kan du hjelpe meg?"]
    assert texts(cast.mentee, path) == texts(cast.mentor, path) == expected
    assert [each["is_mine"] for each in cast.mentor.get(f"{path}/messages").json["messages"]] == [
        False,
        True,
        False,
    ]


def test_who_is_no_listed_mentor_is_not_to_be_written_to(cast: Cast, stall: Stall) -> None:
    assert refusal(write_to(cast.mentee, cast.stranger)) == _NOWHERE
    assert refusal(write_to(cast.mentor, cast.mentee)) == _NOWHERE
    assert refusal(write_to(cast.mentor, cast.mentor)) == _NOWHERE
    unknown = {"recipient_id": "per_" + "0" * 26, "text": "Hei"}
    assert refusal(cast.mentee.post("/v1/conversations", unknown)) == _NOWHERE
    stall.mentor.patch("/v1/mentors/me", {"state": "paused"})
    assert refusal(write_to(cast.mentee, cast.mentor)) == _NOWHERE


@pytest.mark.usefixtures("stall")
def test_before_a_session_three_messages_may_be_unanswered(cast: Cast) -> None:
    path = begun(cast.mentee, cast.mentor)
    for _ in range(rules.MAX_UNANSWERED - 1):
        begun(cast.mentee, cast.mentor)
    assert refusal(write_to(cast.mentee, cast.mentor)) == (409, "awaiting_answer")
    assert cast.mentor.post(f"{path}/messages", {"text": "Ja?"}).status == 201
    assert write_to(cast.mentee, cast.mentor).status == 201


def test_a_hold_that_nobody_paid_is_no_deal_and_a_paid_session_is(stage: Stage) -> None:
    held = stage.book()
    assert refusal(write_to(stage.mentor, stage.mentee)) == _NOWHERE
    held.pay()
    stage.settle()
    path = begun(stage.mentor, stage.mentee)
    for _ in range(rules.MAX_UNANSWERED + 1):
        begun(stage.mentor, stage.mentee)
    assert len(texts(stage.mentee, path)) == rules.MAX_UNANSWERED + 2


def test_a_flood_is_stopped_for_an_hour(stage: Stage) -> None:
    stage.book().pay()
    stage.settle()
    for _ in range(rules.MAX_AN_HOUR):
        begun(stage.mentee, stage.mentor)
    assert refusal(write_to(stage.mentee, stage.mentor)) == (429, "too_many_messages")
    assert write_to(stage.mentor, stage.mentee).status == 201
    stage.jump(timedelta(minutes=61))
    assert write_to(stage.mentee, stage.mentor).status == 201


@pytest.mark.usefixtures("stall")
def test_unread_messages_are_counted_until_they_are_read(cast: Cast) -> None:
    path = begun(cast.mentee, cast.mentor)
    begun(cast.mentee, cast.mentor)
    assert (shown(cast.mentor)["unread"], shown(cast.mentee)["unread"]) == (2, 0)
    read = cast.mentor.post(f"{path}/read", {"number": 1})
    assert (read.status, read.json["unread"], read.json["read_number"]) == (200, 1, 1)
    own = cast.mentee.get(f"{path}/messages").json["messages"]
    assert [each["is_read"] for each in own] == [False, True]
    # Never beyond what is written, and never back.
    cast.mentor.post(f"{path}/read", {"number": 99})
    assert cast.mentor.post(f"{path}/read", {"number": 1}).json["read_number"] == 2
    begun(cast.mentee, cast.mentor)
    assert shown(cast.mentor)["unread"] == 1


@pytest.mark.usefixtures("stall")
def test_both_are_called_as_in_a_booking(cast: Cast) -> None:
    begun(cast.mentee, cast.mentor)
    for person, other in ((cast.mentee, cast.mentor), (cast.mentor, cast.mentee)):
        profile = other.get("/v1/profile").json
        found = shown(person)
        assert found["with_name"] == f"{profile['given_name']} {profile['family_name'][0]}."
        assert found["with_id"] == other.person_id


@pytest.mark.usefixtures("stall")
def test_own_words_can_be_deleted_and_are_gone_for_both(world: World, cast: Cast) -> None:
    path = begun(cast.mentee, cast.mentor, "Dette angrer jeg på")
    sent = cast.mentee.get(f"{path}/messages").json["messages"][0]
    at = f"{path}/messages/{sent['id']}"
    assert refusal(cast.mentor.delete(at)) == _NOWHERE
    assert texts(cast.mentor, path) == ["Dette angrer jeg på"]
    assert cast.mentee.delete(at).status == 204
    world.clock.advance(timedelta(minutes=1))
    before = cast.mentor.get(f"{path}/messages").json["messages"]
    assert cast.mentee.delete(at).status == 204
    assert cast.mentor.get(f"{path}/messages").json["messages"] == before
    assert (before[0]["text"], before[0]["deleted_at"] is not None) == (None, True)
    assert shown(cast.mentor)["unread"] == 0
    for table in ("message", "idempotency_key"):
        found = transact(lambda db, table=table: db.rows(f"SELECT * FROM {table}"))  # type: ignore[misc]  # noqa: S608
        assert "angrer" not in str(found)


@pytest.mark.usefixtures("stall")
def test_a_stranger_finds_nothing(cast: Cast) -> None:
    path = begun(cast.mentee, cast.mentor)
    sent = cast.mentee.get(f"{path}/messages").json["messages"][0]["id"]
    assert refusal(cast.stranger.get(f"{path}/messages")) == _NOWHERE
    assert refusal(cast.stranger.post(f"{path}/messages", {"text": "Hei"})) == _NOWHERE
    assert refusal(cast.stranger.post(f"{path}/read", {"number": 1})) == _NOWHERE
    assert refusal(cast.stranger.delete(f"{path}/messages/{sent}")) == _NOWHERE
    assert cast.stranger.get("/v1/conversations").json["conversations"] == []
    assert texts(cast.mentor, path) == ["Hei"]


@pytest.mark.usefixtures("stall")
def test_messages_come_in_pages_both_ways(cast: Cast) -> None:
    path = begun(cast.mentee, cast.mentor, "1")
    for number in range(2, 6):
        writer = (cast.mentee, cast.mentor)[number % 2]
        assert writer.post(f"{path}/messages", {"text": str(number)}).status == 201
    first = cast.mentee.get(f"{path}/messages?limit=3").json
    assert [each["text"] for each in first["messages"]] == ["5", "4", "3"]
    assert texts(cast.mentee, path, f"?limit=3&after={first['next']}") == ["2", "1"]
    assert texts(cast.mentee, path, "?order=oldest&limit=2") == ["1", "2"]
    newest = first["newest"]
    assert texts(cast.mentee, path, f"?order=oldest&after={newest}") == []
    cast.mentor.post(f"{path}/messages", {"text": "6"})
    assert texts(cast.mentee, path, f"?order=oldest&after={newest}") == ["6"]


def test_conversations_come_in_pages_the_last_written_in_first(world: World, cast: Cast) -> None:
    for mentor in (cast.mentor, cast.stranger, cast.admin):
        open_stall(world, mentor)
        begun(cast.mentee, mentor)
    begun(cast.mentee, cast.mentor)
    first = cast.mentee.get("/v1/conversations?limit=2").json
    second = cast.mentee.get(f"/v1/conversations?limit=2&after={first['next']}").json
    found = [each["with_id"] for each in first["conversations"] + second["conversations"]]
    assert found == [each.person_id for each in (cast.mentor, cast.admin, cast.stranger)]
    assert second["next"] is None


@pytest.mark.usefixtures("stall")
@pytest.mark.parametrize("text", ["", "   ", "x" * (rules.MAX_LENGTH + 1)])
def test_a_message_has_words_and_an_end(cast: Cast, text: str) -> None:
    assert refusal(write_to(cast.mentee, cast.mentor, text)) == (422, "invalid")
    assert begun(cast.mentee, cast.mentor, "ø" * rules.MAX_LENGTH)


@pytest.mark.usefixtures("stall")
def test_a_message_that_is_sent_again_is_written_once(cast: Cast) -> None:
    body = {"recipient_id": cast.mentor.person_id, "text": "Hei"}
    first = cast.mentee.post("/v1/conversations", body, key="the-same-message")
    again = cast.mentee.post("/v1/conversations", body, key="the-same-message")
    assert (first.status, first.json) == (again.status, again.json)
    assert shown(cast.mentor)["last_number"] == 1


# ── blocks ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("blocker", ["mentor", "mentee"])
def test_a_block_stops_messages_sessions_and_packs_both_ways_until_it_is_taken_back(
    cast: Cast, stall: Stall, blocker: str
) -> None:
    by, other = {
        "mentor": (cast.mentor, cast.mentee),
        "mentee": (cast.mentee, cast.mentor),
    }[blocker]
    pack_id = create_pack(cast.mentor)
    path = begun(cast.mentee, cast.mentor)
    assert by.put(f"/v1/blocks/{other.person_id}", None).status == 204
    for person, reader in ((cast.mentee, cast.mentor), (cast.mentor, cast.mentee)):
        assert refusal(person.post(f"{path}/messages", {"text": "Hei"})) == (409, "not_writable")
        assert refusal(write_to(person, reader)) == (409, "not_writable")
        assert texts(person, path) == ["Hei"]
    unknown = Stall(cast.mentor, "ofr_" + "0" * 26, stall.tomorrow)
    refused, nowhere = stall.book(cast.mentee), unknown.book(cast.mentee)
    assert refusal(refused) == refusal(nowhere) == _NOWHERE
    assert refused.json["title"] == nowhere.json["title"]
    wanted = {"pack_id": pack_id, "terms": "2026-11-01", "early_start": True}
    assert refusal(cast.mentee.post("/v1/purchases", wanted)) == _NOWHERE
    assert by.delete(f"/v1/blocks/{other.person_id}").status == 204
    assert cast.mentor.post(f"{path}/messages", {"text": "Hei"}).status == 201
    assert stall.book(cast.mentee).status == 201


def test_a_block_before_the_first_word_is_as_if_the_mentor_were_not_there(
    cast: Cast, stall: Stall
) -> None:
    assert stall.mentor is cast.mentor
    assert cast.mentee.put(f"/v1/blocks/{cast.mentor.person_id}", None).status == 204
    assert refusal(write_to(cast.mentee, cast.mentor)) == _NOWHERE


def test_what_is_agreed_stands_in_spite_of_a_block(cast: Cast, stall: Stall) -> None:
    booking = stall.book(cast.mentee).json
    assert cast.mentee.put(f"/v1/blocks/{cast.mentor.person_id}", None).status == 204
    assert cast.mentor.get(f"/v1/bookings/{booking['id']}").json["state"] == "held"
    assert cast.mentee.get(f"/v1/bookings/{booking['id']}").status == 200


@pytest.mark.usefixtures("stall")
def test_only_who_blocks_sees_the_block(cast: Cast) -> None:
    begun(cast.mentee, cast.mentor)
    for _ in range(2):
        assert cast.mentor.put(f"/v1/blocks/{cast.mentee.person_id}", None).status == 204
    (found,) = cast.mentor.get("/v1/blocks").json["blocks"]
    assert found["person_id"] == cast.mentee.person_id
    assert found["name"] == shown(cast.mentor)["with_name"]
    assert cast.mentee.get("/v1/blocks").json["blocks"] == []
    answer = cast.mentee.get("/v1/privacy/explained")
    assert "person_block" not in str(answer.json.get("tables", ""))


def test_who_one_has_nothing_to_do_with_can_not_be_blocked(cast: Cast, stall: Stall) -> None:
    assert stall.mentor is cast.mentor
    for person_id in (cast.mentee.person_id, cast.stranger.person_id, "per_" + "0" * 26):
        assert refusal(cast.stranger.put(f"/v1/blocks/{person_id}", None)) == _NOWHERE
        assert refusal(cast.stranger.delete(f"/v1/blocks/{person_id}")) == _NOWHERE


@pytest.mark.usefixtures("stall")
def test_who_may_only_be_kept_is_not_written_to(cast: Cast) -> None:
    path = begun(cast.mentee, cast.mentor)
    restrict = cast.mentor.call("PUT", "/v1/privacy/restriction", {"restricted": True})
    assert restrict.status == 200
    hello = {"text": "Hei"}
    assert refusal(cast.mentee.post(f"{path}/messages", hello)) == (409, "not_writable")
    assert refusal(cast.mentor.post(f"{path}/messages", hello)) == (409, "processing_restricted")
    assert refusal(write_to(cast.stranger, cast.mentor)) == _NOWHERE
