"""What has served its time: each `keep` of the contract as the moment before which rows go.

Pure. A rule's clock is a column of its own table or of the row it hangs on; `keep=account` has the
clock of the account, which begins when the person is erased. Rows go before the rows they hang on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lib.privacy import rules
from lib.privacy.grammar import Keep
from lib.privacy.model import Chain, Contract, Table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER_HOUR = timedelta(minutes=15)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wait:
    """A row stays while another table has a row (or, `unless_there`, has none) with its value."""

    column: str
    other: str
    other_column: str
    unless_there: bool = False


# What hangs together beside the ways to people. Without it money would be paid out again, because
# nothing says any more that it was, or could not be paid out, because nobody knows whose it is.
WAITS: Mapping[str, tuple[Wait, ...]] = {
    "booking": (Wait("id", "purchase", "booking_id"), Wait("id", "hour_entry", "cause_id")),
    "purchase": (Wait("id", "earning", "purchase_id"),),
    "earning": (Wait("payout_id", "payout", "id", unless_there=True),),
    "payout": (Wait("id", "earning", "payout_id"),),
    "ledger_owner": (
        Wait("person_id", "purchase", "mentee_id"),
        Wait("person_id", "purchase", "mentor_id"),
        Wait("person_id", "earning", "mentor_id"),
        Wait("person_id", "payout", "mentor_id"),
    ),
}


@dataclass(frozen=True)
class Rule:
    """One way in which rows of a table fall due: by a clock that stands at the end of `way`.

    `empties` says that columns are emptied and the row stays; else the row goes. `after` names
    the tables whose due rows have to go before.
    """

    table: Table
    clock_table: Table
    clock: str
    way: Chain
    waits: tuple[Wait, ...]
    after: frozenset[str]
    empties: bool

    @property
    def name(self) -> str:
        """Return what a report calls it: `session P30D@expires_at`."""
        return f"{self.table.name} {self.table.keep}"

    def last_due(self, now: datetime) -> datetime | int:
        """Return the greatest value of the clock with which a row is due."""
        moment = now if self.table.keep.rule == "account" else last_due(self.table.keep, now)
        if self.is_counted:
            return (moment - _EPOCH) // _QUARTER_HOUR
        return moment

    @property
    def is_counted(self) -> bool:
        """Return whether the clock counts quarter hours instead of saying a time."""
        column = self.clock_table.column(self.clock)
        return column is not None and column.kind == "number"


def last_due(keep: Keep, now: datetime) -> datetime:
    """Return the latest clock whose term has ended by now: the inverse of `rules.kept_until`.

    Raises ValueError for a rule without a term.
    """
    if keep.rule == "bookkeeping":
        return rules.books_begun(now) - _INSTANT
    if keep.rule != "term":
        raise ValueError(f"keep={keep} has no term")
    if keep.unit == "D":
        return now - timedelta(days=keep.count)
    try:
        return now.replace(year=now.year - keep.count)
    except ValueError:  # 29 February, where that year had none: all before 1 March
        return datetime(now.year - keep.count, 3, 1, tzinfo=UTC) - _INSTANT


def retention_rules(contract: Contract) -> tuple[Rule, ...]:
    """Return every rule by which rows go, those of rows before those of the rows they hang on."""
    made = {table.name: _rules(contract, table) for table in contract}
    ordered: list[Rule] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for rule in made[name]:
            for before in sorted(rule.after):
                visit(before)
        ordered.extend(made[name])

    for name in made:
        visit(name)
    return tuple(ordered)


def _rules(contract: Contract, table: Table) -> tuple[Rule, ...]:
    if table.keep.rule == "forever":
        return ()
    if table.keep.rule == "account":
        return tuple(_by_account(contract, table, chain) for chain in table.chains)
    clock_table = contract.clock_table(table)
    chain = next((c for c in table.chains if clock_table.name in {s.table for s in c}), ())
    at = [step.table for step in chain].index(clock_table.name) if chain else 0
    return (_rule(contract, table, clock_table, str(clock_table.keep.clock), chain[: at + 1]),)


def _by_account(contract: Contract, table: Table, chain: Chain) -> Rule:
    people = next(one for one in contract if rules.is_person(one) and one.column("erased_at"))
    return _rule(contract, table, people, "erased_at", chain)


def _rule(contract: Contract, table: Table, clock_table: Table, clock: str, way: Chain) -> Rule:
    empties = table.keep.rule == "account" and table.erase == "columns"
    hanging = [
        Wait(table.primary_key[0], child.name, path.column)
        for child in contract.children(table.name)
        for path in child.subject
        if path.table == table.name
    ]
    more = [wait for wait in WAITS.get(table.name, ()) if wait.other in contract.tables]
    waits = () if empties else (*hanging, *more)
    return Rule(
        table=table,
        clock_table=clock_table,
        clock=clock,
        way=way,
        waits=waits,
        after=frozenset(wait.other for wait in waits if not wait.unless_there),
        empties=empties,
    )
