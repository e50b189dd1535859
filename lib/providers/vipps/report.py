"""Vipps' Report API: what Vipps owes us, what it charges, and what it pays out, by ledger date.

Source: Report API 2 (production only). It trails the other APIs, usually by seconds; an entry never
changes; a date is a day in Norway and is shown once it is closed, which can take until the next
payout. Kinds of entries may be added without notice, so that what is unknown here is handed on as
OTHER, with an amount that counts all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from urllib.parse import urlencode

from lib.providers.http import Answer, ProviderRefusedError
from lib.providers.vipps import access_token, settings
from lib.providers.vipps.payloads import LedgerEntry, LedgerPage, Ledgers

type Topic = Literal["funds", "fees"]
_OK = 200
_NOT_FOUND = 404


class Kind(StrEnum):
    """What moved a ledger. A dispute takes a capture back, and may return it."""

    CAPTURE = "capture"
    REFUND = "refund"
    FEE = "fee"
    FEES_RETAINED = "fees_retained"
    FEES_INVOICED = "fees_invoiced"
    PAYOUT = "payout"
    PAYOUT_ABORTED = "payout_aborted"
    DISPUTE_TAKEN = "dispute_taken"
    DISPUTE_RETURNED = "dispute_returned"
    TOP_UP = "top_up"
    CORRECTION = "correction"
    OTHER = "other"


_KINDS = {
    "capture": Kind.CAPTURE,
    "refund": Kind.REFUND,
    "capture-fee": Kind.FEE,
    "fees-retained": Kind.FEES_RETAINED,
    "fees-invoiced": Kind.FEES_INVOICED,
    "payout-scheduled": Kind.PAYOUT,
    "scheduled-for-payout": Kind.PAYOUT,  # what it was called until 2024
    "payout-aborted": Kind.PAYOUT_ABORTED,
    "retained-disputed-capture": Kind.DISPUTE_TAKEN,
    "returned-disputed-capture": Kind.DISPUTE_RETURNED,
    "top-up": Kind.TOP_UP,
    "correction": Kind.CORRECTION,
}


class DayNotClosedError(Exception):
    """Vipps does not show this date yet; it is asked again an hour later, for as long as it takes.

    A ledger that is not ours is answered in the same way: what is not there is not told apart.
    """


@dataclass(frozen=True)
class Entry:
    """One movement. `amount_ore` is signed by what it does to the balance of its ledger.

    `reference` names the payment, where it is about one; `psp_reference` is a capture's own, and
    the one by which its fees are found. `said` is Vipps' word for the kind.
    """

    kind: Kind
    said: str
    reference: str
    psp_reference: str
    amount_ore: int
    balance_ore: int | None
    at: datetime


def ledger_id(now: datetime) -> str | None:
    """Return the ledger that settles our sales unit; None where our keys see none."""
    handle = f"api:{settings.sales_unit().serial_number}"
    query = urlencode({"settlesForRecipientHandles": handle})
    answer = _got(f"/settlement/v1/ledgers?{query}", now)
    found = Ledgers.model_validate_json(answer.content)
    ours = [one for one in found.items if handle in one.settlesForRecipientHandles]
    return ours[0].ledgerId if ours else None


def entries(ledger: str, topic: Topic, day: date, *, now: datetime) -> Iterator[Entry]:
    """Yield the entries of a ledger date, oldest first, a page of at most a thousand at a time.

    Raises DayNotClosedError before the first one, ProviderUnavailableError, ProviderRefusedError.
    """
    path = f"/report/v2/ledgers/{ledger}/{topic}/dates/{day.isoformat()}"
    query = ""
    while True:
        page = LedgerPage.model_validate_json(_got(path + query, now).content)
        if page.tryLater:
            raise DayNotClosedError
        yield from map(_entry, page.items)
        if not page.hasMore or not page.cursor:
            return
        query = "?" + urlencode({"cursor": page.cursor})


def _got(path: str, now: datetime) -> Answer:
    answer = access_token.call("GET", path, now)
    if answer.status == _NOT_FOUND:
        raise DayNotClosedError
    if answer.status != _OK:
        raise ProviderRefusedError("vipps", answer.status, f"http_{answer.status}")
    return answer


def _entry(found: LedgerEntry) -> Entry:
    return Entry(
        kind=_KINDS.get(found.entryType, Kind.OTHER),
        said=found.entryType,
        reference=found.reference or "",
        psp_reference=found.pspReference or "",
        amount_ore=found.amount,
        balance_ore=found.balanceAfter,
        at=found.time,
    )
