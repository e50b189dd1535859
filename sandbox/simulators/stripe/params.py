"""Request parameters as Stripe checks them: every name known, every value of its type.

A specification maps the name of a parameter to a `Rule`. Values arrive as text, because v1
requests are form-encoded; nested hashes arrive as dictionaries, lists as lists.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sandbox.simulators.stripe.errors import StripeError

type Parameters = dict[str, Any]
type Specification = Mapping[str, Rule]

MAX_METADATA_KEYS = 50
MAX_METADATA_KEY = 40
MAX_METADATA_VALUE = 500
MAX_TEXT = 5000
INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class Rule:
    """How one parameter is read; `read(value, name)` returns it or raises StripeError.

    `fields` are the parameters inside one that is a hash, or a list of hashes.
    """

    read: Callable[[Any, str], Any]
    required: bool = False
    fields: Specification = field(default_factory=dict)


def parse(form: Mapping[str, Any], specification: Specification, prefix: str = "") -> Parameters:
    """Read `form` by `specification`; the first thing wrong with it is raised."""
    for name in form:
        if name not in specification:
            full = _join(prefix, name)
            raise StripeError(
                f"Received unknown parameter: {full}", code="parameter_unknown", param=full
            )
    for name, rule in specification.items():
        if rule.required and name not in form:
            full = _join(prefix, name)
            raise StripeError(
                f"Missing required param: {full}.", code="parameter_missing", param=full
            )
    return {name: specification[name].read(form[name], _join(prefix, name)) for name in form}


def _join(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def text(*, required: bool = False, unset: bool = False, longest: int = MAX_TEXT) -> Rule:
    """A string; the empty string is only good where it may unset a value (`unset`)."""

    def read(value: object, name: str) -> str | None:
        string = _string(value, name)
        if not string and unset:
            return None
        if not string:
            raise StripeError(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt "
                f"to unset a parameter; however '{name}' cannot be unset.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(string) > longest:
            raise StripeError(
                f"Invalid string: must be at most {longest} characters",
                code="parameter_invalid_string",
                param=name,
            )
        return string

    return Rule(read, required=required)


def integer(*, required: bool = False, least: int = 0, most: int = 99_999_999_99) -> Rule:
    """A whole number between `least` and `most`, both included."""

    def read(value: object, name: str) -> int:
        string = _string(value, name)
        if not INTEGER.fullmatch(string):
            raise StripeError(
                f"Invalid integer: {string}", code="parameter_invalid_integer", param=name
            )
        number = int(string)
        if number < least:
            message = (
                "Invalid positive integer"
                if least == 1
                else f"This value must be greater than or equal to {least}."
            )
            raise StripeError(message, code="parameter_invalid_integer", param=name)
        if number > most:
            raise StripeError(
                f"This value must be less than or equal to {most}.",
                code="parameter_invalid_integer",
                param=name,
            )
        return number

    return Rule(read, required=required)


def boolean(*, required: bool = False) -> Rule:
    """`true` or `false`, as the words."""

    def read(value: object, name: str) -> bool:
        string = _string(value, name)
        if string not in {"true", "false"}:
            raise StripeError(f"Invalid boolean: {string}", param=name)
        return string == "true"

    return Rule(read, required=required)


def enum(*choices: str, required: bool = False) -> Rule:
    """One of the named words."""

    def read(value: object, name: str) -> str:
        string = _string(value, name)
        if string not in choices:
            listed = ", ".join(choices[:-1]) + f", or {choices[-1]}" if choices[1:] else choices[0]
            raise StripeError(f"Invalid {name}: must be one of {listed}", param=name)
        return string

    return Rule(read, required=required)


def currency(*, required: bool = False) -> Rule:
    """Three letters; read in lower case, which is how Stripe answers it."""

    def read(value: object, name: str) -> str:
        string = _string(value, name).lower()
        if not re.fullmatch(r"[a-z]{3}", string):
            raise StripeError(f"Invalid currency: {string}", param=name)
        return string

    return Rule(read, required=required)


def url(*, required: bool = False) -> Rule:
    """An absolute http(s) address. Plain http passes, as it does in Stripe's test mode."""

    def read(value: object, name: str) -> str:
        string = _string(value, name)
        parts = urlsplit(string)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise StripeError("Not a valid URL", code="url_invalid", param=name)
        return string

    return Rule(read, required=required)


