"""The Report API of the sandbox's Vipps: who may read it, by what, and how it says no."""

import pytest
import requests

from tests.sandbox.vipps_merchant import Merchant, fields_of

DATES = "/report/v2/ledgers/302321/funds/dates"


def read(merchant: Merchant, path: str, **headers: str | None) -> requests.Response:
    return merchant.call("GET", path, headers=merchant.headers(Idempotency_Key=None, **headers))


def test_the_ledger_names_the_sales_unit_that_it_settles(merchant: Merchant) -> None:
    (ledger,) = read(merchant, "/settlement/v1/ledgers").json()["items"]
    assert (ledger["ledgerId"], ledger["settlesForRecipientHandles"]) == ("302321", ["api:848484"])
    for handle, found in (("api:848484", 1), ("api:111111", 0)):
        path = f"/settlement/v1/ledgers?settlesForRecipientHandles={handle}"
        assert len(read(merchant, path).json()["items"]) == found


def test_only_the_merchants_keys_read_it(merchant: Merchant) -> None:
    for path in ("/settlement/v1/ledgers", f"{DATES}/2026-11-01"):
        assert read(merchant, path, Authorization=None).status_code == 401
        assert read(merchant, path, Ocp_Apim_Subscription_Key="wrong").status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/report/v2/ledgers/999999/funds/dates/2026-11-01", 404),
        ("/report/v2/ledgers/302321/payouts/dates/2026-11-01", 400),
        (f"{DATES}/yesterday", 400),
        (f"{DATES}/2026-11-01?cursor=x", 400),
        (f"{DATES}/2026-11-01?from=2026-10-01", 400),
    ],
)
def test_what_can_not_be_read_is_a_problem(merchant: Merchant, path: str, status: int) -> None:
    answer = read(merchant, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert status == 404 or fields_of(answer)


def test_a_fee_is_rounded_to_the_nearest_ore(merchant: Merchant) -> None:
    reference = merchant.authorized()
    merchant.modify(reference, "capture", 117)
    # 2.99 % of 117 øre is 3.4983 øre, and 100 øre for the transaction.
    assert merchant.call("GET", "/_sandbox/settlement").json()["fees"] == -103


def test_a_failed_capture_is_on_no_ledger(merchant: Merchant) -> None:
    reference = merchant.authorized()
    merchant.control(f"payments/{reference}", {"action": "fail_captures"})
    merchant.modify(reference, "capture", 30000)
    assert merchant.call("GET", "/_sandbox/settlement").json() == {
        "funds": 0,
        "fees": 0,
        "payouts": 0,
    }


def test_a_reset_forgets_the_ledger(merchant: Merchant) -> None:
    merchant.modify(merchant.authorized(), "capture", 30000)
    merchant.control("settlement", {"action": "pay_out"})
    merchant.control("reset", {})
    shown = merchant.call("GET", "/_sandbox/settlement").json()
    assert shown == {"funds": 0, "fees": 0, "payouts": 0}
