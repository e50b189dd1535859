"""/v1/profile: one's own data, read and corrected."""

from typing import Any

import pytest

from sandbox.app import Answer, App
from tests.cast import Cast


@pytest.fixture
def app(cast: Cast) -> App:
    (person,) = cast.crowd(1)
    return person


def profile(app: App) -> dict[str, Any]:
    answer = app.get("/v1/profile")
    assert answer.status == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def corrected(app: App, **fields: object) -> dict[str, Any]:
    """Correct something; return what the profile says of it afterwards."""
    answer = app.patch("/v1/profile", fields)
    assert answer.status == 200, answer.json
    assert answer.json == profile(app)
    found: dict[str, Any] = answer.json
    return found


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer.json


def test_a_person_reads_their_own_profile_and_nobody_else_s(cast: Cast) -> None:
    one, other = cast.crowd(2)
    assert profile(one)["id"] == one.person_id
    assert profile(other)["id"] == other.person_id
    refused(one.get(f"/v1/profile?person_id={other.person_id}"), 422, "invalid")
    refused(one.get(f"/v1/profile/{other.person_id}"), 404, "not_found")


def test_without_a_sign_in_there_is_no_profile(cast: Cast) -> None:
    refused(cast.app().get("/v1/profile"), 401, "unauthenticated")
    refused(cast.app().patch("/v1/profile", {"given_name": "X"}), 401, "unauthenticated")


def test_what_is_sent_is_changed_and_what_is_left_out_stays(app: App) -> None:
    before = profile(app)
    after = corrected(app, given_name="  Åse-Marie  ", language="en")
    assert after == {**before, "given_name": "Åse-Marie", "language": "en"}


def test_everything_that_is_one_s_own_can_be_corrected_at_once(app: App) -> None:
    change = {
        "given_name": "Ægir",
        "family_name": "Ødegård 🌲",
        "email": "aegir@xn--degrd-pua9p.example",
        "phone": "4790000321",
        "language": "en",
        "time_zone": "America/Argentina/Ushuaia",
    }
    after = corrected(app, **change)
    assert {name: after[name] for name in change} == change


def test_nothing_sent_changes_nothing(app: App) -> None:
    before = profile(app)
    assert corrected(app) == before
    assert corrected(app, given_name=None) == before


def test_somebody_else_s_profile_is_not_touched(cast: Cast) -> None:
    one, other = cast.crowd(2)
    before = profile(other)
    corrected(one, given_name="Changed", email="changed@example.no")
    assert profile(other) == before


# ── what was verified ────────────────────────────────────────────────────────────────────────────


def test_a_new_address_or_number_is_not_verified_and_the_other_stays_so(app: App) -> None:
    assert profile(app)["email_verified"] is True
    after = corrected(app, email="new@example.no")
    assert (after["email_verified"], after["phone_verified"]) == (False, True)
    after = corrected(app, phone="4790000654")
    assert (after["email_verified"], after["phone_verified"]) == (False, False)


def test_the_same_address_sent_again_stays_verified(app: App) -> None:
    before = profile(app)
    after = corrected(app, email=before["email"], phone=before["phone"], given_name="New")
    assert after["email_verified"] is True
    assert after["phone_verified"] is True


def test_going_back_to_the_verified_address_does_not_make_it_verified_again(app: App) -> None:
    before = profile(app)
    corrected(app, email="new@example.no")
    assert corrected(app, email=before["email"])["email_verified"] is False


@pytest.mark.parametrize(
    "field", ["id", "email_verified", "phone_verified", "created_at", "erased_at", "is_admin"]
)
def test_what_is_not_one_s_own_to_say_is_refused(app: App, field: str) -> None:
    before = profile(app)
    refused(app.patch("/v1/profile", {field: True, "given_name": "New"}), 422, "invalid")
    assert profile(app) == before


# ── values ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given_name", ""),
        ("given_name", "   "),
        ("given_name", "x" * 101),
        ("family_name", ""),
        ("family_name", 7),
        ("email", ""),
        ("email", "nobody"),
        ("email", "@example.no"),
        ("email", "a@b"),
        ("email", "a@b@example.no"),
        ("email", "a b@example.no"),
        ("email", "a@example..no"),
        ("email", "a@.example.no"),
        ("email", "a@example.no."),
        ("email", "a\n@example.no"),
        ("email", "x" * 65 + "@example.no"),
        ("email", "a@" + "x" * 250 + ".no"),
        ("phone", ""),
        ("phone", "1234567"),
        ("phone", "1" * 16),
        ("phone", "+4790000101"),
        ("phone", "479 00 00 101"),
        ("phone", "٤٧٩٠٠٠٠١٠١"),
        ("phone", "４７９００００１０１"),
        ("phone", 4790000101),
        ("language", "de"),
        ("language", "NB"),
        ("language", ""),
        ("time_zone", "x" * 65),
    ],
)
def test_a_value_that_is_none_is_refused_and_named(app: App, field: str, value: object) -> None:
    before = profile(app)
    answer = app.patch("/v1/profile", {field: value})
    refused(answer, 422, "invalid")
    assert [each["pointer"] for each in answer.json["errors"]] == [f"/{field}"]
    assert profile(app) == before


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Oslo",
        "Europe",
        "Europe/",
        "/etc/localtime",
        "../../../etc/passwd",
        "Europe/../Europe/Oslo",
        "Europe/Oslo\u0000",
        "Europe/Øslo",
        "zone.tab",
        "tzdata.zi",
        "+02:00",
        "europe/oslo",
    ],
)
def test_a_zone_that_is_none_is_refused(app: App, zone: str) -> None:
    refused(app.patch("/v1/profile", {"time_zone": zone}), 422, "time_zone_unknown")
    assert profile(app)["time_zone"] == "Europe/Oslo"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "Asia/Kathmandu", "Etc/GMT+12"])
def test_a_zone_that_is_one_is_taken(app: App, zone: str) -> None:
    assert corrected(app, time_zone=zone)["time_zone"] == zone