def nested(specification: Specification, *, required: bool = False) -> Rule:
    """A hash with its own specification."""

    def read(value: object, name: str) -> Parameters:
        if not isinstance(value, Mapping):
            raise StripeError(f"Invalid object: {name} must be a hash", param=name)
        return parse(value, specification, name)

    return Rule(read, required=required, fields=specification)


def items(rule: Rule, *, required: bool = False, most: int = 100) -> Rule:
    """A list, `name[]=` or `name[0]=`, each item read by `rule`."""

    def read(value: object, name: str) -> list[Any]:
        values = _list(value, name)
        if len(values) > most:
            raise StripeError(f"Invalid array: at most {most} items", param=name)
        return [rule.read(item, f"{name}[{index}]") for index, item in enumerate(values)]

    return Rule(read, required=required, fields=rule.fields)


def created() -> Rule:
    """A filter on time: seconds, or a hash of gt, gte, lt, lte."""
    bounds = nested({name: integer() for name in ("gt", "gte", "lt", "lte")})

    def read(value: object, name: str) -> Parameters:
        if isinstance(value, Mapping):
            return dict(bounds.read(value, name))
        exact = integer().read(value, name)
        return {"gte": exact, "lte": exact}

    return Rule(read)


def metadata() -> Rule:
    """Up to 50 pairs of text; an empty value unsets its key, an empty string unsets them all."""

    def read(value: object, name: str) -> dict[str, str] | None:
        if value == "":
            return None
        if not isinstance(value, Mapping):
            raise StripeError("Invalid metadata: must be a hash", param=name)
        return {key: _pair(key, item, name) for key, item in value.items()}

    return Rule(read)


def _pair(key: str, value: object, name: str) -> str:
    full = f"{name}[{key}]"
    string = _string(value, full)
    if len(key) > MAX_METADATA_KEY:
        raise StripeError(f"Metadata keys are at most {MAX_METADATA_KEY} characters", param=full)
    if len(string) > MAX_METADATA_VALUE:
        raise StripeError(
            f"Metadata values are at most {MAX_METADATA_VALUE} characters", param=full
        )
    return string


def merge_metadata(
    current: dict[str, str], change: dict[str, str] | None, *, given: bool
) -> dict[str, str]:
    """The metadata after an update: keys merge, empty values go, an unset clears everything."""
    if not given:
        return current
    if change is None:
        return {}
    merged = {key: value for key, value in {**current, **change}.items() if value}
    if len(merged) > MAX_METADATA_KEYS:
        raise StripeError(f"Metadata is limited to {MAX_METADATA_KEYS} keys", param="metadata")
    return merged


def unmodelled() -> Rule:
    """A parameter that Stripe knows and this sandbox does not act on: refused, never ignored."""

    def read(_: object, name: str) -> None:
        raise StripeError(
            f"Stripe knows the parameter {name}; the sandbox does not act on it.",
            code="sandbox_unmodelled",
            param=name,
        )

    return Rule(read)


def only(value: str, *, required: bool = False) -> Rule:
    """A parameter of which the sandbox plays one value alone: another one is refused."""

    def read(given: object, name: str) -> str:
        if _string(given, name) != value:
            raise StripeError(
                f"Stripe may know this value of {name}; the sandbox plays {value} alone.",
                code="sandbox_unmodelled",
                param=name,
            )
        return value

    return Rule(read, required=required)


def _string(value: object, name: str) -> str:
    if isinstance(value, str):
        return value
    raise StripeError(f"Invalid string: {name} must be a single value", param=name)


def _list(value: object, name: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise StripeError("Invalid array", param=name)
