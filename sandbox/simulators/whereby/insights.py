"""Insights: who was in which session and when, known ten minutes after it happened."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sandbox.simulators.kit import Form, Request, Response
from sandbox.simulators.whereby.meetings import limit_of, paged, refused
from sandbox.simulators.whereby.rooms import Room, Session, Stay
from sandbox.simulators.whereby.webhook import iso

LAG = timedelta(minutes=10)
DEFAULT_LIMIT = 10
STAY_TIMES = ("joinedAt", "leftAt")
SESSION_FIGURES = (
    "endedAt",
    "startedAt",
    "totalParticipantMinutes",
    "totalUniqueParticipants",
)


class Insights:
    """The two lists that tell about attendance.

    :param rooms: all rooms by meeting id; what is known of a session outlives its room.
    """

    def __init__(self, rooms: dict[str, Room]) -> None:
        self._rooms = rooms

    def room_sessions(self, request: Request) -> Response:
        """GET /v1/insights/room-sessions: the sessions of one room (`roomName` is required)."""
        query, known = request.query(), request.at - LAG
        name = query.get("roomName")
        if not isinstance(name, str) or not name:
            raise refused(400, "roomName is required")
        wanted = query.get("roomSessionId")
        rows = [
            _session_row(room, session, known)
            for room in self._rooms.values()
            if room.name.lstrip("/") == name.lstrip("/")
            for session in room.sessions
            if session.started_at <= known and wanted in (None, session.session_id)
        ]
        return _page(rows, query, SESSION_FIGURES)

    def participants(self, request: Request) -> Response:
        """GET /v1/insights/participants, by `roomSessionId` or by `externalId`."""
        query, known = request.query(), request.at - LAG
        session_id, external_id = query.get("roomSessionId"), query.get("externalId")
        if not session_id and not external_id:
            raise refused(400, "Either roomSessionId or externalId is required")
        rows = [
            _stay_row(stay, known)
            for room in self._rooms.values()
            for session in room.sessions
            for stay in session.stays
            if stay.joined_at <= known
            and session_id in (None, stay.session_id)
            and external_id in (None, stay.participant.external_id)
        ]
        return _page(rows, query, STAY_TIMES)


def _page(rows: list[dict[str, Any]], query: Form, sortable: tuple[str, ...]) -> Response:
    limit = limit_of(query, DEFAULT_LIMIT)
    if "sortBy" in query:
        key, descending = _sorting(query["sortBy"], sortable)
        rows = sorted(rows, key=key, reverse=descending)
    results, cursor = paged(list(enumerate(rows)), query, limit)
    return Response.json(200, {"results": results, "cursor": cursor})


def _sorting(
    wish: object, sortable: tuple[str, ...]
) -> tuple[Callable[[dict[str, Any]], tuple[bool, Any]], bool]:
    name, _, direction = wish.partition(":") if isinstance(wish, str) else ("", "", "")
    if name not in sortable or direction not in ("", "asc", "desc"):
        raise refused(400, f"sortBy is one of {', '.join(sortable)}, with :asc or :desc")
    return lambda row: (row[name] is None, row[name] or 0), direction == "desc"


def _session_row(room: Room, session: Session, known: datetime) -> dict[str, Any]:
    stays = [stay for stay in session.stays if stay.joined_at <= known]
    return {
        "roomSessionId": session.session_id,
        "roomName": room.name,
        "startedAt": iso(session.started_at),
        "endedAt": _past(session.ended_at, known),
        "totalParticipantMinutes": sum(_minutes(stay, known) for stay in stays),
        "totalRecorderMinutes": 0,
        "totalStreamerMinutes": 0,
        "totalUniqueParticipants": len({stay.participant.participant_id for stay in stays}),
        "totalUniqueRecorders": 0,
        "totalUniqueStreamers": 0,
        "rating": None,
        "totalRatings": None,
    }


def _stay_row(stay: Stay, known: datetime) -> dict[str, Any]:
    person = stay.participant
    return {
        "roomSessionId": stay.session_id,
        "participantId": person.participant_id,
        "deviceId": person.device_id,
        "userId": person.user_id,
        "roleName": person.role,
        "displayName": person.display_name,
        "joinedAt": iso(stay.joined_at),
        "leftAt": _past(stay.left_at, known),
        "externalId": person.external_id,
        "rating": None,
        "tags": None,
        "comment": None,
    }


def _past(moment: datetime | None, known: datetime) -> str | None:
    return iso(moment) if moment is not None and moment <= known else None


def _minutes(stay: Stay, known: datetime) -> int:
    """Minutes in the session as far as they are known, rounded up for each connection."""
    until = min(stay.left_at or known, known)
    return math.ceil((until - stay.joined_at).total_seconds() / 60)
