"""Webhook endpoints: who hears of what. Each has its own secret, shown once, when it is made."""

import re

from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.listing import PAGING, page
from sandbox.simulators.stripe.operation import Call, Operation
from sandbox.simulators.stripe.params import (
    Specification,
    boolean,
    items,
    merge_metadata,
    metadata,
    text,
    url,
)
from sandbox.simulators.stripe.state import PLATFORM, Resource, new_id

MAX_ENDPOINTS = 16
EVENT_TYPE = re.compile(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)+")
# Types of old API versions that no current version sends: asking for them is a mistake.
REMOVED = {"transfer.paid", "transfer.failed", "transfer.canceled"}
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z_]+)?")


def _create(call: Call) -> Resource:
    params = call.params
    _platform_only(call)
    _check_events(params["enabled_events"])
    version = params.get("api_version")
    if version is not None and not VERSION.fullmatch(version):
        raise StripeError(f"Invalid Stripe API version: {version}", param="api_version")
    if len(call.state.all(PLATFORM, "webhook_endpoint")) >= MAX_ENDPOINTS:
        raise StripeError(f"You have reached the maximum of {MAX_ENDPOINTS} webhook endpoints.")
    endpoint = call.state.add(
        PLATFORM,
        "webhook_endpoint",
        {
            "id": new_id("we"),
            "object": "webhook_endpoint",
            "api_version": version,
            "application": None,
            "created": call.state.now(),
            "description": params.get("description"),
            "enabled_events": params["enabled_events"],
            "livemode": call.state.livemode,
            "metadata": merge_metadata({}, params.get("metadata"), given="metadata" in params),
            "status": "enabled",
            "url": params["url"],
        },
    )
    secret = new_id("whsec").replace("_1", "_", 1)
    call.state.secrets[endpoint["id"]] = secret
    call.state.connect[endpoint["id"]] = params.get("connect", False)
    return {**endpoint, "secret": secret}


def _update(call: Call) -> Resource:
    endpoint, params = _retrieve(call), call.params
    _check_events(params.get("enabled_events", ["*"]))
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name]
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = merge_metadata(
        endpoint["metadata"], params.get("metadata"), given="metadata" in params
    )
    return endpoint


def _retrieve(call: Call) -> Resource:
    _platform_only(call)
    return call.state.get(PLATFORM, "webhook_endpoint", call.ids["id"])


def _list(call: Call) -> Resource:
    _platform_only(call)
    endpoints = call.state.all(PLATFORM, "webhook_endpoint")
    return page(endpoints, call.params, url="/v1/webhook_endpoints", kind="webhook_endpoint")


def _delete(call: Call) -> Resource:
    identifier = _retrieve(call)["id"]
    call.state.remove(PLATFORM, "webhook_endpoint", identifier)
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}


def _platform_only(call: Call) -> None:
    if call.connected:
        raise StripeError("Webhook endpoints of connected accounts belong to their owners.")


def _check_events(types: list[str]) -> None:
    if not types:
        raise StripeError(
            "Missing required param: enabled_events.",
            code="parameter_missing",
            param="enabled_events",
        )
    for index, name in enumerate(types):
        if name in REMOVED or not EVENT_TYPE.fullmatch(name):
            raise StripeError(
                f"Invalid enabled_events[{index}]: '{name}' is no type of event.",
                param=f"enabled_events[{index}]",
            )


_COMMON: Specification = {"description": text(unset=True), "metadata": metadata()}

OPERATIONS = (
    Operation(
        "POST",
        "/v1/webhook_endpoints",
        _create,
        {
            **_COMMON,
            "api_version": text(),
            "connect": boolean(),
            "enabled_events": items(text(), required=True, most=1000),
            "url": url(required=True),
        },
    ),
    Operation("GET", "/v1/webhook_endpoints", _list, PAGING),
    Operation("GET", "/v1/webhook_endpoints/{id}", _retrieve),
    Operation(
        "POST",
        "/v1/webhook_endpoints/{id}",
        _update,
        {
            **_COMMON,
            "disabled": boolean(),
            "enabled_events": items(text(), most=1000),
            "url": url(),
        },
    ),
    Operation("DELETE", "/v1/webhook_endpoints/{id}", _delete),
)
