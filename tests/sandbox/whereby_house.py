"""What the Whereby tests share: a room, people who open it, and a receiver that hears of it."""

from datetime import timedelta
from typing import Any

import requests

from sandbox.simulators.whereby import WherebySimulator
from tests.sandbox.receiver import Receiver

TIMEOUT = 10
SECRET = "dashboard-secret"


class House:
    """A room with a receiver that hears of it; `wish` is added to the request that makes it."""

    def __init__(self, whereby: WherebySimulator, receiver: Receiver, **wish: object) -> None:
        self.whereby = whereby
        self.receiver = receiver
        self.control("POST", "webhook", {"url": receiver.url, "secret": SECRET})
        end = (whereby.clock.now() + timedelta(hours=1)).isoformat()
        wish = {"endDate": end, "fields": ["hostRoomUrl", "viewerRoomUrl"], **wish}
        self.room = self.api("POST", "/v1/meetings", wish).json()

    def control(self, method: str, path: str, content: object = None) -> requests.Response:
        url = f"{self.whereby.base_url}/_sandbox/{path}"
        return requests.request(method, url, json=content, timeout=TIMEOUT)

    def api(self, method: str, path: str, content: object = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.whereby.api_key}"}
        url = self.whereby.base_url + path
        return requests.request(method, url, json=content, headers=headers, timeout=TIMEOUT)

    def enter(self, url: str, **extra: object) -> dict[str, Any]:
        answer = self.control("POST", "visits", {"url": url, **extra})
        assert answer.status_code == 201, answer.text
        person: dict[str, Any] = answer.json()
        return person

    def host(self) -> dict[str, Any]:
        return self.enter(self.room["hostRoomUrl"] + "&externalId=per_ola&displayName=Ola")

    def guest(self, **extra: object) -> dict[str, Any]:
        return self.enter(self.room["roomUrl"] + "?externalId=per_kari&displayName=Kari", **extra)

    def leave(self, person: dict[str, Any]) -> None:
        answer = self.control("DELETE", f"visits/{person['participantId']}")
        assert answer.status_code == 204

    def settle(self) -> None:
        assert self.control("POST", "webhooks/settle").json() == {"settled": True}

    def insights(self, what: str, **query: str) -> list[dict[str, Any]]:
        path = f"/v1/insights/{what}?" + "&".join(f"{key}={query[key]}" for key in query)
        results: list[dict[str, Any]] = self.api("GET", path).json()["results"]
        return results
