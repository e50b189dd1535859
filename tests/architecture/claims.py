"""What the tables of a page claim: rows, the tests that are to show them, the calls that they name.

A row is a line of a table. It claims something that a test shows, and the test must be there.
"""

import ast
import re
from functools import cache
from pathlib import Path

from lib.web import openapi
from tests.architecture.sources import ROOT, Source

_TEST = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")
_ENDPOINT = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/v1/[^\s`|,;)]*)")


def rows(page: Path) -> list[list[str]]:
    """Return the cells of every row of every table of a page, without heads and rulers."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found = []
    for at, line in enumerate(lines):
        is_head = at + 1 < len(lines) and re.match(r"\|[-| ]+\|$", lines[at + 1])
        if line.startswith("|") and not is_head and not re.match(r"\|[-| ]+\|$", line):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def missing_tests(text: str) -> list[str]:
    """Return the tests that a row names and that are not there; that it names none is a fault."""
    tests = _TEST.findall(text)
    if not tests:
        return ["no test shows it"]
    return [
        f"there is no test {path}::{name or '?'}"
        for path, name in tests
        if not (ROOT / path).is_file() or name not in _functions(path)
    ]


def unknown_calls(text: str) -> list[str]:
    """Return the calls that a row names and that are no routes."""
    known = {(route.method, shape(route.path)) for route in openapi.routes()}
    return [
        f"{method} {path}" for method, path in calls(text) if (method, shape(path)) not in known
    ]


def calls(text: str) -> list[tuple[str, str]]:
    """Return the calls that a row names: method and path."""
    return _ENDPOINT.findall(text)


def shape(path: str) -> str:
    """Return a path without the names of its parameters."""
    return re.sub(r"\{\w+\}|:\w+", "{}", path)


@cache
def _functions(path: str) -> set[str]:
    return {node.name for node in ast.walk(Source(path).tree) if isinstance(node, ast.FunctionDef)}
