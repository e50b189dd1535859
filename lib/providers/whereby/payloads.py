"""What Whereby sends, as far as we use it; names that people show each other are dropped here."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Payload(BaseModel):
    """Base: unknown fields are ignored, since Whereby adds some without notice."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class Room(Payload):
    """A room that was made."""

    meetingId: str = Field(max_length=64)  # noqa: N815 (Whereby's spelling)
    roomName: str = Field(max_length=100)  # noqa: N815 (Whereby's spelling)
    roomUrl: str = Field(max_length=500)  # noqa: N815 (Whereby's spelling)
    hostRoomUrl: str = Field(max_length=1000)  # noqa: N815 (Whereby's spelling)


class Stay(Payload):
    """One stay of a participant in a session of a room, as Insights tells it."""

    roomSessionId: str = Field(default="", pattern=r"^[!-~]{0,64}$")  # noqa: N815 (Whereby's spelling)
    participantId: str = Field(default="", pattern=r"^[!-~]{0,64}$")  # noqa: N815 (Whereby's spelling)
    externalId: str | None = None  # noqa: N815 (Whereby's spelling)
    roleName: str = ""  # noqa: N815 (Whereby's spelling)
    joinedAt: datetime | None = None  # noqa: N815 (Whereby's spelling)
    leftAt: datetime | None = None  # noqa: N815 (Whereby's spelling)


class Stays(Payload):
    """A page of stays; there is a cursor while there are more."""

    results: list[Stay]
    cursor: str | None = None


class Participant(Payload):
    """Who an event is about: `externalId` is the key that we put into their address."""

    meetingId: str = ""  # noqa: N815 (Whereby's spelling)
    roomName: str = Field(default="", pattern=r"^[!-~]{0,100}$")  # noqa: N815 (Whereby's spelling)
    participantId: str = Field(default="", pattern=r"^[!-~]{0,64}$")  # noqa: N815 (Whereby's spelling)
    externalId: str | None = None  # noqa: N815 (Whereby's spelling)
    roleName: str = ""  # noqa: N815 (Whereby's spelling)


class RoomEvent(Payload):
    """A webhook; those about a person have their participant in `data`."""

    id: str = Field(pattern=r"^[!-~]{1,100}$")
    createdAt: datetime  # noqa: N815 (Whereby's spelling)
    type: str = Field(pattern=r"^[!-~]{1,80}$")
    data: Participant
