"""What our clients send to Vipps, in the whole of the story, fits its published descriptions."""

from pathlib import Path

import pytest

from tests.contract.vipps_specs import FOLDER, VippsSpecs
from tests.stage import Stage
from tests.telling import Told

pytestmark = pytest.mark.skipif(
    not FOLDER, reason="PROVIDER_SPECS does not name the folder of the published API descriptions"
)
# Every operation that the product has a use for.
USED = {
    ("GET", "/access-management-1.0/access/.well-known/openid-configuration"),
    ("GET", "/access-management-1.0/access/.well-known/jwks.json"),
    ("POST", "/access-management-1.0/access/oauth2/token"),
    ("GET", "/vipps-userinfo-api/userinfo"),
    ("POST", "/accesstoken/get"),
    ("POST", "/epayment/v1/payments"),
    ("GET", "/epayment/v1/payments/*"),
    ("POST", "/epayment/v1/payments/*/capture"),
}


def operation(method: str, path: str) -> tuple[str, str]:
    parts = path.split("/")
    return method, "/".join("*" if part.startswith("pur-") else part for part in parts)


def test_every_request_of_the_story_fits(told: Told) -> None:
    specs = VippsSpecs(Path(FOLDER))
    judged = [each for each in told.requests["vipps"] if specs.describes(each["path"])]
    assert len(judged) > 20
    for record in judged:
        specs.check_request(record)


def test_the_story_uses_every_operation_that_is_judged_here(told: Told) -> None:
    seen = {operation(each["method"], each["path"]) for each in told.requests["vipps"]}
    assert seen >= USED, USED - seen


def test_a_request_that_does_not_fit_is_found(told: Told) -> None:
    specs = VippsSpecs(Path(FOLDER))
    made = next(
        each
        for each in told.requests["vipps"]
        if operation(each["method"], each["path"]) == ("POST", "/epayment/v1/payments")
    )
    without = {name: value for name, value in made["headers"].items() if name != "idempotency-key"}
    for wrong in (
        {**made, "headers": without},
        {**made, "body": made["body"].replace("WALLET", "CASH")},
    ):
        with pytest.raises(Exception):  # noqa: B017, PT011 (whichever of its errors it finds first)
            specs.check_request(wrong)


def test_what_the_story_has_no_occasion_for_fits_too(stage: Stage) -> None:
    """A booking called off before it is paid for, and one after."""
    for session in (stage.book(0).ask_to_pay(), stage.book(3).pay()):
        path = f"/v1/bookings/{session.booking_id}/cancel"
        assert session.mentee.post(path, {"reason": "Syk"}).status == 200
        stage.settle()
        assert session.purchase["state"] == "released"
    specs = VippsSpecs(Path(FOLDER))
    assert len(stage.tries("cancel")) == 2
    for record in stage.vipps.requests("POST", ".*"):
        specs.check_request(record)


def test_every_call_says_what_calls(told: Told) -> None:
    merchant = [each for each in told.requests["vipps"] if each["path"].startswith("/epayment/")]
    for record in merchant:
        assert record["headers"]["vipps-system-name"] == "minmentor"
        assert record["headers"]["merchant-serial-number"]
