"""/v1/mentors: applying, search, pages."""

from urllib.parse import urlencode

import pytest

from sandbox.app import Answer, App
from tests.cast import Cast
from tests.market import APPLICATION, become_mentor, create_offer

NUMBER = "927683172"
NO_NUMBERS = (
    "",
    "92768317",
    "9276831720",
    "927683173",  # another last digit
    "972683172",  # two digits in each other's place
    "000000000",
    "927 683 172",
    "NO927683172MVA",
    "٩٢٧٦٨٣١٧٢",
    927683172,
)


def found(person: App, **filters: object) -> list[str]:
    """Return the ids that a search finds."""
    answer = person.get(f"/v1/mentors?{urlencode(filters)}")
    assert answer.status == 200, answer.json
    return [card["id"] for card in answer.json["mentors"]]


def in_public(answer: Answer) -> dict[str, object]:
    """Return what strangers see of one's own page."""
    hidden = {"organisation_number", "is_vat_registered"}
    return {name: value for name, value in answer.json.items() if name not in hidden}


def pointers(answer: Answer) -> list[str]:
    """Return which fields were refused."""
    assert (answer.status, answer.json["code"]) == (422, "invalid"), answer.json
    return [error["pointer"] for error in answer.json["errors"]]


def test_whoever_applies_is_a_mentor_at_once(cast: Cast) -> None:
    answer = cast.stranger.post("/v1/mentors", APPLICATION)
    assert answer.status == 201
    page = cast.mentee.get(f"/v1/mentors/{cast.stranger.person_id}")
    assert page.status == 200
    assert page.json == in_public(answer)
    assert page.json["state"] == "listed"
    assert page.json["skills"] == sorted(APPLICATION["skills"])
    assert page.json["languages"] == sorted(APPLICATION["languages"])


def test_strangers_see_the_initial_of_the_family_name_only(cast: Cast) -> None:
    become_mentor(cast.mentor)
    profile = cast.mentor.get("/v1/profile").json
    page = cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").json
    assert page["name"] == f"{profile['given_name']} {profile['family_name'][0]}."


def test_nobody_becomes_a_mentor_twice(cast: Cast) -> None:
    become_mentor(cast.mentor)
    again = cast.mentor.post("/v1/mentors", APPLICATION)
    assert (again.status, again.json["code"]) == (409, "already_a_mentor")


def test_an_application_that_is_sent_again_is_answered_again(cast: Cast) -> None:
    first = cast.stranger.post("/v1/mentors", APPLICATION, key="application-1")
    second = cast.stranger.post("/v1/mentors", APPLICATION, key="application-1")
    assert (first.status, first.json) == (second.status, second.json)


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("headline", "", "/headline"),
        ("headline", " " * 10, "/headline"),
        ("headline", "x" * 121, "/headline"),
        ("headline", 7, "/headline"),
        ("headline", None, "/headline"),
        ("biography", "x" * 5001, "/biography"),
        ("skills", [], "/skills"),
        ("skills", "Python", "/skills"),
        ("skills", ["x" * 61], "/skills/0"),
        ("skills", [""], "/skills/0"),
        ("skills", [str(number) for number in range(21)], "/skills"),
        ("skills", ["Python", "python"], "/skills"),
        ("skills", ["René", "Rene"], "/skills"),  # equal to the database's collation alone
        ("languages", ["xx"], "/languages/0"),
        ("languages", ["Norwegian"], "/languages/0"),
        ("languages", ["nb", "nb"], "/languages"),
        *(("organisation_number", number, "/organisation_number") for number in NO_NUMBERS),
        ("is_vat_registered", "yes", "/is_vat_registered"),
        ("is_vat_registered", None, "/is_vat_registered"),
        ("is_vat_registered", True, "/is_vat_registered"),  # without a number
        ("state", "listed", "/state"),
        ("person_id", "per_somebody", "/person_id"),
    ],
)
def test_an_application_with_a_bad_field_says_which(
    cast: Cast, field: str, value: object, pointer: str
) -> None:
    assert pointers(cast.stranger.post("/v1/mentors", {**APPLICATION, field: value})) == [pointer]
    refused = cast.stranger.get("/v1/mentors/me")
    assert (refused.status, refused.json["code"]) == (403, "not_a_mentor")


@pytest.mark.parametrize("field", sorted(APPLICATION))
def test_an_application_with_a_field_missing_says_which(cast: Cast, field: str) -> None:
    rest = {name: value for name, value in APPLICATION.items() if name != field}
    assert pointers(cast.stranger.post("/v1/mentors", rest)) == [f"/{field}"]


