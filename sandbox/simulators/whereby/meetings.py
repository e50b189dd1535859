"""The meetings API: what a request may say, in the provider's words, and what it does."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.simulators.kit import Form, Json, RefusedError, Request, Response
from sandbox.simulators.whereby.rooms import (
    FIELDS,
    MAX_PREFIX,
    MODES,
    PATTERNS,
    PREFIX,
    Room,
    new_room,
)

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
CURSOR = re.compile(r"[0-9a-f]{32}")
TRIGGERS = {
    "recording": ("none", "prompt", "automatic", "automatic-2nd-participant"),
    "liveTranscription": ("none", "automatic", "automatic-2nd-participant"),
    "streaming": ("none", "prompt", "automatic"),
}
REQUIRED = {
    "recording": ("type", "destination", "startTrigger"),
    "liveTranscription": ("startTrigger",),
    "streaming": ("destination", "startTrigger"),
}


class Meetings:
    """Creates, shows, lists and deletes rooms.

    :param rooms: all rooms by meeting id, deleted ones included.
    :param close: called with a room that is about to be deleted, to send everyone out.
    """

    def __init__(
        self,
        rooms: dict[str, Room],
        base_url: Callable[[], str],
        close: Callable[[Room, datetime], None],
    ) -> None:
        self._rooms = rooms
        self._base_url = base_url
        self._close = close

    def create(self, request: Request) -> Response:
        """POST /v1/meetings: 201 with the meeting. Unknown fields are tolerated, as published."""
        wish = request.json()
        if not isinstance(wish, dict):
            raise refused(400, "The request body must be a JSON object")
        end_date = _end_date(wish, request.at)
        _check(wish)
        room = new_room(wish, end_date, request.at)
        self._rooms[room.meeting_id] = room
        viewer_mode = wish.get("templateType") == "viewerMode"
        fields = FIELDS if viewer_mode else tuple(wish.get("fields", ()))
        return Response.json(201, room.shown(self._base_url(), fields))

    def retrieve(self, request: Request) -> Response:
        """GET /v1/meetings/{id}: the meeting, with the addresses that `fields` asks for."""
        fields = _fields(request.query())
        room = self._rooms.get(request.params["id"])
        if room is None or not room.alive(request.at):
            raise refused(404, "The requested resource doesn't exist")
        return Response.json(200, room.shown(self._base_url(), fields))

    def list(self, request: Request) -> Response:
        """GET /v1/meetings: a page of the rooms that exist, oldest first."""
        query = request.query()
        fields, limit = _fields(query), limit_of(query, DEFAULT_LIMIT)
        everything = enumerate(self._rooms.values())
        alive = [(position, room) for position, room in everything if room.alive(request.at)]
        chosen, cursor = paged(alive, query, limit)
        results: list[Json] = [room.shown(self._base_url(), fields) for room in chosen]
        return Response.json(200, {"results": results, "cursor": cursor})

    def delete(self, request: Request) -> Response:
        """DELETE /v1/meetings/{id}: 204, also when there is nothing left to delete."""
        room = self._rooms.get(request.params["id"])
        if room is not None and room.alive(request.at):
            self._close(room, request.at)
            room.deleted_at = request.at
        return Response(204)


def refused(status: int, error: str) -> RefusedError:
    """An error. Whereby only documents the body of 429; the others follow its `error` text."""
    return RefusedError(Response.json(status, {"error": error}))


def limit_of(query: Form, default: int) -> int:
    """The page size, 1 to 100. :raises RefusedError: 400."""
    text = query.get("limit", str(default))
    if not (isinstance(text, str) and text.isdecimal() and 1 <= int(text) <= MAX_LIMIT):
        raise refused(400, f"limit must be an integer between 1 and {MAX_LIMIT}")
    return int(text)


def paged[T](items: list[tuple[int, T]], query: Form, limit: int) -> tuple[list[T], str | None]:
    """One page and the cursor of the next (None: this was the last). :raises RefusedError: 400.

    Each item comes with its position, which does not change when others go.
    """
    cursor = query.get("cursor", f"{0:032x}")
    if not isinstance(cursor, str) or not CURSOR.fullmatch(cursor):
        raise refused(400, "cursor is invalid")
    rest = [(position, item) for position, item in items if position >= int(cursor, 16)]
    after = f"{rest[limit][0]:032x}" if len(rest) > limit else None
    return [item for _, item in rest[:limit]], after


def _end_date(wish: dict[str, Any], now: datetime) -> datetime:
    if "endDate" not in wish:
        raise refused(400, "endDate is required")
    moment = _moment(wish["endDate"], "endDate")
    if moment < now:
        raise refused(400, "endDate must be the same or after the current date")
    return moment


def _moment(value: object, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or not isinstance(value, str) or "T" not in value.upper():
        raise refused(400, f"{name} must be an ISO 8601 date-time")
    # Without an offset Whereby reads UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _check(wish: dict[str, Any]) -> None:
    if "startDate" in wish:
        _moment(wish["startDate"], "startDate")
    if not isinstance(wish.get("isLocked", False), bool):
        raise refused(400, "isLocked must be a boolean")
    _one_of(wish, "roomMode", MODES)
    _one_of(wish, "roomNamePattern", PATTERNS)
    _one_of(wish, "templateType", ("viewerMode",))
    _check_prefix(wish.get("roomNamePrefix", ""))
    for name, triggers in TRIGGERS.items():
        _check_feature(wish, name, triggers)
    fields = wish.get("fields", [])
    if not isinstance(fields, list) or any(field not in FIELDS for field in fields):
        raise refused(400, f"fields must be an array of {', '.join(FIELDS)}")


def _check_prefix(prefix: object) -> None:
    if not isinstance(prefix, str) or len(prefix) > MAX_PREFIX:
        raise refused(400, f"roomNamePrefix must be a string of at most {MAX_PREFIX} characters")
    # Upper case is lowered and space removed; the published examples contain hyphens.
    if not PREFIX.fullmatch("".join(prefix.split()).lower()):
        raise refused(400, "roomNamePrefix must only contain letters a-z, digits and hyphens")


def _check_feature(wish: dict[str, Any], name: str, triggers: tuple[str, ...]) -> None:
    feature = wish.get(name)
    if feature is None:
        return
    if not isinstance(feature, dict) or any(key not in feature for key in REQUIRED[name]):
        raise refused(400, f"{name} must be an object with {', '.join(REQUIRED[name])}")
    if feature["startTrigger"] not in (None, *triggers):
        raise refused(400, f"{name}.startTrigger must be one of {', '.join(triggers)}")
    if name == "recording" and feature["type"] not in ("none", "local", "cloud"):
        raise refused(400, "recording.type must be one of none, local, cloud")


def _one_of(wish: dict[str, Any], name: str, choices: tuple[str, ...]) -> None:
    if wish.get(name, choices[0]) not in choices:
        raise refused(400, f"{name} must be one of {', '.join(choices)}")


def _fields(query: Form) -> tuple[str, ...]:
    """The `fields` of a query, in the comma form."""
    text = query.get("fields", "")
    names = tuple(text.split(",")) if isinstance(text, str) and text else ()
    if not isinstance(text, str) or any(name not in FIELDS for name in names):
        raise refused(400, f"fields must be a comma-separated list of {', '.join(FIELDS)}")
    return names
