"""Checkout Sessions: made by the platform, paid by somebody on a page that Stripe hosts.

A session is open until it is paid, made to expire, or has lasted as long as it was given, half an
hour at least. There is no turning back: who leaves the page may come back to it while it is open.
"""

from sandbox.simulators.stripe import events, intents
from sandbox.simulators.stripe.cards import Card
from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.listing import PAGING, matching, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import Parameters, enum, text, unmodelled
from sandbox.simulators.stripe.session_object import CREATE, METHODS, new_session, total
from sandbox.simulators.stripe.state import DAY, PLATFORM, Resource, State

SHORTEST = 30 * 60
LONGEST = DAY
LEAST_ORE = 300
MOST_ORE = 99_999_999
PREVIEW = "vipps_preview=v1"
STATUSES = ("open", "complete", "expired")


def _create(call: Call) -> Resource:
    params = call.params
    _check_amount(params["line_items"])
    _check_end(call)
    made = new_session(call.state, params, _methods(call))
    session = call.state.add(PLATFORM, "checkout.session", made)
    call.state.notes[session["id"]] |= {
        "intent": params.get("payment_intent_data", {}),
        "title": params["line_items"][0]["price_data"]["product_data"]["name"],
    }
    return session


def _check_amount(lines: list[Parameters]) -> None:
    codes = {line["price_data"]["currency"] for line in lines}
    if len(codes) != 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    amount = total(lines)
    if amount < LEAST_ORE:
        raise StripeError(
            "The Checkout Session's total amount must convert to at least 300 øre.",
            code="amount_too_small",
        )
    if amount > MOST_ORE:
        raise StripeError(
            f"The Checkout Session's total amount must be no more than {MOST_ORE}.",
            code="amount_too_large",
        )


def _methods(call: Call) -> list[str]:
    """What the page offers: what is allowed and suits; what does not suit is left out silently."""
    is_in_preview = PREVIEW in call.version.replace(" ", "").split(";")
    allowed = call.params.get("allowed_payment_method_types", list(METHODS))
    if "vipps" in call.params.get("allowed_payment_method_types", []) and not is_in_preview:
        raise StripeError(
            "Invalid allowed_payment_method_types: must be one of card.",
            param="allowed_payment_method_types",
        )
    norwegian = call.params["line_items"][0]["price_data"]["currency"] == "nok"
    has_vipps = call.state.settings.vipps and is_in_preview and norwegian
    methods = [name for name in METHODS if name in allowed and (name != "vipps" or has_vipps)]
    if not methods:
        raise StripeError("No payment method suits this Checkout Session.")
    return methods


def _check_end(call: Call) -> None:
    end, now = call.params.get("expires_at"), call.state.now()
    if end is not None and end < now + SHORTEST:
        raise StripeError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation.",
            param="expires_at",
        )
    if end is not None and end > now + LONGEST:
        raise StripeError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )


def pay(state: State, session: Resource, card: Card, email: str) -> bool:
    """Let somebody try to pay an open session; False where their bank says no."""
    intent = intent_of(state, session)
    if intent is None:
        intent = intents.new_intent(state, session, state.notes[session["id"]]["intent"])
        session["payment_intent"] = intent["id"]
    if not intents.pay(state, intent, card):
        return False
    session |= {
        "customer_details": {
            "address": None,
            "business_name": None,
            "email": email,
            "individual_name": None,
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
        "status": "complete",
        "url": None,
    }
    events.emit(state, PLATFORM, "checkout.session.completed", session)
    return True


def intent_of(state: State, session: Resource) -> Resource | None:
    """The PaymentIntent of a session; None before anybody has tried to pay."""
    identifier = session["payment_intent"]
    return state.get(PLATFORM, "payment_intent", identifier) if identifier else None


def expire(state: State, session: Resource) -> None:
    """End an open session: nobody can pay it any more."""
    session |= {"status": "expired", "url": None}
    intent = intent_of(state, session)
    if intent is not None:
        intents.let_go(state, intent, None)
    events.emit(state, PLATFORM, "checkout.session.expired", session)


def run_out(state: State) -> None:
    """End the sessions whose time is over."""
    for session in state.all(PLATFORM, "checkout.session"):
        if session["status"] == "open" and state.now() >= session["expires_at"]:
            expire(state, session)


def settle(state: State) -> None:
    """Call a session paid once its money is captured."""
    for session in state.all(PLATFORM, "checkout.session"):
        intent = intent_of(state, session)
        if intent is not None and intent["status"] == "succeeded":
            session["payment_status"] = "paid"


def _expire(call: Call) -> Resource:
    session = _retrieve(call)
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {session['status']}.",
            saved=True,
        )
    expire(call.state, session)
    return session


def _retrieve(call: Call) -> Resource:
    return call.state.get(call.owner, "checkout.session", call.ids["id"], "session")


def _list(call: Call) -> Resource:
    everything = call.state.all(call.owner, "checkout.session")
    chosen = matching(everything, call.params, "payment_intent", "status")
    return page(chosen, call.params, url="/v1/checkout/sessions", kind="checkout.session")


_PATH = "/v1/checkout/sessions"
_EXPANDABLE = ("payment_intent",)

OPERATIONS = (
    Operation("POST", _PATH, _create, CREATE, _EXPANDABLE),
    Operation(
        "GET",
        _PATH,
        _list,
        {
            **PAGING,
            **dict.fromkeys(
                (
                    "customer",
                    "customer_account",
                    "customer_details",
                    "payment_link",
                    "subscription",
                ),
                unmodelled(),
            ),
            "payment_intent": text(),
            "status": enum(*STATUSES),
        },
        ("data.payment_intent",),
    ),
    Operation("GET", _PATH + "/{id}", _retrieve, {}, _EXPANDABLE),
    Operation("POST", _PATH + "/{id}/expire", _expire, {}, _EXPANDABLE),
)
