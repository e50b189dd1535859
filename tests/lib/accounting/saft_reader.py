"""A reader of SAF-T that shares nothing with the writer: order, required parts, lengths, sums.

The order of elements is that of Norwegian SAF-T Financial 1.30 as far as the file uses it; where
SAFT_XSD names Skatteetaten's own schema, a test holds the file against that as well.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree import ElementTree as ET

_NAMESPACE = "{urn:StandardAuditFile-Taxation-Financial:NO}"
# Children in their order; those with a star may be left out, those with a plus may be repeated.
_ORDER = {
    "AuditFile": "Header MasterFiles* GeneralLedgerEntries*",
    "Header": "AuditFileVersion AuditFileCountry AuditFileDateCreated SoftwareCompanyName"
    " SoftwareID SoftwareVersion Company DefaultCurrencyCode SelectionCriteria TaxAccountingBasis",
    "Company": "RegistrationNumber Name Address* Contact TaxRegistration*",
    "Address": "StreetName* City* PostalCode* Country* AddressType*",
    "Contact": "ContactPerson Telephone* Email*",
    "ContactPerson": "FirstName LastName",
    "TaxRegistration": "TaxRegistrationNumber TaxAuthority*",
    "SelectionCriteria": "SelectionStartDate SelectionEndDate",
    "MasterFiles": "GeneralLedgerAccounts* Suppliers* TaxTable*",
    "GeneralLedgerAccounts": "Account+",
    "Account": "AccountID AccountDescription GroupingCategory GroupingCode AccountType"
    " OpeningDebitBalance* OpeningCreditBalance* ClosingDebitBalance* ClosingCreditBalance*",
    "Suppliers": "Supplier+",
    "Supplier": "Name SupplierID BalanceAccount+*",
    "BalanceAccount": "AccountID OpeningDebitBalance* OpeningCreditBalance* ClosingDebitBalance*"
    " ClosingCreditBalance*",
    "TaxTable": "TaxTableEntry+",
    "TaxTableEntry": "TaxType Description TaxCodeDetails+",
    "TaxCodeDetails": "TaxCode Description* TaxPercentage Country StandardTaxCode BaseRate+",
    "GeneralLedgerEntries": "NumberOfEntries TotalDebit TotalCredit Journal+*",
    "Journal": "JournalID Description Type Transaction+*",
    "Transaction": "TransactionID Period PeriodYear TransactionDate Description SystemEntryDate"
    " GLPostingDate Line+",
    "Line": "RecordID AccountID SourceDocumentID* SupplierID* Description DebitAmount*"
    " CreditAmount* TaxInformation* ReferenceNumber*",
    "TaxInformation": "TaxType* TaxCode* TaxPercentage* Country* TaxBase* DebitTaxAmount*"
    " CreditTaxAmount*",
    "DebitAmount": "Amount",
    "CreditAmount": "Amount",
    "DebitTaxAmount": "Amount",
    "CreditTaxAmount": "Amount",
}
_LENGTHS = {
    "JournalID": 18,
    "Type": 9,
    "TransactionID": 70,
    "RecordID": 18,
    "AccountID": 70,
    "SourceDocumentID": 35,
    "SupplierID": 35,
    "ReferenceNumber": 35,
    "Description": 256,
    "Name": 256,
    "GroupingCode": 35,
    "Telephone": 18,
    "SoftwareVersion": 18,
}


@dataclass
class Read:
    """What a file says: balances and movements by account, credits minus debits, in kroner."""

    faults: list[str] = field(default_factory=list)
    opening: dict[str, Decimal] = field(default_factory=dict)
    closing: dict[str, Decimal] = field(default_factory=dict)
    moved: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    suppliers: dict[str, dict[str, tuple[Decimal, Decimal]]] = field(default_factory=dict)
    transactions: int = 0
    debit: Decimal = Decimal()
    credit: Decimal = Decimal()
    vat: Decimal = Decimal()
    references: set[str] = field(default_factory=set)


def read(content: bytes) -> Read:
    """Read a file and note what is wrong with it."""
    root = ET.fromstring(content)  # noqa: S314 (our own file)
    found = Read()
    _check(root, found.faults)
    for account in _all(root, "GeneralLedgerAccounts/Account"):
        number = _text(account, "AccountID")
        found.opening[number] = _balance(account, "Opening")
        found.closing[number] = _balance(account, "Closing")
    for supplier in _all(root, "Suppliers/Supplier"):
        key = _text(supplier, "SupplierID")
        if key in found.suppliers:
            found.faults.append(f"supplier {key} twice")
        found.suppliers[key] = {
            _text(one, "AccountID"): (_balance(one, "Opening"), _balance(one, "Closing"))
            for one in supplier.findall(f"{_NAMESPACE}BalanceAccount")
        }
    for transaction in _all(root, "Journal/Transaction"):
        _read_transaction(transaction, found)
    _check_sums(root, found)
    return found


def _read_transaction(transaction: ET.Element, found: Read) -> None:
    found.transactions += 1
    sums = {"Debit": Decimal(), "Credit": Decimal()}
    for line in transaction.findall(f"{_NAMESPACE}Line"):
        for side, sign in (("Debit", -1), ("Credit", 1)):
            amount = line.find(f"{_NAMESPACE}{side}Amount/{_NAMESPACE}Amount")
            if amount is not None:
                value = Decimal(amount.text or "")
                sums[side] += value
                found.moved[_text(line, "AccountID")] += sign * value
            tax = line.find(f".//{_NAMESPACE}{side}TaxAmount/{_NAMESPACE}Amount")
            if tax is not None:
                found.vat += sign * Decimal(tax.text or "")
        reference = line.find(f"{_NAMESPACE}ReferenceNumber")
        if reference is not None:
            found.references.add(reference.text or "")
    if sums["Debit"] != sums["Credit"] or not sums["Debit"]:
        found.faults.append(f"{_text(transaction, 'TransactionID')} does not balance: {sums}")
    found.debit += sums["Debit"]
    found.credit += sums["Credit"]


def _check(element: ET.Element, faults: list[str]) -> None:
    name = element.tag.removeprefix(_NAMESPACE)
    if not element.tag.startswith(_NAMESPACE):
        faults.append(f"{element.tag} is of another namespace")
    children = [child.tag.removeprefix(_NAMESPACE) for child in element]
    wanted = _ORDER.get(name, "").split()
    faults += [f"{name}: {fault}" for fault in _order(children, wanted)]
    if not wanted and len(element.text or "") > _LENGTHS.get(name, 256):
        faults.append(f"{name} is too long")
    if not wanted and not (element.text or "").strip():
        faults.append(f"{name} is empty")
    for child in element:
        _check(child, faults)


def _order(children: list[str], wanted: list[str]) -> list[str]:
    left = list(children)
    for each in wanted:
        name = each.rstrip("+*")
        number = 0
        while left and left[0] == name:
            left.pop(0)
            number += 1
        if number == 0 and "*" not in each:
            return [f"{name} is missing in {children}"]
        if number > 1 and "+" not in each:
            return [f"{name} stands {number} times"]
    return [f"{left[0]} is out of its place"] if left else []


def _check_sums(root: ET.Element, found: Read) -> None:
    entries = root.find(f"{_NAMESPACE}GeneralLedgerEntries")
    assert entries is not None
    said = (
        int(_text(entries, "NumberOfEntries")),
        Decimal(_text(entries, "TotalDebit")),
        Decimal(_text(entries, "TotalCredit")),
    )
    if said != (found.transactions, found.debit, found.credit):
        found.faults.append(f"{said} is said, {found.transactions} {found.debit} is there")
    for number, closing in found.closing.items():
        if found.opening[number] + found.moved[number] != closing:
            found.faults.append(f"account {number} does not roll forward")
    if sum(found.opening.values()) or sum(found.closing.values()):
        found.faults.append("the balances do not sum to zero")


def _all(root: ET.Element, path: str) -> list[ET.Element]:
    return root.findall(".//" + "/".join(f"{_NAMESPACE}{part}" for part in path.split("/")))


def _text(element: ET.Element, name: str) -> str:
    found = element.find(f"{_NAMESPACE}{name}")
    assert found is not None, f"{element.tag} has no {name}"
    return found.text or ""


def _balance(element: ET.Element, when: str) -> Decimal:
    for side, sign in (("Debit", -1), ("Credit", 1)):
        found = element.find(f"{_NAMESPACE}{when}{side}Balance")
        if found is not None:
            return sign * Decimal(found.text or "")
    raise AssertionError(f"no {when} balance")
