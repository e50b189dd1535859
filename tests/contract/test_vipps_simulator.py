"""The Vipps simulator fits Vipps' published descriptions, and is no milder than they are."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core.exceptions import OpenAPIError

from sandbox.simulators.vipps import VippsSimulator
from tests.contract.vipps_specs import FOLDER, VippsSpecs
from tests.sandbox.vipps_merchant import ACCESS, Merchant, Receiver, pkce, running

pytestmark = pytest.mark.skipif(
    not FOLDER, reason="PROVIDER_SPECS does not name the folder of the published API descriptions"
)


@pytest.fixture(scope="module")
def specs() -> VippsSpecs:
    return VippsSpecs(Path(FOLDER))


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VippsSimulator]:
    with running(tmp_path_factory.mktemp("vipps")) as vipps:
        yield vipps


class Judged(Merchant):
    """A merchant whose exchanges are all judged: the answers always, the requests at the end."""

    def __init__(self, simulator: VippsSimulator, specs: VippsSpecs) -> None:
        super().__init__(simulator)
        self._specs = specs

    def call(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        answer = super().call(method, path, **options)
        if not path.startswith("/_sandbox/"):
            self._specs.check_response(answer)
        return answer

    def recorded(self) -> list[dict[str, Any]]:
        """What the simulator got."""
        content: list[dict[str, Any]] = self.call("GET", "/_sandbox/requests").json()
        return content


@pytest.fixture
def merchant(simulator: VippsSimulator, specs: VippsSpecs) -> Judged:
    simulator.clock.reset()
    simulator.reset()
    return Judged(simulator, specs)


def check_all(merchant: Judged, specs: VippsSpecs) -> None:
    records = merchant.recorded()
    assert records
    for record in records:
        specs.check_request(record)


def test_a_payments_whole_life_is_as_described(merchant: Judged, specs: VippsSpecs) -> None:
    order = merchant.order(
        metadata={"booking": "bkg_1"},
        profile={"scope": "name phoneNumber"},
        customer={"phoneNumber": "4790000101"},
        minimumUserAge=15,
        customerInteraction="CUSTOMER_NOT_PRESENT",
    )
    reference = merchant.post("/payments", order).json()["reference"]
    merchant.get(f"/payments/{reference}")
    token = merchant.get(f"/payments/{reference}").json()["redirectUrl"].partition("token=")[2]
    merchant.post(f"/test/payments/{reference}/approve", {"token": token})
    merchant.modify(reference, "capture", 30000)
    merchant.post(f"/payments/{reference}/cancel", {"cancelTransactionOnly": False})
    merchant.modify(reference, "refund", 10000)
    assert merchant.get(f"/payments/{reference}").json()["state"] == "AUTHORIZED"
    assert len(merchant.get(f"/payments/{reference}/events").json()) == 5
    check_all(merchant, specs)


def test_every_end_of_a_payment_is_as_described(merchant: Judged, specs: VippsSpecs) -> None:
    for action in ("abort", "expire"):
        reference = merchant.created()
        merchant.play(reference, action)
        merchant.get(f"/payments/{reference}")
        merchant.get(f"/payments/{reference}/events")
    reference = merchant.created()
    merchant.post(f"/payments/{reference}/cancel", {})
    merchant.get(f"/payments/{reference}/events")
    check_all(merchant, specs)


def test_refusals_of_payments_are_problems_as_described(
    merchant: Judged, specs: VippsSpecs
) -> None:
    reference = merchant.created()
    refusals = [
        merchant.modify(reference, "capture", 100),
        merchant.modify("booking-unknown", "capture", 100),
        merchant.post("/payments", merchant.order(reference="x")),
        merchant.post("/payments", merchant.order(profile={"scope": "nin"})),
        merchant.post("/payments", merchant.order(reference=reference)),
    ]
    assert [answer.status_code for answer in refusals] == [400, 404, 400, 403, 409]
    # Not among the statuses described for this operation, but the same kind of problem.
    missing = Merchant(merchant.simulator).get("/payments/booking-unknown")
    specs.check_schema("epayment", "Problem", missing.json())


def test_webhook_registrations_and_events_are_as_described(
    merchant: Judged, specs: VippsSpecs
) -> None:
    def hooks(method: str, path: str = "", body: object = None) -> requests.Response:
        headers = merchant.headers(Idempotency_Key=None)
        return merchant.call(method, f"/webhooks/v1/webhooks{path}", json=body, headers=headers)

    names = ("created", "authorized", "captured", "cancelled", "refunded")
    events = [f"epayments.payment.{name}.v1" for name in names]
    with Receiver() as receiver:
        hook_id = hooks("POST", body={"url": receiver.url, "events": events}).json()["id"]
        hooks("GET")
        reference = merchant.authorized(profile={"scope": "name"})
        merchant.modify(reference, "capture", 10000)
        merchant.modify(reference, "refund", 100)
        merchant.post(f"/payments/{reference}/cancel", {})
        assert merchant.control("webhooks/settle", {}).json() == {"settled": True}
    assert hooks("DELETE", f"/{hook_id}").status_code == 204
    assert hooks("DELETE", f"/{hook_id}").status_code == 400
    assert len(receiver.received) == 5
    for _headers, body in receiver.received:
        specs.check_schema("epayment", "WebhookEvent", json.loads(body))
    check_all(merchant, specs)


def test_a_login_is_as_described(merchant: Judged, specs: VippsSpecs) -> None:
    merchant.call("GET", f"{ACCESS}/.well-known/openid-configuration")
    merchant.call("GET", f"{ACCESS}/.well-known/jwks.json")
    verifier, challenge = pkce()
    scope = "openid name phoneNumber email address birthDate"
    url = merchant.authorize_url(
        scope=scope, code_challenge=challenge, code_challenge_method="S256"
    )
    code = merchant.log_in(url)["code"]
    token = merchant.redeem(code, code_verifier=verifier).json()["access_token"]
    assert merchant.userinfo(token).json()["phone_number"] == "4790000101"
    assert merchant.userinfo("unknown").status_code == 401
    assert merchant.redeem(code, secret="wrong").status_code == 401
    check_all(merchant, specs)


def test_the_data_of_who_paid_is_as_described(merchant: Judged, specs: VippsSpecs) -> None:
    reference = merchant.authorized(profile={"scope": "name email"})
    sub = merchant.get(f"/payments/{reference}").json()["profile"]["sub"]
    headers = merchant.headers(Idempotency_Key=None)
    for known in (sub, "unknown"):
        merchant.call("GET", f"/vipps-userinfo-api/userinfo/{known}", headers=headers)
    check_all(merchant, specs)


def test_the_descriptions_can_refuse_an_answer(merchant: Judged, specs: VippsSpecs) -> None:
    reference = merchant.created()
    answer = merchant.get(f"/payments/{reference}")
    spoiled = answer.json()
    del spoiled["aggregate"]["capturedAmount"]
    answer._content = json.dumps(spoiled).encode()
    with pytest.raises(OpenAPIError):
        specs.check_response(answer)


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({"reference": "x"}, {}),
        ({"reference": None}, {}),
        ({"amount": {"currency": "NOK", "value": "100"}}, {}),
        ({"amount": {"currency": "NOK", "value": 490.5}}, {}),
        ({"amount": {"currency": "NOK", "value": 65000001}}, {}),
        ({"amount": {"currency": "kr", "value": 49000}}, {}),
        ({"paymentMethod": {"type": "CASH"}}, {}),
        ({"userFlow": "POPUP"}, {}),
        ({"paymentDescription": "hi"}, {}),
        ({"returnUrl": "https://min.example.no/" + "x" * 2500}, {}),
        ({"metadata": {str(number): "x" for number in range(6)}}, {}),
        ({"minimumUserAge": 101}, {}),
        ({"expiresAt": "tomorrow"}, {}),
        ({}, {"Idempotency_Key": None}),
        ({}, {"Idempotency_Key": "k" * 51}),
        ({}, {"Merchant_Serial_Number": None}),
        ({}, {"Merchant_Serial_Number": "12"}),
        ({}, {"Ocp_Apim_Subscription_Key": None}),
        ({}, {"Authorization": None}),
        ({}, {"Vipps_System_Name": "x" * 31}),
    ],
)
def test_what_the_description_refuses_the_simulator_refuses_too(
    merchant: Judged,
    specs: VippsSpecs,
    changes: dict[str, Any],
    headers: dict[str, str | None],
) -> None:
    plain = Merchant(merchant.simulator)
    answer = plain.post("/payments", plain.order(**changes), **headers)
    assert 400 <= answer.status_code < 500
    with pytest.raises(OpenAPIError):
        specs.check_request(merchant.recorded()[-1])


def test_a_token_is_refused_by_the_clock_not_by_the_description(
    merchant: Judged, specs: VippsSpecs
) -> None:
    merchant.headers()
    merchant.simulator.clock.advance(timedelta(hours=1))
    plain = Merchant(merchant.simulator)
    plain._token = merchant._token
    assert plain.post("/payments", plain.order()).status_code == 401
    specs.check_request(merchant.recorded()[-1])
