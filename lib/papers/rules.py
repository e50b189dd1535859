"""Kinds of papers, their series and numbers, and what makes one genuine.

A mentor sells to a mentee through MIN MENTOR, which issues the mentor's sales documents
(bokføringsforskriften § 5-2-1) and sells the mentor its own service. So there are two sellers:

kind              seller      documents
receipt           mentor      an hour that was given and paid for: the sales document (§ 5-1-1)
prepayment        mentor      hours paid before they are given: money received, no sale yet
credit_note       mentor      a sale that is taken back, wholly or in part (§ 5-2-7)
repayment         -           money given back that was no sale: a prepayment, or out of goodwill
fee_invoice       MIN MENTOR  its fee of a month, to a mentor (§ 5-2-3)
fee_credit        MIN MENTOR  a month in which more fees were taken back than earned
statement         -           a payout: what it settles, and what was paid
statement_credit  -           a payout that came back
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class PaperKind(StrEnum):
    """What a paper is."""

    RECEIPT = "receipt"
    PREPAYMENT = "prepayment"
    CREDIT_NOTE = "credit_note"
    REPAYMENT = "repayment"
    FEE_INVOICE = "fee_invoice"
    FEE_CREDIT = "fee_credit"
    STATEMENT = "statement"
    STATEMENT_CREDIT = "statement_credit"


# § 5-1-3: a machine gives the numbers, in a sequence that can be checked: one for each kind, so
# that what is no sale takes no number of the sales documents.
SERIES = {
    PaperKind.RECEIPT: "KV",
    PaperKind.PREPAYMENT: "FS",
    PaperKind.CREDIT_NOTE: "KR",
    PaperKind.REPAYMENT: "TB",
    PaperKind.FEE_INVOICE: "FA",
    PaperKind.FEE_CREDIT: "FK",
    PaperKind.STATEMENT: "AV",
    PaperKind.STATEMENT_CREDIT: "AT",
}
# How the words of a body are to be read; a later wording is a later version.
VERSION = 1
# What the first paper of a series and year holds as the hash of the one before.
NOTHING = "0" * 64
VAT_PERCENT = 25  # Merverdiavgiftsloven § 5-1
_ZONE = ZoneInfo("Europe/Oslo")
_SETTLING = timedelta(days=1)
_MONTHS = 12


@dataclass(frozen=True)
class Identity:
    """Who MIN MENTOR is, as a sales document has to say (§ 5-1-2)."""

    name: str
    organisation_number: str
    address: str


US = Identity("MIN MENTOR AS", "927683172", "Postboks 225, 5804 Bergen")


def local_date(moment: datetime) -> date:
    """Return the day in Norway, where the accounting year is."""
    return moment.astimezone(_ZONE).date()


def number_of(series: str, year: int, number: int) -> str:
    """Return a paper's number as people read it, as `KV-2026-17`."""
    return f"{series}-{year}-{number}"


def month_of(moment: datetime) -> str:
    """Return the month in Norway, as `202611`."""
    return f"{moment.astimezone(_ZONE):%Y%m}"


def bounds_of(month: str) -> tuple[datetime, datetime]:
    """Return when a month begins and when the next one does, in Norway."""
    year, number = int(month[:4]), int(month[4:])
    following = (year + number // _MONTHS, number % _MONTHS + 1)
    begin, end = (
        datetime(at[0], at[1], 1, tzinfo=_ZONE).astimezone(UTC)
        for at in ((year, number), following)
    )
    return begin, end


def months_over(now: datetime) -> tuple[str, str]:
    """Return the two months before this one, the older first, once nothing more is coming in.

    § 5-2-3: what was delivered in a month is invoiced within fifteen working days of the next.
    """
    last = bounds_of(month_of(now - _SETTLING))[0] - timedelta(seconds=1)
    before = bounds_of(month_of(last))[0] - timedelta(seconds=1)
    return month_of(before), month_of(last)


def canonical(body: object) -> str:
    """Return the one text that stands for a body: keys in order, no spaces, letters as they are."""
    return json.dumps(
        body, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )


def hash_of(text: str) -> str:
    """Return the SHA-256 of a body, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
