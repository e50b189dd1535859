"""/v1/openapi.json as the tests read it: every operation, what it takes and what it may answer."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from lib.accounts import rules
from lib.web import openapi
from sandbox.app import Answer

type Schema = dict[str, Any]

_CODE = re.compile(r"^`([a-z_]+)`:", re.MULTILINE)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Fields whose values the description does not tell, so that a plausible call gets further in.
_BY_NAME = {
    "time_zone": "Europe/Oslo",
    "terms": rules.TERMS_VERSION,
    "privacy_notice": rules.PRIVACY_NOTICE_VERSION,
}
# A plausible id of each kind that nothing has.
UNKNOWN = "0" * 26
_PREFIXES = {
    "export_id": "exp",
    "booking_id": "bkg",
    "offer_id": "ofr",
    "pack_id": "pck",
    "mentor_id": "per",
    "purchase_id": "pur",
    "paper_id": "ppr",
    "session_id": "ses",
    "person_id": "per",
    "request_id": "prq",
    "hold_id": "hld",
    "notice_id": "ntc",
    "breach_id": "brc",
    "payout_id": "pay",
    "refund_id": "rfd",
    "dispute_id": "dsp",
    "message_id": "out",
    "cause_id": "ern",
    "difference_id": "dif",
    "approval_id": "apv",
    "mention_id": "mnt",
    "conversation_id": "cnv",
    "sent_id": "msg",
    "purpose": "prp",
    "token": "tok",
    "receipt_token": "rct",
}


@dataclass(frozen=True)
class Operation:
    """One call, by its description."""

    method: str
    path: str
    described: Schema

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def needs_token(self) -> bool:
        return bool(self.described.get("security"))

    @property
    def needs_key(self) -> bool:
        return any(each["name"] == "Idempotency-Key" for each in self._parameters("header"))

    @property
    def is_webhook(self) -> bool:
        return self.path.startswith("/v1/webhooks/")

    @property
    def path_names(self) -> list[str]:
        return [str(each["name"]) for each in self._parameters("path")]

    @property
    def query(self) -> dict[str, Schema]:
        """The schemas of its query parameters, by name."""
        return {each["name"]: each["schema"] for each in self._parameters("query")}

    @property
    def required_query(self) -> set[str]:
        return {each["name"] for each in self._parameters("query") if each["required"]}

    @property
    def body(self) -> Schema | None:
        """The schema of its JSON body; None where it takes none, or the raw bytes."""
        content = self.described.get("requestBody", {}).get("content", {})
        found: Schema | None = content.get("application/json", {}).get("schema")
        return None if found is None or self.is_webhook else resolved(found)

    def target(self, **values: str) -> str:
        """Its address; ids that are not given are plausible and unknown."""
        plausible = {name: f"{_PREFIXES[name]}_{UNKNOWN}" for name in self.path_names}
        return self.path.format(**{**plausible, **values})

    def codes(self, status: int) -> set[str]:
        """The codes that it may give with a status."""
        answer = self.described["responses"].get(str(status), {})
        return set(_CODE.findall(answer.get("description", "")))

    def check(self, answer: Answer) -> Answer:
        """Hold an answer against the description; fails where the one is not of the other."""
        said = f"{self} gave {answer.status}: {answer.json}"
        described = self.described["responses"].get(str(answer.status))
        assert described is not None, f"{said}, which is not described"
        assert answer.status < 500, f"{said}, as if it were our fault"
        if "content" not in described:
            assert answer.json is None, said
            return answer
        ((kind, content),) = described["content"].items()
        assert answer.headers["content-type"] == kind, f"{said} as {answer.headers['content-type']}"
        errors = list(validator(content["schema"]).iter_errors(answer.json))
        assert not errors, f"{said}: {errors[0].message} at {errors[0].json_path}"
        if answer.status >= 400:
            assert answer.json["status"] == answer.status, said
            assert answer.json["code"] in self.codes(answer.status), f"{said}: code not described"
            assert answer.json["request_id"] == answer.headers["x-request-id"], said
        return answer

    def refusal(self, answer: Answer, status: int, code: str) -> Answer:
        """Check that it is this refusal, and described."""
        found = (answer.status, (answer.json or {}).get("code"))
        assert found == (status, code), f"{self} gave {found}: {answer.json}"
        return self.check(answer)

    def _parameters(self, place: str) -> list[Schema]:
        return [each for each in self.described.get("parameters", []) if each["in"] == place]


@cache
def operations() -> list[Operation]:
    """Return every operation of the description."""
    return [
        Operation(method.upper(), path, described)
        for path, methods in openapi.document()["paths"].items()
        for method, described in methods.items()
    ]


def operation(method: str, target: str) -> Operation:
    """Return the operation that serves a call; a literal path goes before one with parameters."""
    path = target.partition("?")[0]
    fitting = [
        each
        for each in operations()
        if each.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path)
    ]
    assert fitting, f"{method} {path} is not described"
    return min(fitting, key=lambda each: len(each.path_names))


def methods_at(target: str) -> set[str]:
    """Return the methods that are described for an address."""
    return {
        each.method
        for each in operations()
        if re.fullmatch(re.sub(r"\{\w+\}", "[A-Za-z0-9_-]+", each.path), target)
    }


def resolved(schema: Schema) -> Schema:
    """Follow a reference."""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = openapi.document()["components"]["schemas"][name]
    return schema


def validator(schema: Schema) -> Draft202012Validator:
    """Make a validator of a schema that also refuses fields which are not described."""
    whole = {**schema, "components": {"schemas": _closed()}}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


@cache
def _closed() -> Schema:
    schemas: Schema = copy.deepcopy(openapi.document()["components"]["schemas"])
    for name, schema in schemas.items():
        # A problem may carry members of its own kind: RFC 9457 has them so.
        if name != "Problem" and schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
    return schemas


# ── values ───────────────────────────────────────────────────────────────────────────────────────


def sample(schema: Schema) -> Any:  # noqa: ANN401 (a value of the schema)
    """Return some value that the schema allows, with every field in it."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return sample(schema["anyOf"][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            fields = _fields(schema)
            made: Any = {name: _BY_NAME.get(name) or sample(fields[name]) for name in fields}
        case "array":
            made = [sample(schema["items"])]
        case "integer":
            least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
            made = max(least, schema.get("multipleOf", 0))
        case "boolean":
            made = True
        case _:
            made = _sample_text(schema)
    return made


