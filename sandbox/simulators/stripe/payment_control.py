"""What the local world may do to payments at Stripe: pay, let lapse, fail, contest, pay out."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.simulators.kit import RefusedError, Request, Response, Route, control_fields
from sandbox.simulators.stripe import balance, disputes, intents, payouts, refunds, sessions
from sandbox.simulators.stripe.cards import named
from sandbox.simulators.stripe.checkout_page import landing
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.passing import pass_time
from sandbox.simulators.stripe.state import PLATFORM, Resource, State, snapshot

CARD = "4242424242424242"
LAPSED = "charge_expired_for_capture"

type _Act = Callable[[Resource, dict[str, Any]], object]


class PaymentControls:
    """Routes below /_sandbox/ about money that the platform takes."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> tuple[Route, ...]:
        """All of them; those that name an object answer with it."""
        return (
            self._route("POST", "settings", self._set),
            self._route("GET", "checkout/{id}", self._show),
            self._route("POST", "checkout/{id}", self._check_out),
            self._route(
                "POST", "payment_intents/{id}", self._to("payment_intent", self._intents())
            ),
            self._route("POST", "refunds/{id}", self._to("refund", self._refunds())),
            self._route("POST", "disputes", self._contest),
            self._route("POST", "disputes/{id}", self._to("dispute", self._disputes())),
            self._route("POST", "payouts", self._pay_out),
        )

    def _route(self, method: str, path: str, act: Callable[[Request], Any]) -> Route:
        def action(request: Request) -> Response:
            pass_time(self._state)
            try:
                return Response.json(200, snapshot(act(request)))
            except StripeError as error:
                return Response.json(404, {"error": error.message})
            except ValueError as error:
                return Response.json(400, {"error": str(error)})

        return Route(method, f"/_sandbox/{path}", action)

    def _set(self, request: Request) -> dict[str, Any]:
        return self._state.settings.change(control_fields(request))

    def _show(self, request: Request) -> dict[str, Any]:
        session = self._state.get(PLATFORM, "checkout.session", request.params["id"])
        intent = sessions.intent_of(self._state, session)
        charge = intents.charge_of(self._state, intent) if intent else None
        return {"session": session, "payment_intent": intent, "charge": charge}

    def _check_out(self, request: Request) -> dict[str, Any]:
        """Play who pays: `pay` (with `card`, or `method` vipps) or `expire`."""
        session = self._state.get(PLATFORM, "checkout.session", request.params["id"])
        wish = control_fields(request)
        if session["status"] != "open":
            raise _conflict(f"the session is {session['status']}")
        if wish.get("action") == "expire":
            sessions.expire(self._state, session)
            return self._show(request)
        method = str(wish.get("method", "card"))
        card = named(method, str(wish.get("card", CARD)))
        if wish.get("action") != "pay" or card is None:
            raise ValueError("action is pay, with a test card or the method vipps, or expire")
        if method not in session["payment_method_types"]:
            raise ValueError(f"the session does not offer {method}")
        email = str(wish.get("email", "kari@example.no"))
        if not sessions.pay(self._state, session, card, email):
            raise _conflict(card.decline_code or card.code)
        return {**self._show(request), "redirect_to": landing(session)}

    def _intents(self) -> Mapping[str, _Act]:
        state = self._state

        def fail_capture(intent: Resource, wish: dict[str, Any]) -> None:
            state.notes[intent["id"]]["capture_fault"] = str(wish.get("code", LAPSED))

        def lapse(intent: Resource, _wish: dict[str, Any]) -> None:
            if intent["status"] != "requires_capture":
                raise ValueError(f"the payment is {intent['status']}")
            intents.let_go(state, intent, intents.EXPIRED)

        return {"lapse": lapse, "fail_capture": fail_capture}

    def _refunds(self) -> Mapping[str, _Act]:
        def fail(refund: Resource, _wish: dict[str, Any]) -> None:
            if refund["status"] not in {"pending", "succeeded"}:
                raise ValueError(f"the refund is {refund['status']}")
            refunds.fail(self._state, refund)

        def succeed(refund: Resource, _wish: dict[str, Any]) -> None:
            if refund["status"] != "pending":
                raise ValueError(f"the refund is {refund['status']}")
            refunds.succeed(self._state, refund)

        return {"fail": fail, "succeed": succeed}

    def _disputes(self) -> Mapping[str, _Act]:
        def open_one(dispute: Resource) -> Resource:
            if dispute["status"] not in disputes.OPEN:
                raise ValueError(f"the dispute is {dispute['status']}")
            return dispute

        return {
            "review": lambda one, _wish: disputes.review(self._state, open_one(one)),
            "win": lambda one, _wish: disputes.close(self._state, open_one(one), won=True),
            "lose": lambda one, _wish: disputes.close(self._state, open_one(one), won=False),
        }

    def _contest(self, request: Request) -> Resource:
        """Contest the captured charge of a `payment_intent`, all of it or `amount` øre."""
        wish = control_fields(request)
        identifier = str(wish.get("payment_intent"))
        intent = self._state.get(PLATFORM, "payment_intent", identifier)
        charge = intents.charge_of(self._state, intent)
        amount = wish.get("amount", charge["amount_captured"])
        if not isinstance(amount, int) or not 0 < amount <= charge["amount_captured"]:
            raise ValueError("amount is a part of what was captured, in øre")
        reason = str(wish.get("reason", "product_not_received"))
        return disputes.raise_dispute(self._state, charge, amount, reason)

    def _pay_out(self, _request: Request) -> Resource:
        """Send what is available on the platform's balance to its bank, as a schedule would."""
        code = balance.DEFAULT_CURRENCY
        amount = balance.available(self._state, PLATFORM, code)
        if amount <= 0:
            raise ValueError("there is nothing to pay out")
        return payouts.pay_out(self._state, PLATFORM, (amount, code), payouts.PLATFORM_BANK)

    def _to(self, kind: str, acts: Mapping[str, _Act]) -> Callable[[Request], Resource]:
        """Make a route that does something to one object."""

        def to(request: Request) -> Resource:
            found = self._state.get(PLATFORM, kind, request.params["id"])
            wish = control_fields(request)
            act = acts.get(str(wish.get("action")))
            if act is None:
                raise ValueError(f"action must be one of {', '.join(acts)}")
            act(found, wish)
            return found

        return to


def _conflict(detail: str) -> RefusedError:
    return RefusedError(Response.json(409, {"error": detail}))
