"""What a contract must not say: values that contradict each other, and ways that lead to nobody.

Each check yields sentences that begin with `table` or `table.column`. No check stops at its first
finding, so that whoever changes the schema sees all of it at once.
"""

from collections.abc import Iterator, Mapping

from lib.privacy.categories import KEYS_ONLY, PSEUDONYM, is_identifying, is_personal
from lib.privacy.grammar import Path
from lib.privacy.model import Chain, Column, Step, Table

# Columns of these names hold a person's id wherever they stand.
_PERSON_COLUMNS = frozenset({"person_id", "mentor_id", "mentee_id"})
# The one clock that is a number: of quarter hours since 1970-01-01T00:00Z.
_COUNTED = ("number", "quarter_hour")
# Art. 20(1)(a) GDPR: only what is processed by contract or by consent can be taken along.
_PORTABLE_BASES = frozenset({"contract", "consent"})

type Tables = Mapping[str, Table]


def faults(tables: Tables) -> list[str]:
    """Return every contradiction, with where it stands; empty when the contract holds."""
    found: list[str] = []
    for table in tables.values():
        checks = (_about_nobody,) if not table.subject else (_about_somebody, _keeping)
        for check in (*checks, _ways, _clock, _people_named):
            found += [f"{table.name}: {fault}" for fault in check(table, tables)]
        for column in table.columns:
            found += [f"{table.name}.{column.name}: {fault}" for fault in _column(table, column)]
    return [*found, *_roots(tables)]


def chains(table: Table, tables: Tables, seen: tuple[str, ...] = ()) -> tuple[Chain, ...]:
    """Return every way from a row to a person; a way that can't be walked is left out."""
    if table.name in seen:
        return ()
    found: list[Chain] = []
    for path in table.subject:
        step = Step(table.name, path.column, table.primary_key[0])
        if path.table is None:
            found.append((step,))
        elif path.table in tables:
            beyond = chains(tables[path.table], tables, (*seen, table.name))
            found += [(step, *rest) for rest in beyond]
    return tuple(found)


def _about_nobody(table: Table, _: Tables) -> Iterator[str]:
    for key, value, allowed in (
        ("basis", table.basis, "none"),
        ("erase", table.erase, "none"),
        ("export", ",".join(sorted(table.export)) or "none", "none"),
    ):
        if value != allowed:
            yield f"is about nobody, so {key} can't be {value}"
    if table.keep.rule == "account":
        yield "is about nobody, so there is no account to keep it with"
    for column in table.columns:
        if column.data and is_personal(column.data) and column.data not in KEYS_ONLY:
            yield f"is about nobody, yet {column.name} holds {column.data}"


def _about_somebody(table: Table, _: Tables) -> Iterator[str]:
    if table.basis == "none":
        yield "is about somebody, so it needs a legal basis"
    if table.erase == "none":
        yield "is about somebody, so it needs a way of erasing"
    if table.basis not in _PORTABLE_BASES and any(
        "portability" in export for export in (table.export, *(c.export for c in table.columns))
    ):
        yield f"is portable on the basis {table.basis}; Art. 20 knows contract and consent only"


def _keeping(table: Table, _: Tables) -> Iterator[str]:
    if table.keep.rule == "forever":
        yield "is about somebody, so it can't be kept forever"
    if table.erase == "delete" and table.keep.rule == "bookkeeping":
        yield "is deleted on request, yet the bookkeeping law keeps it"
    acts = any(column.erase in {"null", "blank"} for column in table.columns)
    if table.erase == "columns" and table.keep.rule == "account" and not acts:
        yield "keeps everything when the account goes, on no ground that ends"


def _ways(table: Table, tables: Tables) -> Iterator[str]:
    for path in table.subject:
        yield from _way(table, path, tables)


def _way(table: Table, path: Path, tables: Tables) -> Iterator[str]:
    column = table.column(path.column)
    if column is None:
        yield f"subject={path}: there is no column {path.column}"
        return
    if column.kind != "text":
        yield f"subject={path}: {path.column} is no id"
    if path.table is None:
        if column.data != PSEUDONYM:
            yield f"subject={path}: a person's id is data={PSEUDONYM}"
        return
    parent = tables.get(path.table)
    if parent is None:
        yield f"subject={path}: there is no table {path.table}"
    elif len(parent.primary_key) != 1:
        yield f"subject={path}: {path.table} has no key of one column"
    elif not chains(parent, tables, (table.name,)):
        yield f"subject={path}: {path.table} leads to nobody"


def _clock(table: Table, tables: Tables) -> Iterator[str]:
    keep = table.keep
    if keep.rule not in {"bookkeeping", "term"}:
        return
    if keep.clock:
        column = table.column(keep.clock)
        if column is None:
            yield f"keep={keep}: there is no column {keep.clock}"
        elif column.kind not in {"time", "date"} and (column.kind, column.name) != _COUNTED:
            yield f"keep={keep}: {keep.clock} is no time"
        return
    parents = {tables.get(path.table or "") for path in table.subject}
    parent = parents.pop() if len(parents) == 1 else None
    if parent is None or (parent.keep.rule, parent.keep.count, parent.keep.unit) != (
        keep.rule,
        keep.count,
        keep.unit,
    ):
        yield f"keep={keep}: has no clock, and hangs on no row that is kept as long"


def _people_named(table: Table, _: Tables) -> Iterator[str]:
    subjects = {path.column for path in table.subject}
    for column in table.columns:
        if column.name in _PERSON_COLUMNS and column.name not in subjects:
            yield f"{column.name} names a person who is no subject of the table"


def _column(table: Table, column: Column) -> Iterator[str]:
    if not table.subject and column.export:
        yield "is about nobody, so it is in no export"
    if column.tier == "nobody" and column.export:
        yield "is shown to nobody, yet in an export"
    if not column.export <= {"access", "portability"} or column.export == {"portability"}:
        yield "can't be taken along without being seen"
    if table.erase == "columns":
        yield from _column_erase(table, column)
    elif column.erase:
        yield f"erase={column.erase}, yet the table is not erased by columns"


def _column_erase(table: Table, column: Column) -> Iterator[str]:
    if column.data and not column.erase:
        yield "does not say how it is erased"
    if column.erase in {"null", "blank"}:
        if column.name in table.primary_key:
            yield "is the row's key and can't be emptied"
        if not column.data:
            yield f"erase={column.erase}, yet there is nothing about anyone in it"
    if column.erase == "null" and not column.nullable:
        yield "erase=null, yet it is NOT NULL"
    if column.erase == "blank":
        if column.kind != "text":
            yield "erase=blank, yet it is no text"
        if any(index.unique and column.name in index.columns for index in table.indexes):
            yield "erase=blank, yet it is unique: a second blank would be refused"
    keeps = column.erase == "keep" and column.data
    if keeps and is_identifying(column.data or "") and table.basis != "legal_obligation":
        yield f"{column.data} is kept through an erasure; only a law can ask for that"


def _roots(tables: Tables) -> Iterator[str]:
    """Yield unless one table is the people themselves: those whose own key is its subject."""
    roots = [
        table.name
        for table in tables.values()
        if tuple(str(path) for path in table.subject) == table.primary_key
        and table.primary_key == ("id",)
    ]
    if len(roots) != 1:
        yield f"one table must have its own id as subject, not {len(roots)}"
