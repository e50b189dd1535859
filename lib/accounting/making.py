"""Making a file for the accountant: page by page, in pieces into S3, run after run.

For SAF-T the books are read twice: once from their beginning for balances and sums, which stand at
the head of the file, and once for the entries. Each run saves its place with what it has put away.
What does not agree with the sums is begun anew: nothing that does not add up is handed out.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from lib.accounting import books, lines, repository, rules, saft
from lib.accounting.books import Transaction
from lib.accounting.repository import Job
from lib.core.db import transact
from lib.ledger import service as ledger
from lib.ledger.posted_repository import Place as Key
from lib.ledger.rules import Account
from lib.papers import service as papers
from lib.papers.rules import US
from lib.providers.aws import making
from lib.providers.aws.making import AnewError, Place

FILE = "accounting.zip"
_SUPPLIERS = 200
# What is under way when the file is asked for is not in it.
_SETTLING = timedelta(minutes=5)


class DiffersError(AnewError):
    """What was written is not what was counted."""


@dataclass
class _Place(Place):
    """Where the making is: in which phase, after which row, and what was added up."""

    phase: int = 0
    after: list[str] | None = None
    owner: str = ""
    sums: dict[str, list[int]] = field(default_factory=dict)
    counted: list[int] = field(default_factory=lambda: [0, 0])
    written: list[int] = field(default_factory=lambda: [0, 0])


class Making(making.Making[_Place]):
    """One run of making one file."""

    pages_a_place = 10

    def __init__(self, job: Job, step: int) -> None:
        place = _Place(**json.loads(job.progress)) if job.progress else _Place()
        super().__init__(repository, job, step, place, prefix_of(job.id), FILE)
        self._job = job
        self._since, end = rules.bounds_of(job.accounting_year)
        self._until = min(end, job.asked_at - _SETTLING)
        self._phases = self._of_saft() if job.format == "saf-t" else self._of_csv()

    def _advance(self) -> bool:
        if self._place.phase >= len(self._phases):
            return False
        if not self._phases[self._place.phase]():
            self._place.phase += 1
            self._place.after = None
        return True

    def _counts(self) -> dict[str, object]:
        return {"entries_done": self._place.written[0]}

    def _of_saft(self) -> list[Callable[[], bool]]:
        """Return what is done, in this order; each returns whether there is more of it."""
        return [
            partial(self._sum, is_reserved=False),
            partial(self._sum, is_reserved=True),
            self._head,
            self._suppliers,
            self._middle,
            partial(self._begin_journal, is_reserved=False),
            partial(self._entries, saft.transaction, is_reserved=False),
            self._end_journal,
            partial(self._begin_journal, is_reserved=True),
            partial(self._entries, saft.transaction, is_reserved=True),
            self._end_journal,
            self._tail,
        ]

    def _of_csv(self) -> list[Callable[[], bool]]:
        return [
            self._csv_head,
            partial(self._entries, lines.transaction, is_reserved=False),
            partial(self._entries, lines.transaction, is_reserved=True),
            self._csv_tail,
        ]

    def _sum(self, *, is_reserved: bool) -> bool:
        """Add up a page of the whole history: balances at both ends, and the year's sums."""
        found = self._page(books.BEGINNING, is_reserved=is_reserved)
        for one in found:
            is_of_year = one.first.posted_at >= self._since
            for entry in one.entries:
                self._add(entry.debit_kind, -entry.amount_ore, is_of_year=is_of_year)
                self._add(entry.credit_kind, entry.amount_ore, is_of_year=is_of_year)
            if is_of_year:
                self._place.counted[0] += 1
                self._place.counted[1] += one.total_ore
        return bool(found)

    def _add(self, kind: str, amount_ore: int, *, is_of_year: bool) -> None:
        sums = self._place.sums.setdefault(kind, [0, 0])
        sums[0] += 0 if is_of_year else amount_ore
        sums[1] += amount_ore

    def _head(self) -> bool:
        sums = {kind: (both[0], both[1]) for kind, both in self._place.sums.items()}
        self._pieces.add(self._zip.begin(f"{name_of(self._job)}.xml"))
        made_on = rules.day_of(self._job.asked_at)
        self._pack(saft.head(since=self._since, until=self._until, made_on=made_on))
        self._pack(saft.accounts(sums))
        return False

    def _suppliers(self) -> bool:
        """Write a page of mentors, each with what was owed to them and what they owed."""
        is_first = self._place.owner == ""
        read = partial(
            ledger.parties,
            after=self._place.owner,
            since=self._since,
            until=self._until,
            limit=_SUPPLIERS,
        )
        payable, receivable = (
            transact(lambda db, kind=kind: read(db, kind))  # type: ignore[misc]
            for kind in (Account.MENTOR_PAYABLE, Account.MENTOR_RECEIVABLE)
        )
        owed = {party.owner: party for party in receivable}
        if payable and is_first:
            self._pack("<Suppliers>\n")
        for party in payable:
            more = owed.get(party.owner)
            self._pack(saft.supplier([party, more] if more else [party]))
        if payable:
            self._place.owner = payable[-1].owner
        elif not is_first:
            self._pack("</Suppliers>\n")
        return bool(payable)

    def _middle(self) -> bool:
        transactions, total_ore = self._place.counted
        self._pack(saft.middle(transactions=transactions, total_ore=total_ore))
        return False

    def _begin_journal(self, *, is_reserved: bool) -> bool:
        self._pack(saft.journal(is_reserved=is_reserved))
        return False

    def _end_journal(self) -> bool:
        self._pack("</Journal>\n")
        return False

    def _entries(self, write: Callable[[Transaction, str], str], *, is_reserved: bool) -> bool:
        """Write a page of the year's transactions, each with the paper that documents it."""
        found = self._page(self._since, is_reserved=is_reserved)
        causes = [one.first.cause_id for one in found]
        known = transact(lambda db: papers.numbers_of(db, causes))
        for one in found:
            self._pack(write(one, known.get(one.first.cause_id, "")))
            self._place.written[0] += 1
            self._place.written[1] += one.total_ore
        return bool(found)

    def _tail(self) -> bool:
        if self._place.written != self._place.counted:
            raise DiffersError
        self._pack(saft.tail())
        return self._end_file()

    def _csv_head(self) -> bool:
        self._pieces.add(self._zip.begin(f"{name_of(self._job)}.csv"))
        self._pack(lines.head())
        return False

    def _csv_tail(self) -> bool:
        return self._end_file()

    def _end_file(self) -> bool:
        self._pieces.add(self._zip.end())
        self._pieces.add(self._zip.finish())
        return False

    def _page(self, since: datetime, *, is_reserved: bool) -> Sequence[Transaction]:
        place = self._place
        after = books.beginning(since)
        if place.after:
            after = Key(datetime.fromisoformat(place.after[0]), place.after[1], place.after[2])
        found = books.page(is_reserved=is_reserved, after=after, until=self._until)
        if found:
            last = found[-1].entries[-1].place
            place.after = [last.posted_at.isoformat(), last.cause_id, last.id]
        return found


def prefix_of(export_id: str) -> str:
    """Return below what everything of a file lies."""
    return f"accounting/{export_id}/"


def name_of(job: Job) -> str:
    """Return what the file is called, as Skatteetaten wants it: form, number, moment."""
    form = "SAF-T Financial" if job.format == "saf-t" else "Regnskap"
    return f"{form}_{US.organisation_number}_{job.asked_at:%Y%m%d%H%M%S}"
