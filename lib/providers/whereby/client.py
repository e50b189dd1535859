"""Whereby's REST API: rooms made and deleted, and who was in them.

Source: Whereby REST API v1. Making a room knows no idempotency key: a room whose answer was lost is
an orphan, holds nobody, and ends by itself after its `endDate`.
"""

from datetime import datetime
from urllib.parse import urlencode, urlsplit

from lib.core import config
from lib.providers import http
from lib.providers.http import ProviderRefusedError
from lib.providers.register import WHEREBY
from lib.providers.whereby.payloads import Room, Stay, Stays

_OK = 200
_CREATED = 201
_DELETED = 204
_GONE = 404
_PAGE = 100
# Nobody comes and goes more often in a session; an endless list must not keep a run.
_MOST_STAYS = 500


def create_room(*, ends_at: datetime) -> Room:
    """Make a room that is good until an hour after `ends_at`; its address can't be guessed."""
    body = {
        "endDate": ends_at.isoformat().replace("+00:00", "Z"),
        "roomMode": "normal",
        "roomNamePrefix": "session-",
        # Whoever is not the host waits at the door until the mentor lets them in.
        "isLocked": True,
        "fields": ["hostRoomUrl"],
    }
    answer = http.send(WHEREBY, "POST", _url("/meetings"), headers=_headers(), json=body)
    if answer.status != _CREATED:
        raise ProviderRefusedError("whereby", answer.status, f"http_{answer.status}")
    return Room.model_validate_json(answer.content)


def delete_room(provider_id: str) -> None:
    """Close the room and send out whoever is in it; one that is gone already is no error."""
    answer = http.send(WHEREBY, "DELETE", _url(f"/meetings/{provider_id}"), headers=_headers())
    if answer.status != _DELETED:
        raise ProviderRefusedError("whereby", answer.status, f"http_{answer.status}")


def stays(participant_key: str) -> list[Stay]:
    """Return when somebody was in their room, by the key in their address; known with a lag.

    Whereby tells it ten to fifteen minutes after it happened, and events that were lost with it.
    """
    found: list[Stay] = []
    cursor = ""
    while True:
        query = {"externalId": participant_key, "limit": _PAGE, **_after(cursor)}
        url = _url(f"/insights/participants?{urlencode(query)}")
        answer = http.send(WHEREBY, "GET", url, headers=_headers())
        if answer.status != _OK:
            raise ProviderRefusedError("whereby", answer.status, f"http_{answer.status}")
        page = Stays.model_validate_json(answer.content)
        found += page.results
        cursor = page.cursor or ""
        if not cursor or len(found) >= _MOST_STAYS:
            return found


def _after(cursor: str) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


def has_room(provider_id: str) -> bool:
    """Return whether Whereby still has the room."""
    answer = http.send(WHEREBY, "GET", _url(f"/meetings/{provider_id}"), headers=_headers())
    if answer.status not in {_OK, _GONE}:
        raise ProviderRefusedError("whereby", answer.status, f"http_{answer.status}")
    return answer.status == _OK


def personal_url(room_url: str, *, participant_key: str, language: str) -> str:
    """Return the room's address for one participant, whose events will carry the key."""
    extra = urlencode({"externalId": participant_key, "lang": language})
    return f"{room_url}{'&' if urlsplit(room_url).query else '?'}{extra}"


def _url(path: str) -> str:
    base = WHEREBY.base_url()
    return f"{base}{path}" if urlsplit(base).path else f"{base}/v1{path}"


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {config.text('WHEREBY_API_KEY')}"}
