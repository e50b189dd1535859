"""/v1/packs: hours that a mentor sells together."""

import pytest

from lib.mentors import rules
from tests.cast import Cast
from tests.market import PACK, become_mentor, create_offer, create_pack


def test_a_pack_stands_on_its_mentors_page_beside_the_offers(cast: Cast) -> None:
    become_mentor(cast.mentor)
    create_offer(cast.mentor)
    answer = cast.mentor.post("/v1/packs", PACK)
    assert answer.status == 201
    assert answer.json == {
        **PACK,
        "id": answer.json["id"],
        "mentor_id": cast.mentor.person_id,
        "currency": "NOK",
        "state": "active",
    }
    page = cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json
    assert page["packs"] == [answer.json]
    assert len(page["offers"]) == 1
    assert cast.mentor.get("/v1/mentors/me").json["packs"] == [answer.json]


def test_the_hours_of_a_pack_can_be_used_for_300_days_unless_its_mentor_says_otherwise(
    cast: Cast,
) -> None:
    become_mentor(cast.mentor)
    pack = {name: value for name, value in PACK.items() if name != "valid_days"}
    answer = cast.mentor.post("/v1/packs", pack)
    assert (answer.status, answer.json["valid_days"]) == (201, 300)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 101),
        ("title", None),
        ("minutes", 45),
        ("minutes", 0),
        ("minutes", -60),
        ("minutes", 70),
        ("minutes", 6_015),
        ("minutes", 60.5),
        ("minutes", "300"),
        ("minutes", True),
        ("price_ore", 99),
        ("price_ore", 0),
        ("price_ore", -100),
        ("price_ore", 65_000_001),
        ("price_ore", 900.5),
        ("price_ore", "90000"),
        ("price_ore", None),
        ("valid_days", 29),
        ("valid_days", 331),
        ("valid_days", None),
        ("quarters", 20),
        ("currency", "EUR"),
        ("state", "withdrawn"),
        ("mentor_id", "per_somebody"),
    ],
)
def test_a_pack_with_a_bad_field_says_which(cast: Cast, field: str, value: object) -> None:
    become_mentor(cast.mentor)
    answer = cast.mentor.post("/v1/packs", {**PACK, field: value})
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{field}"]
    assert cast.mentor.get("/v1/packs").json["packs"] == []


@pytest.mark.parametrize(
    ("minutes", "price_ore", "valid_days"), [(60, 100, 30), (6_000, 65_000_000, 330)]
)
def test_the_smallest_and_the_largest_can_be_sold(
    cast: Cast, minutes: int, price_ore: int, valid_days: int
) -> None:
    # The limits of the database are no narrower than those of the API.
    become_mentor(cast.mentor)
    create_pack(cast.mentor, minutes=minutes, price_ore=price_ore, valid_days=valid_days)
    (pack,) = cast.mentor.get("/v1/packs").json["packs"]
    assert (pack["minutes"], pack["price_ore"]) == (minutes, price_ore)


def test_a_change_leaves_the_rest_alone(cast: Cast) -> None:
    become_mentor(cast.mentor)
    pack_id = create_pack(cast.mentor)
    (before,) = cast.mentor.get("/v1/packs").json["packs"]
    changed = cast.mentor.patch(f"/v1/packs/{pack_id}", {"price_ore": 350_000, "minutes": 285})
    assert changed.status == 200
    assert changed.json == {**before, "price_ore": 350_000, "minutes": 285}
    more = cast.mentor.patch(f"/v1/packs/{pack_id}", {"title": "Fewer hours", "valid_days": 30})
    assert more.json == {**changed.json, "title": "Fewer hours", "valid_days": 30}
    assert cast.mentor.get("/v1/packs").json["packs"] == [more.json]


def test_a_bad_change_changes_nothing(cast: Cast) -> None:
    become_mentor(cast.mentor)
    pack_id = create_pack(cast.mentor)
    before = cast.mentor.get("/v1/packs").json
    for bad in ({"minutes": 50}, {"price_ore": 0}, {"valid_days": 365}, {"state": "withdrawn"}):
        answer = cast.mentor.patch(f"/v1/packs/{pack_id}", {"title": "Another title", **bad})
        assert (answer.status, answer.json["code"]) == (422, "invalid"), bad
    assert cast.mentor.get("/v1/packs").json == before


