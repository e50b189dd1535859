"""What a person may demand, over HTTP: to see what is held, to take it along, to have it erased."""

import json
from typing import Any

import pytest

from lib.core.db import transact
from lib.privacy import leaving
from sandbox.app import App
from sandbox.world import World
from tests.cast import Cast
from tests.market import open_stall
from tests.stage import until


@pytest.fixture
def kari(cast: Cast) -> App:
    """Kari, freshly signed in."""
    return cast.mentee


def _done(receipt_token: str, app: App) -> dict[str, Any]:
    """Follow an erasure to its end."""
    address = f"/v1/privacy/erasures/{receipt_token}"
    until(lambda: app.get(address).json["state"] == "done")
    found: dict[str, Any] = app.get(address).json
    return found


def _texts(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False)


def test_a_person_sees_what_is_held_about_them_and_why(kari: App) -> None:
    tables = {table["table"]: table for table in kari.get("/v1/privacy/export").json["tables"]}

    assert tables["person"]["rows"][0]["email"] == "kari.solberg@example.no"
    assert {"identity", "session", "policy_acceptance"} <= tables.keys()
    for table in tables.values():
        assert all(table[words]["nb"] for words in ("purpose", "basis", "kept"))


def test_an_export_holds_nothing_of_anybody_else(cast: Cast, kari: App, world: World) -> None:
    stall = open_stall(world, cast.mentor)
    assert stall.book(kari).status == 201

    seen = _texts(kari.get("/v1/privacy/export").json)

    assert stall.offer_id in seen
    assert not [word for word in ("ola.hagen@", "Hagen", "4790000102") if word in seen]
    assert cast.stranger.get("/v1/privacy/export").status == 200
    assert "bkg_" not in _texts(cast.stranger.get("/v1/privacy/export").json)


def test_no_token_or_hash_of_one_is_exported(kari: App) -> None:
    seen = _texts(kari.get("/v1/privacy/export").json)

    assert kari.access_token not in seen
    assert "access_hash" not in seen
    assert "token_hash" not in seen


def test_what_is_taken_along_is_what_the_person_provided(kari: App) -> None:
    answer = kari.get("/v1/privacy/export?right=portability")

    assert [table["table"] for table in answer.json["tables"]] == ["person"]


@pytest.mark.parametrize("query", ["after=nonsense", "right=everything", "page=2"])
def test_a_bad_wish_for_an_export_is_refused(kari: App, query: str) -> None:
    answer = kari.get(f"/v1/privacy/export?{query}")

    assert (answer.status, answer.json["code"]) == (422, "invalid")


def test_an_erased_person_is_signed_out_everywhere_and_comes_back_as_somebody_new(
    kari: App, cast: Cast
) -> None:
    tablet = cast.app().sign_in("kari", device_name="Nettbrett")

    receipt = kari.post("/v1/privacy/erasure")

    assert receipt.status == 202
    assert {part["table"] for part in receipt.json["erased"]} >= {"person", "identity", "session"}
    assert [device.get("/v1/profile").status for device in (kari, tablet)] == [401, 401]
    assert tablet.refresh().status == 401
    done = _done(receipt.json["receipt_token"], cast.app())
    assert done["receipt"]["body"]["id"] == receipt.json["id"]
    assert cast.app().sign_in("kari").person_id != kari.person_id


def test_a_person_is_told_before_they_confirm_what_goes_and_what_stays(kari: App) -> None:
    told = kari.get("/v1/privacy/erasure").json
    receipt = kari.post("/v1/privacy/erasure").json

    assert told["obstacles"] == []
    # Asking for it leaves one more row to go, the key that the app asked with,
    # and what is sent to the suppliers.
    asked = {"idempotency_key"}
    going = {part["table"] for part in told["goes"]}
    assert going | asked == {part["table"] for part in receipt["erased"]}
    assert {part["table"] for part in told["stays"]} == {part["table"] for part in receipt["kept"]}
    assert all(part["ground"]["nb"] for part in told["stays"])


def test_an_erasure_is_refused_while_a_booking_is_open_and_nothing_changes(
    kari: App, cast: Cast, world: World
) -> None:
    booking = open_stall(world, cast.mentor).book(kari).json

    for person in (kari, cast.mentor):
        answer = person.post("/v1/privacy/erasure")
        assert (answer.status, answer.json["code"]) == (409, "erasure_refused")
        assert booking["id"] in answer.json["obstacles"]
        assert person.get("/v1/profile").status == 200

    assert kari.post(f"/v1/bookings/{booking['id']}/cancel", {"reason": "Syk"}).status == 200
    assert kari.post("/v1/privacy/erasure").status == 202


def test_a_mentor_who_leaves_is_found_no_more(cast: Cast, world: World) -> None:
    stall = open_stall(world, cast.mentor)

    asked = cast.mentor.post("/v1/privacy/erasure")

    assert asked.status == 202
    assert cast.stranger.get("/v1/mentors").json["mentors"] == []
    assert _done(asked.json["receipt_token"], cast.stranger)
    assert cast.stranger.get("/v1/mentors").json["mentors"] == []
    assert cast.stranger.get(f"/v1/mentors/{cast.mentor.person_id}").status == 404
    assert stall.book(cast.stranger).status in {404, 409}


def test_an_erasure_that_was_cut_short_is_finished_by_cron(kari: App, world: World) -> None:
    now = world.clock.now()
    transact(lambda db: leaving.ask(db, person_id=kari.person_id, now=now))
    assert kari.get("/v1/profile").status == 401

    status, body = world.run_cron("/cron/privacy")

    assert (status, json.loads(body)) == (200, {"finished": 1, "told": 0, "lifted": 0})
    found = transact(lambda db: db.rows("SELECT given_name, email, phone FROM person"))
    assert found == [{"given_name": None, "email": None, "phone": None}]


def test_without_a_sign_in_there_are_no_rights_to_use(cast: Cast) -> None:
    nobody = cast.app()

    assert nobody.get("/v1/privacy/export").status == 401
    assert nobody.get("/v1/privacy/erasure").status == 401
    assert nobody.post("/v1/privacy/erasure").status == 401


def test_a_mentor_whose_offer_bears_their_name_can_leave_it_behind(
    cast: Cast, world: World
) -> None:
    stall = open_stall(world, cast.mentor)
    title = {"title": "En time med Ola Hagen"}
    assert cast.mentor.patch(f"/v1/offers/{stall.offer_id}", title).status == 200
    booking = stall.book(cast.mentee).json
    cast.mentee.post(f"/v1/bookings/{booking['id']}/cancel", {"reason": "Rakk det ikke"})

    assert cast.mentor.post("/v1/privacy/erasure").status == 202
