"""How Stripe receives a request: keys, versions, parameters, idempotency, faults."""

import threading
from datetime import timedelta

import pytest
import requests
import stripe

from sandbox.clock import Clock
from tests.sandbox.stripe_client import Platform


def _error(answer: requests.Response) -> dict[str, str]:
    error: dict[str, str] = answer.json()["error"]
    return error


def test_a_request_without_a_key_or_with_a_wrong_one_is_refused(platform: Platform) -> None:
    url = platform.simulator.base_url + "/v1/balance"
    assert requests.get(url, timeout=5).status_code == 401
    wrong = platform.raw("GET", "/v1/balance", Authorization="Bearer sk_test_wrong_key_1234")
    assert wrong.status_code == 401
    assert "sk_test_wrong_key_1234" not in wrong.text
    assert "1234" in _error(wrong)["message"]


def test_the_key_may_also_come_as_the_user_name_of_basic_authentication(
    platform: Platform,
) -> None:
    url = platform.simulator.base_url + "/v1/balance"
    key = platform.simulator.secret_key
    assert requests.get(url, auth=(key, ""), timeout=5).status_code == 200
    bad = platform.raw("GET", "/v1/balance", Authorization="Basic !!!")
    assert bad.status_code == 401


def test_an_unreadable_api_version_is_refused_and_a_good_one_echoed(platform: Platform) -> None:
    assert platform.raw("GET", "/v1/balance", Stripe_Version="latest").status_code == 400
    good = platform.raw("GET", "/v1/balance", Stripe_Version="2026-10-28.endive")
    assert good.headers["Stripe-Version"] == "2026-10-28.endive"
    assert good.headers["Request-Id"].startswith("req_")


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"metadata[a][b]": "x"}, None, "metadata[a]"),
        ({"amount": "1.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": "0"}, "parameter_invalid_integer", "amount"),
        ({"amount": "-5"}, "parameter_invalid_integer", "amount"),
        ({"amount": "99999999999"}, "parameter_invalid_integer", "amount"),
        ({"currency": "kroner"}, None, "currency"),
        ({"source_type": "cash"}, None, "source_type"),
        ({"description": ""}, "parameter_invalid_empty", "description"),
        ({"source_transaction": "ch_1"}, "resource_missing", "source_transaction"),
        ({"destination": "acct_nobody"}, "resource_missing", "destination"),
        ({"expand[]": "moon"}, None, "expand[0]"),
    ],
)
def test_a_bad_parameter_is_named(
    platform: Platform, form: dict[str, str], code: str | None, param: str
) -> None:
    platform.fund(1000)
    good = {"amount": "100", "currency": "nok", "destination": platform.mentor()}
    answer = platform.raw("POST", "/v1/transfers", {**good, **form})
    assert answer.status_code == 400
    assert _error(answer)["type"] == "invalid_request_error"
    assert _error(answer).get("code") == code
    assert _error(answer)["param"] == param


@pytest.mark.parametrize("missing", ["amount", "currency", "destination"])
def test_a_missing_parameter_is_named(platform: Platform, missing: str) -> None:
    form = {"amount": "100", "currency": "nok", "destination": "acct_1"}
    del form[missing]
    answer = platform.raw("POST", "/v1/transfers", form)
    assert answer.status_code == 400
    assert _error(answer)["code"] == "parameter_missing"
    assert _error(answer)["param"] == missing


def test_an_unknown_nested_parameter_is_named_with_its_path(platform: Platform) -> None:
    answer = platform.raw("POST", "/v1/accounts", {"controller[fees][taker]": "me"})
    assert _error(answer)["param"] == "controller[fees][taker]"


def test_a_parameter_that_stripe_knows_and_the_sandbox_ignores_is_refused(
    platform: Platform,
) -> None:
    answer = platform.raw("POST", "/v1/accounts", {"individual[first_name]": "Ola"})
    assert _error(answer)["code"] == "sandbox_unmodelled"


def test_json_is_not_understood_by_version_one(platform: Platform) -> None:
    answer = platform.raw("POST", "/v1/transfers", {"amount": "1"}, Content_Type="application/json")
    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in _error(answer)["message"]


def test_an_unknown_address_has_stripes_own_answer(platform: Platform) -> None:
    for method, path in (("GET", "/v1/moons"), ("PUT", "/v1/transfers")):
        answer = platform.raw(method, path)
        assert answer.status_code == 404
        assert "Unrecognized request URL" in _error(answer)["message"]


def test_metadata_has_stripes_limits(platform: Platform) -> None:
    account = platform.mentor()
    for key, value in (("k" * 41, "v"), ("k", "v" * 501)):
        answer = platform.raw("POST", f"/v1/accounts/{account}", {f"metadata[{key}]": value})
        assert answer.status_code == 400
    many = {f"metadata[key{number}]": "v" for number in range(51)}
    assert platform.raw("POST", f"/v1/accounts/{account}", many).status_code == 400


def test_metadata_merges_and_is_unset_by_empty_values(platform: Platform) -> None:
    path = f"/v1/accounts/{platform.mentor()}"
    platform.raw("POST", path, {"metadata[a]": "1", "metadata[b]": "2"})
    merged = platform.raw("POST", path, {"metadata[a]": "", "metadata[mentor_id]": "x"}).json()
    assert merged["metadata"] == {"b": "2", "mentor_id": "x"}
    assert platform.raw("POST", path, {"metadata": ""}).json()["metadata"] == {}


