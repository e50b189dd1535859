"""Our Checkout client against Stripe as the sandbox plays it, over HTTP."""

from datetime import timedelta

import pytest

from lib.core.errors import ProviderUnavailableError
from lib.providers.http import ProviderRefusedError
from lib.providers.refusal import Meaning
from lib.providers.stripe import checkout, client
from tests.lib.providers.stripe_unit import FEE_ORE, PRICE_ORE, Account


def refusal(error: pytest.ExceptionInfo[ProviderRefusedError]) -> tuple[str, Meaning]:
    return error.value.code, client.meaning(error.value.code)


def test_a_payment_is_made_open_and_says_where_it_is_paid(account: Account) -> None:
    made = account.created()
    assert made.state == "created"
    assert made.purchase_id == "pur_1"
    assert str(made.url).startswith(account.simulator.base_url)
    assert made.intent_id is None
    assert made.expires_at == (account.now() + checkout.SHORTEST).replace(microsecond=0)
    assert (made.amount_ore, made.authorised_ore, made.cancelled_ore) == (PRICE_ORE, 0, 0)
    assert (made.guaranteed_until, made.fee_ore, made.is_disputed) == (None, None, False)
    assert checkout.find(str(made.session_id)) == made


def test_what_is_sent_says_what_is_bought_and_not_who_buys(account: Account) -> None:
    account.created()
    form = account.sent("/v1/checkout/sessions")
    assert form["mode"] == "payment"
    assert form["payment_intent_data[capture_method]"] == "manual"
    assert form["payment_intent_data[transfer_group]"] == "pur_1"
    assert form["client_reference_id"] == "pur_1"
    assert form["line_items[0][price_data][currency]"] == "nok"
    assert form["line_items[0][price_data][unit_amount]"] == str(PRICE_ORE)
    assert form["allowed_payment_method_types[0]"] == "card"
    assert form["adaptive_pricing[enabled]"] == "false"
    assert form["locale"] == "nb"
    personal = {"customer", "customer_email", "phone", "name"}
    assert not {name for name in form if name.split("[")[0] in personal}


def test_the_same_operation_makes_one_payment(account: Account) -> None:
    wanted = account.wanted()
    first = checkout.create(wanted, operation_id="op_1")
    assert checkout.create(wanted, operation_id="op_1") == first
    with pytest.raises(ProviderRefusedError) as misused:
        checkout.create(account.wanted("pur_2"), operation_id="op_1")
    assert refusal(misused) == (client.MISUSED_KEY, Meaning.NEVER)


