"""Visits: people opening a room's address, knocking, being let in, and leaving.

What happens in a room is told by webhooks, and kept in sessions for Insights. A session begins
with the first person inside; it is announced (`room.session.started`) when there are two, and ends
when fewer than two are left.
"""

import json
import re
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.simulators.whereby.meetings import refused
from sandbox.simulators.whereby.rooms import Participant, Room, Session, Stay
from sandbox.simulators.whereby.webhook import envelope

EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
DISPLAY_NAME = re.compile(r"[^$!<>:;]{0,100}")
SUBDOMAIN = "sandbox"
ENOUGH_FOR_A_SESSION = 2

type Tell = Callable[[str, bytes], None]
"""Hands an event to the courier: (its type, its body)."""


class Visits:
    """Who is in which room.

    :param rooms: all rooms by meeting id, deleted ones included.
    :param tell: sends a webhook.
    """

    def __init__(self, rooms: dict[str, Room], tell: Tell) -> None:
        self._rooms = rooms
        self._tell = tell

    def enter(self, url: str, now: datetime, *, admit: bool = False) -> tuple[Room, Participant]:
        """Open an address as a browser would.

        :param admit: let a person in who would have to knock, host or not.
        :raises RefusedError: 404 no such room, 410 it is gone, 400 a parameter is bad.
        """
        parts = urlsplit(url)
        room = self.room(parts.path, now)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        person = _newcomer(room, params)
        if room.locked and person.role == "visitor":
            room.waiting.append(person)
            self._emit(room, "room.client.knocked", _who(person), now)
            if admit or room.hosted():
                self._let_in(room, person, now)
        else:
            self._join(room, person, now)
            if person.role == "host":
                for waiting in list(room.waiting):
                    self._let_in(room, waiting, now)
        return room, person

    def room(self, path: str, now: datetime) -> Room:
        """The room behind a path. :raises RefusedError: 404 or 410."""
        for room in self._rooms.values():
            if room.name == path:
                if not room.alive(now):
                    raise refused(410, "This room is gone")
                return room
        raise refused(404, "There is no such room")

    def leave(self, participant_id: str, now: datetime) -> None:
        """Close the browser tab. :raises RefusedError: 404, nobody by that id is there."""
        for room in self._rooms.values():
            for person in [*room.people, *room.waiting]:
                if person.participant_id == participant_id:
                    self._go(room, person, now)
                    return
        raise refused(404, "There is no such participant")

    def empty(self, room: Room, now: datetime) -> None:
        """Send everyone out: the room is about to end."""
        for person in [*room.waiting, *room.people]:
            self._go(room, person, now)

    def _let_in(self, room: Room, person: Participant, now: datetime) -> None:
        room.waiting.remove(person)
        person.role = "granted_visitor"
        self._join(room, person, now)

    def _join(self, room: Room, person: Participant, now: datetime) -> None:
        session = _current(room, now)
        person.session_id, person.inside = session.session_id, True
        room.people.append(person)
        session.stays.append(Stay(person, session.session_id, now))
        self._emit(room, "room.client.joined", {**_who(person), **_crowd(room, person)}, now)
        if not session.announced and len(room.people) >= ENOUGH_FOR_A_SESSION:
            session.announced = True
            self._emit(room, "room.session.started", {}, now)

    def _go(self, room: Room, person: Participant, now: datetime) -> None:
        if not person.inside:
            room.waiting.remove(person)
            self._emit(room, "room.client.knockCancelled", _who(person), now)
            return
        room.people.remove(person)
        person.inside = False
        for session in room.sessions:
            for stay in session.stays:
                if stay.participant is person and stay.left_at is None:
                    stay.left_at = now
        self._emit(room, "room.client.left", {**_who(person), **_crowd(room, person)}, now)
        self._end_session(room, now)

    def _end_session(self, room: Room, now: datetime) -> None:
        session = room.sessions[-1]
        if session.ended_at is not None or len(room.people) >= ENOUGH_FOR_A_SESSION:
            return
        if session.announced:
            session.ended_at = now
            self._emit(room, "room.session.ended", {}, now)
        elif not room.people:
            session.ended_at = now

    def _emit(self, room: Room, kind: str, data: dict[str, Any], now: datetime) -> None:
        # No webhooks once the room's time is over, even while people still sit in it.
        if not room.alive(now):
            return
        about = {"meetingId": room.meeting_id, "roomName": room.name, "subdomain": SUBDOMAIN}
        event = envelope(kind, {**data, **about}, now)
        self._tell(kind, json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())


def _newcomer(room: Room, params: dict[str, str]) -> Participant:
    external_id = params.get("externalId")
    if external_id is not None and not EXTERNAL_ID.fullmatch(external_id):
        raise refused(400, "externalId must match [A-Za-z0-9-_]{1,36}")
    name = params.get("displayName", "Guest")
    if not DISPLAY_NAME.fullmatch(name):
        raise refused(400, "displayName has at most 100 characters, none of $!<>:;")
    return Participant(
        participant_id=str(uuid.uuid4()),
        role=_role(room, params.get("roomKey")),
        display_name=name,
        external_id=external_id,
        metadata=params.get("metadata"),
        user_id=str(uuid.uuid4()),
        device_id=str(uuid.uuid4()),
        session_id=room.sessions[-1].session_id if room.people else "",
    )


def _role(room: Room, key: str | None) -> str:
    """A wrong key is no key: whoever has it is a visitor."""
    return {room.host_key: "host", room.viewer_key: "viewer"}.get(key or "", "visitor")


def _current(room: Room, now: datetime) -> Session:
    """The session that runs, or a new one into which who is still there is carried over."""
    if room.sessions and room.sessions[-1].ended_at is None:
        return room.sessions[-1]
    session = Session(str(uuid.uuid4()), now)
    for person in room.people:
        _close_stay(room, person)
        person.session_id = session.session_id
        session.stays.append(Stay(person, session.session_id, now))
    room.sessions.append(session)
    return session


def _close_stay(room: Room, person: Participant) -> None:
    ended = room.sessions[-1]
    for stay in ended.stays:
        if stay.participant is person and stay.left_at is None:
            stay.left_at = ended.ended_at


def _who(person: Participant) -> dict[str, Any]:
    return {
        "displayName": person.display_name,
        "roomSessionId": person.session_id or None,
        "participantId": person.participant_id,
        "metadata": person.metadata,
        "externalId": person.external_id,
    }


def _crowd(room: Room, person: Participant) -> dict[str, Any]:
    return {
        "roleName": person.role,
        "numClients": len(room.people),
        "numClientsByRoleName": dict(Counter(other.role for other in room.people)),
        "isDialIn": False,
    }
