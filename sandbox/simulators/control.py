"""Control routes of every simulator below `/_sandbox/`: faults, webhooks, requests, reset."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from sandbox.simulators.courier import Courier
from sandbox.simulators.faults import Faults
from sandbox.simulators.messages import Request, Response, Route, control_fields

KIT_ROUTES = ("/_sandbox/faults", "/_sandbox/webhooks", "/_sandbox/requests", "/_sandbox/reset")
"""Served without the simulator's lock: they wait for webhooks whose receivers may need it."""


class Controlled(Protocol):
    """What the routes need of a simulator."""

    courier: Courier
    faults: Faults

    @property
    def requests(self) -> Iterable[dict[str, Any]]:
        """The recorded requests."""

    def reset(self) -> None:
        """Clear state, faults, recorded requests and webhooks under way."""


def control_routes(simulator: Controlled) -> list[Route]:
    """Make the routes of one simulator."""
    courier, faults = simulator.courier, simulator.faults

    def release(request: Request) -> dict[str, Any]:
        return {"released": courier.release(str(control_fields(request).get("order", "forward")))}

    def settle(request: Request) -> dict[str, Any]:
        return {"settled": courier.settle(float(control_fields(request).get("seconds", 5.0)))}

    return [
        _route("POST", "faults", lambda request: faults.order(control_fields(request))),
        _route("DELETE", "faults", lambda _request: faults.clear()),
        _route("POST", "webhooks", lambda request: courier.set_mode(_mode(request))),
        _route("POST", "webhooks/release", release),
        _route("POST", "webhooks/settle", settle),
        _route("GET", "webhooks", lambda _request: courier.deliveries()),
        _route("GET", "requests", lambda _request: list(simulator.requests)),
        _route("POST", "reset", lambda _request: simulator.reset()),
    ]


def _mode(request: Request) -> str:
    return str(control_fields(request).get("mode"))


def _route(method: str, path: str, act: Callable[[Request], Any]) -> Route:
    def action(request: Request) -> Response:
        try:
            content = act(request)
        except (TypeError, ValueError) as error:
            return Response.json(400, {"error": str(error)})
        return Response.json(200, {} if content is None else content)

    return Route(method, f"/_sandbox/{path}", action)
