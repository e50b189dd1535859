"""One file below api/ is one function of the platform, and holds HTTP and nothing else.

The platform finds a function by reading, not by importing, and each one is a process, a cold start
and a set of database connections of its own. What a function decides can't be reused by another,
and can't be tested without HTTP; so it decides nothing.
"""

import ast
import re
from collections import Counter

import pytest

from sandbox.functions import discover
from tests.architecture.sources import ROOT, Import, Source, docstrings, dotted, sources

_FUNCTIONS = sources("api")
_MAX_FUNCTIONS = 40
_MAX_LINES = 100
_SQL = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|ALTER|CREATE|DROP)\s", re.IGNORECASE
)
_SDKS = {"stripe", "firebase_admin", "cloudinary", "boto3", "botocore", "sentry_sdk", "requests"}
_SDKS |= {"jwt", "cryptography", "pymysql", "urllib3", "socket", "http", "urllib"}
_FROM_OUTSIDE = {"typing", "pydantic", "datetime", "collections"}
# The doors of providers: who may knock (guard and signature) and in which words (payloads).
_DOORS = re.compile(r"lib\.providers\.\w+(\.(webhook|payloads|settings))?")
_PLUMBING = re.compile(r"lib\.(web|core)(\.\w+)?")
_INNER = re.compile(r"lib\.\w+\.(\w*repository|rules)$")

each_function = pytest.mark.parametrize(
    "function", _FUNCTIONS, ids=[source.path for source in _FUNCTIONS]
)


def test_there_are_functions_and_no_more_than_forty() -> None:
    # Each is built, cold started and connected to the database apart: a resource, not a verb.
    assert 0 < len(_FUNCTIONS) <= _MAX_FUNCTIONS


def test_the_platform_finds_every_file_below_api() -> None:
    # It passes a file without a literal handler over in silence: the address would answer 404.
    assert sorted(discover(ROOT).values()) == [source.path for source in _FUNCTIONS]


@each_function
def test_a_function_is_a_literal_class_handler_at_the_top_level(function: Source) -> None:
    # The platform's builder looks for `class handler(` in the text; an alias or a factory is no
    # function to it. `Endpoint` is what catches every error: without it a caller gets no answer.
    handlers = [
        node
        for node in function.tree.body
        if isinstance(node, ast.ClassDef) and node.name == "handler"
    ]
    assert len(handlers) == 1, "exactly one class handler"
    assert [dotted(base) for base in handlers[0].bases] == ["Endpoint"]
    assert not handlers[0].keywords
    assert not handlers[0].decorator_list
    assert re.search(r"^class handler\(Endpoint\):$", function.text, re.MULTILINE)


@each_function
def test_a_function_is_short(function: Source) -> None:
    # A long one decides something, and what it decides belongs into a service.
    assert function.lines <= _MAX_LINES, f"{function.lines} lines"


@each_function
def test_a_function_holds_declarations_and_small_models_only(function: Source) -> None:
    # A function or a table of data beside the handler is a decision on its way out of the service.
    for node in function.tree.body:
        allowed = (ast.Import, ast.ImportFrom, ast.ClassDef)
        is_docstring = node is function.tree.body[0] and isinstance(node, ast.Expr)
        assert is_docstring or isinstance(node, allowed), f"line {node.lineno}"
        if isinstance(node, ast.ClassDef) and node.name != "handler":
            bases = [dotted(base) for base in node.bases]
            assert bases in (["Output"], ["Input"]), f"{node.name} is no model of what goes out"


@each_function
def test_a_function_knows_no_sql(function: Source) -> None:
    # A statement here is outside of the transaction's rules, of the lint and of the export.
    words = docstrings(function.tree)
    for node in ast.walk(function.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
            assert not _SQL.match(node.value), f"line {node.lineno}: {node.value[:60]}"


@each_function
def test_a_function_imports_use_cases_and_never_what_is_behind_them(function: Source) -> None:
    for each in function.imports:
        assert _may_import(function, each), (
            f"line {each.line}: {each.module} ({each.name}). A function speaks HTTP: it calls a "
            "service, names schemas and errors, and knows neither SQL, nor rules, nor providers"
        )


def test_no_two_functions_declare_the_same_route() -> None:
    # The rewrite would send all of it to one of them, and the other would never be called.
    declared = Counter(route for source in _FUNCTIONS for route in _routes(source))
    assert declared
    assert not [route for route, number in declared.items() if number > 1]


def _may_import(function: Source, each: Import) -> bool:
    if each.top != "lib":
        return each.top in _FROM_OUTSIDE - _SDKS
    if _PLUMBING.fullmatch(each.module):
        # The raw layers stay below: transactions are the endpoint's and the services' business.
        return f"{each.module}.{each.name}" != "lib.web.repository"
    if each.module.startswith("lib.providers"):
        # Errors are named where they are declared, since the API's document is made of them.
        is_door = function.path.startswith("api/webhooks/") and _DOORS.fullmatch(each.module)
        return bool(is_door) or each.name.endswith("Error")
    named = f"{each.module}.{each.name}" if each.module.count(".") == 1 else each.module
    return not _INNER.search(named)


def _routes(source: Source) -> list[tuple[str, str]]:
    decorators = [
        decorator
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and decorator.args
    ]
    # `webhook.PATH` is another address in each file that says it.
    return [
        (dotted(one.func), path if "PATH" not in path else f"{source.path} {path}")
        for one in decorators
        for path in [ast.unparse(one.args[0])]
    ]
