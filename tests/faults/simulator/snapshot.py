"""What is so at one moment: every row that money, time and promises depend on, and the providers.

It is read by SQL of its own from what is committed, and from the simulators' own memory; nothing
of the product takes part.
"""

from collections import defaultdict
from datetime import datetime
from functools import cached_property
from typing import Any

from sandbox.simulators.stripe.state import PLATFORM
from tests.faults.simulator import at_rail
from tests.faults.simulator.at_rail import AtRail
from tests.faults.simulator.house import House

type Row = dict[str, Any]

_TABLES = (
    "approval",
    "attendance",
    "book_difference",
    "booking",
    "calendar_atom",
    "cron_lease",
    "delivery",
    "dispute",
    "earning",
    "erasure",
    "hour_entry",
    "inbound_event",
    "ledger_account",
    "ledger_owner",
    "ledger_resolution",
    "ledger_transfer",
    "meeting",
    "outbox",
    "paper",
    "paper_series",
    "payout",
    "payout_account",
    "provider_operation",
    "purchase",
    "refund",
    "treasury_move",
)
_QUARTER = 900


class Snapshot:
    """One moment. Rows are dicts by column, in the order of their keys; times are aware.

    Tables that nobody has touched are as they were before.
    """

    def __init__(self, house: House, before: "Snapshot | None", touched: set[str]) -> None:
        self.now = house.timeline.now()
        self._rows = {
            name: before.rows(name)
            if before and name not in touched
            else house.rows(f"SELECT * FROM {name}")  # noqa: S608 (names of ours)
            for name in _TABLES
        }
        self.payments = at_rail.payments(house)
        self.transfers = _copied(house, "transfer")
        self.disputes_at_stripe = _copied(house, "dispute")
        self.movements_at_stripe = _copied(house, "balance_transaction")
        self.vipps_owes = house.vipps.settlement.balance("funds")
        self.vipps_kept = house.vipps.settlement.kept_since_payout()
        self.accounts_at_stripe: dict[str, Row] = {
            each["id"]: each for each in house.stripe.state.all(PLATFORM, "account")
        }

    def __getattr__(self, table: str) -> list[Row]:
        """Return a table's rows: `snapshot.purchase`."""
        try:
            found: list[Row] = self._rows[table]
        except KeyError:
            raise AttributeError(table) from None
        return found

    def rows(self, table: str) -> list[Row]:
        """Return a table's rows."""
        return self._rows[table]

    @cached_property
    def bookings(self) -> dict[str, Row]:
        """Bookings by id."""
        return {row["id"]: row for row in self.booking}

    @cached_property
    def purchases(self) -> dict[str, Row]:
        """Purchases by id."""
        return {row["id"]: row for row in self.purchase}

    @cached_property
    def purchases_of(self) -> dict[str, list[Row]]:
        """Purchases by booking."""
        return _grouped(self.purchase, "booking_id")

    @cached_property
    def refunds_of(self) -> dict[str, list[Row]]:
        """Refunds by purchase."""
        return _grouped(self.refund, "purchase_id")

    @cached_property
    def earnings_of(self) -> dict[str, list[Row]]:
        """Earnings by purchase."""
        return _grouped(self.earning, "purchase_id")

    @cached_property
    def settled_by(self) -> dict[str, list[Row]]:
        """Earnings by the payout that settles them."""
        return _grouped(self.earning, "payout_id")

    @cached_property
    def hours_of(self) -> dict[str, list[Row]]:
        """Entries of hours by the pack's purchase."""
        return _grouped(self.hour_entry, "purchase_id")

    @cached_property
    def drawn_for(self) -> dict[str, int]:
        """Quarter hours of packs that a booking has drawn, whatever became of them."""
        found: dict[str, int] = defaultdict(int)
        for row in self.hour_entry:
            if row["kind"] == "drawn":
                found[row["cause_id"]] -= row["quarters"]
        return found

    @cached_property
    def deliveries(self) -> dict[str, Row]:
        """Decisions by booking."""
        return {row["booking_id"]: row for row in self.delivery}

    @cached_property
    def meetings(self) -> dict[str, Row]:
        """Rooms by booking."""
        return {row["booking_id"]: row for row in self.meeting}

    @cached_property
    def payment_of(self) -> dict[str, AtRail]:
        """Payments at their rail by the purchase's id; the last, should there be several."""
        return {payment.purchase_id: payment for payment in self.payments}

    @cached_property
    def lapsed(self) -> set[str]:
        """Bookings and purchases whose payer's bank let the money go before we took it."""
        gone = {payment.purchase_id for payment in self.payments if payment.is_lapsed}
        return gone | {row["booking_id"] for row in self.purchase if row["id"] in gone}

    @cached_property
    def entries_of(self) -> dict[str, dict[str, Row]]:
        """Transfers of the ledger by cause and step, each with what became of it."""
        resolved = {row["transfer_id"]: row for row in self.ledger_resolution}
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in self.ledger_transfer:
            found[row["cause_id"]][row["step"]] = {**row, "resolution": resolved.get(row["id"])}
        return found

    @cached_property
    def balances(self) -> dict[tuple[str, str], int]:
        """Posted balances in øre, credits minus debits, by kind and owner of the account."""
        found = dict.fromkeys(((row["kind"], row["owner"]) for row in self.ledger_account), 0)
        names = {row["id"]: (row["kind"], row["owner"]) for row in self.ledger_account}
        for steps in self.entries_of.values():
            for row in steps.values():
                amount = posted(row)
                found[names[row["credit_account_id"]]] += amount
                found[names[row["debit_account_id"]]] -= amount
        return found

    @cached_property
    def recovered_of(self) -> dict[str, int]:
        """What was prepaid and came back to our own expense, in øre, by purchase."""
        owners = {row["id"]: row["owner"] for row in self.ledger_account}
        found: dict[str, int] = defaultdict(int)
        for row in self.ledger_transfer:
            if row["step"] == "recovered":
                found[owners[row["debit_account_id"]]] += row["amount_ore"]
        return found

    @cached_property
    def account_of(self) -> dict[str, Row]:
        """Payout accounts by mentor."""
        return {row["mentor_id"]: row for row in self.payout_account}

    @cached_property
    def pseudonym_of(self) -> dict[str, str]:
        """What the books know people by."""
        return {row["person_id"]: row["pseudonym"] for row in self.ledger_owner}

    @cached_property
    def atoms_of(self) -> dict[str, list[tuple[str, int]]]:
        """Who is taken in which quarter hours, by booking."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row in self.calendar_atom:
            found[row["booking_id"]].append((row["person_id"], row["quarter_hour"]))
        return found


def posted(entry: Row) -> int:
    """Return what an entry moves, in øre: of a pending one what has been posted."""
    if not entry["is_pending"]:
        return int(entry["amount_ore"])
    return int(entry["resolution"]["amount_ore"]) if entry["resolution"] else 0


def quarters(row: Row) -> set[int]:
    """Return the quarter hours of a booking's session."""
    return set(range(_quarter(row["starts_at"]), _quarter(row["ends_at"])))


def _quarter(moment: datetime) -> int:
    return int(moment.timestamp()) // _QUARTER


def _grouped(rows: list[Row], column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def _copied(house: House, kind: str) -> list[Row]:
    return [dict(each) for each in house.stripe.state.all(PLATFORM, kind)]
