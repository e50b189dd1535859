"""The column contract: what db/schema.sql says about every table and column, compiled and checked.

    python -m lib.privacy.contract                  prints the data map
    python -m lib.privacy.contract fideslang        prints a dataset of fideslang, in YAML
    python -m lib.privacy.contract record           prints the record of Art. 30

Access, erasure and their previews come from here and from nowhere else. Whatever is missing,
unknown, contradictory or unreachable is refused as a whole: half a contract is none.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from lib.privacy import checks, tables
from lib.privacy.grammar import ColumnTerms, GrammarError, TableTerms, column_terms, table_terms
from lib.privacy.model import Column, Contract, Table
from lib.privacy.vocabulary import PURPOSES

SCHEMA = Path(__file__).resolve().parents[2] / "db" / "schema.sql"


class ContractError(ValueError):
    """The contract does not hold; `faults` says where and why, each beginning with the place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("the column contract does not hold:\n  " + "\n  ".join(faults))
        self.faults = faults


@cache
def load() -> Contract:
    """Return the contract of db/schema.sql; raises SchemaError or ContractError.

    Read once in a process, when first asked for: only the privacy functions need it.
    """
    return compiled(tables.read_tables(SCHEMA.read_text(encoding="utf-8")))


def compiled(raw: tuple[tables.Table, ...]) -> Contract:
    """Return the contract of tables read from a file or a database; raises ContractError."""
    if not raw:
        raise ContractError(["there is no table to make a contract of"])
    faults: list[str] = []
    found = {table.name: made for table in raw if (made := _table(table, faults)) is not None}
    if not faults:
        faults = checks.faults(found)
    if faults:
        raise ContractError(faults)
    return Contract(
        {name: replace(table, chains=checks.chains(table, found)) for name, table in found.items()}
    )


def _table(raw: tables.Table, faults: list[str]) -> Table | None:
    terms: TableTerms | None = None
    try:
        terms = table_terms(raw.comment)
    except GrammarError as error:
        faults.append(f"{raw.name}: {error}")
    read = []
    for column in raw.columns:
        try:
            read.append((column, column_terms(column.comment)))
        except GrammarError as error:
            faults.append(f"{raw.name}.{column.name}: {error}")
    if terms is None:
        return None
    return Table(
        name=raw.name,
        columns=tuple(_column(column, said, terms) for column, said in read),
        primary_key=raw.primary_key,
        indexes=raw.indexes,
        subject=terms.subject,
        purpose=terms.purpose,
        basis=terms.basis,
        keep=terms.keep,
        erase=terms.erase,
        export=terms.export,
        tier=terms.tier,
        why=terms.why,
    )


def _column(raw: tables.Column, said: ColumnTerms, terms: TableTerms) -> Column:
    return Column(
        name=raw.name,
        kind=raw.kind,
        nullable=raw.nullable,
        data=said.data,
        erase=said.erase,
        export=terms.export if said.export is None else said.export,
        tier=said.tier or terms.tier,
        why=said.why,
    )


def data_map(contract: Contract) -> Iterator[str]:
    """Yield the lines of the data map: each table with its terms, each column with its own."""
    for table in contract:
        about = ", ".join(" → ".join(f"{s.table}.{s.column}" for s in way) for way in table.chains)
        yield f"{table.name}: {table.why}"
        yield f"    about {about or 'nobody'}"
        yield f"    purpose {table.purpose}: {PURPOSES[table.purpose].en}"
        yield f"    basis {table.basis}; kept {table.keep}; erased by {table.erase}"
        for column in table.columns:
            export = "+".join(sorted(column.export)) or "-"
            terms = f"{column.data or '-':32} {column.erase or '-':5} {export:18} {column.tier:8}"
            yield f"    {column.name:24} {terms} {column.why}"
        yield ""
    columns = sum(len(table.columns) for table in contract)
    yield f"{len(contract.tables)} tables, {columns} columns"


def main(arguments: Sequence[str]) -> None:
    """Print what the schema says, in one form or another."""
    from lib.privacy import dataset, record

    parser = argparse.ArgumentParser(prog="python -m lib.privacy.contract")
    parser.add_argument("form", nargs="?", default="map", choices=("map", "fideslang", "record"))
    parser.add_argument("--language", default="nb", choices=("nb", "en"), help="of the record")
    parser.add_argument("--json", action="store_true", help="the record as data, both languages")
    wanted = parser.parse_args(arguments)
    if wanted.form == "fideslang":
        text = dataset.as_yaml(load())
    elif wanted.form == "record" and wanted.json:
        text = record.record(load()).model_dump_json(indent=2) + "\n"
    elif wanted.form == "record":
        text = "\n".join(record.as_markdown(record.record(load()), wanted.language)) + "\n"
    else:
        text = "\n".join(data_map(load())) + "\n"
    sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
