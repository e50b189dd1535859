"""What a look has found, and what it means: left behind, written by others, or somebody else's.

Three things are no residue: what the plan says stays, in the person's own row, on a ground that
ends; a name, an address or a number that somebody else has too, in their own right; and what others
wrote in their own words, which are mentions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib.privacy.identifiers import Identifier
from lib.privacy.model import Contract, Table
from lib.privacy.rules import is_free_text, may_hold_traces


@dataclass(frozen=True)
class Hit:
    """In `rows` rows a column holds what is looked for; `is_own`: rows about the person.

    `found_by` has the bit n set for the identifier n of the list.
    """

    found_by: int
    table: str
    column: str
    is_own: bool
    rows: int = 1


def shared(identifiers: Sequence[Identifier], hits: Iterable[Hit]) -> int:
    """Return which identifiers somebody else has too, in their own right, as bits."""
    found = 0
    for hit in hits:
        for at, identifier in enumerate(identifiers):
            # A token belongs to nobody else: in a row without an owner it was forgotten.
            if (
                hit.found_by >> at & 1
                and not hit.is_own
                and (hit.table, hit.column) in identifier.homes
                and not identifier.is_token
            ):
                found |= 1 << at
    return found


def residue(contract: Contract, identifiers: Sequence[Identifier], hits: Sequence[Hit]) -> set[str]:
    """Return the places, `table.column`, where something of an erased person is left."""
    not_theirs, tokens = shared(identifiers, hits), _tokens(identifiers)
    found = set()
    for hit in hits:
        by = hit.found_by & ~not_theirs
        if _is_of_others(contract, hit):
            by &= tokens
        if by and not (hit.is_own and _is_kept(contract[hit.table], hit.column)):
            found.add(f"{hit.table}.{hit.column}")
    return found


def mentions(
    contract: Contract, identifiers: Sequence[Identifier], hits: Sequence[Hit]
) -> dict[tuple[str, str], int]:
    """Return in how many rows others wrote of the person, by table and column."""
    telling = ~shared(identifiers, hits) & ~_tokens(identifiers)
    found: dict[tuple[str, str], int] = {}
    for hit in hits:
        if _is_of_others(contract, hit) and hit.found_by & telling:
            place = (hit.table, hit.column)
            found[place] = found.get(place, 0) + hit.rows
    return found


def may_be_mention(contract: Contract, identifiers: Sequence[Identifier], hit: Hit) -> bool:
    """Return whether a hit is a mention, unless it turns out to be of somebody else."""
    return _is_of_others(contract, hit) and bool(hit.found_by & ~_tokens(identifiers))


def _tokens(identifiers: Sequence[Identifier]) -> int:
    return sum(1 << at for at, one in enumerate(identifiers) if one.is_token)


def _is_of_others(contract: Contract, hit: Hit) -> bool:
    column = contract[hit.table].column(hit.column)
    return column is not None and not hit.is_own and is_free_text(column)


def _is_kept(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and may_hold_traces(table, column)