def test_vipps_is_asked_for_where_the_setting_says_so(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_VIPPS", "on")
    intent = account.authorised(method="vipps")
    assert account.sent("/v1/checkout/sessions")["allowed_payment_method_types[1]"] == "vipps"
    assert (
        account.headers("/v1/checkout/sessions")["stripe-version"]
        == f"{client.API_VERSION}; vipps_preview=v1"
    )
    found = checkout.find_by_intent(intent)
    assert (found.state, found.authorised_ore) == ("authorised", PRICE_ORE)
    assert found.guaranteed_until is None
    taken = checkout.capture(intent, amount_ore=PRICE_ORE, operation_id="op_c")
    assert (taken.captured_ore, taken.fee_ore) == (PRICE_ORE, FEE_ORE)


def test_a_payment_that_was_made_is_authorised_and_guaranteed_for_a_week(account: Account) -> None:
    session = str(account.created().session_id)
    account.pay(session)
    found = checkout.find(session)
    assert (found.state, found.url) == ("authorised", None)
    assert (found.authorised_ore, found.captured_ore, found.cancelled_ore) == (PRICE_ORE, 0, 0)
    assert found.guaranteed_until is not None
    week = found.guaranteed_until - account.now()
    assert timedelta(days=6, hours=23) < week <= timedelta(days=7)
    assert found.fee_ore is None
    by_intent = checkout.find_by_intent(str(found.intent_id))
    assert by_intent.state == "authorised"
    assert by_intent.authorised_ore == PRICE_ORE
    assert by_intent.session_id is None


def test_an_attempt_that_was_turned_down_reserves_nothing(account: Account) -> None:
    session = str(account.created().session_id)
    with pytest.raises(AssertionError, match="generic_decline"):
        account.pay(session, card="4000000000000002")
    found = checkout.find(session)
    assert (found.state, found.authorised_ore, found.cancelled_ore) == ("created", 0, 0)
    by_intent = checkout.find_by_intent(str(found.intent_id))
    assert (by_intent.state, by_intent.authorised_ore) == ("created", 0)
    ended = checkout.expire(session, operation_id="op_e")
    assert (ended.state, ended.url) == ("ended", None)
    assert checkout.find_by_intent(str(found.intent_id)).state == "ended"


def test_nobody_can_pay_what_has_ended(account: Account) -> None:
    first, second = account.created("pur_1"), account.created("pur_2")
    assert checkout.expire(str(first.session_id), operation_id="op_1").state == "ended"
    account.pass_time(minutes=32)
    assert checkout.find(str(second.session_id)).state == "ended"
    with pytest.raises(ProviderRefusedError) as closed:
        checkout.expire(str(second.session_id), operation_id="op_2")
    assert refusal(closed)[1] is Meaning.NEVER


def test_a_capture_of_a_part_lets_go_of_the_rest(account: Account) -> None:
    intent = account.authorised()
    taken = checkout.capture(intent, amount_ore=50_000, operation_id="op_c")
    assert (taken.captured_ore, taken.cancelled_ore, taken.refunded_ore) == (50_000, 40_000, 0)
    assert taken.fee_ore == 1_400
    assert checkout.capture(intent, amount_ore=50_000, operation_id="op_c") == taken
    with pytest.raises(ProviderRefusedError) as again:
        checkout.capture(intent, amount_ore=40_000, operation_id="op_d")
    assert refusal(again) == (client.UNEXPECTED_STATE, Meaning.NEVER)


def test_what_is_cancelled_or_lapses_is_let_go(account: Account) -> None:
    cancelled = account.authorised("pur_1")
    gone = checkout.cancel(cancelled, operation_id="op_1")
    assert (gone.state, gone.authorised_ore) == ("authorised", PRICE_ORE)
    assert (gone.captured_ore, gone.cancelled_ore) == (0, PRICE_ORE)
    lapsed = account.authorised("pur_2")
    account.pass_time(days=7, minutes=1)
    assert checkout.find_by_intent(lapsed).cancelled_ore == PRICE_ORE
    for intent in (cancelled, lapsed):
        with pytest.raises(ProviderRefusedError) as late:
            checkout.capture(intent, amount_ore=PRICE_ORE, operation_id=f"late-{intent}")
        assert refusal(late) == (client.UNEXPECTED_STATE, Meaning.NEVER)
    with pytest.raises(ProviderRefusedError) as again:
        checkout.cancel(cancelled, operation_id="op_3")
    assert refusal(again)[1] is Meaning.NEVER


def test_a_reservation_that_has_lapsed_at_the_bank_is_looked_at(account: Account) -> None:
    intent = account.authorised()
    account.control("POST", f"payment_intents/{intent}", {"action": "fail_capture"})
    with pytest.raises(ProviderRefusedError) as refused:
        checkout.capture(intent, amount_ore=PRICE_ORE, operation_id="op_1")
    assert refused.value.code in client.LAPSED
    assert client.meaning(refused.value.code) is Meaning.NEVER


@pytest.mark.usefixtures("account")
def test_what_is_asked_of_nothing_is_refused_for_good() -> None:
    with pytest.raises(ProviderRefusedError) as refused:
        checkout.find("cs_none")
    assert refusal(refused) == (client.NO_SUCH, Meaning.NEVER)
    with pytest.raises(ProviderRefusedError) as refused:
        checkout.find_by_intent("pi_none")
    assert refusal(refused) == (client.NO_SUCH, Meaning.NEVER)
    with pytest.raises(ProviderRefusedError) as refused:
        checkout.capture("pi_none", amount_ore=1, operation_id="op_1")
    assert refusal(refused) == (client.NO_SUCH, Meaning.NEVER)


def test_a_dispute_shows_on_the_payment(account: Account) -> None:
    intent = account.taken()
    account.control("POST", "disputes", {"payment_intent": intent})
    assert checkout.find_by_intent(intent).is_disputed


def test_money_in_another_currency_is_none_of_ours(account: Account) -> None:
    line = {
        "quantity": 1,
        "price_data": {
            "currency": "eur",
            "unit_amount": 9_000,
            "product_data": {"name": "En time"},
        },
    }
    other = account.checkout(line_items=[line])
    with pytest.raises(ProviderRefusedError) as refused:
        checkout.find(other.id)
    assert refused.value.code == "other_currency"


def test_a_failure_of_theirs_is_no_answer(account: Account) -> None:
    account.control("POST", "crashes", {})
    with pytest.raises(ProviderUnavailableError):
        account.created()
    account.control("DELETE", "crashes")
    account.created("pur_2")


def test_a_key_that_is_not_ours_is_no_answer_about_the_payment(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_of_somebody_else")
    with pytest.raises(ProviderUnavailableError):
        account.created()


def test_every_call_names_the_version_that_the_library_is_made_for(account: Account) -> None:
    account.created()
    headers = account.headers("/v1/checkout/sessions")
    assert headers["stripe-version"] == client.API_VERSION
    assert headers["idempotency-key"] == "create-pur_1"
