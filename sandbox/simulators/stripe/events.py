"""Events: what happened to which object, kept for 30 days and sent to the endpoints that asked."""

import fnmatch

from sandbox.simulators.stripe.errors import StripeError, missing_resource
from sandbox.simulators.stripe.listing import PAGING, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import boolean, items, text
from sandbox.simulators.stripe.state import (
    DAY,
    DEFAULT_VERSION,
    PLATFORM,
    Resource,
    State,
    difference,
    new_id,
    snapshot,
)

RETENTION = 30 * DAY
MAX_TYPES = 20


def emit(
    state: State,
    owner: str,
    kind: str,
    resource: Resource,
    before: Resource | None = None,
) -> Resource:
    """Record an event of the account `owner` and send it.

    Endpoints of the platform hear its own events, Connect endpoints those of connected accounts;
    the latter carry the account at the top level. `before` is the object as it was.
    """
    data: Resource = {"object": snapshot(resource)}
    if before is not None:
        data["previous_attributes"] = snapshot(difference(before, resource))
    connected = {} if owner == PLATFORM else {"account": owner}
    endpoints = [item for item in state.all(PLATFORM, "webhook_endpoint") if hears(item, kind)]
    chosen = [item for item in endpoints if state.connect[item["id"]] == bool(connected)]
    event: Resource = {
        "id": new_id("evt"),
        "object": "event",
        **connected,
        "api_version": DEFAULT_VERSION,
        "created": state.now(),
        "data": data,
        "livemode": state.livemode,
        "pending_webhooks": len(chosen),
        "request": dict(state.request),
        "type": kind,
    }
    state.add(owner, "event", event)
    state.deliveries[event["id"]] = [
        state.send(item, state.secrets[item["id"]], _as_seen_by(item, event)) for item in chosen
    ]
    return event


def hears(endpoint: Resource, kind: str) -> bool:
    """Whether an endpoint is enabled and asked for this type of event."""
    wanted = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and ("*" in wanted or kind in wanted)


def _as_seen_by(endpoint: Resource, event: Resource) -> Resource:
    # The payload follows the endpoint's API version, not that of the request that caused it.
    return {**event, "api_version": endpoint["api_version"] or DEFAULT_VERSION}


def _refreshed(state: State, event: Resource) -> Resource:
    waiting = [item for item in state.deliveries[event["id"]] if item.outcome != "delivered"]
    event["pending_webhooks"] = len(waiting)
    return event


def _recent(call: Call) -> list[Resource]:
    oldest = call.state.now() - RETENTION
    return [
        _refreshed(call.state, event)
        for event in call.state.all(call.owner, "event")
        if event["created"] > oldest
    ]


def _retrieve(call: Call) -> Resource:
    identifier = call.ids["id"]
    for event in _recent(call):
        if event["id"] == identifier:
            return event
    raise missing_resource("event", identifier)


def _list(call: Call) -> Resource:
    if "type" in call.params and "types" in call.params:
        raise StripeError("You may only specify one of these parameters: type, types.")
    patterns = call.params.get("types") or [call.params.get("type", "*")]
    events = [
        event
        for event in _recent(call)
        if any(fnmatch.fnmatchcase(event["type"], pattern) for pattern in patterns)
    ]
    wanted = call.params.get("delivery_success")
    if wanted is not None:
        events = [event for event in events if (event["pending_webhooks"] == 0) == wanted]
    return page(events, call.params, url="/v1/events", kind="event")


OPERATIONS = (
    Operation("GET", "/v1/events/{id}", _retrieve),
    Operation(
        "GET",
        "/v1/events",
        _list,
        {
            **PAGING,
            "delivery_success": boolean(),
            "type": text(),
            "types": items(text(), most=MAX_TYPES),
        },
    ),
)
