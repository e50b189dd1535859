"""Many at once: two people have one conversation, and a block lets nothing through."""

from collections.abc import Callable

from lib.core.db import transact
from lib.messages.rules import MAX_UNANSWERED
from sandbox.app import Answer
from sandbox.world import World
from tests.cast import Cast
from tests.market import open_stall
from tests.races.test_slot_sold_once import at_once, outcomes

CALLS = 50


def test_of_fifty_first_messages_one_begins_the_conversation(world: World, cast: Cast) -> None:
    open_stall(world, cast.mentor)
    mentee = cast.mentee
    wanted = {"recipient_id": cast.mentor.person_id, "text": "Hei"}
    answers = at_once([lambda: mentee.post("/v1/conversations", wanted)] * CALLS)
    assert outcomes(answers) == {
        (201, ""): MAX_UNANSWERED,
        (409, "awaiting_answer"): CALLS - MAX_UNANSWERED,
    }
    found = transact(lambda db: db.rows("SELECT conversation_id, number FROM message"))
    assert len({each["conversation_id"] for each in found}) == 1
    assert sorted(each["number"] for each in found) == list(range(1, MAX_UNANSWERED + 1))


def test_two_who_write_to_each_other_at_once_lose_no_message(world: World, cast: Cast) -> None:
    open_stall(world, cast.mentor)
    open_stall(world, cast.stranger)
    pair = (cast.mentor, cast.stranger)
    calls: list[Callable[[], Answer]] = [
        lambda by=by, to=to: by.post(  # type: ignore[misc]
            "/v1/conversations", {"recipient_id": to.person_id, "text": "Hei"}
        )
        for by, to in (pair, pair[::-1])
    ]
    answers = at_once(calls * 3)
    assert {answer.status for answer in answers} == {201}
    assert sorted(answer.json["number"] for answer in answers) == list(range(1, 7))


def test_what_comes_after_a_block_was_answered_is_refused(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    crowd = cast.crowd(10)
    wanted = {"recipient_id": cast.mentor.person_id, "text": "Hei"}
    for mentee in crowd:
        assert mentee.post("/v1/conversations", wanted).status == 201
    calls: list[Callable[[], Answer]] = []
    for hours, mentee in enumerate(crowd):
        calls += [
            lambda mentee=mentee: cast.mentor.put(f"/v1/blocks/{mentee.person_id}", None),  # type: ignore[misc]
            lambda mentee=mentee, hours=hours: stall.book(mentee, hours),  # type: ignore[misc]
            lambda mentee=mentee: mentee.post("/v1/conversations", wanted),  # type: ignore[misc]
        ]
    assert {answer.status for answer in at_once(calls)} <= {201, 204, 404, 409}
    for hours, mentee in enumerate(crowd):
        assert stall.book(mentee, 12 + hours).status == 404
        assert mentee.post("/v1/conversations", wanted).status == 409
