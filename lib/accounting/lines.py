"""The books as CSV, as a Norwegian spreadsheet opens it: UTF-8 with a mark, semicolons, commas.

A line for each side of each entry; what stands together has one transaction and balances.
"""

import csv
import io
from collections.abc import Iterator, Sequence

from lib.accounting import rules
from lib.accounting.books import Transaction
from lib.ledger.posted_repository import Posted

_HEAD = (
    "transaction",
    "posted_on",
    "account",
    "account_name",
    "party",
    "debit",
    "credit",
    "step",
    "cause",
    "paper",
)


def head() -> str:
    """Return the first line."""
    return "\ufeff" + _written([_HEAD])


def transaction(one: Transaction, paper: str) -> str:
    """Return the lines of a transaction; `paper` is the number of what documents it, or ''."""
    key = one.first.id
    return _written([row for entry in one.entries for row in _sides(key, entry, paper)])


def _sides(key: str, entry: Posted, paper: str) -> Iterator[Sequence[str]]:
    amount = rules.amount(entry.amount_ore).replace(".", ",")
    sides = (
        (entry.debit_kind, entry.debit_owner, amount, ""),
        (entry.credit_kind, entry.credit_owner, "", amount),
    )
    for kind, owner, debit, credit in sides:
        account = rules.ACCOUNTS[kind]
        party = owner if kind in rules.MENTORS_OWN else ""
        day = rules.day_of(entry.posted_at).isoformat()
        about = (entry.step, entry.cause_id, paper)
        yield (key, day, account.number, account.name, party, debit, credit, *about)


def _written(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue()
