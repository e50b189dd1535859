"""A function's start imports what its first request needs, and no SDK.

Whoever calls a function first waits for its start. The SDKs are slow to load (stripe alone takes
longer than everything else together) and most requests need none of them, so each is imported
inside the function that uses it.
"""

import json
import subprocess
import sys
from functools import cache

import pytest

from lib.web import openapi
from tests.architecture.sources import ROOT, Source

# zoneinfo is not among them: pydantic loads it with the first model, in the floor as well.
_SLOW = (
    "stripe",
    "firebase_admin",
    "cloudinary",
    "boto3",
    "botocore",
    "sentry_sdk",
    "requests",
    "urllib3",
    "jwt",
    "cryptography",
    "reportlab",
    "icalendar",
    "PIL",
    "fideslang",
    "asyncio",
    "http.client",
    "email_validator",
)
_FLOOR = """
import pymysql
from http.server import BaseHTTPRequestHandler
from pydantic import BaseModel
class Answer(BaseModel):
    driver: str
"""


@cache
def _loaded_by(code: str) -> frozenset[str]:
    """Return the modules that are loaded once the code has run in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys, json\nprint(json.dumps(list(sys.modules)))"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


def _slow_beyond_the_floor(code: str) -> list[str]:
    """Return the slow modules that the code loads and the floor does not.

    The floor counts because pymysql loads some of `cryptography` by itself, for a way of signing in
    to the database; what it does not load is still ours to leave out.
    """
    beyond = _loaded_by(code) - _loaded_by(_FLOOR)
    return sorted(
        name for name in beyond if any(f"{name}.".startswith(f"{slow}.") for slow in _SLOW)
    )


@pytest.mark.parametrize("module", openapi.modules())
def test_starting_a_function_loads_no_sdk(module: str) -> None:
    assert _slow_beyond_the_floor(f"import {module}") == []


@pytest.mark.parametrize("sdk", ["stripe", "requests", "jwt", "cryptography.fernet"])
def test_an_sdk_that_is_imported_at_the_top_would_be_noticed(sdk: str) -> None:
    assert _slow_beyond_the_floor(f"import {sdk}\nimport api.account")


@pytest.mark.parametrize("module", openapi.modules())
def test_what_a_function_imports_at_its_top_is_no_sdk_either(module: str) -> None:
    # Read, not run: says which line it is.
    source = Source(module.replace(".", "/") + ".py")
    assert not [each for each in source.imports_at_start if each.top in _SLOW]
