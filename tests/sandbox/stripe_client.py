"""What the Stripe tests share: the official client, a mentor's account, and the control API."""

from typing import Any

import requests
import stripe

from sandbox.simulators.stripe import StripeSimulator

TIMEOUT = 10


class Platform:
    """The platform as it uses Stripe, with the official SDK and, where it is too kind, without."""

    def __init__(self, simulator: StripeSimulator) -> None:
        self.simulator = simulator
        self.sdk = stripe.StripeClient(
            simulator.secret_key,
            base_addresses={"api": simulator.base_url},
            http_client=stripe.RequestsClient(timeout=(3, TIMEOUT)),
            max_network_retries=0,
        )

    def mentor(self, *, ready: bool = True) -> str:
        """An Express account that may receive transfers; `ready`: onboarded."""
        account = self.sdk.v1.accounts.create(
            {
                "country": "NO",
                "email": "ola@example.no",
                "business_type": "individual",
                "controller": {
                    "fees": {"payer": "application"},
                    "losses": {"payments": "application"},
                    "requirement_collection": "stripe",
                    "stripe_dashboard": {"type": "express"},
                },
                "capabilities": {"transfers": {"requested": True}},
                "metadata": {"mentor_id": "per_1"},
            }
        )
        if ready:
            self.control("POST", f"accounts/{account.id}", {"action": "complete_onboarding"})
        return account.id

    def fund(self, amount: int) -> None:
        self.control("POST", "balance", {"amount": amount, "currency": "nok"})

    def available(self, account: str | None = None) -> int:
        """What the platform, or an account, can spend, in øre."""
        context = stripe.RequestOptions(stripe_account=account) if account else None
        return self.sdk.v1.balance.retrieve(None, context).available[0].amount

    def control(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401
        """Call /_sandbox/…, which must succeed."""
        answer = requests.request(
            method, f"{self.simulator.base_url}/_sandbox/{path}", json=content, timeout=TIMEOUT
        )
        assert answer.ok, answer.text
        return answer.json()

    def raw(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        **headers: str,
    ) -> requests.Response:
        """Call the API without the SDK; header names with underscores for hyphens."""
        sent = {"Authorization": f"Bearer {self.simulator.secret_key}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method,
            self.simulator.base_url + path,
            data=form,
            headers=sent,
            timeout=TIMEOUT,
            allow_redirects=False,
        )

    def transfer(self, destination: str, amount: int, key: str, **extra: str) -> requests.Response:
        form = {"amount": str(amount), "currency": "nok", "destination": destination, **extra}
        return self.raw("POST", "/v1/transfers", form, Idempotency_Key=key)