def test_the_same_key_and_parameters_repeat_the_first_answer(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    first = platform.transfer(mentor, 100, "payout-1")
    again = platform.transfer(mentor, 100, "payout-1")
    assert again.json() == first.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert len(platform.sdk.v1.transfers.list().data) == 1


def test_the_same_key_with_other_parameters_or_another_endpoint_is_an_error(
    platform: Platform,
) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    platform.transfer(mentor, 100, "payout-1")
    other = platform.transfer(mentor, 200, "payout-1")
    assert other.status_code == 400
    assert _error(other)["type"] == "idempotency_error"
    with pytest.raises(stripe.IdempotencyError):
        platform.sdk.v1.accounts.create({"country": "NO"}, {"idempotency_key": "payout-1"})


def test_the_order_of_parameters_does_not_matter_to_a_key(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    forwards = {"amount": "100", "currency": "nok", "destination": mentor}
    backwards = dict(reversed(forwards.items()))
    platform.raw("POST", "/v1/transfers", forwards, Idempotency_Key="k")
    again = platform.raw("POST", "/v1/transfers", backwards, Idempotency_Key="k")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_is_forgotten_after_24_hours(platform: Platform, clock: Clock) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    first = platform.transfer(mentor, 100, "payout-1").json()["id"]
    clock.advance(timedelta(hours=23, minutes=59))
    assert platform.transfer(mentor, 100, "payout-1").json()["id"] == first
    clock.advance(timedelta(minutes=2))
    # The danger that the product must know of: the same key pays a second time.
    assert platform.transfer(mentor, 100, "payout-1").json()["id"] != first


def test_a_request_that_failed_validation_does_not_use_up_its_key(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    assert platform.transfer("acct_nobody", 100, "payout-1").status_code == 400
    assert platform.transfer(mentor, 100, "payout-1").status_code == 200


def test_a_lack_of_funds_is_kept_by_its_key(platform: Platform) -> None:
    mentor = platform.mentor()
    poor = platform.transfer(mentor, 100, "payout-1")
    assert _error(poor)["code"] == "balance_insufficient"
    platform.fund(1000)
    assert platform.transfer(mentor, 100, "payout-1").json() == poor.json()
    assert platform.transfer(mentor, 100, "payout-1-a2").status_code == 200


def test_a_crash_while_executing_is_kept_by_its_key_too(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    platform.control("POST", "crashes", {"method": "POST", "path": "/v1/transfers"})
    assert platform.transfer(mentor, 100, "payout-1").status_code == 500
    again = platform.transfer(mentor, 100, "payout-1")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (500, "true")
    assert platform.transfer(mentor, 100, "payout-2").status_code == 200


def test_a_request_that_is_still_under_way_makes_its_repetition_a_conflict(
    platform: Platform,
) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    late = {"method": "POST", "path": "/v1/transfers", "kind": "delay", "seconds": 0.6}
    platform.control("POST", "faults", late)
    answers: list[int] = []
    slow = threading.Thread(
        target=lambda: answers.append(platform.transfer(mentor, 100, "payout-1").status_code)
    )
    slow.start()
    while not platform.sdk.v1.transfers.list().data:
        assert slow.is_alive()
    conflict = platform.transfer(mentor, 100, "payout-1")
    slow.join()
    assert conflict.status_code == 409
    assert _error(conflict)["code"] == "idempotency_key_in_use"
    assert answers == [200]
    assert platform.transfer(mentor, 100, "payout-1").headers["Idempotent-Replayed"] == "true"


def test_an_answer_lost_after_acting_is_found_again_by_its_key(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    for kind in ("fail_after", "hang_up_after"):
        platform.control("POST", "faults", {"path": "/v1/transfers", "kind": kind})
    assert platform.transfer(mentor, 100, "payout-1").status_code == 503
    with pytest.raises(requests.ConnectionError):
        platform.transfer(mentor, 100, "payout-2")
    assert platform.transfer(mentor, 100, "payout-1").status_code == 200
    assert platform.transfer(mentor, 100, "payout-2").status_code == 200
    assert len(platform.sdk.v1.transfers.list().data) == 2


def test_a_failure_before_acting_leaves_nothing_behind(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    platform.control("POST", "faults", {"path": "/v1/transfers", "kind": "fail", "status": 429})
    with pytest.raises(stripe.RateLimitError):
        platform.sdk.v1.transfers.create({"amount": 1, "currency": "nok", "destination": mentor})
    assert platform.sdk.v1.transfers.list().data == []


def test_a_key_has_1_to_255_characters(platform: Platform) -> None:
    assert platform.transfer("acct_1", 1, "k" * 256).status_code == 400


def test_an_account_that_is_not_connected_is_forbidden(platform: Platform) -> None:
    with pytest.raises(stripe.PermissionError) as refused:
        platform.sdk.v1.balance.retrieve(None, {"stripe_account": "acct_stranger"})
    assert refused.value.http_status == 403
    assert refused.value.error is not None
    assert refused.value.error.code == "account_invalid"


def test_a_reset_forgets_everything_but_the_webhook_endpoints(platform: Platform) -> None:
    platform.fund(1000)
    platform.transfer(platform.mentor(), 100, "payout-1")
    platform.raw(
        "POST",
        "/v1/webhook_endpoints",
        {"url": "http://127.0.0.1:9/hook", "enabled_events[]": "transfer.created"},
    )
    platform.control("POST", "reset")
    assert platform.sdk.v1.transfers.list().data == []
    assert platform.sdk.v1.accounts.list().data == []
    assert platform.sdk.v1.events.list().data == []
    assert platform.sdk.v1.balance.retrieve().available[0].amount == 0
    assert len(platform.sdk.v1.webhook_endpoints.list().data) == 1
