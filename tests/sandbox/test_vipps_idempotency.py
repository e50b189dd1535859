"""Idempotency keys of the sandbox's Vipps: what a client may send twice, and what comes of it."""

from concurrent.futures import ThreadPoolExecutor

from tests.sandbox.vipps_merchant import Merchant, code_of


def test_the_same_order_with_the_same_key_is_one_payment_with_one_answer(
    merchant: Merchant,
) -> None:
    order = merchant.order()
    first = merchant.post("/payments", order, Idempotency_Key="create-1")
    second = merchant.post("/payments", order, Idempotency_Key="create-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    events = merchant.get(f"/payments/{order['reference']}/events").json()
    assert len(events) == 1


def test_the_same_capture_with_the_same_key_takes_the_money_once(merchant: Merchant) -> None:
    reference = merchant.authorized()
    for _ in range(2):
        answer = merchant.modify(reference, "capture", 10000, Idempotency_Key="capture-1")
        assert answer.status_code == 200
    payment = merchant.get(f"/payments/{reference}").json()
    assert payment["aggregate"]["capturedAmount"]["value"] == 10000


def test_parallel_captures_with_one_key_take_the_money_once(merchant: Merchant) -> None:
    reference = merchant.authorized()
    merchant.token()

    def capture(_number: int) -> int:
        return merchant.modify(reference, "capture", 49000, Idempotency_Key="capture-1").status_code

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(capture, range(5))) == [200] * 5
    payment = merchant.get(f"/payments/{reference}").json()
    assert payment["aggregate"]["capturedAmount"]["value"] == 49000


def test_a_key_with_another_body_is_a_conflict(merchant: Merchant) -> None:
    order = merchant.order()
    merchant.post("/payments", order, Idempotency_Key="create-1")
    changed = order | {"paymentDescription": "Something else"}
    answer = merchant.post("/payments", changed, Idempotency_Key="create-1")
    assert (answer.status_code, code_of(answer)) == (409, "4010")
    merchant.play(order["reference"], "approve")
    merchant.modify(order["reference"], "capture", 500, Idempotency_Key="capture-1")
    answer = merchant.modify(order["reference"], "capture", 501, Idempotency_Key="capture-1")
    assert (answer.status_code, code_of(answer)) == (409, "4010")
    merchant.modify(order["reference"], "refund", 100, Idempotency_Key="refund-1")
    answer = merchant.modify(order["reference"], "refund", 101, Idempotency_Key="refund-1")
    assert (answer.status_code, code_of(answer)) == (409, "4150")


def test_a_key_belongs_to_one_reference_and_one_operation(merchant: Merchant) -> None:
    first, second = merchant.authorized(), merchant.authorized()
    merchant.modify(first, "capture", 500, Idempotency_Key="key-1")
    answer = merchant.modify(second, "capture", 500, Idempotency_Key="key-1")
    assert (answer.status_code, code_of(answer)) == (409, "4020")
    answer = merchant.modify(first, "refund", 500, Idempotency_Key="key-1")
    assert (answer.status_code, code_of(answer)) == (409, "4020")


def test_a_reference_is_used_once(merchant: Merchant) -> None:
    order = merchant.order()
    merchant.post("/payments", order, Idempotency_Key="create-1")
    answer = merchant.post("/payments", order, Idempotency_Key="create-2")
    assert (answer.status_code, code_of(answer)) == (409, "4150")


def test_a_refusal_sticks_to_its_key_and_a_new_key_acts(merchant: Merchant) -> None:
    reference = merchant.created()
    early = merchant.modify(reference, "capture", 500, Idempotency_Key="capture-1")
    assert code_of(early) == "6080"
    merchant.play(reference, "approve")
    stuck = merchant.modify(reference, "capture", 500, Idempotency_Key="capture-1")
    assert (stuck.status_code, code_of(stuck)) == (400, "6080")
    fresh = merchant.modify(reference, "capture", 500, Idempotency_Key="capture-2")
    assert fresh.status_code == 200


def test_a_key_of_fifty_characters_is_the_longest(merchant: Merchant) -> None:
    assert merchant.post("/payments", merchant.order(), Idempotency_Key="k" * 50).ok


def test_a_cancellation_needs_no_key(merchant: Merchant) -> None:
    reference = merchant.authorized()
    answer = merchant.post(f"/payments/{reference}/cancel", {}, Idempotency_Key=None)
    assert answer.status_code == 200
