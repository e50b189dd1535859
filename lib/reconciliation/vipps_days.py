"""Vipps' days against our books: captures, refunds, what was paid out and what was kept of it.

Fees are booked with the payout that they were kept back of: that Vipps has kept them is nobody's
decision, and without them the books would say for ever that it owes us so much more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import batched
from typing import Any

from lib.core import norwegian_days
from lib.core.db import Db, transact
from lib.providers.vipps import report
from lib.providers.vipps.report import DayNotClosedError, Entry
from lib.providers.vipps.report import Kind as Said
from lib.reconciliation import days, rail_repository
from lib.reconciliation.days import Seen
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.schemas import Checked
from lib.treasury import service as treasury
from lib.treasury.rules import Move
from lib.treasury.schemas import MoveNotedOtherwiseError

JOB = "vipps_days"
_BATCH = 500
_RETAINED = "retained_ore"
_UNKNOWN = {Said.CAPTURE: Kind.CAPTURE_UNKNOWN, Said.REFUND: Kind.REFUND_UNKNOWN}
_OF_PAYMENTS = frozenset({Said.CAPTURE, Said.REFUND, Said.DISPUTE_TAKEN, Said.DISPUTE_RETURNED})


@dataclass
class _Settled:
    """What a day's payout is made of, as far as it was read."""

    retained_ore: int
    payouts: list[Entry] = field(default_factory=list)


def check(now: datetime, deadline: datetime) -> Checked:
    """Look at the days in Norway that are over."""
    yesterday = now.astimezone(norwegian_days.OSLO).date() - timedelta(days=1)
    return days.run(JOB, _look, yesterday, now, deadline)


def _look(day: date, carried: dict[str, Any], now: datetime) -> Seen:
    ledger_id = report.ledger_id(now)
    if ledger_id is None:
        # Vipps has reports of production only: keys of its test environment see no ledger.
        raise DayNotClosedError
    settled = _Settled(int(carried.get(_RETAINED, 0)))
    findings: list[Finding] = []
    for batch in batched(report.entries(ledger_id, "funds", day, now=now), _BATCH):
        payments = [each for each in batch if each.kind in _OF_PAYMENTS]
        findings += transact(partial(_of_payments, payments))
        for each in batch:
            findings += _other(each, settled)
    findings += _noted(day, settled, now)
    return Seen(findings, {_RETAINED: settled.retained_ore})


def _of_payments(entries: Sequence[Entry], db: Db) -> list[Finding]:
    """Judge what was taken and given back: of what we do not know, and have the rest compared."""
    if not entries:
        return []
    references = sorted({each.reference for each in entries})
    known = {
        each.reference: each
        for each in rail_repository.known(db, references=references)
        if each.rail == "vipps"
    }
    findings, differing = [], []
    for each in entries:
        purchase = known.get(each.reference)
        is_dispute = each.kind in {Said.DISPUTE_TAKEN, Said.DISPUTE_RETURNED}
        if is_dispute or purchase is None:
            kind = _UNKNOWN.get(each.kind, Kind.DISPUTE_UNKNOWN)
            findings.append(Finding(kind, each.reference or each.psp_reference, 0, each.amount_ore))
        elif purchase.state == "authorised":
            # Taken by hand, without our asking: for an hour that may never be given.
            findings.append(Finding(Kind.RAIL_CAPTURED, purchase.id, 0, each.amount_ore))
        elif each.kind is Said.REFUND or each.amount_ore != purchase.captured_ore:
            differing.append(purchase.id)
    if differing:
        rail_repository.compare_again(db, purchase_ids=differing)
    return findings


def _other(entry: Entry, settled: _Settled) -> Iterator[Finding]:
    """Take in what is about no payment; yield what we have no word for."""
    if entry.kind is Said.FEES_RETAINED:
        settled.retained_ore -= entry.amount_ore
    elif entry.kind is Said.PAYOUT:
        settled.payouts.append(entry)
    elif entry.kind is Said.PAYOUT_ABORTED:
        yield Finding(Kind.MOVE_DIFFERS, entry.psp_reference, entry.amount_ore, 0)
    elif entry.kind not in _OF_PAYMENTS:
        yield Finding(Kind.MOVEMENT_UNKNOWN, entry.psp_reference, 0, entry.amount_ore)


def _noted(day: date, settled: _Settled, now: datetime) -> Iterator[Finding]:
    """Note a day's payouts, the first with all that was kept back; yield what differs."""
    for each in settled.payouts:
        sums = (-each.amount_ore, settled.retained_ore)
        try:
            transact(partial(_note, each, sums, day, now))
        except MoveNotedOtherwiseError as error:
            noted_ore = int(str(error.more["amount_ore"]))
            yield Finding(Kind.MOVE_DIFFERS, each.psp_reference, noted_ore, sums[0])
        settled.retained_ore = 0


def _note(entry: Entry, sums: tuple[int, int], day: date, now: datetime, db: Db) -> None:
    treasury.note_reported(
        db,
        Move.VIPPS_SETTLEMENT,
        sums,
        reference=entry.psp_reference,
        happened_on=day,
        now=now,
    )
