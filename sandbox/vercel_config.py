"""Reads vercel.json as the platform does: headers, rewrites, crons and the functions' limits.

Patterns are the part of path-to-regexp that the project uses: literal text, `:name`, `:name*`,
`:name(regex)` and `(regex)`, case-sensitive and strict about a trailing slash. Anything else in the
file that would change how requests run is refused, not passed over.
"""

import fnmatch
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

# The platform's default on the Pro plan, in seconds.
DEFAULT_MAX_DURATION = 300.0
_TOKEN = re.compile(r"(/?):(\w+)(\([^()]+\))?([*]?)|\(([^()]+)\)")
_NAME = re.compile(r":(\w+)[*]?")
_ROUTING_NOT_KNOWN = ("redirects", "routes", "builds", "middleware", "trailingSlash")
_CONDITIONS = ("has", "missing")


class ConfigError(Exception):
    """vercel.json holds something malformed, or something that this runner does not do."""


@dataclass(frozen=True)
class Pattern:
    """The `source` of a header or rewrite."""

    source: str
    regex: re.Pattern[str]

    @classmethod
    def of(cls, source: str) -> Self:
        """Translate; raises ConfigError for a source that is no absolute path."""
        if not source.startswith("/"):
            raise ConfigError(f"the source {source!r} must begin with a slash")
        parts, last = [], 0
        for token in _TOKEN.finditer(source):
            parts += [re.escape(source[last : token.start()]), _piece(token)]
            last = token.end()
        parts.append(re.escape(source[last:]))
        return cls(source, re.compile("".join(parts)))

    def match(self, path: str) -> dict[str, str] | None:
        """The named parts of a path that fits (empty for an absent `:name*`), or None."""
        found = self.regex.fullmatch(path)
        return None if found is None else {k: v or "" for k, v in found.groupdict().items()}


@dataclass(frozen=True)
class Rewrite:
    """Sends a matching path to a destination, which adds to the query and nothing else."""

    source: Pattern
    destination: str

    def apply(self, path: str) -> tuple[str, list[tuple[str, str]]] | None:
        """The destination's path and the query it adds, or None where `path` does not match.

        As in production, captured parts are added to the query by name, unless one of them stands
        in the destination's path.
        """
        captured = self.source.match(path)
        if captured is None:
            return None
        target = urlsplit(self.destination)
        query = [
            (name, unquote(_fill(value, captured)))
            for name, value in parse_qsl(target.query, keep_blank_values=True)
        ]
        if not set(_NAME.findall(target.path)) & set(captured):
            known = {name for name, _ in query}
            query += [
                (name, unquote(value)) for name, value in captured.items() if name not in known
            ]
        return _fill(target.path, captured), query


@dataclass(frozen=True)
class Cron:
    """A path that is called by its schedule, in UTC."""

    path: str
    schedule: str


@dataclass(frozen=True)
class VercelConfig:
    """What vercel.json says about serving requests."""

    headers: tuple[tuple[Pattern, tuple[tuple[str, str], ...]], ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    crons: tuple[Cron, ...] = ()
    clean_urls: bool = False
    durations: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file.

        :raises ConfigError: it is missing, no JSON, malformed, or asks for what is not done here.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path.name} cannot be read: {error}") from error
        try:
            return cls._of(data)
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"{path.name} is malformed: {error!r}") from error

    @classmethod
    def _of(cls, data: dict[str, Any]) -> Self:
        for key in _ROUTING_NOT_KNOWN:
            if data.get(key):
                raise ConfigError(f"the local runner does not do {key!r} of vercel.json")
        rewrites = data.get("rewrites", [])
        headers = data.get("headers", [])
        _refuse_conditions([*rewrites, *headers])
        return cls(
            headers=tuple(
                (Pattern.of(each["source"]), tuple((h["key"], h["value"]) for h in each["headers"]))
                for each in headers
            ),
            rewrites=tuple(
                Rewrite(Pattern.of(each["source"]), _local(each["destination"]))
                for each in rewrites
            ),
            crons=tuple(Cron(each["path"], each["schedule"]) for each in data.get("crons", [])),
            clean_urls=bool(data.get("cleanUrls", False)),
            durations={
                glob: float(settings["maxDuration"])
                for glob, settings in data.get("functions", {}).items()
                if "maxDuration" in settings
            },
        )

    def headers_for(self, path: str) -> list[tuple[str, str]]:
        """The headers of every rule whose source matches; a later rule overrides an earlier one."""
        merged: dict[str, tuple[str, str]] = {}
        for pattern, headers in self.headers:
            if pattern.match(path) is not None:
                merged.update((key.lower(), (key, value)) for key, value in headers)
        return list(merged.values())

    def max_duration(self, file: str) -> float:
        """How many seconds a function (`api/bookings.py`) may take over one request."""
        for glob, seconds in self.durations.items():
            # `**/` may also stand for no folder at all.
            if any(fnmatch.fnmatchcase(file, each) for each in (glob, glob.replace("**/", ""))):
                return seconds
        return DEFAULT_MAX_DURATION


def merge_query(own: str, added: Iterable[tuple[str, str]]) -> str:
    """The request's own query, untouched, followed by what a rewrite adds."""
    return "&".join(part for part in (own, urlencode(list(added), quote_via=quote)) if part)


def _piece(token: re.Match[str]) -> str:
    slash, name, custom, star, unnamed = token.groups()
    if unnamed:
        return f"({unnamed})"
    inner = custom[1:-1] if custom else "[^/]+?"
    if star:
        return f"(?:{slash}(?P<{name}>{inner}(?:/{inner})*))?"
    return f"{slash}(?P<{name}>{inner})"


def _fill(text: str, captured: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: captured.get(found[1], found[0]), text)


def _local(destination: str) -> str:
    if not destination.startswith("/"):
        raise ConfigError(f"the local runner does not proxy to {destination!r}")
    return destination


def _refuse_conditions(rules: Iterable[Mapping[str, Any]]) -> None:
    for rule in rules:
        if any(rule.get(condition) for condition in _CONDITIONS):
            raise ConfigError(f"the local runner does not do 'has' or 'missing' ({rule['source']})")
