"""The register of suppliers, over HTTP: open to anyone, and the same as the code has it."""

from lib.accounts.rules import PRIVACY_NOTICE_VERSION
from lib.providers.register import SUPPLIERS
from tests.cast import Cast


def test_anyone_reads_every_supplier_without_signing_in(cast: Cast) -> None:
    answer = cast.app().get("/v1/privacy/suppliers")
    assert answer.status == 200, answer.json
    assert {one["key"] for one in answer.json["suppliers"]} == {one.key for one in SUPPLIERS}
    assert answer.json["privacy_notice"] == PRIVACY_NOTICE_VERSION


def test_each_says_what_for_which_data_where_and_on_which_ground_in_both_languages(
    cast: Cast,
) -> None:
    for one in cast.app().get("/v1/privacy/suppliers").json["suppliers"]:
        texts = ("role_in_words", "purpose", "data", "place", "transfer_ground", "erasure")
        assert all(one[name]["nb"] and one[name]["en"] for name in texts), one["key"]
        assert one["policy_url"].startswith("https://")


def test_those_that_get_nothing_yet_say_so_and_come_last(cast: Cast) -> None:
    listed = cast.app().get("/v1/privacy/suppliers").json["suppliers"]
    used = [one["in_use_since"] is not None for one in listed]
    assert used == sorted(used, reverse=True)
    since = {one["key"]: one["in_use_since"] for one in listed}
    assert since["whereby"] == "2026-11-01"
    assert since["cloudinary"] is None


def test_whoever_signs_up_is_shown_the_version_that_names_these_suppliers(cast: Cast) -> None:
    version = cast.app().get("/v1/privacy/suppliers").json["privacy_notice"]
    assert cast.mentee.access_token  # signed up with what the sign-up offered
    (kept,) = [
        one
        for table in cast.mentee.get("/v1/privacy/export").json["tables"]
        if table["table"] == "policy_acceptance"
        for one in table["rows"]
        if one["document"] == "privacy_notice"
    ]
    assert kept["version"] == version


def test_what_is_no_parameter_is_refused(cast: Cast) -> None:
    answer = cast.app().get("/v1/privacy/suppliers?place=usa")
    assert (answer.status, answer.json["code"]) == (422, "invalid")
