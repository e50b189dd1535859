"""Restriction (Art. 18) and objection (Art. 21), over HTTP: refused but in one's rights."""

from datetime import timedelta

import pytest

from sandbox.app import Answer, App
from sandbox.world import World
from tests.api import description
from tests.api.description import Operation
from tests.cast import Cast
from tests.market import become_mentor, open_stall
from tests.stage import rows

# What a person may do while their data is only kept: their rights, what these take, and what a
# deal takes that stands already.
_RIGHTS = (
    "/v1/consents",
    "/v1/policies",
    "/v1/privacy/",
    "/v1/profile",
    "/v1/sessions",
)
_DEALS = {
    "GET /v1/bookings",
    "GET /v1/bookings/{booking_id}",
    "GET /v1/bookings/{booking_id}/calendar.ics",
    "POST /v1/bookings/{booking_id}/cancel",
    "POST /v1/bookings/{booking_id}/decline",
    "POST /v1/bookings/{booking_id}/delivery",
    "GET /v1/bookings/{booking_id}/meeting",
    "GET /v1/bookings/{booking_id}/moves",
    "DELETE /v1/calendar/feed",
    "GET /v1/calendar/feed",
    "GET /v1/earnings",
    "GET /v1/hours",
    "GET /v1/papers",
    "GET /v1/papers/{paper_id}",
    "GET /v1/papers/{paper_id}/pdf",
    "GET /v1/payout-account",
    "GET /v1/payouts",
    "GET /v1/purchases",
    "GET /v1/purchases/{purchase_id}",
    "GET /v1/purchases/{purchase_id}/withdrawal",
    "POST /v1/payout-account",
    "POST /v1/purchases/{purchase_id}/withdrawal",
}


@pytest.fixture
def person(cast: Cast) -> App:
    (somebody,) = cast.crowd(1)
    return somebody


_UNRESTRICTED = {
    "restricted": False,
    "since": None,
    "lifts_at": None,
    "lifting_reason": None,
}


def restrict(app: App, *, restricted: bool, **more: object) -> Answer:
    answer = app.call("PUT", "/v1/privacy/restriction", {"restricted": restricted, **more})
    assert answer.status == 200, answer.json
    return answer


@pytest.mark.parametrize(
    "operation",
    [pytest.param(each, id=str(each)) for each in description.operations() if each.needs_token],
)
def test_every_call_but_rights_and_standing_deals_is_refused_while_data_is_only_kept(
    person: App, operation: Operation
) -> None:
    become_mentor(person)
    restrict(person, restricted=True)
    body = None if operation.body is None else description.sample(operation.body)
    answer = person.call(operation.method, operation.target(), body)
    if operation.path.startswith(_RIGHTS) or str(operation) in _DEALS:
        assert answer.json is None or answer.json.get("code") != "processing_restricted"
    else:
        operation.refusal(answer, 409, "processing_restricted")


def test_a_restriction_is_kept_with_its_reason_and_ends_when_the_person_says_so(
    person: App, world: World
) -> None:
    began = restrict(person, restricted=True, reason="Navnet mitt er feil 🙈").json
    world.clock.advance(timedelta(minutes=1))
    assert restrict(person, restricted=True, reason="again").json == began
    assert person.get("/v1/privacy/restriction").json == began
    assert person.get("/v1/profile").status == 200
    assert person.patch("/v1/profile", {"given_name": "Riktig"}).status == 200
    assert restrict(person, restricted=False).json == _UNRESTRICTED
    assert person.get("/v1/mentors/me").json["code"] == "not_a_mentor"
    written = rows("SELECT is_restricted, reason FROM restriction ORDER BY decided_at")
    assert [(each["is_restricted"], each["reason"]) for each in written] == [
        (True, "Navnet mitt er feil 🙈"),
        (False, None),
    ]


