"""How the books are shown to an accountant: accounts of the Norwegian standard, days, amounts.

The mapping is a proposal that the accountant confirms (docs/accounting.md); the numbers are those
of NS 4102, the grouping codes those of the tax authority's income statement (næringsspesifikasjon).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from lib.core import money

_ZONE = ZoneInfo("Europe/Oslo")
# What is on the books of a mentor, each an account of their own: a supplier in SAF-T.
MENTORS_OWN = ("mentor_payable", "mentor_receivable")
INCOME = "platform_income"
FEE_VAT_STEP = "fee_vat"
# SAF-T standard tax code 3: output VAT, regular rate (merverdiavgiftsloven § 5-1).
TAX_CODE, TAX_PERCENT = "3", money.VAT_BASIS_POINTS // 100
_KINDS_OF_CAUSE = {
    "pur": "Betaling",
    "ern": "Opptjening",
    "rfd": "Tilbakebetaling",
    "pay": "Utbetaling",
    "trm": "Flytting av penger",
    "dsp": "Tvist",
    "cor": "Retting",
    "end": "Timer som utløp",
}


@dataclass(frozen=True)
class StandardAccount:
    """An account of the chart: its number, its name, and where it belongs in the tax return."""

    number: str
    name: str
    category: str
    code: str


_ASSETS, _DEBT, _COST = "balanseverdiForOmloepsmiddel", "kortsiktigGjeld", "annenDriftskostnad"
ACCOUNTS = {
    "vipps_receivable": StandardAccount("1571", "Til gode hos Vipps", _ASSETS, "1570"),
    "stripe_balance": StandardAccount("1572", "Saldo hos Stripe", _ASSETS, "1570"),
    "mentor_receivable": StandardAccount("1573", "Til gode hos mentorer", _ASSETS, "1570"),
    "disputed": StandardAccount("1574", "Omtvistet hos betalers bank", _ASSETS, "1570"),
    "bank": StandardAccount("1920", "Bankinnskudd", _ASSETS, "1920"),
    "vat": StandardAccount("2700", "Utgående merverdiavgift", _DEBT, "2740"),
    "prepaid": StandardAccount("2900", "Forskudd fra mentees", _DEBT, "2900"),
    "mentor_payable": StandardAccount("2990", "Gjeld til mentorer", _DEBT, "2990"),
    "refund_clearing": StandardAccount("2991", "Tilbakebetalinger underveis", _DEBT, "2990"),
    "payout_clearing": StandardAccount("2992", "Utbetalinger underveis", _DEBT, "2990"),
    "unclaimed": StandardAccount("2993", "Uavhentet gjeld til mentorer", _DEBT, "2990"),
    INCOME: StandardAccount("3000", "Vederlag for formidling", "salgsinntekt", "3000"),
    "provider_fees": StandardAccount("7770", "Gebyrer til Vipps og Stripe", _COST, "7700"),
    "goodwill": StandardAccount("7790", "Dekket for mentees", _COST, "7700"),
}


def bounds_of(year: int) -> tuple[datetime, datetime]:
    """Return when an accounting year begins and when the next one does, in Norway."""
    begin, end = (datetime(at, 1, 1, tzinfo=_ZONE).astimezone(UTC) for at in (year, year + 1))
    return begin, end


def year_of(moment: datetime) -> int:
    """Return the accounting year of a moment, in Norway."""
    return moment.astimezone(_ZONE).year


def day_of(moment: datetime) -> date:
    """Return the day of a moment, in Norway."""
    return moment.astimezone(_ZONE).date()


def amount(amount_ore: int) -> str:
    """Return an amount in kroner as machines read it: `-1234.50`."""
    whole, ore = divmod(abs(amount_ore), 100)
    return f"{'-' if amount_ore < 0 else ''}{whole}.{ore:02}"


def described(cause_id: str, step: str) -> str:
    """Return what an entry is, in words that name nobody."""
    kind = _KINDS_OF_CAUSE.get(cause_id.partition("_")[0], "Bilag")
    return f"{kind} {cause_id}: {step}"
