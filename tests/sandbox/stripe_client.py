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

    def checkout(self, amount: int = 90_000, **extra: Any) -> stripe.checkout.Session:  # noqa: ANN401
        """An open session that reserves; `extra` are further parameters, or others."""
        wish: Any = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "nok",
                        "unit_amount": amount,
                        "product_data": {"name": "En time om ledelse"},
                    },
                }
            ],
            "payment_intent_data": {"capture_method": "manual", "transfer_group": "pur_1"},
            "client_reference_id": "pur_1",
            "success_url": "https://app.example.no/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://app.example.no/back",
            **extra,
        }
        return self.sdk.v1.checkout.sessions.create(wish)

    def pay(self, session: str, **how: str) -> Any:  # noqa: ANN401
        """Pay a session; the control's answer: session, payment_intent, charge."""
        return self.control("POST", f"checkout/{session}", {"action": "pay", **how})

    def reserved(self, amount: int = 90_000, **how: str) -> str:
        """A payment that somebody has made and nobody captured: its intent's id."""
        return str(self.pay(self.checkout(amount).id, **how)["payment_intent"]["id"])

    def captured(self, amount: int = 90_000, **how: str) -> str:
        """A payment whose money is ours: its intent's id."""
        identifier = self.reserved(amount, **how)
        self.sdk.v1.payment_intents.capture(identifier)
        return identifier

    def charge(self, intent: str, *expand: str) -> stripe.Charge:
        """The charge of an intent; `expand` names what is to be shown inside it."""
        names = ["latest_charge", *(f"latest_charge.{name}" for name in expand)]
        found = self.sdk.v1.payment_intents.retrieve(intent, {"expand": names}).latest_charge
        assert isinstance(found, stripe.Charge)
        return found

    def events(self, *patterns: str) -> list[str]:
        """The types of what has happened, oldest first."""
        found = self.sdk.v1.events.list({"types": list(patterns) or ["*"], "limit": 100}).data
        return [event.type for event in reversed(found)]

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
