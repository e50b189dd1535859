"""Access tokens of the sandbox's Vipps, and the headers that every call with them needs."""

from datetime import timedelta

import pytest

from tests.sandbox.vipps_merchant import Merchant, fields_of


def keys(merchant: Merchant, **changes: str | None) -> dict[str, str]:
    headers: dict[str, str | None] = {
        "client_id": merchant.unit.client_id,
        "client_secret": merchant.unit.client_secret,
        "Ocp-Apim-Subscription-Key": merchant.unit.subscription_key,
    }
    headers |= changes
    return {name: value for name, value in headers.items() if value is not None}


def test_a_token_is_long_lives_an_hour_and_all_values_are_strings(merchant: Merchant) -> None:
    answer = merchant.call("POST", "/accesstoken/get", headers=keys(merchant)).json()
    assert all(isinstance(value, str) for value in answer.values())
    assert answer["expires_in"] == "3600"
    assert int(answer["expires_on"]) - int(answer["not_before"]) == 3600
    assert len(answer["access_token"]) > 1000


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_secret": "wrong"}, 401),
        ({"client_id": "wrong"}, 401),
        ({"client_id": None}, 400),
        ({"client_secret": None}, 400),
        ({"Ocp-Apim-Subscription-Key": None}, 401),
        ({"Ocp-Apim-Subscription-Key": "wrong"}, 401),
        ({"Merchant-Serial-Number": "12"}, 400),
        ({"Merchant-Serial-Number": "999999"}, 401),
        ({"Vipps-System-Name": "x" * 31}, 400),
    ],
)
def test_wrong_keys_give_no_token(
    merchant: Merchant, changes: dict[str, str | None], status: int
) -> None:
    headers = keys(merchant, **changes)
    assert merchant.call("POST", "/accesstoken/get", headers=headers).status_code == status


def test_several_tokens_are_valid_at_once_and_each_ends_after_its_hour(merchant: Merchant) -> None:
    first = merchant.token()
    merchant.simulator.clock.advance(timedelta(minutes=30))
    second = merchant.token()

    def status(token: str) -> int:
        headers = merchant.headers(Authorization=f"Bearer {token}")
        return merchant.call("GET", "/webhooks/v1/webhooks", headers=headers).status_code

    assert (status(first), status(second)) == (200, 200)
    merchant.simulator.clock.advance(timedelta(minutes=30))
    assert (status(first), status(second)) == (401, 200)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer other"}, 401),
        ({"Ocp-Apim-Subscription-Key": None}, 401),
        ({"Ocp-Apim-Subscription-Key": "other"}, 401),
        ({"Merchant-Serial-Number": "123456"}, 403),
    ],
)
def test_a_call_without_the_right_keys_is_refused(
    merchant: Merchant, changes: dict[str, str | None], status: int
) -> None:
    answer = merchant.post("/payments", merchant.order(), **changes)
    assert answer.status_code == status


def test_the_word_bearer_is_needed_with_its_capital(merchant: Merchant) -> None:
    token = merchant.token()
    for value in (token, f"bearer {token}", f"Basic {token}"):
        assert merchant.post("/payments", merchant.order(), Authorization=value).status_code == 401


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Merchant-Serial-Number", None),
        ("Merchant-Serial-Number", "abc"),
        ("Idempotency-Key", None),
        ("Idempotency-Key", "k" * 51),
        ("vipps-system-plugin-version", "x" * 31),
    ],
)
def test_a_faulty_header_is_named(merchant: Merchant, header: str, value: str | None) -> None:
    answer = merchant.post("/payments", merchant.order(), **{header: value})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert fields_of(answer) == [header]
