"""Account links and login links: how a person reaches the pages that Stripe hosts for them.

An account link works once and for five minutes; used again, or too late, it leads to the
platform's `refresh_url`, which makes a new one. Opening it starts a visit, which ends at the
platform's `return_url` whether or not anything was filled in.
"""

from dataclasses import dataclass
from http import HTTPStatus

from sandbox.simulators.kit import Request, Response, Route
from sandbox.simulators.stripe import account_object, balance
from sandbox.simulators.stripe.accounts import Change, change, connected_account
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.pages import dashboard_page, gone_page, onboarding_page
from sandbox.simulators.stripe.params import enum, nested, text, url
from sandbox.simulators.stripe.state import Resource, State, new_id

LIFETIME = 5 * 60
CHOICES: dict[str, Change | None] = {
    "complete": account_object.complete_onboarding,
    "verify": account_object.await_verification,
    "later": None,
}


@dataclass(slots=True)
class _Link:
    account: str
    expires_at: int
    refresh_url: str = ""
    return_url: str = ""
    visit: str | None = None
    done: bool = False


class Links:
    """The links that were handed out, and the pages behind them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._onboarding: dict[str, _Link] = {}
        self._login: dict[str, _Link] = {}

    def reset(self) -> None:
        """Forget every link."""
        self._onboarding.clear()
        self._login.clear()

    def operations(self) -> tuple[Operation, ...]:
        """What the API offers."""
        return (
            Operation(
                "POST",
                "/v1/account_links",
                self._create_onboarding,
                {
                    "account": text(required=True),
                    "collect": enum("currently_due", "eventually_due"),
                    "collection_options": nested(
                        {
                            "fields": enum("currently_due", "eventually_due"),
                            "future_requirements": enum("include", "omit"),
                        }
                    ),
                    "refresh_url": url(required=True),
                    "return_url": url(required=True),
                    "type": enum("account_onboarding", "account_update", required=True),
                },
            ),
            Operation("POST", "/v1/accounts/{id}/login_links", self._create_login),
        )

    def routes(self) -> tuple[Route, ...]:
        """What a browser sees."""
        return (
            Route("GET", "/setup/e/{account}/{token}", self._open_onboarding),
            Route("POST", "/setup/e/{account}/{token}", self._finish_onboarding),
            Route("GET", "/express/{account}/{token}", self._open_dashboard),
        )

    def _create_onboarding(self, call: Call) -> Resource:
        params = call.params
        account = self._linkable(params["account"])
        dashboard = account["controller"]["stripe_dashboard"]["type"]
        if params["type"] == "account_update" and dashboard != "none":
            raise StripeError(
                "account_update links are only for accounts without a Stripe-hosted dashboard "
                "whose requirements the platform collects.",
                param="type",
            )
        now = call.state.now()
        link = _Link(account["id"], now + LIFETIME, params["refresh_url"], params["return_url"])
        token = self._keep(self._onboarding, link)
        return {
            "object": "account_link",
            "created": now,
            "expires_at": link.expires_at,
            "url": f"{call.state.base_url()}/setup/e/{account['id']}/{token}",
        }

    def _linkable(self, identifier: str) -> Resource:
        account = connected_account(self._state, identifier)
        if account_object.rejected(account):
            raise StripeError(
                f"Account {identifier} has been rejected; no link can be made for it.",
                param="account",
            )
        return account

    def _create_login(self, call: Call) -> Resource:
        account = connected_account(call.state, call.ids["id"])
        if account["controller"]["stripe_dashboard"]["type"] != "express":
            raise StripeError(f"{account['id']} has no Express Dashboard to sign in to.")
        if not account["details_submitted"]:
            raise StripeError(
                "Cannot create a login link for an account that has not completed onboarding."
            )
        now = call.state.now()
        token = self._keep(self._login, _Link(account["id"], now + LIFETIME))
        return {
            "object": "login_link",
            "created": now,
            "url": f"{call.state.base_url()}/express/{account['id']}/{token}",
        }

    def _keep(self, links: dict[str, _Link], link: _Link) -> str:
        token = new_id("link")
        links[token] = link
        return token

    def _open_onboarding(self, request: Request) -> Response:
        link = self._onboarding.get(request.params["token"])
        if link is None or link.account != request.params["account"]:
            return Response.html(HTTPStatus.NOT_FOUND, gone_page())
        if link.visit is not None or self._state.now() >= link.expires_at:
            return Response.redirect(link.refresh_url)
        link.visit = new_id("visit")
        account = connected_account(self._state, link.account)
        return Response.html(HTTPStatus.OK, onboarding_page(account, request.path, link.visit))

    def _finish_onboarding(self, request: Request) -> Response:
        link = self._onboarding.get(request.params["token"])
        if link is None or link.account != request.params["account"]:
            return Response.html(HTTPStatus.NOT_FOUND, gone_page())
        form = request.form()
        choice = form.get("choice")
        if link.done or link.visit is None or form.get("visit") != link.visit:
            return Response.redirect(link.refresh_url, HTTPStatus.SEE_OTHER)
        if choice not in CHOICES:
            return Response.html(HTTPStatus.BAD_REQUEST, gone_page())
        link.done = True
        happening = CHOICES[choice]
        if happening is not None:
            change(self._state, connected_account(self._state, link.account), happening)
        return Response.redirect(link.return_url, HTTPStatus.SEE_OTHER)

    def _open_dashboard(self, request: Request) -> Response:
        link = self._login.pop(request.params["token"], None)
        if link is None or self._state.now() >= link.expires_at:
            return Response.html(HTTPStatus.NOT_FOUND, gone_page())
        account = connected_account(self._state, link.account)
        sums = balance.totals(self._state, link.account)
        payouts = self._state.all(link.account, "payout")
        return Response.html(HTTPStatus.OK, dashboard_page(account, sums, payouts))