def test_a_restriction_is_one_person_s_and_nobody_else_s(cast: Cast) -> None:
    one, other = cast.crowd(2)
    restrict(one, restricted=True)
    assert one.get("/v1/mentors/me").json["code"] == "processing_restricted"
    assert other.get("/v1/mentors/me").json["code"] == "not_a_mentor"
    assert other.get("/v1/privacy/restriction").json == _UNRESTRICTED
    assert cast.app().get("/v1/privacy/restriction").status == 401
    assert cast.app().call("PUT", "/v1/privacy/restriction", {"restricted": True}).status == 401


def test_a_mentor_whose_data_is_only_kept_is_not_shown_and_not_sold(
    world: World, cast: Cast
) -> None:
    mentor, mentee = cast.crowd(2)
    stall = open_stall(world, mentor)
    page = f"/v1/mentors/{mentor.person_id}"
    slots = f"/v1/offers/{stall.offer_id}/slots?from=2099-01-01&to=2099-01-02"

    def found() -> list[str]:
        return [each["id"] for each in mentee.get("/v1/mentors").json["mentors"]]

    assert (found(), mentee.get(page).status) == ([mentor.person_id], 200)
    restrict(mentor, restricted=True)
    assert (found(), mentee.get(page).status) == ([], 404)
    assert mentee.get(slots).json["slots"] == []
    refused = stall.book(mentee)
    assert (refused.status, refused.json["code"]) == (409, "slot_not_offered"), refused.json
    restrict(mentor, restricted=False)
    assert (found(), stall.book(mentee).status) == ([mentor.person_id], 201)


# ── objection ────────────────────────────────────────────────────────────────────────────────────


def objecting(app: App) -> set[str]:
    answer = app.get("/v1/privacy/objections")
    assert answer.status == 200, answer.json
    return {each["purpose"] for each in answer.json["objections"] if each["objects"]}


def object_to(app: App, purpose: str, *, objects: bool = True) -> Answer:
    return app.call("PUT", f"/v1/privacy/objections/{purpose}", {"objects": objects})


def test_a_person_objects_and_takes_it_back_as_often_as_they_like(cast: Cast) -> None:
    one, other = cast.crowd(2)
    for _ in range(2):
        assert object_to(one, "marketing").status == 200
        assert (objecting(one), objecting(other)) == ({"marketing"}, set())
    assert object_to(one, "marketing", objects=False).status == 200
    assert object_to(one, "statistics").status == 200
    assert objecting(one) == {"statistics"}
    kept = rows("SELECT purpose, ended_at FROM objection ORDER BY purpose")
    assert [(each["purpose"], each["ended_at"] is None) for each in kept] == [
        ("marketing", False),
        ("statistics", True),
    ]


def test_an_objection_to_marketing_withdraws_the_consent(person: App) -> None:
    version = person.get("/v1/consents").json["consents"][0]["version"]
    yes = {"given": True, "version": version}
    assert person.call("PUT", "/v1/consents/marketing", yes).json["given"] is True
    object_to(person, "marketing")
    assert person.get("/v1/consents").json["consents"][0]["given"] is False
    assert person.call("PUT", "/v1/consents/marketing", yes).json["given"] is True
    assert objecting(person) == set()


def test_what_can_not_be_objected_to_is_not_found(person: App, cast: Cast) -> None:
    for purpose in ("bookkeeping", "surveys", "x"):
        assert object_to(person, purpose).status == 404
    assert object_to(cast.app(), "marketing").status == 401
    assert cast.app().get("/v1/privacy/objections").status == 401


def test_what_a_person_said_stands_in_what_they_are_shown_and_goes_when_they_go(
    cast: Cast,
) -> None:
    kari = cast.mentee
    object_to(kari, "statistics")
    restrict(kari, restricted=True, reason="Feil adresse")
    shown = {each["table"]: each for each in kari.get("/v1/privacy/export").json["tables"]}
    assert shown["restriction"]["rows"][0]["reason"] == "Feil adresse"
    assert shown["objection"]["rows"][0]["purpose"] == "statistics"
    asked = kari.post("/v1/privacy/erasure")
    assert asked.status == 202
    assert kari.is_erased(asked.json["receipt_token"])
    assert rows("SELECT id FROM restriction") == []
    assert rows("SELECT person_id FROM objection") == []
