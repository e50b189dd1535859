"""What the local world may do to Whereby: the dashboard's settings, and people meeting in rooms."""

from collections.abc import Callable
from typing import Any

from sandbox.simulators.kit import Json, Request, Response, Route, control_fields
from sandbox.simulators.whereby.meetings import refused
from sandbox.simulators.whereby.rate_limit import RateLimit
from sandbox.simulators.whereby.rooms import FIELDS, Participant, Room
from sandbox.simulators.whereby.visits import Visits
from sandbox.simulators.whereby.webhook import Webhook, iso


class Control:
    """The routes below /_sandbox/ that only Whereby has.

    :param set_webhook: keeps the dashboard's webhook; None turns it off.
    """

    def __init__(
        self,
        rooms: dict[str, Room],
        visits: Visits,
        rate_limit: RateLimit,
        base_url: Callable[[], str],
        set_webhook: Callable[[Webhook | None], None],
    ) -> None:
        self._rooms = rooms
        self._visits = visits
        self._rate_limit = rate_limit
        self._base_url = base_url
        self._set_webhook = set_webhook

    def routes(self) -> tuple[Route, ...]:
        """The control routes."""
        return (
            Route("POST", "/_sandbox/webhook", self._configure),
            Route("DELETE", "/_sandbox/webhook", self._unconfigure),
            Route("POST", "/_sandbox/rate_limit", self._limit),
            Route("POST", "/_sandbox/visits", self._enter),
            Route("GET", "/_sandbox/visits/{id}", self._look),
            Route("DELETE", "/_sandbox/visits/{id}", self._leave),
            Route("GET", "/_sandbox/meetings", self._meetings),
        )

    def _configure(self, request: Request) -> Response:
        fields = control_fields(request)
        url, secret = fields.get("url"), fields.get("secret")
        if not isinstance(url, str) or not isinstance(secret, str) or not url or not secret:
            raise refused(400, "url and secret are needed, both text")
        self._set_webhook(Webhook(url, secret))
        return Response.json(200, {})

    def _unconfigure(self, _request: Request) -> Response:
        self._set_webhook(None)
        return Response.json(200, {})

    def _limit(self, request: Request) -> Response:
        points = control_fields(request).get("points")
        if not isinstance(points, int) or points < 1:
            raise refused(400, "points is a positive integer: what one minute allows")
        self._rate_limit.reset(points)
        return Response.json(200, {})

    def _enter(self, request: Request) -> Response:
        fields = control_fields(request)
        url = fields.get("url")
        if not isinstance(url, str):
            raise refused(400, "url is needed: the room's address as the person opens it")
        admit = fields.get("admit", False) is True
        _, person = self._visits.enter(url, request.at, admit=admit)
        return Response.json(201, _shown(person))

    def _look(self, request: Request) -> Response:
        for room in self._rooms.values():
            for person in [*room.people, *room.waiting]:
                if person.participant_id == request.params["id"]:
                    return Response.json(200, _shown(person))
        raise refused(404, "There is no such participant")

    def _leave(self, request: Request) -> Response:
        self._visits.leave(request.params["id"], request.at)
        return Response(204)

    def _meetings(self, request: Request) -> Response:
        rooms: list[Json] = [self._room(room, request) for room in self._rooms.values()]
        return Response.json(200, rooms)

    def _room(self, room: Room, request: Request) -> dict[str, Any]:
        return {
            **room.shown(self._base_url(), FIELDS),
            "isLocked": room.locked,
            "roomMode": room.mode,
            "alive": room.alive(request.at),
            "deletedAt": iso(room.deleted_at) if room.deleted_at else None,
            "participants": [_shown(person) for person in [*room.people, *room.waiting]],
        }


def _shown(person: Participant) -> dict[str, Any]:
    return {
        "participantId": person.participant_id,
        "roleName": person.role,
        "displayName": person.display_name,
        "externalId": person.external_id,
        "state": "inside" if person.inside else "knocking",
    }
