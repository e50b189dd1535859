"""Pieces of statements: names of the contract, quoted, and conditions on keys; never a value."""

import re
from collections.abc import Iterable, Sequence

type Key = tuple[object, ...]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def quoted(*names: str) -> str:
    """Return a quoted name, dotted; raises ValueError for what can be no name."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name of the schema: {name!r}")
    return ".".join(f"`{name}`" for name in names)


def filled(template: str, **pieces: str) -> str:
    """Return a statement: the template with pieces that the functions here have made."""
    return template.format_map(pieces)


def listed(alias: str, names: Iterable[str]) -> str:
    """Return columns of an alias, with commas."""
    return ", ".join(quoted(alias, name) for name in names)


def is_beyond(
    alias: str, key: Sequence[str], after: Key, params: dict[str, object], tag: str
) -> str:
    """Return the condition that a key is greater; for (a,b) > (c,d) engines read the table."""
    alternatives = []
    for at, name in enumerate(key):
        params[f"{tag}{at}"] = after[at]
        equal = [f"{quoted(alias, key[i])} = %({tag}{i})s" for i in range(at)]
        alternatives.append(" AND ".join([*equal, f"{quoted(alias, name)} > %({tag}{at})s"]))
    return "(" + " OR ".join(f"({one})" for one in alternatives) + ")"


def is_one_of(
    alias: str, key: Sequence[str], keys: Sequence[Key], params: dict[str, object]
) -> str:
    """Return the condition that a row's key is one of `keys`."""
    alternatives = []
    for row, values in enumerate(keys):
        params.update({f"k{row}_{at}": value for at, value in enumerate(values)})
        equal = [f"{quoted(alias, name)} = %(k{row}_{at})s" for at, name in enumerate(key)]
        alternatives.append("(" + " AND ".join(equal) + ")")
    return "(" + (" OR ".join(alternatives) or "FALSE") + ")"


def joined(key: Sequence[str], alias: str = "r") -> str:
    """Return the condition that a row is the one whose key stands in `mine`."""
    return " AND ".join(f"{quoted(alias, name)} = {quoted('mine', name)}" for name in key)
