"""The contract as the rest of the code uses it: tables, columns and the ways to people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lib.privacy.grammar import Keep, Path
from lib.privacy.tables import Index, Kind


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its terms; `data` is None where it says nothing about anyone."""

    name: str
    kind: Kind
    nullable: bool
    data: str | None
    erase: str | None
    export: frozenset[str]
    tier: str
    why: str

    @property
    def is_searchable(self) -> bool:
        """Return whether the column holds text in which an identifier could stand."""
        return self.kind in {"text", "json"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way from a row to a person: `table.column`; `key` is the table's own key."""

    table: str
    column: str
    key: str


# From a row of a table over keys of other rows to the column that holds the person's id.
type Chain = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its terms; `chains` is empty where it is about nobody."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    indexes: tuple[Index, ...]
    subject: tuple[Path, ...]
    purpose: str
    basis: str
    keep: Keep
    erase: str
    export: frozenset[str]
    tier: str
    why: str
    chains: tuple[Chain, ...] = ()

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def is_of_two(self) -> bool:
        """Return whether a row is about more than one person."""
        return len(self.chains) > 1

    @property
    def parents(self) -> frozenset[str]:
        """Return the tables whose rows lead to this table's people."""
        return frozenset(path.table for path in self.subject if path.table)


@dataclass(frozen=True, slots=True)
class Contract:
    """Every table of the database, in the order of the schema."""

    tables: Mapping[str, Table]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def children(self, name: str) -> list[Table]:
        """Return the tables whose rows hang on rows of this one."""
        return [table for table in self if name in table.parents]

    def clock_table(self, table: Table) -> Table:
        """Return the table whose row has the clock: this one, or the one its row hangs on."""
        while table.keep.clock is None and table.parents:
            table = self[min(table.parents)]
        return table
