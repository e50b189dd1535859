"""The page on which somebody pays a Checkout Session, with a browser or by a control."""

from http import HTTPStatus

from sandbox.simulators.kit import Request, Response, Route
from sandbox.simulators.stripe import pages, sessions
from sandbox.simulators.stripe.cards import CARDS, DECLINED, named
from sandbox.simulators.stripe.passing import pass_time
from sandbox.simulators.stripe.state import PLATFORM, Resource, State

SESSION_ID = "{CHECKOUT_SESSION_ID}"
PATH = "/c/pay/{id}"


class CheckoutPages:
    """Where the address of a session leads."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> tuple[Route, ...]:
        """What a browser sees, and its form."""
        return (Route("GET", PATH, self._open), Route("POST", PATH, self._decide))

    def _open(self, request: Request) -> Response:
        session = self._session(request)
        return self._gone() if session is None else self._shown(session)

    def _decide(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return self._gone()
        form = {name: str(value) for name, value in request.form().items()}
        if form.get("choice") == "back":
            # Nothing ends here: the session stays open, and can be paid until it expires.
            return Response.redirect(session["cancel_url"] or "/", HTTPStatus.SEE_OTHER)
        card = named(form.get("method", "card"), form.get("number", ""))
        offered = card is not None and form.get("method", "card") in session["payment_method_types"]
        if card is None or not offered:
            return self._shown(session, "Kortnummeret er ikke et av testkortene")
        if not sessions.pay(self._state, session, card, form.get("email", "")):
            return self._shown(session, DECLINED)
        return Response.redirect(landing(session), HTTPStatus.SEE_OTHER)

    def _session(self, request: Request) -> Resource | None:
        pass_time(self._state)
        for session in self._state.all(PLATFORM, "checkout.session"):
            if session["id"] == request.params["id"] and session["status"] == "open":
                return session
        return None

    def _shown(self, session: Resource, said: str = "") -> Response:
        title = self._state.notes[session["id"]]["title"]
        return Response.html(HTTPStatus.OK, pages.checkout_page(session, title, CARDS, said))

    def _gone(self) -> Response:
        return Response.html(HTTPStatus.NOT_FOUND, pages.gone_page())


def landing(session: Resource) -> str:
    """Where who has paid is sent: the platform's address, with the session's id in it."""
    return str(session["success_url"]).replace(SESSION_ID, session["id"])
