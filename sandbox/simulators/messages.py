"""HTTP requests and responses as the simulators see them, and strict readers of their bodies."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, NoReturn, Self
from urllib.parse import parse_qsl

type Json = dict[str, Any] | list[Any] | str | int | float | bool | None
type Form = dict[str, Any]
"""A decoded form: every leaf is a string, `a[b]=` makes dictionaries, `a[]=` and `a[0]=` lists."""

_FORM_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


class BadInputError(Exception):
    """A body or query that can not be read; `str()` says why. A provider words its own answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a provider's API.

    `headers` have lower-case names; `params` are the decoded path parameters; `at` is sandbox time.
    """

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty where there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Json:
        """Read the body as JSON. :raises BadInputError: malformed, a key twice."""
        return read_json(self.body)

    def form(self) -> Form:
        """Read the body as a (nested) form. :raises BadInputError: malformed, a key twice."""
        return read_form(self.body)

    def query(self) -> Form:
        """Read the query string like a form. :raises BadInputError: malformed, a key twice."""
        return read_form(self.query_string.encode())


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; `Content-Length`, `Date` and `Connection` are added when it is sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(
        cls,
        status: int,
        content: Json,
        media_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Make a JSON answer; `headers` are added to its content type."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, body, {"Content-Type": media_type, **(headers or {})})

    @classmethod
    def html(cls, status: int, page: str) -> Self:
        """Make a web page that may load nothing, run nothing and be framed by nobody."""
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        return cls(
            status,
            page.encode(),
            {
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": policy,
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
            },
        )

    @classmethod
    def redirect(cls, url: str, status: int = 302) -> Self:
        """Send the browser elsewhere."""
        return cls(status, b"", {"Location": url, "Cache-Control": "no-store"})


class Route(NamedTuple):
    """One operation: `path` may hold `{names}`, each a path segment, found in `request.params`."""

    method: str
    path: str
    action: Callable[[Request], Response]


class RefusedError(Exception):
    """Ends the handling of a request with the given answer."""

    def __init__(self, response: Response) -> None:
        """Keep the answer that will be sent."""
        super().__init__(response.status)
        self.response = response


def control_fields(request: Request) -> dict[str, Any]:
    """Read a control route's JSON object; an empty body is empty. :raises RefusedError: 400."""
    content = request.json() if request.body else {}
    if not isinstance(content, dict):
        raise RefusedError(Response.json(400, {"error": "the body must be a JSON object"}))
    return content


def read_json(body: bytes) -> Json:
    """Read JSON strictly. :raises BadInputError: malformed, a key twice."""
    try:
        content: Json = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique_pairs, parse_constant=_refuse_constant
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadInputError(f"the body is not JSON: {error}") from error
    return content


def read_form(body: bytes) -> Form:
    """Read a form with nested keys (`a[b]=`). :raises BadInputError: malformed, a key twice."""
    try:
        text = body.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError as error:
        raise BadInputError(f"the form is malformed: {error}") from error
    root: Form = {}
    for key, value in pairs:
        match = _FORM_KEY.fullmatch(key)
        if match is None:
            raise BadInputError(f"the key {key!r} is malformed")
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _place(root, path, value, key)
    listed = _lists(root)
    return listed if isinstance(listed, dict) else {"": listed}


def _place(root: Form, path: list[str], value: str, key: str) -> None:
    node = root
    for index, step in enumerate(path):
        last = index == len(path) - 1
        # `a[]=x` appends: its position becomes the key; lists are made at the end.
        name = step or str(len(node))
        if last:
            if name in node:
                _refuse_twice(key)
            node[name] = value
            return
        child = node.setdefault(name, {})
        if not isinstance(child, dict):
            _refuse_twice(key)
        node = child


def _lists(node: Form | str) -> Form | list[Any] | str:
    if isinstance(node, str):
        return node
    items = {key: _lists(value) for key, value in node.items()}
    if items and all(key.isdecimal() for key in items):
        return [items[key] for key in sorted(items, key=int)]
    return items


def _refuse_twice(key: str) -> NoReturn:
    raise BadInputError(f"the key {key!r} is given twice, or both as a value and as a group")


def _refuse_constant(name: str) -> NoReturn:
    raise BadInputError(f"the body is not JSON: {name} is not a value")


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise BadInputError("the body is not JSON: a key is given twice")
    return content
