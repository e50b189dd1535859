"""One SQL dialect for MySQL 8, MariaDB 10.11 and Vitess: what only one of them has is not used.

No local engine refuses what another lacks: MariaDB, on which the suite runs, has RETURNING and
sequences; Vitess plans LOCK TABLES as nothing at all. So the text is read.
"""

import ast
import re

import pytest

from lib.privacy.tables import Table, read_tables
from tests.architecture.sources import ROOT, dotted, sources
from tests.architecture.statements import Statement, normal, statements

_SCHEMA = (ROOT / "db/schema.sql").read_text(encoding="utf-8")
_TABLES = {table.name: table for table in read_tables(_SCHEMA)}
_CREATED = re.findall(r"^CREATE TABLE (\w+) \((.*?)^\)(.*?);$", _SCHEMA, re.MULTILINE | re.DOTALL)

# Each with why: who has it and who has not (the portable subset is docs/decisions/0003's).
_NOT_PORTABLE = {
    r"\bRETURNING\b": "MariaDB only",
    r"->": "JSON paths: MySQL only; JSON_UNQUOTE(JSON_EXTRACT()) is both's",
    r"\bJSON_TABLE\b": "not on PlanetScale",
    r"\bMEMBER OF\b": "MySQL only",
    r"\bFOR SHARE\b": "MySQL only",
    r"\bLOCK IN SHARE MODE\b": "a lock that two can hold is the shortest way to a deadlock",
    r"\bFOR UPDATE OF\b": "MySQL only",
    r"\bINSERT\b.*\bVALUES\b.*\)\s*AS\s+\w+\s*(\(|ON\b|$)": "row alias: MySQL only",
    r"\bREPLACE INTO\b|^\s*REPLACE\b(?!\()": "deletes and inserts; not when sharded",
    r"\bWITH RECURSIVE\b": "not on PlanetScale",
    r"\bGET_LOCK\b|\bRELEASE_LOCK\b": "needs a connection of one's own behind a pool",
    r"\bLOCK TABLES\b": "Vitess plans it as nothing, silently",
    r"\bNOW\(|\bCURRENT_TIMESTAMP\b|\bCURDATE\b|\bSYSDATE\b|\bUTC_TIMESTAMP\b|\bUNIX_TIMESTAMP\(": (
        "time is an argument: the local world moves it, and a retry must not"
    ),
    r"\bUUID\(|\bRAND\(": "ids are made in Python, so that a retry has the same",
    r"\bFOREIGN KEY\b|\bREFERENCES\b": "not when sharded, and constraint names change",
    r"\bTRIGGER\b|\bPROCEDURE\b|\bFUNCTION\b|\bEVENT\b": "not on PlanetScale",
    r"\bAUTO_INCREMENT\b|\bSEQUENCE\b|\bLAST_INSERT_ID\b": "ids are made in Python",
    r"\bENUM\b|\bSET\(": "a new value would be a change of the table; CHECK says it",
    r"\bVIEW\b": "not when sharded",
    r"\bSELECT\s+(\w+\.)?\*|,\s*(\w+\.)?\*": "columns are listed: none appears by itself",
    r"\bLATERAL\b|\bANY_VALUE\b|\bREGEXP_LIKE\b|\bEXPLAIN\b": "MySQL only",
    r"\bCREATE TEMPORARY\b": "not when sharded",
    r"\bSQL_CALC_FOUND_ROWS\b|\bFOUND_ROWS\(": "reads an unbounded set to count it",
    r":=": "user variables: not on PlanetScale",
    r"/\*": "hints are silently ignored by one engine or the other",
    r"\bOR REPLACE\b|\bIF NOT EXISTS\b|\bIF EXISTS\b": "MariaDB only, for most objects",
    r"\b(NVARCHAR|LONGTEXT|UUID|GEOMETRY|YEAR|TIMESTAMP|BIT)\b(?!_)": "types outside the subset",
    r"utf8mb4_0900|uca1400|utf8mb3|latin1": "a collation that one engine lacks",
    r";.*\S": "one statement at a time: Db sends no more",
}
# Statements that are not literals, by who makes them, each with its reason.
_PRIVACY = (
    "made from the contract in db/schema.sql, whose names are checked against a pattern; every "
    "value is a parameter: a table that is added later is exported and erased with no new code"
)
_MADE = {
    "lib/privacy/repository.py rows_about": _PRIVACY,
    "lib/privacy/repository.py own_keys": _PRIVACY,
    "lib/privacy/repository.py people_of": _PRIVACY,
    "lib/privacy/repository.py extent": _PRIVACY,
    "lib/privacy/repository.py delete_rows": _PRIVACY,
    "lib/privacy/repository.py empty_columns": _PRIVACY,
    "lib/privacy/mention_repository.py words": _PRIVACY,
    "lib/privacy/mention_repository.py set_words": _PRIVACY,
    "lib/privacy/retention_repository.py due_rows": _PRIVACY,
    "lib/privacy/retention_repository.py delete": _PRIVACY,
    "lib/privacy/retention_repository.py oldest": _PRIVACY,
    "lib/privacy/search_repository.py window_end": _PRIVACY,
    "lib/privacy/search_repository.py search": _PRIVACY,
}
_ADDED = "two literals, the second of which is FOR UPDATE: the same row, read past the snapshot"
_JOINED = {"lib/disclosures/repository.py find": _ADDED}
# SELECTs that are bounded neither by a key, nor by LIMIT, nor by being a sum; each with why.
_UNBOUNDED = {
    "lib/ledger/repository.py accounts": "the few accounts that are named, each by its unique key",
    "lib/ledger/repository.py booked": "a cause has a handful of steps, each booked once",
    "lib/mentors/offer_repository.py count_active_offers": "a mentor has 50 at most; locked here",
    "lib/mentors/pack_repository.py count_active_packs": "a mentor has 20 at most; locked here",
    "lib/mentors/repository.py tags": "of one page of mentors, each with a few (their schema)",
    "lib/privacy/search_repository.py read_schema": "the tables of this schema, by a person's hand",
    "lib/scheduling/calendar_repository.py run_out_in_the_way": "two people's, within a session",
    "lib/scheduling/schedule_repository.py schedule": "one mentor's, within a span of dates",
    "lib/sessions/repository.py unused_successor": "a refresh token has one: a second is deleted",
}

