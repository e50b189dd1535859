"""The providers' doors: real HTTP servers that answer one request when the driver lets them.

Nothing here runs by itself: no thread serves, no clock ticks, no webhook leaves. The driver decides
what becomes of a request, and what is told is kept until it is brought.
"""

import json
import socket
from dataclasses import dataclass, replace
from typing import Any, cast

import requests

from sandbox.simulators.courier import Parcel
from sandbox.simulators.kit import Request, Response, Simulator
from sandbox.simulators.wire import HangUpError, Server
from sandbox.simulators.wire import _Handler as Handler
from tests.faults.simulator.timeline import Timeline

# What may happen to a request: the kinds that the simulators know, and one that acts later.
FAULTS = ("refuse", "fail", "busy", "hang_up_before", "fail_after", "hang_up_after", "late")
_STATUS = {"fail": 503, "fail_after": 500, "busy": 429}
_PERSONS = "/_sandbox/"


class _OneRequest(Handler):
    """One request a connection: the driver has nothing to wait for."""

    def handle(self) -> None:
        self.close_connection = True
        self.handle_one_request()


class _Door(Server):
    """Answers on the driver's own thread."""

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        _OneRequest(cast("socket.socket", request), cast("Any", client_address), self)
        self.shutdown_request(request)


@dataclass
class Letter:
    """A webhook that a provider has to tell; `brought` counts the tries."""

    provider: str
    parcel: Parcel
    brought: int = 0


class Doors:
    """Every provider, by name."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._simulators: dict[str, Simulator] = {}
        self._doors: dict[str, _Door] = {}
        self._late: list[tuple[Simulator, Request]] = []
        self._is_late = False

    def open(self, simulator: Simulator) -> None:
        """Let a simulator listen, and hold back its webhooks."""
        door = simulator.listen(_Door)
        door.answer = lambda request: self._answer(simulator, request)
        self._simulators[simulator.name] = simulator
        self._doors[simulator.name] = door
        simulator.courier.start()
        simulator.courier.set_mode("hold")

    def close(self) -> None:
        """Listen no more."""
        for door in self._doors.values():
            door.server_close()

    def reset(self) -> None:
        """Let every provider forget what happened."""
        self._late.clear()
        for simulator in self._simulators.values():
            simulator.courier.reset()
            simulator.courier.set_mode("hold")
            simulator.faults.clear()
            simulator.requests.clear()
            simulator.reset_state()

    def sockets(self) -> dict[int, str]:
        """Return where somebody may knock: file numbers with the provider's name."""
        return {door.fileno(): name for name, door in self._doors.items()}

    def answer_one(self, name: str) -> None:
        """Let who knocks in, and answer."""
        door = self._doors[name]
        connection, address = door.get_request()
        door.process_request(connection, address)

    def provider_of(self, url: str) -> tuple[str, str]:
        """Return whose address it is, and the path; raises LookupError for nobody's."""
        for name, simulator in self._simulators.items():
            if url.startswith(simulator.base_url):
                return name, url.removeprefix(simulator.base_url)
        raise LookupError(url)

    def order(self, name: str, fault: str) -> None:
        """Have the request that comes next to a provider meet a fault."""
        if fault == "late":
            self._is_late = True
            return
        kind = "fail" if fault == "busy" else fault
        wish = {"kind": kind, "status": _STATUS.get(fault, 503)}
        self._simulators[name].faults.order(wish)

    def act_late(self) -> int:
        """Carry out what was asked and given up waiting for; return how much that was."""
        late, self._late = self._late, []
        for simulator, request in late:
            simulator.answer(replace(request, at=self._timeline.now()))
        return len(late)

    def tick(self) -> None:
        """Let the passing of time be noticed."""
        for simulator in self._simulators.values():
            with simulator.lock:
                simulator.tick()

    def letters(self) -> list[Letter]:
        """Return the webhooks that were told since the last time."""
        return [
            Letter(name, parcel)
            for name, simulator in self._simulators.items()
            for parcel in simulator.courier.hand_over()
        ]

    def control(self, name: str, method: str, path: str, body: bytes = b"") -> Response:
        """Do at a provider what a person does, or the provider by itself."""
        request = Request(method, _PERSONS + path, "", {}, body, self._timeline.now())
        return self._simulators[name].answer(request)

    def set_up(self, url: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401 (what requests takes)
        """Ask a provider for what its set-up takes, without the network."""
        return self.post(url, **how)[1]

    def post(self, url: str, **how: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401 (what requests takes)
        """Ask a provider as its dashboard does, without the network; return status and JSON."""
        prepared = requests.Request("POST", url, **how).prepare()
        name, path = self.provider_of(url)
        body = prepared.body or b""
        request = Request(
            "POST",
            path,
            "",
            {name.lower(): value for name, value in prepared.headers.items()},
            body if isinstance(body, bytes) else body.encode(),
            self._timeline.now(),
        )
        response = self._simulators[name].answer(request)
        content = json.loads(response.body) if response.body else {}
        return response.status, content if isinstance(content, dict) else {}

    def _answer(self, simulator: Simulator, request: Request) -> Response:
        if self._is_late:
            self._is_late = False
            self._late.append((simulator, request))
            raise HangUpError(abort=False)
        return simulator.answer(request)
