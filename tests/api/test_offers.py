"""/v1/offers: what a mentor sells."""

import pytest

from lib.mentors import rules
from tests.cast import Cast
from tests.market import OFFER, become_mentor, create_offer


def test_an_offer_stands_on_its_mentors_page(cast: Cast) -> None:
    become_mentor(cast.mentor)
    answer = cast.mentor.post("/v1/offers", OFFER)
    assert answer.status == 201
    assert answer.json == {
        **OFFER,
        "id": answer.json["id"],
        "mentor_id": cast.mentor.person_id,
        "currency": "NOK",
        "accepts_hours": True,
        "needs_approval": False,
        "state": "active",
    }
    page = cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json
    assert page["offers"] == [answer.json]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 121),
        ("description", ""),
        ("minutes", 0),
        ("minutes", 20),
        ("minutes", 495),
        ("minutes", 60.5),
        ("minutes", "60"),
        ("minutes", True),
        ("price_ore", 99),
        ("price_ore", 0),
        ("price_ore", -90_000),
        ("price_ore", 65_000_001),
        ("price_ore", 900.5),
        ("price_ore", "90000"),
        ("price_ore", None),
        ("accepts_hours", "yes"),
        ("accepts_hours", 1),
        ("accepts_hours", None),
        ("currency", "EUR"),
        ("mentor_id", "per_somebody"),
    ],
)
def test_an_offer_with_a_bad_field_says_which(cast: Cast, field: str, value: object) -> None:
    become_mentor(cast.mentor)
    answer = cast.mentor.post("/v1/offers", {**OFFER, field: value})
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{field}"]


@pytest.mark.parametrize(("minutes", "price_ore"), [(15, 100), (480, 65_000_000)])
def test_the_shortest_and_the_dearest_can_be_offered(
    cast: Cast, minutes: int, price_ore: int
) -> None:
    become_mentor(cast.mentor)
    create_offer(cast.mentor, minutes=minutes, price_ore=price_ore)


def test_a_change_leaves_the_rest_alone(cast: Cast) -> None:
    become_mentor(cast.mentor)
    offer_id = create_offer(cast.mentor)
    changed = cast.mentor.patch(f"/v1/offers/{offer_id}", {"price_ore": 50_000, "minutes": 30})
    assert changed.status == 200
    (offer,) = cast.mentor.get("/v1/offers").json["offers"]
    assert offer == changed.json
    assert (offer["price_ore"], offer["minutes"]) == (50_000, 30)
    assert offer["title"] == OFFER["title"]


def test_a_mentor_says_whether_hours_pay_for_an_offer(cast: Cast) -> None:
    become_mentor(cast.mentor)
    offer_id = create_offer(cast.mentor, accepts_hours=False)
    page = f"/v1/mentors/{cast.mentor.person_id}"
    assert cast.stranger.get(page).json["offers"][0]["accepts_hours"] is False
    renamed = cast.mentor.patch(f"/v1/offers/{offer_id}", {"title": "Another title"})
    assert renamed.json["accepts_hours"] is False
    changed = cast.mentor.patch(f"/v1/offers/{offer_id}", {"accepts_hours": True})
    assert changed.json == {**renamed.json, "accepts_hours": True}
    assert cast.stranger.get(page).json["offers"] == [changed.json]


def test_a_withdrawn_offer_is_gone_for_others_and_stays_as_it_was(cast: Cast) -> None:
    become_mentor(cast.mentor)
    offer_id = create_offer(cast.mentor)
    assert cast.mentor.delete(f"/v1/offers/{offer_id}").status == 204
    assert cast.mentor.delete(f"/v1/offers/{offer_id}").status == 204
    assert cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json["offers"] == []
    (offer,) = cast.mentor.get("/v1/offers").json["offers"]
    assert offer["state"] == "withdrawn"
    refused = cast.mentor.patch(f"/v1/offers/{offer_id}", {"price_ore": 50_000})
    assert (refused.status, refused.json["code"]) == (409, "offer_withdrawn")


def test_one_who_is_no_mentor_has_no_offers(cast: Cast) -> None:
    become_mentor(cast.mentor)
    offer_id = create_offer(cast.mentor)
    for answer in (
        cast.stranger.get("/v1/offers"),
        cast.stranger.post("/v1/offers", OFFER),
        cast.stranger.patch(f"/v1/offers/{offer_id}", {"price_ore": 100}),
        cast.stranger.delete(f"/v1/offers/{offer_id}"),
    ):
        assert (answer.status, answer.json["code"]) == (403, "not_a_mentor")


def test_another_mentors_offer_is_not_found(cast: Cast) -> None:
    become_mentor(cast.mentor)
    become_mentor(cast.stranger)
    offer_id = create_offer(cast.mentor)
    for answer in (
        cast.stranger.patch(f"/v1/offers/{offer_id}", {"price_ore": 100}),
        cast.stranger.delete(f"/v1/offers/{offer_id}"),
        cast.stranger.patch("/v1/offers/ofr_nothing", {"price_ore": 100}),
    ):
        assert (answer.status, answer.json["code"]) == (404, "not_found")
    (offer,) = cast.mentor.get("/v1/offers").json["offers"]
    assert (offer["state"], offer["price_ore"]) == ("active", OFFER["price_ore"])
    assert cast.stranger.get("/v1/offers").json == {"offers": [], "next": None}


def test_ones_own_offers_come_in_pages_the_newest_first(cast: Cast) -> None:
    become_mentor(cast.mentor)
    made = [create_offer(cast.mentor, title=f"Offer {number}") for number in range(5)]
    first = cast.mentor.get("/v1/offers?limit=3").json
    second = cast.mentor.get(f"/v1/offers?limit=3&after={first['next']}").json
    assert [offer["id"] for offer in first["offers"] + second["offers"]] == made[::-1]
    assert second["next"] is None


def test_there_is_an_end_to_active_offers(cast: Cast) -> None:
    become_mentor(cast.mentor)
    made = [create_offer(cast.mentor) for _ in range(rules.MAX_ACTIVE_OFFERS)]
    refused = cast.mentor.post("/v1/offers", OFFER)
    assert (refused.status, refused.json["code"]) == (409, "too_many_offers")
    cast.mentor.delete(f"/v1/offers/{made[0]}")
    create_offer(cast.mentor)


def test_an_offer_that_is_sent_again_is_made_once(cast: Cast) -> None:
    become_mentor(cast.mentor)
    first = cast.mentor.post("/v1/offers", OFFER, key="the-same-offer")
    second = cast.mentor.post("/v1/offers", OFFER, key="the-same-offer")
    assert first.json == second.json
    assert len(cast.mentor.get("/v1/offers").json["offers"]) == 1