_LITERAL = [one for one in statements() if one.text is not None]
_SELECTS = [one for one in _LITERAL if one.words.upper().startswith("SELECT")]

each_statement = pytest.mark.parametrize(
    "statement", _LITERAL, ids=[f"{one.place}:{one.line}" for one in _LITERAL]
)


def test_the_statements_are_found() -> None:
    # Counted apart, so that a reader which finds nothing can't pass.
    text = "".join(one.text for one in sources("lib") if one.role.endswith("repository"))
    written = len(re.findall(r"\bdb\.(?:rows|execute|insert_all|all|one)\(", text))
    assert len({(one.place, one.line) for one in statements()}) == written > 100


@each_statement
def test_a_statement_is_portable(statement: Statement) -> None:
    assert _faults(statement.words) == []


def test_the_schema_is_portable() -> None:
    statements_of_schema = normal(_SCHEMA).split(";")
    assert len(statements_of_schema) > 20
    assert [fault for one in statements_of_schema for fault in _faults(one)] == []


def _faults(words: str) -> list[str]:
    return [
        f"{pattern}: {why}"
        for pattern, why in _NOT_PORTABLE.items()
        if re.search(pattern, words, re.IGNORECASE)
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM a WHERE id = %(id)s RETURNING id",
        "SELECT a->>'$.b' FROM c",
        "SELECT * FROM a",
        "SELECT a.* FROM a",
        "SELECT id FROM a FOR SHARE",
        "SELECT id FROM a FOR UPDATE OF a",
        "INSERT INTO a (b) VALUES (%(b)s) AS new ON DUPLICATE KEY UPDATE b = new.b",
        "REPLACE INTO a (b) VALUES (%(b)s)",
        "SELECT id FROM a WHERE b < NOW()",
        "CREATE TABLE a (id INT NOT NULL AUTO_INCREMENT)",
        "CREATE TABLE a (b ENUM('c'))",
        "DELETE FROM a; DELETE FROM b",
        "WITH RECURSIVE a AS (SELECT 1) SELECT b FROM a",
    ],
)
def test_what_is_not_portable_is_noticed(statement: str) -> None:
    assert _faults(normal(statement))


