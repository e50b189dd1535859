"""What our Vipps client can send, and the sandbox's answers to it, fit the published descriptions.

The story and the tests of purchases send what the product sends today; here each call is made with
everything that it can carry.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core.exceptions import OpenAPIError

from lib.providers.vipps import epayment, report
from lib.providers.vipps.order import LegalLinks, Order, OrderLine
from tests.contract.vipps_specs import FOLDER, VippsSpecs
from tests.lib.providers.vipps_unit import sales_unit
from tests.sandbox.vipps_merchant import Merchant

pytestmark = pytest.mark.skipif(
    not FOLDER, reason="PROVIDER_SPECS does not name the folder of the published API descriptions"
)
REFERENCE = "pur-0123456789"
ORDER = Order(
    lines=[
        OrderLine(id="ofr_1", name="En time", amount_ore=90_000, tax_ore=0, tax_basis_points=0),
        OrderLine(
            id="fee",
            name="Formidling",
            amount_ore=10_000,
            tax_ore=2_000,
            tax_basis_points=2_500,
            quantity="1.5",
            unit="MINUTE",
        ),
    ],
    legal_links=LegalLinks("https://minmentor.no/vilkar", "https://minmentor.no/personvern"),
    receipt_url="https://minmentor.no/kvittering",
    metadata={"purchase": "pur_1"},
)


@pytest.fixture
def merchant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Merchant]:
    with sales_unit(tmp_path, monkeypatch) as found:
        yield found


@pytest.fixture(scope="module")
def specs() -> VippsSpecs:
    return VippsSpecs(Path(FOLDER))


def live(merchant: Merchant) -> None:
    """Make every call of the payments' client once."""
    now = merchant.simulator.clock.now()
    epayment.create(
        reference=REFERENCE,
        amount_ore=100_000,
        description="En time",
        return_url="https://minmentor.no/betalt",
        operation_id="opn_1",
        now=now,
        order=ORDER,
    )
    merchant.play(REFERENCE, "approve")
    epayment.capture(REFERENCE, amount_ore=60_000, operation_id="opn_2", now=now)
    epayment.cancel(REFERENCE, operation_id="opn_3", now=now)
    epayment.refund(REFERENCE, amount_ore=1, operation_id="opn_4", now=now)
    epayment.find(REFERENCE, now=now)
    epayment.events(REFERENCE, now=now)


def received(merchant: Merchant, path: str) -> list[dict[str, Any]]:
    return [one for one in merchant.simulator.requests if one["path"].startswith(path)]


def answered(merchant: Merchant, path: str) -> requests.Response:
    return merchant.call("GET", path, headers=merchant.headers(Idempotency_Key=None))


def test_every_request_of_the_payments_client_fits(merchant: Merchant, specs: VippsSpecs) -> None:
    live(merchant)
    records = received(merchant, "/epayment/")
    assert {one["status"] for one in records} <= {200, 201, 401}
    assert len({(one["method"], one["path"]) for one in records}) == 6
    for record in records:
        specs.check_request(record)


def test_terms_and_guarantee_are_judged_though_they_are_newer(
    merchant: Merchant, specs: VippsSpecs
) -> None:
    live(merchant)
    made = next(one for one in received(merchant, "/epayment/") if "receipt" in one["body"])
    body = json.loads(made["body"])
    wrongs: list[dict[str, Any]] = [
        {"merchantLegalLinks": {"termsOfSaleUrl": "https://minmentor.no/vilkar"}},
        {"merchantLegalLinks": {**body["merchantLegalLinks"], "termsOfSaleUrl": "vilkar"}},
        {"merchantLegalLink": {}},
    ]
    for wrong in wrongs:
        with pytest.raises(OpenAPIError):
            specs.check_request({**made, "body": json.dumps({**body, **wrong})})
    answer = answered(merchant, f"/epayment/v1/payments/{REFERENCE}")
    specs.check_response(answer)
    spoiled = {**answer.json(), "captureGuaranteedUntil": "next week"}
    answer._content = json.dumps(spoiled).encode()
    with pytest.raises(OpenAPIError):
        specs.check_response(answer)


def test_the_report_fits_both_ways(merchant: Merchant, specs: VippsSpecs) -> None:
    if not specs.has("report"):
        pytest.skip("the folder has no vipps-report.yaml")
    live(merchant)
    merchant.control("settlement", {"action": "pay_out"})
    clock = merchant.simulator.clock
    today = clock.now().date()
    ledger = report.ledger_id(clock.now())
    assert ledger
    days = [today + timedelta(days=number) for number in (-1, 0, 1)]
    paths = [
        f"/report/v2/ledgers/{ledger}/{topic}/dates/{day}"
        for topic in ("funds", "fees")
        for day in days
    ]
    for path in ("/settlement/v1/ledgers", *paths):
        specs.check_response(answered(merchant, path))
    for record in [*received(merchant, "/report/"), *received(merchant, "/settlement/")]:
        specs.check_request(record)
