"""Dependencies point one way: api → a domain's service → rules, repository, outbox → core.

What only ever points one way can be read, tested and replaced a piece at a time. The roles are in
the names of the files; these tests hold the names to their word.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, Import, Source, docstrings, dotted, sources

_LIB = sources("lib")
_PRODUCT = sources("api", "lib")
_PLUMBING = {"core", "web", "providers"}
_DOMAINS = sorted(
    {source.path.split("/")[1] for source in _LIB if source.path.count("/") > 1} - _PLUMBING
)
_SQL = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|ALTER|CREATE|DROP|TRUNCATE|SET|LOCK|CALL)\s",
)
_SQL_ELSEWHERE = {
    # Each connection is told its zone when it is opened; it is no statement about any table.
    "lib/core/connection.py": "SET time_zone",
    # Reads the text of db/schema.sql, and so has its words.
    "lib/privacy/tables.py": "CREATE TABLE",
}
_NOBODYS_NAMES = re.compile(r"(utils?|helpers?|common|misc|managers?|stuff)$")
# Who may import what is slow to load or speaks to the outside, each with its one place.
_ONLY_HERE = {
    "http.server": "lib/web/",
    "socketserver": "lib/web/",
    "requests": "lib/providers/http.py",
    "stripe": "lib/providers/stripe/client.py",
    "boto3": "lib/providers/aws/storage.py",
    "botocore": "lib/providers/aws/storage.py",
    "jwt": "lib/providers/",
    "icalendar": "lib/calendars/writing.py",
    "pymysql": "lib/core/",
    "ssl": "lib/core/connection.py",
    "urllib.request": "lib/providers/http.py",
    "urllib3": "lib/providers/http.py",
    "http.client": "lib/providers/http.py",
    "socket": "lib/providers/http.py",
    "subprocess": "nowhere",
}
_DOOR = {"lib.web.route", "lib.web.webhook"}
_NOW = {"datetime.now", "datetime.utcnow", "time.time", "date.today"}
_ENVIRONMENT = {
    "lib/core/config.py",  # every setting, by name
    "lib/core/clock.py",  # SANDBOX_CLOCK, which is no setting of a deployment and refused by one
}


def _domain_of(path_or_module: str) -> str:
    return re.split(r"[./]", path_or_module)[1]


def _of(source: Source) -> list[Import]:
    return [each for each in source.imports if each.top == "lib"]


def _whole(each: Import) -> str:
    """The module that is meant: `from lib.mentors import service` is lib.mentors.service."""
    return f"{each.module}.{each.name}" if each.module.count(".") == 1 else each.module


def test_there_is_something_to_hold_to_the_rules() -> None:
    assert len(_LIB) > 50
    assert {"accounts", "scheduling", "purchases", "ledger", "privacy"} <= set(_DOMAINS)


def test_core_knows_no_business() -> None:
    # Everything stands on it: a word of one domain here would tie every other domain to it.
    for source in sources("lib/core"):
        for each in _of(source):
            assert each.module.startswith("lib.core"), f"{source.path}:{each.line} {each.module}"


def test_the_http_layer_knows_one_domain_only_and_that_is_who_is_calling() -> None:
    # It carries every use case without knowing one; whose token it is, is asked of sessions.
    for source in sources("lib/web"):
        for each in _of(source):
            is_below = each.module.startswith(("lib.core", "lib.web"))
            is_caller = source.path == "lib/web/auth.py" and each.module.startswith("lib.sessions")
            assert is_below or is_caller, f"{source.path}:{each.line} {each.module}"


def test_domains_know_nothing_of_http_beyond_the_base_of_their_schemas() -> None:
    # A use case is called by a request, by cron and by the outbox alike.
    for source in _LIB:
        if _domain_of(source.path) in _DOMAINS:
            for each in _of(source):
                is_http = each.module.startswith("lib.web") or _whole(each).startswith("lib.web.")
                assert not is_http or each.module == "lib.web.schema", f"{source.path}:{each.line}"


def test_providers_know_no_domain() -> None:
    # A client speaks its provider's language and ours, and decides nothing. Its webhook has a door
    # of its own, whose form is the HTTP layer's.
    for source in sources("lib/providers"):
        for each in _of(source):
            is_door = source.role == "webhook" and each.module in {
                "lib.web.route",
                "lib.web.webhook",
            }
            assert is_door or each.module.startswith(("lib.core", "lib.providers")), (
                f"{source.path}:{each.line} {each.module}"
            )


def test_a_domain_uses_another_through_its_service_and_words_only() -> None:
    # Another domain's rows are that domain's to read and write: its service keeps them right. Its
    # schemas, errors and rules are words that two may share. A row that a service has handed over
    # may be named by its type (a class), but no function of a repository is ever called.
    for source in _LIB:
        for each in _of(source):
            mine, theirs = _domain_of(source.path), _domain_of(each.module)
            if mine in _PLUMBING or theirs in _PLUMBING or mine == theirs:
                continue
            role = _whole(each).split(".")[2]
            is_type = role.endswith("repository") and re.match(r"[A-Z][a-z]", each.name)
            assert is_type or role in {"service", "schemas", "errors", "rules"}, (
                f"{source.path}:{each.line} {each.module} ({each.name})"
            )


def test_rules_are_pure() -> None:
    # A decision that needs nothing but its arguments can be tested by the thousand, second by
    # second. Followed through their own domain's words: what those import counts as well.
    for rules in (source for source in _LIB if source.role == "rules"):
        for by, whole in _rests_on(rules):
            impure = whole.endswith(("repository", "service")) or whole == "lib.core.db"
            assert not impure, f"{rules.path} rests on {whole}, by {by}"
            assert _domain_of(whole) in {"core", _domain_of(rules.path)}, f"{by} {whole}"


def _rests_on(source: Source) -> list[tuple[str, str]]:
    """Return what a file imports of lib, and what that imports, each with who says so."""
    by_module = {each.module: each for each in _LIB}
    found: dict[str, str] = {}
    waiting = [source]
    while waiting:
        here = waiting.pop()
        for each in _of(here):
            whole = _whole(each)
            if whole not in found:
                found[whole] = f"{here.path}:{each.line}"
                waiting += [by_module[whole]] if whole in by_module else []
    return [(by, whole) for whole, by in found.items()]


def test_a_repository_knows_rows_and_nothing_that_acts() -> None:
    # It is all of a domain's SQL and no more: no service, no provider, no clock of its own.
    for source in (source for source in _LIB if source.role.endswith("repository")):
        for each in _of(source):
            place = f"{source.path}:{each.line} {each.module}"
            assert _domain_of(each.module) in {"core", _domain_of(source.path)}, place
            assert _whole(each).split(".")[2] not in {"service", "clock"}, place


def test_statements_stand_in_repositories_only() -> None:
    # So that one lint sees them all, and a table has one place where it is read and written.
    for source in _PRODUCT:
        if source.role.endswith("repository"):
            continue
        words = docstrings(source.tree)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                exception = _SQL_ELSEWHERE.get(source.path)
                is_known = exception is not None and node.value.startswith(exception)
                assert id(node) in words or is_known or not _SQL.match(node.value), (
                    f"{source.path}:{node.lineno} {node.value[:50]!r}"
                )


def test_every_exception_is_still_one() -> None:
    # An exception that nobody needs any more would let the next one through.
    for path, words in _SQL_ELSEWHERE.items():
        assert words in Source(path).text, path
    for path in _ENVIRONMENT:
        assert "os.environ" in Source(path).text, path


@pytest.mark.parametrize(("module", "place"), _ONLY_HERE.items())
def test_what_reaches_outside_has_one_place(module: str, place: str) -> None:
    # http.server in lib/web, the database in core/db, suppliers in lib/providers: the limits, the
    # time-outs and the register of suppliers hold only for what goes through them.
    for source in _PRODUCT:
        for each in source.imports:
            name = f"{each.module}.{each.name}"
            if module in {each.module, name} or each.module.startswith(f"{module}."):
                assert source.path.startswith(place), f"{source.path}:{each.line} {each.module}"


def test_the_environment_is_read_in_one_place() -> None:
    # So that .env.example can be complete, and a missing variable is named when it is missed.
    for source in _PRODUCT:
        for node in ast.walk(source.tree):
            if isinstance(node, (ast.Attribute, ast.Name)):
                reads = dotted(node) in {"os.environ", "os.getenv", "environ", "getenv"}
                assert not reads or source.path in _ENVIRONMENT, f"{source.path}:{node.lineno}"


def test_time_comes_from_the_clock() -> None:
    # The local world moves it, tests hand it in; what reads the machine's own would not follow.
    for source in _PRODUCT:
        for call in source.calls():
            reads = dotted(call.func) in {
                "datetime.now",
                "datetime.utcnow",
                "time.time",
                "date.today",
            }
            assert not reads or source.path == "lib/core/clock.py", f"{source.path}:{call.lineno}"


def test_the_product_knows_neither_sandbox_nor_tests() -> None:
    # They are not deployed.
    for source in _PRODUCT:
        for each in source.imports:
            assert each.top not in {"sandbox", "tests", "pytest"}, f"{source.path}:{each.line}"


def test_simulators_share_no_code_with_the_product() -> None:
    # A mistake that both sides share would be found by neither.
    simulators = sources("sandbox/simulators")
    assert len(simulators) > 20
    for source in simulators:
        for each in source.imports:
            assert each.top not in {"lib", "api", "tests"}, f"{source.path}:{each.line}"


def test_nothing_outside_of_api_imports_a_function() -> None:
    # A function is the outermost layer; only the document of the API reads them all.
    for source in _LIB:
        assert not [each for each in source.imports if each.top == "api"], source.path


def test_nothing_is_named_after_nothing() -> None:
    # `utils` is where code goes whose place nobody looked for, and where nobody finds it.
    top = ("api", "lib", "db", "sandbox", "tests", "docs", "public")
    for path in (path for folder in top for path in (ROOT / folder).rglob("*")):
        for part in path.relative_to(ROOT).parts:
            assert not _NOBODYS_NAMES.search(Path(part).stem), path


def test_no_import_goes_round_in_a_circle() -> None:
    # Two modules that need each other are one, or one of them is in the wrong place. Imports
    # inside a function don't count: the outbox finds its handlers so.
    below = {
        source.module: sorted(
            {
                name
                for each in source.imports_at_start
                for name in (each.module, f"{each.module}.{each.name}")
                if name != source.module and name.startswith("lib.")
            }
        )
        for source in _LIB
    }
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join([*way[way.index(module) :], module])
        if module in done:
            return
        for name in below.get(module, ()):
            visit(name, (*way, module))
        done.add(module)

    for module in below:
        visit(module, ())
    assert set(below) <= done
