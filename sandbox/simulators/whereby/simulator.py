"""The Whereby simulator: authentication, rate limit, the REST API, and rooms people can open."""

import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final

from sandbox.clock import Clock
from sandbox.simulators.kit import (
    Courier,
    RefusedError,
    Request,
    Response,
    Route,
    Simulator,
)
from sandbox.simulators.whereby import pages, webhook
from sandbox.simulators.whereby.control import Control
from sandbox.simulators.whereby.insights import Insights
from sandbox.simulators.whereby.meetings import Meetings
from sandbox.simulators.whereby.rate_limit import LARGE_PLAN, RateLimit
from sandbox.simulators.whereby.rooms import Room
from sandbox.simulators.whereby.visits import Visits

API_KEY: Final = "whereby-sandbox-key"
API = "/v1/"
LANE = "dashboard"


class WherebySimulator(Simulator):
    """Whereby with one organisation.

    :param api_key: every request to the API must carry it.
    :param points_per_minute: the organisation's plan; 100 is the smallest.
    """

    name: ClassVar[str] = "whereby"

    def __init__(
        self,
        clock: Clock,
        port: int = 0,
        *,
        api_key: str = API_KEY,
        points_per_minute: int = LARGE_PLAN,
    ) -> None:
        courier = Courier(
            clock,
            retry_delays=webhook.RETRY_DELAYS,
            should_retry=webhook.should_retry,
            timeout=webhook.TIMEOUT,
        )
        super().__init__(clock, port, courier=courier)
        self.api_key = api_key
        self.webhook: webhook.Webhook | None = None
        self.rooms: dict[str, Room] = {}
        self.rate_limit = RateLimit(points_per_minute)
        self._points = points_per_minute
        self.visits = Visits(self.rooms, self._tell)
        self.add_routes(self._api())
        self.add_routes(self._control_routes())
        self.add_routes(
            (
                Route("GET", "/{room}", self._lobby),
                Route("POST", "/{room}", self._join),
                Route("POST", "/{room}/leave", self._leave),
            )
        )

    def reset_state(self) -> None:
        """Forget every room; the dashboard's webhook stays."""
        self.rooms.clear()
        self.rate_limit.reset(self._points)

    def tick(self) -> None:
        """Rooms past their time are deleted, by themselves, with whoever is still inside."""
        now = self.clock.now()
        for room in self.rooms.values():
            if room.deleted_at is None and not room.alive(now):
                self._close(room, room.closes_at)
                room.deleted_at = room.closes_at

    def refusal(self, request: Request, status: int, detail: str) -> Response:
        """Word what the kit found in the shape that Whereby documents for 429."""
        del request
        return Response.json(status, {"error": detail})

    def received(self, request: Request) -> Response | None:
        """Check the key and spend the points."""
        if not request.path.startswith(API):
            return None
        expected = f"Bearer {self.api_key}"
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            return Response.json(401, {"error": "Access token is missing or invalid"})
        return self.rate_limit.spend(request.method, request.at)

    def _api(self) -> list[Route]:
        meetings = Meetings(self.rooms, lambda: self.base_url, self._close)
        insights = Insights(self.rooms)
        operations = (
            Route("POST", "/v1/meetings", meetings.create),
            Route("GET", "/v1/meetings", meetings.list),
            Route("GET", "/v1/meetings/{id}", meetings.retrieve),
            Route("DELETE", "/v1/meetings/{id}", meetings.delete),
            Route("GET", "/v1/insights/room-sessions", insights.room_sessions),
            Route("GET", "/v1/insights/participants", insights.participants),
        )
        return [Route(method, path, self._metered(action)) for method, path, action in operations]

    def _metered(self, action: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """Tell the remaining points with every answer, refusals included."""

        def metered(request: Request) -> Response:
            try:
                response = action(request)
            except RefusedError as error:
                response = error.response
            return replace(response, headers={**response.headers, **self.rate_limit.headers()})

        return metered

    def _control_routes(self) -> tuple[Route, ...]:
        def set_webhook(setting: webhook.Webhook | None) -> None:
            self.webhook = setting

        control = Control(
            self.rooms, self.visits, self.rate_limit, lambda: self.base_url, set_webhook
        )
        return control.routes()

    def _close(self, room: Room, moment: datetime) -> None:
        self.visits.empty(room, moment)

    def _tell(self, kind: str, body: bytes) -> None:
        setting = self.webhook
        if setting is not None:
            self.courier.send(
                lane=LANE,
                url=setting.url,
                event=kind,
                body=body,
                sign=lambda moment, raw: webhook.headers(setting.secret, moment, raw),
            )

    def _lobby(self, request: Request) -> Response:
        try:
            room = self.visits.room(request.path, request.at)
        except RefusedError as error:
            return Response.html(error.response.status, pages.gone_page())
        return Response.html(200, pages.lobby_page(room, _address(request)))

    def _join(self, request: Request) -> Response:
        try:
            room, person = self.visits.enter(_address(request), request.at)
        except RefusedError as error:
            return Response.html(error.response.status, pages.gone_page())
        return Response.html(200, pages.inside_page(room, person))

    def _leave(self, request: Request) -> Response:
        self.visits.leave(str(request.form().get("participantId")), request.at)
        return Response.html(200, pages.farewell_page())


def _address(request: Request) -> str:
    return f"{request.path}?{request.query_string}"
