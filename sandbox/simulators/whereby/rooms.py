"""Rooms: what a meeting is made of, who is in it, and how long it lives."""

import random
import re
import secrets
import string
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.simulators.whereby.webhook import iso

GRACE = timedelta(hours=1)
"""After endDate a room lives this much longer; then host rights, webhooks and the room end."""
MODES = ("normal", "group")
PATTERNS = ("uuid", "human-short")
FIELDS = ("hostRoomUrl", "viewerRoomUrl")
MAX_PREFIX = 39
PREFIX = re.compile(r"[a-z0-9-]*")
DISTINGUISHABLE = "".join(set(string.ascii_lowercase + string.digits) - set("il1o0"))


@dataclass(slots=True)
class Stay:
    """One person's time in one session, as Insights lists it."""

    participant: "Participant"
    session_id: str
    joined_at: datetime
    left_at: datetime | None = None


@dataclass(slots=True)
class Session:
    """The time a room was in use: from the first who came until fewer than two were left."""

    session_id: str
    started_at: datetime
    announced: bool = False
    ended_at: datetime | None = None
    stays: list[Stay] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Participant:
    """Someone who opened the room's address: inside, waiting to be let in, or gone."""

    participant_id: str
    role: str
    display_name: str
    external_id: str | None
    metadata: str | None
    user_id: str
    device_id: str
    session_id: str
    inside: bool = False


@dataclass(slots=True, eq=False)
class Room:
    """One transient room."""

    meeting_id: str
    name: str
    created_at: datetime
    end_date: datetime
    locked: bool
    mode: str
    host_key: str
    viewer_key: str
    deleted_at: datetime | None = None
    people: list[Participant] = field(default_factory=list)
    waiting: list[Participant] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    @property
    def closes_at(self) -> datetime:
        """When the room ends by itself."""
        return self.end_date + GRACE

    def alive(self, now: datetime) -> bool:
        """Whether the room can be used."""
        return self.deleted_at is None and now < self.closes_at

    def hosted(self) -> bool:
        """Whether a host is inside, who could let somebody in."""
        return any(person.role == "host" for person in self.people)

    def shown(self, base_url: str, fields: tuple[str, ...]) -> dict[str, Any]:
        """The room as the API shows it; `fields` names the addresses to add."""
        address = base_url + self.name
        extra = {
            "hostRoomUrl": f"{address}?roomKey={self.host_key}",
            "viewerRoomUrl": f"{address}?roomKey={self.viewer_key}",
        }
        return {
            "meetingId": self.meeting_id,
            "roomName": self.name,
            "roomUrl": address,
            "startDate": iso(self.created_at),
            "endDate": iso(self.end_date),
            **{name: extra[name] for name in fields},
        }


def new_room(wish: dict[str, Any], end_date: datetime, now: datetime) -> Room:
    """Make a room from a request that was found valid."""
    viewer_mode = wish.get("templateType") == "viewerMode"
    prefix = "".join(wish.get("roomNamePrefix", "").split()).lower()
    if wish.get("roomNamePattern", "uuid") == "uuid":
        unique = str(uuid.uuid4())
        prefix = prefix + "-" if prefix and not prefix.endswith("-") else prefix
    else:
        unique = "".join(random.choices(DISTINGUISHABLE, k=6))
    return Room(
        meeting_id=str(random.randrange(10_000_000, 99_999_999)),
        name=f"/{prefix}{unique}",
        created_at=now,
        end_date=end_date,
        locked=bool(wish.get("isLocked")) or viewer_mode,
        mode="group" if viewer_mode else wish.get("roomMode", "normal"),
        host_key=_key(),
        viewer_key=_key(),
    )


def _key() -> str:
    return f"{secrets.token_hex(24)}"
