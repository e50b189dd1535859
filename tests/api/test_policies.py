"""/v1/policies: read, announced, and accepted before the next contract."""

from typing import Any

import pytest

from lib.core.db import transact
from lib.policies import service
from sandbox.app import Answer, App
from sandbox.world import World
from tests.cast import Cast
from tests.market import open_stall
from tests.stage import Stage


def publish(world: World, version: str, document: str = "terms", **more: object) -> None:
    wanted: dict[str, Any] = {
        "document": document,
        "version": version,
        "is_significant": True,
        "summary_nb": "Nytt om avbestilling",
        "summary_en": "New about cancelling",
        "text_nb": "Vilkår",
        "text_en": "Terms",
        **more,
    }
    now = world.clock.now()
    transact(lambda db: service.publish(db, wanted, now))


def notices(app: App) -> list[tuple[str, str, bool]]:
    found = app.get("/v1/profile").json["notices"]
    return [(each["document"], each["version"], each["must_accept"]) for each in found]


def accept(app: App, version: str, document: str = "terms") -> Answer:
    return app.post("/v1/policies/acceptances", {"document": document, "version": version})


def in_force(app: App) -> dict[str, Any]:
    found = app.get("/v1/policies").json["policies"]
    return {each["document"]: each for each in found}


def test_anyone_reads_what_is_in_force(world: World, cast: Cast) -> None:
    anyone = cast.app()
    assert in_force(anyone).keys() == {"terms", "privacy_notice"}
    publish(world, "2090-01-01")
    found = in_force(anyone)["terms"]
    assert (found["version"], found["text"]) == ("2090-01-01", {"nb": "Vilkår", "en": "Terms"})


def test_a_significant_change_is_announced_and_no_contract_is_made_before_it_is_accepted(
    world: World, cast: Cast
) -> None:
    mentor, mentee = cast.crowd(2)
    stall = open_stall(world, mentor)
    publish(world, "2090-01-01")
    assert notices(mentee) == [("terms", "2090-01-01", True)]
    application = {"headline": "x", "biography": "y", "skills": ["z"], "languages": ["nb"]}
    for refused in (stall.book(mentee), mentee.post("/v1/mentors", application)):
        assert (refused.status, refused.json["code"]) == (409, "policy_not_accepted"), refused.json
        assert refused.json["terms"] == "2090-01-01"
    answer = accept(mentee, "2090-01-01")
    assert (answer.status, answer.json["notices"]) == (200, [])
    assert notices(mentee) == []
    assert stall.book(mentee).status == 201
    assert notices(mentor) == [("terms", "2090-01-01", True)]


def test_what_is_booked_is_paid_for_under_the_terms_in_force(stage: Stage) -> None:
    session = stage.book()
    publish(stage.world, "2090-01-01")
    assert session.start_payment().json["code"] == "terms_outdated"
    wanted = {"booking_id": session.booking_id, "terms": "2090-01-01", "early_start": True}
    assert session.mentee.post("/v1/purchases", wanted).json["code"] == "policy_not_accepted"
    accept(session.mentee, "2090-01-01")
    assert session.mentee.post("/v1/purchases", wanted).status == 201


def test_a_small_change_or_one_of_the_notice_is_announced_and_stops_nobody(
    world: World, cast: Cast
) -> None:
    mentor, mentee = cast.crowd(2)
    stall = open_stall(world, mentor)
    publish(world, "2090-01-01")
    accept(mentee, "2090-01-01")
    publish(world, "2090-01-02", is_significant=False, text_en="Terms\nmore")
    publish(world, "2090-01-01", document="privacy_notice")
    assert notices(mentee) == [
        ("privacy_notice", "2090-01-01", False),
        ("terms", "2090-01-02", False),
    ]
    assert stall.book(mentee).status == 201
    accept(mentee, "2090-01-02")
    accept(mentee, "2090-01-01", document="privacy_notice")
    assert notices(mentee) == []


def test_an_earlier_significant_change_is_accepted_with_a_later_small_one(
    world: World, cast: Cast
) -> None:
    (person,) = cast.crowd(1)
    publish(world, "2090-01-01")
    publish(world, "2090-01-02", is_significant=False, text_en="Terms\nmore")
    assert notices(person) == [("terms", "2090-01-01", True), ("terms", "2090-01-02", False)]
    for _ in range(2):
        assert accept(person, "2090-01-02").json["notices"] == []


@pytest.mark.parametrize("version", ["2090-01-01", "2091-01-01", "x"])
def test_only_the_version_in_force_can_be_accepted(world: World, cast: Cast, version: str) -> None:
    (person,) = cast.crowd(1)
    publish(world, "2090-01-01")
    publish(world, "2090-01-02")
    answer = accept(person, version)
    assert (answer.status, answer.json["code"]) == (409, "policy_outdated")
    assert answer.json["policies"]["terms"] == "2090-01-02"
    assert accept(cast.app(), "2090-01-02").status == 401


def test_who_signs_up_is_shown_and_accepts_what_is_in_force(world: World, cast: Cast) -> None:
    publish(world, "2090-01-01")
    assert notices(cast.mentee) == []
