"""The API's description (OpenAPI 3.1), made from the declarations of every function.

What a call can answer, errors included, is derived here, and the HTTP layer logs an
`undeclared_error` when a call gives one that this document does not promise.
"""

import importlib
import inspect
from functools import cache
from pathlib import Path
from typing import Any

from lib.core.config import public_url
from lib.web.route import ANYONE, Route
from lib.web.schema import File

_ROOT = Path(__file__).resolve().parents[2]


def modules() -> list[str]:
    """Return the module names of all functions, as 'api.bookings'."""
    files = sorted((_ROOT / "api").rglob("*.py"))
    names = [".".join(file.relative_to(_ROOT).with_suffix("").parts) for file in files]
    return [name for name in names if not any(part.startswith("_") for part in name.split("."))]


def routes() -> list[Route]:
    """Return the routes of every function."""
    handlers = [importlib.import_module(name).handler for name in modules()]
    return [route for handler in handlers for route in handler.routes]


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; cron paths are the platform's, not the app's."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for route in sorted(routes(), key=lambda route: (route.path, route.method)):
        if not route.job:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MIN MENTOR",
            "version": "1",
            "description": "Buy hours with a mentor. Money is whole øre; times are RFC 3339.",
            "contact": {"name": "MIN MENTOR AS", "email": "post@minmentor.no"},
        },
        "servers": [{"url": public_url()}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"access_token": {"type": "http", "scheme": "bearer"}},
        },
    }


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document",
    "required": ["type", "title", "status", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "nb or en, by Accept-Language"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Never changes; decide by this"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    words = inspect.getdoc(route.function) or ""
    summary, _, description = words.partition("\n")
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "tags": [route.path.split("/")[2]],
        "summary": summary.rstrip("."),
        "responses": _responses(route, schemas),
    }
    if description.strip():
        operation["description"] = description.strip()
    if parameters := _parameters(route, schemas):
        operation["parameters"] = parameters
    if body := _request_body(route, schemas):
        operation["requestBody"] = body
    if route.auth is not ANYONE:
        operation["security"] = [{"access_token": []}]
    return operation


def operation_id(route: Route) -> str:
    """Return the name that generated clients give the call, as `bookings_cancel`."""
    return (
        f"{route.path.split('/')[2].replace('-', '_').replace('.', '_')}_{route.function.__name__}"
    )


def _responses(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    reply = route.final_type
    if reply is type(None):
        answers: dict[str, Any] = {"204": {"description": "Done"}}
    elif reply is File:
        content = {route.media_type: {"schema": {"contentMediaType": route.media_type}}}
        answers = {str(route.status): {"description": "OK", "content": content}}
    else:
        content = {"application/json": {"schema": _schema(reply, schemas, "serialization")}}
        answers = {str(route.status): {"description": "OK", "content": content}}
    by_status: dict[int, list[str]] = {}
    for error in route.problems:
        by_status.setdefault(error.status, []).append(f"`{error.code}`: {error.en}")
    for status, lines in sorted(by_status.items()):
        answers[str(status)] = {
            "description": "\n".join(lines),
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    return answers


def _parameters(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.path_names
    ]
    if route.method in {"GET", "DELETE"} and route.input_type is not type(None):
        schema = _inline(route.input_type, schemas)
        required = schema.get("required", [])
        for name, field in schema.get("properties", {}).items():
            found.append(
                {"name": name, "in": "query", "required": name in required, "schema": field}
            )
    if route.idempotent:
        key = {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    return found


def _request_body(route: Route, schemas: dict[str, Any]) -> dict[str, Any] | None:
    if route.method in {"GET", "DELETE"} or route.input_type is type(None):
        return None
    if route.input_type is bytes:
        kind = "application/json" if route.guard else "application/x-www-form-urlencoded"
        return {"required": True, "content": {kind: {"schema": {"type": "object"}}}}
    schema = _schema(route.input_type, schemas, "validation")
    content = {"application/json": {"schema": schema}}
    return {"required": not route.may_be_empty, "content": content}


def _schema(model: Any, schemas: dict[str, Any], mode: str) -> dict[str, Any]:
    """Put the model and what it refers to among the components; return a reference to it."""
    from pydantic import TypeAdapter

    made = TypeAdapter(model).json_schema(
        mode=mode,  # type: ignore[arg-type]
        ref_template="#/components/schemas/{model}",
    )
    _named(schemas, made.pop("$defs", {}))
    name = getattr(model, "__name__", "")
    if not name or not hasattr(model, "model_fields"):
        return made
    _named(schemas, {name: made})
    return {"$ref": f"#/components/schemas/{name}"}


def _named(schemas: dict[str, Any], more: dict[str, Any]) -> None:
    """Add schemas by name; raises ValueError where two of one name differ: one would be lost."""
    for name, made in more.items():
        known = schemas.setdefault(name, made)
        if {**known, "description": ""} != {**made, "description": ""}:
            raise ValueError(f"two schemas are called {name}")


def _inline(model: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = model.model_json_schema(ref_template="#/components/schemas/{model}")
    _named(schemas, made.pop("$defs", {}))
    return made