def test_a_mentor_changes_what_they_send_and_nothing_else(cast: Cast) -> None:
    become_mentor(cast.mentor)
    before = cast.mentor.get("/v1/mentors/me").json
    changed = cast.mentor.patch("/v1/mentors/me", {"headline": "New", "skills": ["Æøå 🎓"]})
    assert changed.status == 200
    assert changed.json == {**before, "headline": "New", "skills": ["Æøå 🎓"]}
    assert cast.mentor.get("/v1/mentors/me").json == changed.json


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"headline": ""}, "/headline"),
        ({"state": "retired"}, "/state"),
        ({"skills": []}, "/skills"),
        *(({"organisation_number": number}, "/organisation_number") for number in NO_NUMBERS),
        ({"is_vat_registered": True}, "/is_vat_registered"),
        ({"is_vat_registered": 1}, "/is_vat_registered"),
        ({"name": "Somebody"}, "/name"),
    ],
)
def test_a_bad_change_changes_nothing(cast: Cast, change: dict[str, object], pointer: str) -> None:
    become_mentor(cast.mentor)
    before = cast.mentor.get("/v1/mentors/me").json
    assert pointers(cast.mentor.patch("/v1/mentors/me", change)) == [pointer]
    assert cast.mentor.get("/v1/mentors/me").json == before


def test_a_business_is_told_of_in_the_application(cast: Cast) -> None:
    business = {"organisation_number": NUMBER, "is_vat_registered": True}
    answer = cast.mentor.post("/v1/mentors", {**APPLICATION, **business})
    assert answer.status == 201
    assert business.items() <= answer.json.items()
    assert cast.mentor.get("/v1/mentors/me").json == answer.json


def test_who_tells_of_no_business_has_none_until_they_do(cast: Cast) -> None:
    become_mentor(cast.mentor)
    before = cast.mentor.get("/v1/mentors/me").json
    assert (before["organisation_number"], before["is_vat_registered"]) == (None, False)
    business = {"organisation_number": NUMBER, "is_vat_registered": True}
    changed = cast.mentor.patch("/v1/mentors/me", business)
    assert (changed.status, changed.json) == (200, {**before, **business})
    other = cast.mentor.patch("/v1/mentors/me", {"headline": "New", "is_vat_registered": None})
    assert other.json == {**before, **business, "headline": "New"}
    assert cast.mentor.get("/v1/mentors/me").json == other.json


def test_null_takes_the_organisation_number_away(cast: Cast) -> None:
    become_mentor(cast.mentor, organisation_number=NUMBER)
    gone = cast.mentor.patch("/v1/mentors/me", {"organisation_number": None})
    assert (gone.status, gone.json["organisation_number"]) == (200, None)
    assert cast.mentor.patch("/v1/mentors/me", {"organisation_number": None}).json == gone.json


def test_who_is_registered_for_vat_keeps_their_number(cast: Cast) -> None:
    become_mentor(cast.mentor, organisation_number=NUMBER, is_vat_registered=True)
    before = cast.mentor.get("/v1/mentors/me").json
    refused = cast.mentor.patch("/v1/mentors/me", {"organisation_number": None, "headline": "New"})
    assert pointers(refused) == ["/is_vat_registered"]
    assert refused.json["errors"][0]["code"] == "organisation_number_missing"
    assert cast.mentor.get("/v1/mentors/me").json == before
    both = {"organisation_number": None, "is_vat_registered": False}
    changed = cast.mentor.patch("/v1/mentors/me", both)
    assert (changed.status, changed.json) == (200, {**before, **both})


def test_a_mentors_business_is_not_shown_to_strangers(cast: Cast) -> None:
    become_mentor(cast.mentor, organisation_number=NUMBER, is_vat_registered=True)
    create_offer(cast.mentor)
    own = cast.mentor.get("/v1/mentors/me")
    page = cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}")
    assert page.json == in_public(own)
    found = cast.stranger.get(f"/v1/mentors?text={NUMBER}")
    assert found.json["mentors"] == []
    for answer in (page, found, cast.stranger.get("/v1/mentors")):
        assert NUMBER not in str(answer.json)
        assert "vat" not in str(answer.json)


def test_only_a_mentor_has_a_page_to_change(cast: Cast) -> None:
    become_mentor(cast.mentor)
    for answer in (
        cast.stranger.patch("/v1/mentors/me", {"headline": "Mine now"}),
        cast.stranger.get("/v1/mentors/me"),
    ):
        assert (answer.status, answer.json["code"]) == (403, "not_a_mentor")


