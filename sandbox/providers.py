"""The providers of the local world: our simulators, or whatever the caller's environment names.

Where a base URL such as VIPPS_BASE_URL is set already, that address is used as it is: no simulator
is started, no webhook registered, and the credentials come from the environment, too.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import requests

from sandbox.clock import Clock
from sandbox.simulators.aws import AwsSimulator
from sandbox.simulators.kit import Simulator
from sandbox.simulators.stripe import StripeSimulator
from sandbox.simulators.stripe.state import DEFAULT_VERSION
from sandbox.simulators.vipps import VippsSimulator
from sandbox.simulators.vipps.webhooks import PAYMENT_EVENTS
from sandbox.simulators.whereby import WherebySimulator

APP_REDIRECT_URI = "minmentor://login/vipps"
_WHEREBY_SECRET = "whereby-webhook-of-the-local-world"
_STRIPE_OWN_EVENTS = (
    "charge.captured",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.expired",
    "charge.refunded",
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "payout.created",
    "payout.failed",
    "payout.paid",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "transfer.created",
    "transfer.reversed",
    "transfer.updated",
)
_STRIPE_CONNECT_EVENTS = (
    "account.updated",
    "account.application.deauthorized",
    "account.external_account.created",
    "account.external_account.updated",
    "capability.updated",
    "payout.created",
    "payout.paid",
    "payout.failed",
)
_SECONDS = 10

type Variables = dict[str, str]
type Post = Callable[..., dict[str, Any]]
"""Posts to an address what `requests` would take, and returns the JSON object that comes back."""


class ProviderError(Exception):
    """A simulator refused its set-up; the message holds its answer."""


class Providers:
    """Vipps, Stripe, Whereby and S3; a simulator is None where another address is used.

    :param public_url: where our own webhooks are reached.
    :param post: how a simulator is asked for what its set-up takes.
    """

    def __init__(
        self,
        clock: Clock,
        public_url: str,
        outside: Mapping[str, str],
        post: "Post | None" = None,
    ) -> None:
        self._post = post or _post
        self._public_url = public_url
        self._outside = outside
        self.web_redirect_uri = f"{public_url}/app"
        self.pages_redirect_uri = f"{public_url}/dine-data"
        redirect_uris = (APP_REDIRECT_URI, self.web_redirect_uri, self.pages_redirect_uri)
        self.vipps = (
            None
            if outside.get("VIPPS_BASE_URL")
            else VippsSimulator(clock, redirect_uris=redirect_uris)
        )
        self.stripe = None if outside.get("STRIPE_API_BASE") else StripeSimulator(clock)
        self.whereby = None if outside.get("WHEREBY_BASE_URL") else WherebySimulator(clock)
        self.aws = None if outside.get("AWS_ENDPOINT_URL") else AwsSimulator(clock)

    def start(self, stack: ExitStack) -> Variables:
        """Start what is ours, to be stopped by `stack`; return the functions' variables for all.

        :raises ProviderError: a simulator refused its set-up.
        """
        if self.aws:
            self.aws.start(stack)
        for simulator in self.simulators():
            simulator.start()
            stack.callback(simulator.stop)
        return self.variables()

    def variables(self) -> Variables:
        """Set the providers up, which listen already; return the functions' variables for all.

        :raises ProviderError: a simulator refused its set-up.
        """
        return {
            **self._of("VIPPS_", self._set_up_vipps),
            **self._of("STRIPE_", self._set_up_stripe),
            **self._of("WHEREBY_", self._set_up_whereby),
            # Last: it takes longest to come up.
            **self._of("AWS_", lambda: self.aws.prepare() if self.aws else None),
        }

    def simulators(self) -> list[Simulator]:
        """Those that are ours."""
        return [each for each in (self.vipps, self.stripe, self.whereby) if each is not None]

    def reset(self) -> None:
        """Let every simulator of ours forget what happened; registered webhooks stay."""
        for simulator in self.simulators():
            simulator.reset()
        if self.aws:
            self.aws.reset()

    def _of(self, prefix: str, set_up: Callable[[], Variables | None]) -> Variables:
        """Our simulator's variables, or those of the caller's environment with this prefix."""
        ours = set_up()
        if ours is not None:
            return ours
        return {name: value for name, value in self._outside.items() if name.startswith(prefix)}

    def _set_up_vipps(self) -> Variables | None:
        if self.vipps is None:
            return None
        unit = self.vipps.unit
        keys = {
            "Ocp-Apim-Subscription-Key": unit.subscription_key,
            "Merchant-Serial-Number": unit.merchant_serial_number,
        }
        token = self._post(
            f"{self.vipps.base_url}/accesstoken/get",
            headers={**keys, "client_id": unit.client_id, "client_secret": unit.client_secret},
        )
        registered = self._post(
            f"{self.vipps.base_url}/webhooks/v1/webhooks",
            headers={**keys, "Authorization": f"Bearer {token['access_token']}"},
            json={
                "url": self._webhook("vipps"),
                "events": [f"epayments.payment.{name}.v1" for name in PAYMENT_EVENTS],
            },
        )
        return {
            "VIPPS_BASE_URL": self.vipps.base_url,
            "VIPPS_CLIENT_ID": unit.client_id,
            "VIPPS_CLIENT_SECRET": unit.client_secret,
            "VIPPS_SUBSCRIPTION_KEY": unit.subscription_key,
            "VIPPS_MERCHANT_SERIAL_NUMBER": unit.merchant_serial_number,
            "VIPPS_WEBHOOK_SECRET": registered["secret"],
            "VIPPS_REDIRECT_URI_APP": APP_REDIRECT_URI,
            "VIPPS_REDIRECT_URI_WEB": self.web_redirect_uri,
            "VIPPS_REDIRECT_URI_PAGES": self.pages_redirect_uri,
        }

    def _set_up_stripe(self) -> Variables | None:
        if self.stripe is None:
            return None
        key, base = self.stripe.secret_key, self.stripe.base_url
        secrets = []
        for connect, events in (("false", _STRIPE_OWN_EVENTS), ("true", _STRIPE_CONNECT_EVENTS)):
            endpoint = self._post(
                f"{base}/v1/webhook_endpoints",
                headers={"Authorization": f"Bearer {key}"},
                data=[
                    ("url", self._webhook("stripe")),
                    ("connect", connect),
                    ("api_version", DEFAULT_VERSION),
                    *(("enabled_events[]", event) for event in events),
                ],
            )
            secrets.append(endpoint["secret"])
        return {
            "STRIPE_API_BASE": base,
            "STRIPE_SECRET_KEY": key,
            "STRIPE_WEBHOOK_SECRETS": ",".join(secrets),
            "STRIPE_VIPPS": self._outside.get("STRIPE_VIPPS", "off"),
        }

    def _set_up_whereby(self) -> Variables | None:
        if self.whereby is None:
            return None
        self._post(
            f"{self.whereby.base_url}/_sandbox/webhook",
            json={"url": self._webhook("whereby"), "secret": _WHEREBY_SECRET},
        )
        return {
            "WHEREBY_BASE_URL": self.whereby.base_url,
            "WHEREBY_API_KEY": self.whereby.api_key,
            "WHEREBY_WEBHOOK_SECRET": _WHEREBY_SECRET,
        }

    def _webhook(self, provider: str) -> str:
        return f"{self._public_url}/v1/webhooks/{provider}"


def outside_variables() -> Variables:
    """The caller's environment, without what is set to nothing."""
    return {name: value for name, value in os.environ.items() if value}


def _post(url: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401  # what requests takes
    answer = requests.post(url, timeout=_SECONDS, **how)
    if not answer.ok:
        raise ProviderError(f"POST {url} was answered with {answer.status_code}: {answer.text}")
    content = answer.json() if answer.content else {}
    return content if isinstance(content, dict) else {}
