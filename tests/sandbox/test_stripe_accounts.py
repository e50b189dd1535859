"""Connected accounts at Stripe: made by the platform, filled in on Stripe's pages."""

import re
from datetime import timedelta

import pytest
import requests
import stripe

from sandbox.clock import Clock
from tests.sandbox.receiver import Receiver
from tests.sandbox.stripe_client import Platform

REFRESH = "http://localhost:3000/v1/payout-account/refresh"
RETURN = "http://localhost:3000/v1/payout-account/return"


def _link(platform: Platform, account: str) -> stripe.AccountLink:
    return platform.sdk.v1.account_links.create(
        {
            "account": account,
            "type": "account_onboarding",
            "refresh_url": REFRESH,
            "return_url": RETURN,
            "collection_options": {"fields": "eventually_due"},
        }
    )


def _open(url: str) -> requests.Response:
    return requests.get(url, timeout=5, allow_redirects=False)


def _visit(url: str) -> str:
    """Open a link and return what its form carries along."""
    visit = re.search(r'name="visit" value="([^"]+)"', _open(url).text)
    assert visit is not None
    return visit[1]


def _finish(url: str, choice: str) -> requests.Response:
    form = {"visit": _visit(url), "choice": choice}
    return requests.post(url, data=form, timeout=5, allow_redirects=False)


def test_a_new_account_can_do_nothing_and_says_what_is_due(platform: Platform) -> None:
    account = platform.sdk.v1.accounts.retrieve(platform.mentor(ready=False))
    assert account.id.startswith("acct_")
    assert account.capabilities is not None
    assert account.capabilities.transfers == "inactive"
    assert not account.details_submitted
    assert not account.payouts_enabled
    assert account.requirements is not None
    assert account.requirements.disabled_reason == "requirements.past_due"
    assert "external_account" in (account.requirements.currently_due or [])
    assert account.default_currency == "nok"
    assert account.to_dict()["controller"]["stripe_dashboard"] == {"type": "express"}


@pytest.mark.parametrize(
    "form",
    [
        {"type": "express", "controller[fees][payer]": "application"},
        {"controller[losses][payments]": "application"},
        {"controller[requirement_collection]": "application"},
        {"controller[stripe_dashboard][type]": "none"},
        {"controller[stripe_dashboard][type]": "lite"},
        {"capabilities[transfers]": "true"},
        {"capabilities[transfers][requested]": "yes"},
        {"capabilities[transfers][wanted]": "true"},
        {"settings[payouts][schedule][interval]": "weekly", "type": "express"},
        {"settings[payouts][schedule][weekly_anchor]": "friday", "type": "express"},
    ],
)
def test_combinations_that_stripe_refuses_are_refused(
    platform: Platform, form: dict[str, str]
) -> None:
    assert platform.raw("POST", "/v1/accounts", form).status_code == 400
    assert platform.sdk.v1.accounts.list().data == []


@pytest.mark.parametrize(
    ("kind", "dashboard"), [("standard", "full"), ("express", "express"), ("custom", "none")]
)
def test_the_old_types_of_accounts_are_still_made(
    platform: Platform, kind: str, dashboard: str
) -> None:
    form = {"type": kind, "capabilities[transfers][requested]": "true"}
    account = platform.raw("POST", "/v1/accounts", form).json()
    assert account["type"] == kind
    assert account["controller"]["stripe_dashboard"] == {"type": dashboard}


def test_filling_in_the_onboarding_page_makes_an_account_ready(platform: Platform) -> None:
    mentor = platform.mentor(ready=False)
    page = _open(_link(platform, mentor).url)
    assert page.status_code == 200
    assert '<html lang="nb">' in page.text
    assert "<h1>" in page.text
    done = _finish(_link(platform, mentor).url, "complete")
    assert (done.status_code, done.headers["Location"]) == (303, RETURN)
    account = platform.sdk.v1.accounts.retrieve(mentor).to_dict()
    assert account["details_submitted"]
    assert account["payouts_enabled"]
    assert account["capabilities"] == {"transfers": "active"}
    assert account["requirements"]["currently_due"] == []
    assert account["requirements"]["disabled_reason"] is None
    # A transfers-only account never takes cards: charges_enabled must not gate a payout.
    assert not account["charges_enabled"]