@each_statement
def test_a_statement_takes_its_values_by_name(statement: Statement) -> None:
    # A value inside the text is a way in for whoever gave it; a place by number goes wrong with
    # the next one that is put between.
    text = statement.text or ""
    assert not re.search(r"%(?!\(\w+\)s|%)", text), "only %(name)s"
    assert not re.search(r"[{}]", text), "no place for str.format"


def test_no_statement_is_made_at_run_time() -> None:
    # A literal can be read, linted and searched for; LiteralString keeps input out of it. Literals
    # that are added up are one: every check here sees the whole.
    made = {one.place for one in statements() if one.text is None}
    assert made == set(_MADE), "a statement is a literal, or named here with its reason"


def test_statements_made_from_the_contract_hold_no_values() -> None:
    # Their pieces are names that `quoted` has checked; an f-string with a value would go past it.
    for source in sources("lib/privacy"):
        if not source.role.endswith("repository") and source.role != "statements":
            continue
        for call in source.calls():
            assert dotted(call.func) not in {"str", "repr"}, f"{source.path}:{call.lineno}"
            if isinstance(call.func, ast.Attribute):
                assert call.func.attr != "format", f"{source.path}:{call.lineno}"


@pytest.mark.parametrize("statement", _SELECTS, ids=[f"{one.place}:{one.line}" for one in _SELECTS])
def test_a_read_is_bounded(statement: Statement) -> None:
    # A set that nobody bounds is small in a test and the whole table in its third year.
    bounded = _is_bounded(statement.words)
    assert bounded or statement.place in _UNBOUNDED, statement.text
    assert not (bounded and statement.place in _UNBOUNDED), "no exception any more"


@pytest.mark.parametrize(
    "words",
    [
        "SELECT id FROM booking WHERE state = %(state)s",
        "SELECT id FROM booking WHERE id = %(id)s OR mentee_id = %(id)s",
        "SELECT mentor_id, COUNT(id) FROM booking GROUP BY mentor_id",
        "SELECT weekday FROM schedule s JOIN schedule_rule r ON r.schedule_id = s.id WHERE id = :a",
        "SELECT id FROM booking WHERE id = %(id)s UNION SELECT id FROM booking",
    ],
)
def test_a_read_that_nothing_bounds_is_noticed(words: str) -> None:
    assert not _is_bounded(words)


def test_every_exception_of_a_read_is_still_there() -> None:
    assert set(_UNBOUNDED) <= {one.place for one in _SELECTS}


def _is_bounded(words: str) -> bool:
    """Whether a SELECT, and each part of a UNION, can only ever read a few rows."""
    plain = re.sub(r"%\((\w+)\)s", r":\1", words)
    return bool(re.search(r"\bLIMIT\b", plain)) or all(
        _is_by_key_or_sum(part) for part in re.split(r"\bUNION(?: ALL)?\b", plain)
    )


def _is_by_key_or_sum(words: str) -> bool:
    is_sum = re.match(r"\s*SELECT (COALESCE\()?(COUNT|SUM|MIN|MAX|EXISTS)\b", words)
    if is_sum and "GROUP BY" not in words:
        return True
    before, _, where = words.partition(" WHERE ")
    head, *joins = re.split(r"\b(?:LEFT )?JOIN\b", before.partition(" FROM ")[2])
    # What stands between parentheses with an OR in it narrows, and fixes no column.
    fixing = re.sub(r"\([^()]* OR [^()]*\)", "TRUE", where)
    if " OR " in fixing or not _is_fixed(head, fixing):
        return False
    return all(_is_fixed(*join.split(" ON ", 1)) for join in joins)


def _is_fixed(named: str, condition: str) -> bool:
    """Whether the condition fixes a unique key of the table that is named, as `offer o`."""
    name, *rest = named.split()
    if name not in _TABLES:
        return False
    alias = rest[-1] if rest else name
    fixed = {
        column
        for owner, column in re.findall(r"(?:(\w+)\.)?(\w+)(?: = | IN )[:\w]", condition)
        if owner in {"", alias}
    }
    fixed |= set(re.findall(rf"= {alias}\.(\w+)", condition))
    fixed |= set(re.findall(r"(\w+) = ''", condition))
    return any(set(key) <= fixed for key in _unique_keys(_TABLES[name]))


