"""The contract as a dataset of fideslang 3, in YAML, for tools that read that.

python -m lib.privacy.contract fideslang
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from lib.privacy.model import Column, Contract, Table
from lib.privacy.vocabulary import PURPOSES

type Node = Mapping[str, "Node"] | Sequence["Node"] | str | bool

KEY = "min_mentor"
# Our purposes in fideslang's taxonomy of uses.
USES = {
    "account": "essential.service",
    "sign_in": "essential.service.authentication",
    "mentoring": "essential.service",
    "booking": "essential.service",
    "payment": "essential.service.payment_processing",
    "meeting": "essential.service",
    "payout": "essential.service.payment_processing",
    "bookkeeping": "essential.legal_obligation",
    "privacy": "essential.legal_obligation",
    "operations": "essential.service.operations",
}
_TYPES = {"number": "integer", "boolean": "boolean"}
# What is about nobody has a category all the same: readers pass over a field without one.
_OF_NOBODY = "system.operations"


def dataset(contract: Contract) -> dict[str, Node]:
    """Return the dataset: a collection for each table, a field for each column."""
    return {
        "fides_key": KEY,
        "name": "MIN MENTOR",
        "description": "Made from the COMMENTs of db/schema.sql",
        "collections": [_collection(contract, table) for table in contract],
    }


def as_yaml(contract: Contract) -> str:
    """Return a file with the dataset, as fideslang reads it."""
    return "\n".join(_lines({"dataset": [dataset(contract)]}, 0)) + "\n"


def _collection(contract: Contract, table: Table) -> dict[str, Node]:
    terms = f"{table.why}; {PURPOSES[table.purpose].en} Basis {table.basis}; kept {table.keep}."
    made: dict[str, Node] = {
        "name": table.name,
        "description": terms,
        "data_uses": [USES[table.purpose]],
        "fields": [_field(table, column, contract) for column in table.columns],
    }
    hanging = [f"{KEY}.{child.name}" for child in contract.children(table.name)]
    if hanging:
        made["fides_meta"] = {"erase_after": hanging}
    return made


def _field(table: Table, column: Column, contract: Contract) -> dict[str, Node]:
    meta: dict[str, Node] = {"data_type": _TYPES.get(column.kind, "string")}
    if column.name in table.primary_key:
        meta["primary_key"] = True
    references: list[Node] = [
        {
            "dataset": KEY,
            "field": f"{path.table}.{contract[path.table].primary_key[0]}",
            "direction": "from",
        }
        for path in table.subject
        if path.table and path.column == column.name
    ]
    if references:
        meta["references"] = references
    return {
        "name": column.name,
        "description": column.why,
        "data_categories": [column.data or _OF_NOBODY],
        "fides_meta": meta,
    }


def _lines(node: Node, depth: int) -> Iterator[str]:
    """Yield block YAML; texts are written as JSON, which YAML reads as they are."""
    indent = "  " * depth
    items = node.items() if isinstance(node, Mapping) else [("-", one) for one in node]  # type: ignore[union-attr]
    for name, value in items:
        head = f"{indent}-" if name == "-" else f"{indent}{name}:"
        if isinstance(value, str | bool):
            yield f"{head} {json.dumps(value, ensure_ascii=False)}"
        else:
            yield head
            yield from _lines(value, depth + 1)