def test_coming_back_does_not_mean_that_anything_was_filled_in(platform: Platform) -> None:
    mentor = platform.mentor(ready=False)
    back = _finish(_link(platform, mentor).url, "later")
    assert back.headers["Location"] == RETURN
    assert not platform.sdk.v1.accounts.retrieve(mentor).details_submitted


def test_stripe_may_want_to_check_what_was_filled_in(platform: Platform) -> None:
    mentor = platform.mentor(ready=False)
    _finish(_link(platform, mentor).url, "verify")
    account = platform.sdk.v1.accounts.retrieve(mentor).to_dict()
    assert account["details_submitted"]
    assert not account["payouts_enabled"]
    assert account["requirements"]["pending_verification"]
    assert account["requirements"]["currently_due"] == []


def test_an_onboarding_link_works_once(platform: Platform) -> None:
    url = _link(platform, platform.mentor(ready=False)).url
    assert _open(url).status_code == 200
    again = _open(url)
    assert (again.status_code, again.headers["Location"]) == (302, REFRESH)


def test_an_onboarding_link_lives_five_minutes(platform: Platform, clock: Clock) -> None:
    link = _link(platform, platform.mentor(ready=False))
    assert link.expires_at - link.created == 300
    clock.advance(timedelta(minutes=5))
    assert _open(link.url).headers["Location"] == REFRESH


def test_a_finished_or_foreign_visit_can_not_be_finished_again(platform: Platform) -> None:
    mentor = platform.mentor(ready=False)
    url = _link(platform, mentor).url
    assert _open(url).status_code == 200
    for visit in ("", "visit_of_somebody_else"):
        form = {"visit": visit, "choice": "complete"}
        answer = requests.post(url, data=form, timeout=5, allow_redirects=False)
        assert answer.headers["Location"] == REFRESH
    assert not platform.sdk.v1.accounts.retrieve(mentor).details_submitted
    finished = _link(platform, mentor).url
    visit = _visit(finished)
    for expected in (RETURN, REFRESH):
        form = {"visit": visit, "choice": "later"}
        answer = requests.post(finished, data=form, timeout=5, allow_redirects=False)
        assert answer.headers["Location"] == expected
    other = platform.mentor(ready=False)
    swapped = url.replace(mentor, other)
    assert _open(swapped).status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"refresh_url": "not a url"}, 400),
        ({"return_url": "ftp://example.no"}, 400),
        ({"type": "account_update"}, 400),
        ({"type": "payout"}, 400),
        ({"account": "acct_stranger"}, 403),
    ],
)
def test_a_link_is_only_made_for_what_stripe_allows(
    platform: Platform, change: dict[str, str], status: int
) -> None:
    form = {
        "account": platform.mentor(ready=False),
        "type": "account_onboarding",
        "refresh_url": REFRESH,
        "return_url": RETURN,
    }
    assert platform.raw("POST", "/v1/account_links", {**form, **change}).status_code == status


def test_onboarding_is_told_to_connect_endpoints_with_the_account_on_top(
    platform: Platform, receiver: Receiver
) -> None:
    platform.sdk.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["account.updated"], "connect": True}
    )
    mentor = platform.mentor(ready=False)
    _finish(_link(platform, mentor).url, "complete")
    event = receiver.wait(1)[0].json()
    assert event["type"] == "account.updated"
    assert event["account"] == mentor
    assert event["data"]["object"]["id"] == mentor
    assert event["data"]["previous_attributes"]["payouts_enabled"] is False
    assert event["data"]["previous_attributes"]["capabilities"] == {"transfers": "inactive"}
    assert "email" not in event["data"]["previous_attributes"]


