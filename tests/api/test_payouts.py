"""/v1/payout-account and /v1/payouts: where a mentor is paid, and what they were paid."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
import requests

from lib.core import ids
from sandbox.app import Answer
from tests.cast import refusal
from tests.stage import SHARE_ORE, Stage, at_once, change, rows, until

ACCOUNTS = "/v1/accounts"
LINKS = "/v1/account_links"


def onboarding(stage: Stage) -> Answer:
    stage.open_for_business()
    return stage.mentor.post("/v1/payout-account")


def test_onboarding_makes_an_account_that_only_receives_and_a_link_to_fill_it_in(
    stage: Stage,
) -> None:
    answer = onboarding(stage)
    assert answer.status == 201
    assert answer.json["url"].startswith(f"{stage.stripe.url}/setup/")
    lasts = datetime.fromisoformat(answer.json["expires_at"]) - stage.now
    assert timedelta(minutes=1) < lasts < timedelta(hours=1)
    assert stage.account["state"] == "onboarding"
    sent = stage.stripe.requests("POST", ACCOUNTS)[0]["body"]
    assert "capabilities[transfers][requested]=true" in sent
    profile = stage.mentor.get("/v1/profile").json
    for own in (profile["email"], profile["phone"], profile["family_name"]):
        assert str(own).partition("@")[0] not in sent  # the mentor tells Stripe, not we
    account = stage.mentor.get("/v1/payout-account").json
    assert account["state"] == "onboarding"
    assert "individual.dob.day" in account["requirements"]


def test_what_stripe_still_asks_for_is_shown_and_goes_when_it_is_told(stage: Stage) -> None:
    account_id = stage.open_account()
    stage.settle()

    def after(action: str, state: str) -> list[str]:
        stage.stripe.control("POST", f"accounts/{account_id}", {"action": action})
        until(lambda: stage.account["state"] == state)
        shown = stage.mentor.get("/v1/payout-account").json
        assert shown["state"] == state
        return list(shown["requirements"])

    assert after("await_verification", "verifying") == []
    assert after("complete_onboarding", "ready") == []
    assert after("restrict", "action_required") != []
    assert after("complete_onboarding", "ready") == []
    after("reject", "rejected")
    assert refusal(stage.mentor.post("/v1/payout-account")) == (502, "payout_account_refused")


def test_a_link_is_good_once_and_another_is_to_be_had(stage: Stage) -> None:
    url = onboarding(stage).json["url"]
    first = requests.get(url, timeout=5, allow_redirects=False)
    assert first.status_code == 200
    second = requests.get(url, timeout=5, allow_redirects=False)
    assert second.status_code in {302, 303}
    back = urlsplit(second.headers["location"])
    assert back.path.endswith("/payout-account/again")  # where the app asks for another
    another = stage.mentor.post("/v1/payout-account")
    assert (another.status, another.json["url"] != url) == (201, True)
    assert len(stage.stripe.requests("POST", ACCOUNTS)) == 1
    assert len(rows("SELECT mentor_id FROM payout_account")) == 1


def test_the_same_key_gives_a_link_though_the_first_was_never_seen(stage: Stage) -> None:
    stage.open_for_business()
    key = ids.new("key")
    answers = [stage.mentor.post("/v1/payout-account", key=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert len(stage.stripe.requests("POST", ACCOUNTS)) == 1


@pytest.mark.parametrize("fault", ["hang_up_after", "fail_after", "hang_up_before"])
def test_an_account_whose_making_was_not_answered_is_made_once(stage: Stage, fault: str) -> None:
    stage.open_for_business()
    stage.stripe.order(fault, "POST", ACCOUNTS)
    assert refusal(onboarding(stage)) == (503, "provider_unavailable")
    profile = {"email": "another@example.no"}  # corrected meanwhile: not a word of it is sent
    assert stage.mentor.patch("/v1/profile", profile).status == 200
    assert onboarding(stage).status == 201
    tried = stage.stripe.requests("POST", ACCOUNTS)
    assert len({each["headers"]["idempotency-key"] for each in tried}) == 1
    assert len({each["body"] for each in tried}) == 1
    assert len(stage.stripe.requests("POST", ACCOUNTS)) == 2


def test_an_account_that_was_refused_is_asked_for_anew(stage: Stage) -> None:
    stage.open_for_business()
    stage.stripe.order("fail", "POST", ACCOUNTS, status=400)
    assert refusal(onboarding(stage)) == (502, "payout_account_refused")
    assert onboarding(stage).status == 201
    tried = stage.stripe.requests("POST", ACCOUNTS)
    assert len({each["headers"]["idempotency-key"] for each in tried}) == 2


def test_a_link_that_is_not_to_be_had_leaves_the_account(stage: Stage) -> None:
    stage.open_for_business()
    stage.stripe.order("fail", "POST", LINKS, status=500)
    assert refusal(onboarding(stage)) == (503, "provider_unavailable")
    assert onboarding(stage).status == 201
    assert len(stage.stripe.requests("POST", ACCOUNTS)) == 1


def test_many_taps_at_once_open_one_account(stage: Stage) -> None:
    stage.open_for_business()
    answers = at_once(lambda: onboarding(stage), 6)
    statuses = [answer.status for answer in answers if isinstance(answer, Answer)]
    assert len(statuses) == 6
    assert set(statuses) <= {201, 503}  # Stripe may answer that the key is in use
    assert 201 in statuses
    keys = {each["headers"]["idempotency-key"] for each in stage.stripe.requests("POST", ACCOUNTS)}
    assert len(keys) == 1
    assert len(rows("SELECT mentor_id FROM payout_account")) == 1


def test_only_a_mentor_has_a_payout_account_and_only_their_own(stage: Stage) -> None:
    stage.onboard()
    for person in (stage.mentee, stage.stranger):
        assert refusal(person.post("/v1/payout-account")) == (403, "not_a_mentor")
        assert refusal(person.get("/v1/payout-account")) == (404, "not_found")
        nothing = dict.fromkeys(("available_ore", "pending_ore", "under_way_ore", "owed_ore"), 0)
        assert person.get("/v1/payouts").json == {"balance": nothing, "payouts": [], "next": None}
        assert person.get("/v1/earnings").json == {"earnings": [], "next": None}


def test_opening_an_account_needs_a_fresh_sign_in(stage: Stage) -> None:
    stage.open_for_business()
    stage.jump(timedelta(minutes=6))
    assert refusal(stage.mentor.post("/v1/payout-account")) == (403, "fresh_sign_in_required")
    assert stage.stripe.requests("POST", ACCOUNTS) == []


def test_payouts_are_listed_newest_first_page_by_page_to_their_mentor_alone(stage: Stage) -> None:
    stage.open_for_business()
    for number in range(5):
        change(
            "INSERT INTO payout (id, mentor_id, amount_ore, netted_ore, currency, destination,"
            " state, reversed_ore, created_at)"
            " VALUES (%(id)s, %(mentor)s, %(ore)s, 0, 'NOK', 'acct_1', 'pending', 0, %(now)s)",
            {
                "id": f"pay_{number}",
                "mentor": stage.mentor.person_id,
                "ore": SHARE_ORE + number,
                "now": stage.now,
            },
        )
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = stage.mentor.get(f"/v1/payouts?limit=2{after}").json
        assert len(page["payouts"]) <= 2
        seen += [each["id"] for each in page["payouts"]]
        after = f"&after={page['next']}" if page["next"] else None
    assert seen == ["pay_4", "pay_3", "pay_2", "pay_1", "pay_0"]
    shown = stage.mentor.get("/v1/payouts?limit=1").json["payouts"][0]
    assert "destination" not in shown
    assert (shown["amount_ore"], shown["state"], shown["paid_at"]) == (
        SHARE_ORE + 4,
        "pending",
        None,
    )
    assert stage.stranger.get("/v1/payouts").json["payouts"] == []
    for wrong in ("limit=0", "limit=1000000", "limit=x"):
        assert refusal(stage.mentor.get(f"/v1/payouts?{wrong}")) == (422, "invalid")