def _unique_keys(table: Table) -> list[tuple[str, ...]]:
    return [table.primary_key, *(one.columns for one in table.indexes if one.unique)]


@each_statement
def test_a_change_does_not_read_what_it_changes(statement: Statement) -> None:
    # MySQL refuses it (1093), MariaDB does it: the suite would not notice.
    found = re.match(r"(?:DELETE FROM|UPDATE) (\w+)", statement.words)
    if found:
        read = re.findall(r"\bSELECT .*? FROM (\w+)", statement.words)
        assert found[1] not in read


def test_every_named_table_and_no_other_exists() -> None:
    for one in _LITERAL:
        for name in re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_.]+)\b", one.words):
            assert name in _TABLES or name.startswith("information_schema."), f"{one.place}: {name}"


# ─────────────────────────────────────────────────────────────── the schema


@pytest.mark.parametrize(("name", "body", "end"), _CREATED, ids=[name for name, _, _ in _CREATED])
def test_a_table_says_all_that_an_engine_would_otherwise_choose(
    name: str, body: str, end: str
) -> None:
    # Engine, character set and collation differ by server; a key made up by the server has no name
    # that an error could be known by; Vitess wants a primary key whose columns are not null.
    assert re.match(r" ENGINE=InnoDB DEFAULT CHARACTER SET=\w+ COLLATE=\w+\s", end)
    lines = [normal(line).strip().rstrip(",") for line in body.splitlines() if line.strip()]
    primary = [line for line in lines if line.startswith("PRIMARY KEY (")]
    assert len(primary) == 1
    columns = {line.split()[0]: line for line in lines if re.match(r"[a-z]", line)}
    assert columns
    for column in re.findall(r"\w+", primary[0].removeprefix("PRIMARY KEY")):
        assert " NOT NULL" in columns[column], f"{name}.{column}"
    for column, line in columns.items():
        assert re.search(r" (NOT )?NULL\b", line), f"{name}.{column} leaves it to the engine"
        assert not (re.search(r"\b(TEXT|JSON)\b", line) and "DEFAULT" in line), f"{name}.{column}"
        has_words = re.search(r"\butf8mb4\b", line)
        assert not has_words or "COLLATE utf8mb4_unicode_520_ci" in line, f"{name}.{column}"


def test_a_boolean_is_the_only_tiny_integer() -> None:
    # The reader makes a bool of every TINYINT: a small number would come back as True.
    assert not re.search(r"\bTINYINT\b", normal(_SCHEMA))
    assert re.search(r"\bBOOLEAN\b", normal(_SCHEMA))


def test_times_are_to_the_microsecond() -> None:
    # DATETIME alone rounds: a time that is read back is not the one that was written.
    assert not re.search(r"\bDATETIME\b(?!\(6\))", normal(_SCHEMA))


def test_every_key_and_check_has_a_name_and_no_two_have_the_same() -> None:
    # The name is what becomes a domain error; without one each engine makes up its own.
    words = normal(_SCHEMA)
    assert len(re.findall(r"\bCHECK \(", words)) == len(
        re.findall(r"CONSTRAINT \w+ CHECK \(", words)
    )
    assert not re.search(r"(?<!PRIMARY )\bKEY \(", words)
    names = re.findall(r"(?<!PRIMARY )\bKEY (\w+) \(|CONSTRAINT (\w+) CHECK", words)
    flat = [key or check for key, check in names]
    assert len(flat) > 40
    assert len(flat) == len(set(flat))


def test_a_name_of_a_constraint_that_code_looks_at_exists() -> None:
    # A name that is misspelt in code is a rule that never holds.
    words = normal(_SCHEMA)
    known = set(re.findall(r"UNIQUE KEY (\w+) \(|CONSTRAINT (\w+) CHECK", words))
    names = {one or other for one, other in known} | {"PRIMARY"}
    for source in sources("lib", "api", "sandbox"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Compare) and dotted(node.left).endswith(".constraint"):
                for value in ast.walk(node):
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        assert value.value in names, f"{source.path}:{node.lineno} {value.value}"