@pytest.mark.parametrize(
    ("action", "reason", "transfers", "payouts"),
    [
        ("await_verification", "requirements.pending_verification", "inactive", False),
        ("require_action", None, "active", True),
        ("restrict", "requirements.past_due", "inactive", False),
        ("reject", "rejected.other", "inactive", False),
    ],
)
def test_an_account_can_lose_its_good_standing(
    platform: Platform, action: str, reason: str | None, transfers: str, *, payouts: bool
) -> None:
    mentor = platform.mentor()
    shown = platform.control("POST", f"accounts/{mentor}", {"action": action})["account"]
    assert shown["requirements"]["disabled_reason"] == reason
    assert shown["capabilities"]["transfers"] == transfers
    assert shown["payouts_enabled"] is payouts


def test_a_rejected_account_gets_no_link(platform: Platform) -> None:
    mentor = platform.mentor()
    platform.control("POST", f"accounts/{mentor}", {"action": "reject"})
    with pytest.raises(stripe.InvalidRequestError):
        _link(platform, mentor)


def test_a_deauthorized_account_is_out_of_reach_and_its_event_names_it(
    platform: Platform, receiver: Receiver
) -> None:
    platform.sdk.v1.webhook_endpoints.create(
        {
            "url": receiver.url,
            "enabled_events": ["account.application.deauthorized"],
            "connect": True,
        }
    )
    mentor = platform.mentor()
    platform.control("POST", f"accounts/{mentor}", {"action": "deauthorize"})
    event = receiver.wait(1)[0].json()
    assert event["account"] == mentor
    # The object is the application: whoever reads the account from it finds nobody.
    assert event["data"]["object"]["object"] == "application"
    with pytest.raises(stripe.PermissionError):
        platform.sdk.v1.accounts.retrieve(mentor)


def test_a_login_link_opens_the_dashboard_once(platform: Platform) -> None:
    mentor = platform.mentor(ready=False)
    with pytest.raises(stripe.InvalidRequestError):
        platform.sdk.v1.accounts.login_links.create(mentor)
    platform.control("POST", f"accounts/{mentor}", {"action": "complete_onboarding"})
    url = platform.sdk.v1.accounts.login_links.create(mentor).url
    assert "Dine utbetalinger" in _open(url).text
    assert _open(url).status_code == 404


def test_an_account_is_updated_and_listed_and_deleted(platform: Platform) -> None:
    mentor = platform.mentor()
    platform.sdk.v1.accounts.update(
        mentor, {"metadata": {"tier": "gold"}, "email": "ny@example.no"}
    )
    account = platform.sdk.v1.accounts.retrieve(mentor)
    assert account.email == "ny@example.no"
    assert account.to_dict()["metadata"] == {"mentor_id": "per_1", "tier": "gold"}
    assert [item.id for item in platform.sdk.v1.accounts.list().data] == [mentor]
    assert platform.sdk.v1.accounts.delete(mentor).to_dict()["deleted"] is True
    with pytest.raises(stripe.PermissionError):
        platform.sdk.v1.accounts.retrieve(mentor)


def test_an_account_with_money_can_not_be_deleted(platform: Platform) -> None:
    platform.fund(1000)
    mentor = platform.mentor()
    platform.transfer(mentor, 100, "payout-1")
    with pytest.raises(stripe.InvalidRequestError):
        platform.sdk.v1.accounts.delete(mentor)


def test_the_platform_can_read_its_own_account(platform: Platform) -> None:
    own = platform.raw("GET", "/v1/account").json()
    assert own["payouts_enabled"]
    mentor = platform.mentor()
    theirs = platform.raw("GET", "/v1/account", Stripe_Account=mentor).json()
    assert theirs["id"] == mentor