def _fields(schema: Schema) -> Schema:
    """Return the properties of an object; of those that exclude each other, the first."""
    excluded = {name for each in schema.get("oneOf", [])[1:] for name in each["required"]}
    return {
        name: field for name, field in schema.get("properties", {}).items() if name not in excluded
    }


def _sample_text(schema: Schema) -> str:
    if "examples" in schema:
        return str(schema["examples"][0])
    by_format = {"date-time": "2027-05-01T12:00:00Z", "date": "2027-05-01"}
    if schema.get("format") in by_format:
        return by_format[schema["format"]]
    if found := re.match(r"\^([a-z]{3})_\[", schema.get("pattern", "")):
        return f"{found[1]}_{UNKNOWN}"
    if "@" in schema.get("pattern", ""):
        return "somebody@example.no"
    if "[0-9]{8" in schema.get("pattern", ""):
        return "4790000444"
    return "nb".ljust(schema.get("minLength", 0), "x")


def leaves(schema: Schema, at: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Schema]]:
    """Yield the place and the schema of every field below, those of list items included."""
    schema = resolved(schema)
    for name, field in _fields(schema).items():
        place = (*at, name)
        yield place, field
        inner = resolved(field)
        if inner.get("type") == "array":
            yield (*place, 0), inner["items"]
            yield from leaves(inner["items"], (*place, 0))
        elif inner.get("type") == "object":
            yield from leaves(inner, place)


def types(schema: Schema) -> set[str]:
    """Return the JSON types that a schema allows."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return set().union(*(types(each) for each in schema["anyOf"]))
    return {schema["type"]} if "type" in schema else {"string"}


def wrong_values(schema: Schema) -> Iterator[Any]:
    """Yield a value of each type that the schema does not allow, and some beyond its limits."""
    allowed = types(schema)
    examples: dict[str, Any] = {
        "null": None,
        "boolean": True,
        "integer": 7,
        "number": 1.5,
        "string": "7",
        "array": [["x"]],
        "object": {"x": 1},
    }
    yield from (value for kind, value in examples.items() if kind not in allowed)
    inner = resolved(schema)
    for each in inner.get("anyOf", [inner]):
        yield from _beyond(resolved(each))


def _beyond(schema: Schema) -> Iterator[Any]:
    """Yield values of the right type that break the schema's limits."""
    if "maximum" in schema:
        yield schema["maximum"] + schema.get("multipleOf", 1)
        yield 10**30
    if "minimum" in schema:
        yield schema["minimum"] - schema.get("multipleOf", 1)
    if "multipleOf" in schema:
        yield schema["multipleOf"] + 1
    if schema.get("maxLength"):
        yield "x" * (schema["maxLength"] + 1)
    if schema.get("minLength"):
        yield ""
        yield " " * (schema["minLength"] + 1)
    if {"enum", "const", "pattern", "format"} & set(schema):
        yield "no such thing"
        yield "٠٩:٠٠"
        yield "\u0000"
    if "maxItems" in schema:
        yield [sample(schema["items"])] * (schema["maxItems"] + 1)
    if schema.get("minItems"):
        yield []


def put(value: Any, place: tuple[str | int, ...], new: object) -> Any:  # noqa: ANN401 (JSON)
    """Return a copy of a JSON value with something else at a place."""
    if not place:
        return new
    changed = copy.copy(value)
    changed[place[0]] = put(value[place[0]], place[1:], new)
    return changed
