"""Decisions that need no database: what is shown, how long it is kept, in which order it goes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lib.privacy.categories import is_identifying
from lib.privacy.grammar import Keep
from lib.privacy.model import Column, Contract, Table
from lib.privacy.vocabulary import Words

# Bokføringsloven § 13: five years after the end of the accounting year, which ends in Norway.
_BOOKS_YEARS = 5
_BOOKS_ZONE = ZoneInfo("Europe/Oslo")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER_HOUR = timedelta(minutes=15)

_FOR_BOTH = frozenset({"public", "party"})


def shown_columns(table: Table, right: str) -> tuple[Column, ...]:
    """Return the columns that a person gets by a right, `access` or `portability`.

    A row about two people shows what both may see; the other's share of it is not theirs.
    """
    return tuple(
        column
        for column in table.columns
        if right in column.export and (not table.is_of_two or column.tier in _FOR_BOTH)
    )


def emptied_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns that an erasure empties one by one; none where it deletes the row."""
    if table.erase != "columns":
        return ()
    return tuple(column for column in table.columns if column.erase in {"null", "blank"})


def kept_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns about the person that stay through an erasure."""
    if table.erase != "columns":
        return ()
    return tuple(column for column in table.columns if column.data and column.erase == "keep")


def may_hold_traces(table: Table, column: Column) -> bool:
    """Return whether the person's own row may still tell of them here: on a ground that ends."""
    return table.keep.rule in {"bookkeeping", "term"} and column in kept_columns(table)


def is_free_text(column: Column) -> bool:
    """Return whether people write here in their own words, of others too: content, titles, replies.

    What stands here in somebody else's row is that person's to change.
    """
    data = column.data or ""
    is_theirs = data in {"user", "user.behavior.purchase_history"}
    return column.is_searchable and (is_theirs or f"{data}.".startswith("user.content."))


def is_redactable(table: Table, column: Column) -> bool:
    """Return whether an operator may take a name out of it: what people wrote, and no key.

    Titles in the books stay as they were sold, and stored replies go by themselves within days.
    """
    is_key = column.name in table.primary_key or any(
        index.unique and column.name in index.columns for index in table.indexes
    )
    is_content = f"{column.data or ''}.".startswith("user.content.")
    return column.kind == "text" and is_content and not is_key


def is_home(table: Table) -> bool:
    """Return whether the table's rows tell who one person is, by name, address or key."""
    return len(table.chains) == 1 and bool(home_columns(table))


def home_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns that identify a person by themselves."""
    return tuple(c for c in table.columns if c.data and is_identifying(c.data))


class Order(NamedTuple):
    """In which order tables are erased; within each part, rows before the rows they hang on.

    The late part is where the identifiers themselves stand. Everything else is erased and searched
    before it, so that a crash on the way loses no identifier that still has to be looked for.
    """

    early: tuple[Table, ...]
    late: tuple[Table, ...]


def erasure_order(contract: Contract) -> Order:
    """Return the order in which a person is erased from the tables that are about somebody."""
    late: set[str] = set()
    for table in contract:
        if is_home(table):
            # What a late row hangs on has to outlast it, or the way to the person is lost.
            late |= {step.table for chain in table.chains for step in chain}
    ordered: list[Table] = []
    for table in contract:
        _after_children(contract, table, ordered)
    # The people themselves come last: their row is what every crash can be resumed from.
    ordered.sort(key=is_person)
    return Order(
        early=tuple(table for table in ordered if table.name not in late),
        late=tuple(table for table in ordered if table.name in late),
    )


def is_person(table: Table) -> bool:
    """Return whether the table is the people themselves: its own key is its subject."""
    return tuple(str(path) for path in table.subject) == ("id",) == table.primary_key


def _after_children(contract: Contract, table: Table, ordered: list[Table]) -> None:
    if table in ordered or not table.chains:
        return
    for child in contract.children(table.name):
        _after_children(contract, child, ordered)
    ordered.append(table)


def kept_until(keep: Keep, clock: datetime | date | int) -> datetime | None:
    """Return the moment from which a row is kept no longer; None where no term runs."""
    begun = moment(clock)
    if keep.rule == "bookkeeping":
        year = begun.astimezone(_BOOKS_ZONE).year + _BOOKS_YEARS + 1
        return datetime(year, 1, 1, tzinfo=_BOOKS_ZONE).astimezone(UTC)
    if keep.rule != "term":
        return None
    if keep.unit == "D":
        return begun + timedelta(days=keep.count)
    return _years_later(begun, keep.count)


def moment(clock: datetime | date | int) -> datetime:
    """Return when a clock stands; a number counts quarter hours since 1970-01-01T00:00Z."""
    if isinstance(clock, int):
        return _EPOCH + clock * _QUARTER_HOUR
    return clock if isinstance(clock, datetime) else datetime.combine(clock, time(), UTC)


def books_begun(now: datetime) -> datetime:
    """Return when the oldest accounting year began whose books have to be kept now."""
    year = now.astimezone(_BOOKS_ZONE).year - _BOOKS_YEARS
    return datetime(year, 1, 1, tzinfo=_BOOKS_ZONE).astimezone(UTC)


def _years_later(begun: datetime, years: int) -> datetime:
    try:
        return begun.replace(year=begun.year + years)
    except ValueError:
        # 29 February: where there is none, the term ends with the last day of that month.
        return datetime(begun.year + years, 3, 1, tzinfo=UTC)


def kept_words(keep: Keep) -> Words:
    """Return how long a row is kept, as a person reads it."""
    if keep.rule == "account":
        return Words("Så lenge du har kontoen", "For as long as you have the account")
    if keep.rule == "forever":
        return Words("Alltid; det handler ikke om noen", "Always; it is about nobody")
    if keep.rule == "bookkeeping":
        return Words(
            "Fem år etter regnskapsårets slutt (bokføringsloven § 13)",
            "Five years after the end of the accounting year (Bookkeeping Act, section 13)",
        )
    unit = {"D": Words("dager", "days"), "Y": Words("år", "years")}[keep.unit]
    if keep.count == 1:
        unit = {"D": Words("dag", "day"), "Y": Words("år", "year")}[keep.unit]
    return Words(f"{keep.count} {unit.nb}", f"{keep.count} {unit.en}")


def stays_basis(table: Table) -> str:
    """Return the legal basis on which a row stays: a contract's rows end up in the books."""
    return "legal_obligation" if table.keep.rule == "bookkeeping" else table.basis


def stays_words(table: Table) -> Words:
    """Return on which ground a row stays after an erasure, as a person reads it."""
    if table.keep.rule != "account":
        return kept_words(table.keep)
    return Words(
        "En tømt rad står igjen fordi andres avtaler peker på den; den sier ikke hvem du er",
        "An emptied row stays because others' deals point to it; it does not say who you are",
    )
