"""SAF-T Financial 1.30, as Skatteetaten has published it, in pieces that stand behind one another.

The elements stand in the order of its schema. Mentors are suppliers by the pseudonym that the books
know them by; no file names a person. Optional parts that the books have nothing for are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from xml.sax.saxutils import escape

from lib.accounting import rules
from lib.accounting.books import Transaction
from lib.accounting.rules import StandardAccount
from lib.core.money import NOK
from lib.ledger.posted_repository import Party, Posted
from lib.papers.rules import US

NAMESPACE = "urn:StandardAuditFile-Taxation-Financial:NO"
VERSION = "1.30"
_PHONE, _MAIL = "+4745807600", "post@minmentor.no"
_JOURNALS = {False: ("GL", "Ført direkte"), True: ("RES", "Reservert, så ført")}


def head(*, since: datetime, until: datetime, made_on: date) -> str:
    """Return the beginning of the file; `until` is the moment after the last entry."""
    first, last = rules.day_of(since), rules.day_of(until - timedelta(microseconds=1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<AuditFile xmlns="{NAMESPACE}">\n<Header>'
        + _leaf("AuditFileVersion", VERSION)
        + _leaf("AuditFileCountry", "NO")
        + _leaf("AuditFileDateCreated", made_on)
        + _leaf("SoftwareCompanyName", US.name)
        + _leaf("SoftwareID", "minmentor")
        + _leaf("SoftwareVersion", "1")
        + _company()
        + _leaf("DefaultCurrencyCode", NOK)
        + "<SelectionCriteria>"
        + _leaf("SelectionStartDate", first)
        + _leaf("SelectionEndDate", last)
        + "</SelectionCriteria>"
        + _leaf("TaxAccountingBasis", "A")
        + "</Header>\n<MasterFiles>\n"
    )


def accounts(sums: Mapping[str, tuple[int, int]]) -> str:
    """Return the accounts by kind with their balances, credits minus debits, in øre."""
    shown = "".join(
        "<Account>"
        + _leaf("AccountID", account.number)
        + _leaf("AccountDescription", account.name)
        + _leaf("GroupingCategory", account.category)
        + _leaf("GroupingCode", account.code)
        + _leaf("AccountType", "GL")
        + _balances(*sums.get(kind, (0, 0)))
        + "</Account>\n"
        for kind, account in _in_order()
    )
    return f"<GeneralLedgerAccounts>\n{shown}</GeneralLedgerAccounts>\n"


def supplier(parties: Sequence[Party]) -> str:
    """Return one mentor with the balances of their accounts."""
    owner = parties[0].owner
    balances = "".join(
        "<BalanceAccount>"
        + _leaf("AccountID", rules.ACCOUNTS[party.kind].number)
        + _balances(int(party.opening_ore), int(party.closing_ore))
        + "</BalanceAccount>"
        for party in parties
    )
    return f"<Supplier>{_leaf('Name', owner)}{_leaf('SupplierID', owner)}{balances}</Supplier>\n"


def middle(*, transactions: int, total_ore: int) -> str:
    """Return the tax table, the end of the master files, and the beginning of the entries."""
    total = rules.amount(total_ore)
    return (
        "<TaxTable><TaxTableEntry>"
        + _leaf("TaxType", "MVA")
        + _leaf("Description", "Merverdiavgift")
        + "<TaxCodeDetails>"
        + _leaf("TaxCode", rules.TAX_CODE)
        + _leaf("Description", "Utgående merverdiavgift, alminnelig sats")
        + _leaf("TaxPercentage", rules.TAX_PERCENT)
        + _leaf("Country", "NO")
        + _leaf("StandardTaxCode", rules.TAX_CODE)
        + _leaf("BaseRate", 100)
        + "</TaxCodeDetails></TaxTableEntry></TaxTable>\n</MasterFiles>\n<GeneralLedgerEntries>"
        + _leaf("NumberOfEntries", transactions)
        + _leaf("TotalDebit", total)
        + _leaf("TotalCredit", total)
        + "\n"
    )


def journal(*, is_reserved: bool) -> str:
    """Return the beginning of a journal."""
    name, description = _JOURNALS[is_reserved]
    return (
        "<Journal>"
        + _leaf("JournalID", name)
        + _leaf("Description", description)
        + _leaf("Type", name)
        + "\n"
    )


def transaction(one: Transaction, paper: str) -> str:
    """Return a transaction; `paper` is the number of what documents it, '' where nothing does."""
    first = one.first
    day = rules.day_of(first.posted_at)
    return (
        "<Transaction>"
        + _leaf("TransactionID", first.id)
        + _leaf("Period", day.month)
        + _leaf("PeriodYear", day.year)
        + _leaf("TransactionDate", day)
        + _leaf("Description", rules.described(first.cause_id, first.step))
        + _leaf("SystemEntryDate", day)
        + _leaf("GLPostingDate", day)
        + "".join(_lines(one, paper))
        + "</Transaction>\n"
    )


def tail() -> str:
    """Return the end of the file."""
    return "</GeneralLedgerEntries>\n</AuditFile>\n"


def _lines(one: Transaction, paper: str) -> Iterator[str]:
    vat_ore = sum(e.amount_ore for e in one.entries if e.step == rules.FEE_VAT_STEP)
    for number, entry in enumerate(one.entries):
        yield _line(2 * number + 1, entry, "Debit", paper, vat_ore)
        yield _line(2 * number + 2, entry, "Credit", paper, vat_ore)


def _line(number: int, entry: Posted, side: str, paper: str, vat_ore: int) -> str:
    is_debit = side == "Debit"
    kind = entry.debit_kind if is_debit else entry.credit_kind
    owner = entry.debit_owner if is_debit else entry.credit_owner
    has_vat = kind == rules.INCOME and vat_ore > 0
    return (
        "<Line>"
        + _leaf("RecordID", number)
        + _leaf("AccountID", rules.ACCOUNTS[kind].number)
        + _leaf("SourceDocumentID", entry.cause_id)
        + (_leaf("SupplierID", owner) if kind in rules.MENTORS_OWN else "")
        + _leaf("Description", entry.step)
        + _amount(f"{side}Amount", entry.amount_ore)
        + (_tax(entry.amount_ore, side, vat_ore) if has_vat else "")
        + (_leaf("ReferenceNumber", paper) if paper else "")
        + "</Line>"
    )


def _tax(base_ore: int, side: str, vat_ore: int) -> str:
    return (
        "<TaxInformation>"
        + _leaf("TaxType", "MVA")
        + _leaf("TaxCode", rules.TAX_CODE)
        + _leaf("TaxPercentage", rules.TAX_PERCENT)
        + _leaf("Country", "NO")
        + _leaf("TaxBase", rules.amount(base_ore))
        + _amount(f"{side}TaxAmount", vat_ore)
        + "</TaxInformation>"
    )


def _company() -> str:
    street, _, place = US.address.partition(", ")
    code, _, city = place.partition(" ")
    return (
        "<Company>"
        + _leaf("RegistrationNumber", US.organisation_number)
        + _leaf("Name", US.name)
        + "<Address>"
        + _leaf("StreetName", street)
        + _leaf("City", city)
        + _leaf("PostalCode", code)
        + _leaf("Country", "NO")
        + _leaf("AddressType", "PostalAddress")
        + "</Address><Contact><ContactPerson>"
        + _leaf("FirstName", "Regnskap")
        + _leaf("LastName", US.name)
        + "</ContactPerson>"
        + _leaf("Telephone", _PHONE)
        + _leaf("Email", _MAIL)
        + "</Contact><TaxRegistration>"
        + _leaf("TaxRegistrationNumber", f"{US.organisation_number}MVA")
        + _leaf("TaxAuthority", "Skatteetaten")
        + "</TaxRegistration></Company>"
    )


def _balances(opening_ore: int, closing_ore: int) -> str:
    return _balance("Opening", opening_ore) + _balance("Closing", closing_ore)


def _balance(when: str, balance_ore: int) -> str:
    """Return a balance on its side: what is owed, or earned, is a credit."""
    side = "Debit" if balance_ore < 0 else "Credit"
    return _leaf(f"{when}{side}Balance", rules.amount(abs(balance_ore)))


def _amount(name: str, amount_ore: int) -> str:
    return f"<{name}>{_leaf('Amount', rules.amount(amount_ore))}</{name}>"


def _in_order() -> list[tuple[str, StandardAccount]]:
    return sorted(rules.ACCOUNTS.items(), key=lambda each: each[1].number)


def _leaf(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>"
