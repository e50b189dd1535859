"""The books of a year as a stream of transactions: each balances, none is held longer than a page.

A transaction is what one cause booked at one moment. What was reserved first is one by itself, from
the moment at which it was made real.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from lib.core.db import transact
from lib.ledger import service as ledger
from lib.ledger.posted_repository import Place, Posted

PAGE = 2_000
BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Transaction:
    """Entries of one cause at one moment; its key is that of the first."""

    entries: tuple[Posted, ...]

    @property
    def first(self) -> Posted:
        """The entry by which it is known."""
        return self.entries[0]

    @property
    def total_ore(self) -> int:
        """What is debited, and credited as well."""
        return sum(entry.amount_ore for entry in self.entries)


def page(*, is_reserved: bool, after: Place, until: datetime) -> list[Transaction]:
    """Return the next transactions, whole ones only; none at the end."""
    found = transact(
        lambda db: ledger.posted(db, is_reserved=is_reserved, after=after, until=until, limit=PAGE)
    )
    made = list(_grouped(found, is_reserved=is_reserved))
    # The last one of a full page may go on in the next.
    is_cut = len(found) == PAGE and len(made) > 1 and not is_reserved
    return made[:-1] if is_cut else made


def beginning(at: datetime) -> Place:
    """Return the place before everything that was posted from then on."""
    return Place(at, "", "")


def _grouped(found: Sequence[Posted], *, is_reserved: bool) -> Iterator[Transaction]:
    if is_reserved:
        yield from (Transaction((entry,)) for entry in found)
        return
    for _, entries in groupby(found, lambda entry: (entry.posted_at, entry.cause_id)):
        yield Transaction(tuple(entries))