def test_a_withdrawn_pack_is_gone_for_others_and_stays_as_it_was(cast: Cast) -> None:
    become_mentor(cast.mentor)
    pack_id = create_pack(cast.mentor)
    (before,) = cast.mentor.get("/v1/packs").json["packs"]
    assert cast.mentor.delete(f"/v1/packs/{pack_id}").status == 204
    assert cast.mentor.delete(f"/v1/packs/{pack_id}").status == 204
    assert cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json["packs"] == []
    refused = cast.mentor.patch(f"/v1/packs/{pack_id}", {"price_ore": 350_000})
    assert (refused.status, refused.json["code"]) == (409, "pack_withdrawn")
    assert cast.mentor.get("/v1/packs").json["packs"] == [{**before, "state": "withdrawn"}]


def test_one_who_is_no_mentor_has_no_packs(cast: Cast) -> None:
    become_mentor(cast.mentor)
    pack_id = create_pack(cast.mentor)
    for answer in (
        cast.stranger.get("/v1/packs"),
        cast.stranger.post("/v1/packs", PACK),
        cast.stranger.patch(f"/v1/packs/{pack_id}", {"price_ore": 100}),
        cast.stranger.delete(f"/v1/packs/{pack_id}"),
    ):
        assert (answer.status, answer.json["code"]) == (403, "not_a_mentor")


def test_another_mentors_pack_is_not_found(cast: Cast) -> None:
    become_mentor(cast.mentor)
    become_mentor(cast.stranger)
    pack_id = create_pack(cast.mentor)
    before = cast.mentor.get("/v1/packs").json
    for answer in (
        cast.stranger.patch(f"/v1/packs/{pack_id}", {"price_ore": 100}),
        cast.stranger.delete(f"/v1/packs/{pack_id}"),
        cast.stranger.patch("/v1/packs/pck_nothing", {"price_ore": 100}),
        cast.stranger.delete("/v1/packs/pck_nothing"),
    ):
        assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert cast.mentor.get("/v1/packs").json == before
    assert cast.stranger.get("/v1/packs").json == {"packs": [], "next": None}


def test_ones_own_packs_come_in_pages_the_newest_first(cast: Cast) -> None:
    become_mentor(cast.mentor)
    made = [create_pack(cast.mentor, title=f"Pack {number}") for number in range(5)]
    first = cast.mentor.get("/v1/packs?limit=3").json
    second = cast.mentor.get(f"/v1/packs?limit=3&after={first['next']}").json
    assert [pack["id"] for pack in first["packs"] + second["packs"]] == made[::-1]
    assert second["next"] is None
    shown = cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json["packs"]
    assert [pack["id"] for pack in shown] == made


def test_there_is_an_end_to_active_packs(cast: Cast) -> None:
    become_mentor(cast.mentor)
    made = [create_pack(cast.mentor) for _ in range(rules.MAX_ACTIVE_PACKS)]
    refused = cast.mentor.post("/v1/packs", PACK)
    assert (refused.status, refused.json["code"]) == (409, "too_many_packs")
    cast.mentor.delete(f"/v1/packs/{made[0]}")
    create_pack(cast.mentor)


def test_a_pack_that_is_sent_again_is_made_once(cast: Cast) -> None:
    become_mentor(cast.mentor)
    first = cast.mentor.post("/v1/packs", PACK, key="the-same-pack")
    second = cast.mentor.post("/v1/packs", PACK, key="the-same-pack")
    assert first.json == second.json
    other = cast.mentor.post("/v1/packs", {**PACK, "minutes": 60}, key="the-same-pack")
    assert (other.status, other.json["code"]) == (409, "idempotency_key_reused")
    assert len(cast.mentor.get("/v1/packs").json["packs"]) == 1
