"""What tells who a person is, and how to recognise it again wherever it may stand.

An erasure collects a person's identifiers in memory before it begins, and looks for them afterwards
in every form that they are likely to take: other letter case, composed and decomposed letters, JSON
and URL escapes, a phone number with separators and without its country code, a hash of an address.
Nothing here is stored, logged or put into a message.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from lib.privacy.model import Column, Table
from lib.privacy.rules import home_columns

# A shorter key or hash could stand somewhere by accident.
_SHORTEST_KEY = 16
_NORWAY = "47"
_NORWEGIAN_DIGITS = 10
_SHORTEST_NUMBER = 8
# People write them in groups.
_NUMBERS = {"user.contact.phone_number", "user.government_id"}
# Between two names: a space or the like and at most a middle name, or the next field of an object.
_BETWEEN = r"""(?:[\W_]{1,3}(?:[^\W\d_]+[\W_]{1,3})?|"\s*,\s*"[^"]{1,30}"\s*:\s*")"""
_SEPARATORS = r"[\s().\-/]*"


@dataclass(frozen=True)
class Needle:
    """What a row must hold to be looked at: all of `parts`; `digits`: after separators are gone."""

    parts: tuple[str, ...]
    digits: bool = False


@dataclass(frozen=True)
class Identifier:
    """Something that tells who a person is; `homes` are the columns where it belongs.

    `pair` has a first and a last name, which are looked for in combination only.
    """

    category: str
    homes: frozenset[tuple[str, str]]
    needles: tuple[Needle, ...] = field(repr=False)
    pattern: re.Pattern[str] = field(repr=False)
    pair: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def is_token(self) -> bool:
        """Return whether it is a token or its hash, which nobody writes in their own words."""
        return self.category.startswith("user.authorization")


def identifiers_in(table: Table, rows: Iterable[Mapping[str, object]]) -> list[Identifier]:
    """Return the identifiers that stand in rows about one person."""
    found: dict[object, Identifier] = {}
    for row in rows:
        for identifier in _of_row(table, row):
            found.setdefault((identifier.category, identifier.pattern), identifier)
    return list(found.values())


def _of_row(table: Table, row: Mapping[str, object]) -> Iterable[Identifier]:
    values = {
        column: str(row[column.name]).strip() for column in home_columns(table) if row[column.name]
    }
    first = next((c for c in values if c.data == "user.name.first"), None)
    last = next((c for c in values if c.data == "user.name.last"), None)
    if first and last and values[first] and values[last]:
        yield _name(table, (first, last), (values[first], values[last]))
    for column, value in values.items():
        identifier = _single(table, column, value)
        if identifier:
            yield identifier


def _single(table: Table, column: Column, value: str) -> Identifier | None:
    data = column.data or ""
    homes = frozenset({(table.name, column.name)})
    if data == "user.contact.email":
        return Identifier(data, homes, *_email(value))
    if data in _NUMBERS:
        digits = re.sub(r"\D", "", value)
        if len(digits) < _SHORTEST_NUMBER:
            return None
        return Identifier(data, homes, *_number(digits))
    if data.startswith("user.name") or len(value) < _SHORTEST_KEY:
        return None
    pattern = re.compile(rf"(?<![0-9a-z]){re.escape(normalised(value))}(?![0-9a-z])")
    return Identifier(data, homes, _needles(value), pattern)


def _email(value: str) -> tuple[tuple[Needle, ...], re.Pattern[str]]:
    plain = normalised(value)
    digest = hashlib.sha256(plain.encode()).hexdigest()
    pattern = rf"(?<![0-9a-z._+\-]){re.escape(plain)}(?!\.?[0-9a-z])|{digest}"
    needles = (*_needles(value), *_needles(quote(value, safe="")), Needle((digest,)))
    return needles, re.compile(pattern)


def _number(digits: str) -> tuple[tuple[Needle, ...], re.Pattern[str]]:
    is_norwegian = digits.startswith(_NORWAY) and len(digits) == _NORWEGIAN_DIGITS
    core = digits.removeprefix(_NORWAY) if is_norwegian else digits
    prefix = rf"(?:(?:\+|00)?{_SEPARATORS}{_SEPARATORS.join(_NORWAY)}{_SEPARATORS})?"
    digest = hashlib.sha256(digits.encode()).hexdigest()
    spaced = _SEPARATORS.join(core)
    pattern = rf"(?<![0-9a-z]){prefix if is_norwegian else ''}{spaced}(?![0-9a-z])|{digest}"
    return (Needle((core,), digits=True), Needle((digest,))), re.compile(pattern)


def _name(table: Table, columns: tuple[Column, Column], names: tuple[str, str]) -> Identifier:
    first, last = (normalised(name) for name in names)
    one, two = (rf"(?<![^\W_])(?<!-){re.escape(n)}(?![^\W_])(?!-)" for n in (first, last))
    pairs = dict.fromkeys(zip(_forms(names[0]), _forms(names[1]), strict=True))
    return Identifier(
        category="user.name",
        homes=frozenset((table.name, column.name) for column in columns),
        needles=tuple(Needle(pair) for pair in pairs),
        pattern=re.compile(rf"{one}{_BETWEEN}{two}|{two}{_BETWEEN}{one}"),
        pair=(first, last),
    )


def _needles(value: str) -> tuple[Needle, ...]:
    return tuple(Needle((form,)) for form in dict.fromkeys(_forms(value)))


def _forms(value: str) -> tuple[str, ...]:
    """Return the forms in which a database may hold a text, in lower case; always as many."""
    composed = unicodedata.normalize("NFC", value)
    escaped = (json.dumps(text)[1:-1] for text in (composed.lower(), composed, composed.upper()))
    return (
        composed.lower(),
        unicodedata.normalize("NFD", value).lower(),
        *(text.lower() for text in escaped),
    )


def normalised(text: str) -> str:
    """Return a text as texts are compared: compatible forms made one, without letter case."""
    return unicodedata.normalize("NFKC", text).casefold()


def readable(column: Column, value: object) -> str:
    """Return what a column says, without the escapes of JSON and URLs, normalised."""
    text = "" if value is None else str(value)
    if column.kind == "json" and text:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    if "%" in text:
        text = f"{text}\n{unquote(text)}"
    return normalised(text)


def found_in(
    identifiers: Iterable[Identifier], table: Table, row: Mapping[str, object]
) -> list[tuple[Identifier, str]]:
    """Return which identifiers stand in a row, and in which column each."""
    texts = {
        column.name: readable(column, row[column.name])
        for column in table.columns
        if column.is_searchable
    }
    found = []
    for identifier in identifiers:
        columns = [name for name, text in texts.items() if identifier.pattern.search(text)]
        if not columns and identifier.pair:
            columns = _pair_in(identifier.pair, texts)
        found += [(identifier, name) for name in columns]
    return found


def _pair_in(pair: tuple[str, str], texts: Mapping[str, str]) -> list[str]:
    """Return the columns of the second of two names that stand in two columns of one row."""
    parts = [name for name, text in texts.items() if text in pair]
    # Two names that are one word need two columns too: a word alone is nobody's name.
    if len(parts) < len(pair) or not set(pair) <= {texts[name] for name in parts}:
        return []
    return [name for name in parts if texts[name] == pair[1]]
