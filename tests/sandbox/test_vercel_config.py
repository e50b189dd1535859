"""vercel.json read as the platform reads it; what is not done here is refused, not passed over."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.crons import matches
from sandbox.vercel_config import ConfigError, Pattern, Rewrite, VercelConfig, merge_query


def read(tmp_path: Path, content: dict[str, Any]) -> VercelConfig:
    path = tmp_path / "vercel.json"
    path.write_text(json.dumps(content))
    return VercelConfig.read(path)


@pytest.mark.parametrize(
    ("source", "path", "captured"),
    [
        ("/v1/slots", "/v1/slots", {}),
        ("/v1/slots", "/v1/slots/", None),
        ("/v1/slots", "/V1/slots", None),
        ("/v1.0/slots", "/v1x0/slots", None),
        ("/v1/:id", "/v1/abc", {"id": "abc"}),
        ("/v1/:id", "/v1/a/b", None),
        ("/v1/:id", "/v1/", None),
        ("/v1/:id/cancel", "/v1/bkg_1/cancel", {"id": "bkg_1"}),
        ("/v1/:id(\\d+)", "/v1/12", {"id": "12"}),
        ("/v1/:id(\\d+)", "/v1/x", None),
        ("/docs/:rest*", "/docs", {"rest": ""}),
        ("/docs/:rest*", "/docs/a/b", {"rest": "a/b"}),
        ("/(.*)", "/anything/at/all", {}),
    ],
)
def test_a_source_matches_what_the_platform_matches(
    source: str, path: str, captured: dict[str, str] | None
) -> None:
    assert Pattern.of(source).match(path) == captured


@pytest.mark.parametrize(
    ("source", "destination", "path", "target", "query"),
    [
        ("/v1/b/:id", "/api/b", "/v1/b/7", "/api/b", [("id", "7")]),
        ("/v1/b/:id", "/api/b?booking=:id", "/v1/b/7", "/api/b", [("booking", "7"), ("id", "7")]),
        ("/v1/b/:id", "/api/b?id=:id", "/v1/b/7", "/api/b", [("id", "7")]),
        ("/v1/:f/:id", "/api/:f", "/v1/b/7", "/api/b", []),
        ("/v1/b", "/api/b?fixed=1", "/v1/b", "/api/b", [("fixed", "1")]),
    ],
)
def test_a_rewrite_adds_captured_parts_unless_one_stands_in_the_destinations_path(
    source: str, destination: str, path: str, target: str, query: list[tuple[str, str]]
) -> None:
    assert Rewrite(Pattern.of(source), destination).apply(path) == (target, query)


def test_the_callers_own_query_comes_first_and_is_not_re_encoded() -> None:
    assert merge_query("x=%2F&y", [("id", "a b")]) == "x=%2F&y&id=a%20b"
    assert merge_query("", []) == ""


def test_later_header_rules_override_earlier_ones(tmp_path: Path) -> None:
    rules = [
        {"source": "/(.*)", "headers": [{"key": "Cache-Control", "value": "public"}]},
        {"source": "/v1/(.*)", "headers": [{"key": "cache-control", "value": "no-store"}]},
    ]
    config = read(tmp_path, {"headers": rules})

    assert config.headers_for("/v1/x") == [("cache-control", "no-store")]
    assert config.headers_for("/x") == [("Cache-Control", "public")]


def test_a_functions_time_comes_from_its_glob_and_is_300_seconds_otherwise(tmp_path: Path) -> None:
    config = read(tmp_path, {"functions": {"api/**/*.py": {"maxDuration": 30}}})

    assert config.max_duration("api/bookings.py") == 30
    assert config.max_duration("api/webhooks/vipps.py") == 30
    assert read(tmp_path, {}).max_duration("api/bookings.py") == 300


@pytest.mark.parametrize(
    "content",
    [
        {"redirects": [{"source": "/a", "destination": "/b"}]},
        {"rewrites": [{"source": "/a", "destination": "https://elsewhere.example/"}]},
        {"rewrites": [{"source": "a", "destination": "/b"}]},
        {"rewrites": [{"source": "/a"}]},
        {"rewrites": [{"source": "/a", "destination": "/b", "has": [{"type": "host"}]}]},
        {"headers": [{"source": "/a", "headers": "none"}]},
    ],
)
def test_what_the_runner_cannot_do_is_refused(tmp_path: Path, content: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        read(tmp_path, content)


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"vercel\.json cannot be read"):
        VercelConfig.read(tmp_path / "vercel.json")
    (tmp_path / "vercel.json").write_text("{")
    with pytest.raises(ConfigError, match=r"vercel\.json cannot be read"):
        VercelConfig.read(tmp_path / "vercel.json")


@pytest.mark.parametrize(
    ("schedule", "moment", "due"),
    [
        ("* * * * *", (2026, 11, 23, 17, 31), True),
        ("*/5 * * * *", (2026, 11, 23, 17, 30), True),
        ("*/5 * * * *", (2026, 11, 23, 17, 31), False),
        ("0 3 * * *", (2026, 11, 23, 3, 0), True),
        ("0 3 * * *", (2026, 11, 23, 4, 0), False),
        ("0,30 * * * *", (2026, 11, 23, 9, 30), True),
        ("0 0 1 * *", (2026, 11, 1, 0, 0), True),
        ("0 0 * * 0", (2026, 11, 22, 0, 0), True),  # a Sunday
        ("0 0 * * 1", (2026, 11, 22, 0, 0), False),
    ],
)
def test_a_schedule_names_its_minutes_in_utc(
    schedule: str,
    moment: tuple[int, int, int, int, int],
    due: bool,  # noqa: FBT001
) -> None:
    assert matches(schedule, datetime(*moment, tzinfo=UTC)) is due


@pytest.mark.parametrize(
    "schedule", ["", "* * * *", "60 * * * *", "*/0 * * * *", "@daily", "1-5 * * * *"]
)
def test_a_schedule_that_is_not_understood_is_refused(schedule: str) -> None:
    with pytest.raises(ConfigError):
        matches(schedule, datetime(2026, 11, 23, tzinfo=UTC))