@pytest.mark.parametrize("mentor_id", ["per_nobody", "x", "me.", "per_" + "0" * 26, "%C3%A5"])
def test_a_page_that_does_not_exist_is_not_found(cast: Cast, mentor_id: str) -> None:
    answer = cast.stranger.get(f"/v1/mentors/{mentor_id}")
    assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_somebody_who_is_no_mentor_has_no_page(cast: Cast) -> None:
    assert cast.stranger.get(f"/v1/mentors/{cast.mentee.person_id}").status == 404


def test_search_finds_listed_mentors_with_an_active_offer(cast: Cast) -> None:
    become_mentor(cast.mentor)
    assert found(cast.stranger) == []
    offer_id = create_offer(cast.mentor)
    assert found(cast.stranger) == [cast.mentor.person_id]
    cast.mentor.patch("/v1/mentors/me", {"state": "paused"})
    assert found(cast.stranger) == []
    assert cast.mentor.get("/v1/mentors/me").json["state"] == "paused"
    cast.mentor.patch("/v1/mentors/me", {"state": "listed"})
    assert found(cast.stranger) == [cast.mentor.person_id]
    assert cast.mentor.delete(f"/v1/offers/{offer_id}").status == 204
    assert found(cast.stranger) == []


def test_a_card_shows_the_cheapest_active_offer(cast: Cast) -> None:
    become_mentor(cast.mentor)
    cheapest = create_offer(cast.mentor, price_ore=10_000)
    create_offer(cast.mentor, price_ore=30_000)
    create_offer(cast.mentor, price_ore=20_000)
    cast.mentor.delete(f"/v1/offers/{cheapest}")
    (card,) = cast.stranger.get("/v1/mentors").json["mentors"]
    assert (card["from_price_ore"], card["currency"]) == (20_000, "NOK")
    assert "biography" not in card


@pytest.mark.parametrize(
    ("filters", "is_found"),
    [
        ({"skill": "leadership"}, True),
        ({"skill": "Lead"}, False),
        ({"language": "en"}, True),
        ({"language": "de"}, False),
        ({"max_price_ore": 90_000}, True),
        ({"max_price_ore": 89_999}, False),
        ({"text": "TEAMS"}, True),
        ({"text": "product development"}, True),
        ({"text": "leadersh"}, True),
        ({"text": "100%"}, False),
        ({"text": "%"}, False),
        ({"text": "_"}, False),
        ({"text": "!"}, False),
        ({"text": "' OR 1=1 -- "}, False),
        ({"skill": "Leadership", "language": "nb", "text": "change", "max_price_ore": 10**6}, True),
        ({"skill": "Leadership", "language": "de"}, False),
    ],
)
def test_search_filters(cast: Cast, filters: dict[str, object], *, is_found: bool) -> None:
    become_mentor(cast.mentor)
    create_offer(cast.mentor)
    assert found(cast.stranger, **filters) == ([cast.mentor.person_id] if is_found else [])


def test_search_finds_signs_that_mean_something_to_the_database(cast: Cast) -> None:
    become_mentor(cast.mentor)
    create_offer(cast.mentor)
    cast.mentor.patch("/v1/mentors/me", {"headline": "100% growth_hacker!"})
    for text in ("100%", "growth_", "hacker!", "0% g"):
        assert found(cast.stranger, text=text) == [cast.mentor.person_id], text


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=51", "/limit"),
        ("limit=many", "/limit"),
        ("max_price_ore=cheap", "/max_price_ore"),
        ("max_price_ore=99999999999", "/max_price_ore"),
        ("language=klingon", "/language"),
        ("text=", "/text"),
        ("after=%C3%A5", "/after"),
        ("after=per_somebody", "/after"),
        ("sort=price", "/sort"),
    ],
)
def test_a_bad_filter_is_refused(cast: Cast, query: str, pointer: str) -> None:
    assert pointers(cast.stranger.get(f"/v1/mentors?{query}")) == [pointer]


def test_pages_of_a_search_hold_everybody_once(cast: Cast) -> None:
    crowd = cast.crowd(7)
    for person in crowd:
        become_mentor(person)
        create_offer(person)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        query = {"limit": 3, **({"after": after} if after else {})}
        page = cast.stranger.get(f"/v1/mentors?{urlencode(query)}").json
        assert len(page["mentors"]) <= 3
        seen += [card["id"] for card in page["mentors"]]
        after = page["next"]
    assert sorted(seen) == sorted(person.person_id for person in crowd)
