"""The books of a year as a file: what it says adds up, is the trial balance, and names nobody."""

import csv
import io
import json
import os
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lib.accounting import books, making, repository, rules, service
from lib.accounting.repository import Job
from lib.accounting.schemas import AskForAccounts
from lib.core.db import transact
from lib.ledger import service as ledger
from lib.ledger.posted_repository import Posted
from lib.ledger.rules import Account
from lib.papers import service as papers
from lib.providers.aws import storage
from lib.providers.aws.making import OverError
from sandbox.world import World
from tests.deals import Deal
from tests.ledgers import Books
from tests.lib.accounting.saft_reader import read
from tests.stage import change, rows

_XSD = os.environ.get("SAFT_XSD", "")


@dataclass
class Accountant:
    """Who asks for files, and what came of it."""

    world: World

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def ask(self, form: str = "saf-t", year: int = 2026) -> str:
        """Ask for a file; return its id."""
        wanted = AskForAccounts.model_validate(
            {"year": year, "format": form, "reason": "Årsoppgjør"}
        )
        asked = transact(
            lambda db: service.ask(db, wanted, operator_id="per_operator", now=self.now)
        )
        return asked.id

    def made(self, form: str = "saf-t", year: int = 2026) -> bytes:
        """Return the file inside the zip."""
        return self.content(self._make(self.ask(form, year)))

    def content(self, export_id: str) -> bytes:
        found = zipfile.ZipFile(io.BytesIO(storage.read(f"accounting/{export_id}/accounting.zip")))
        assert found.testzip() is None
        (name,) = found.namelist()
        return found.read(name)

    def _make(self, export_id: str) -> str:
        while service.make_due(self.now, self.now + timedelta(minutes=5)):
            continue
        (job,) = rows("SELECT state FROM accounting_export WHERE id = %(id)s", {"id": export_id})
        assert job["state"] == "ready"
        return export_id


@pytest.fixture
def accountant(world: World) -> Accountant:
    """The accountant, in a world whose books are those of November 2026."""
    return Accountant(world)


def history(now: datetime) -> Books:
    """Book a year before, this year, and what does not count."""
    old = Books(datetime(2025, 12, 1, 12, tzinfo=UTC))
    early = old.purchase(100_000)
    made = Books(datetime(2026, 3, 1, 12, tzinfo=UTC), mentor=old.mentor)
    for price_ore in (90_000, 123_45, 1_00):
        made.purchase(price_ore)
    made.payout(85_000)
    made.refund(early, 40_000)
    made.let_go()
    made.open()
    other = Books(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    other.purchase(55_500)
    late = Books(now - timedelta(minutes=1))
    late.purchase(77_700)
    return made


def test_the_file_has_the_form_that_the_reader_knows_and_all_of_it_adds_up(
    accountant: Accountant,
) -> None:
    history(accountant.now)
    found = read(accountant.made())
    assert found.faults == []
    assert found.debit == found.credit > 0
    assert found.transactions == 11


def test_balances_are_those_of_the_books(accountant: Accountant) -> None:
    history(accountant.now)
    found = read(accountant.made(year=2026))
    expected: dict[str, Decimal] = {}
    ends = accountant.now - timedelta(minutes=5)
    for one in _posted(ends):
        for kind, sign in ((one.debit_kind, -1), (one.credit_kind, 1)):
            number = rules.ACCOUNTS[kind].number
            expected[number] = (
                expected.get(number, Decimal()) + sign * Decimal(one.amount_ore) / 100
            )
    assert _not_zero(found.closing) == _not_zero(expected)
    assert any(found.opening.values())


def test_at_rest_the_file_closes_with_the_trial_balance(accountant: Accountant) -> None:
    made = Books(datetime(2026, 3, 1, 12, tzinfo=UTC))
    first = made.purchase()
    made.purchase(123_45)
    made.payout(76_500)
    made.refund(first, 40_000)
    made.open()
    found = read(accountant.made())
    balance = transact(lambda db: ledger.trial_balance(db, accountant.now))
    by_number = {
        rules.ACCOUNTS[each.kind].number: Decimal(each.balance_ore) / 100
        for each in balance.accounts
    }
    assert _not_zero(found.closing) == _not_zero(by_number)
    assert len(_not_zero(by_number)) > 4


def test_a_year_begins_and_ends_in_norway_with_what_the_one_before_ended_with(
    accountant: Accountant,
) -> None:
    history(datetime(2026, 6, 1, tzinfo=UTC))
    accountant.world.clock.set_to(datetime(2027, 2, 1, tzinfo=UTC))
    files = {year: read(accountant.made(year=year)) for year in (2026, 2027)}
    assert files[2026].faults == files[2027].faults == []
    assert files[2026].closing == files[2027].opening
    # Half past eleven in the evening of 31 December in London is the new year in Norway.
    assert (files[2026].transactions, files[2027].transactions) == (13, 2)


def test_mentors_are_suppliers_by_pseudonym_with_what_is_owed_either_way(
    accountant: Accountant,
) -> None:
    made = history(accountant.now)
    found = read(accountant.made())
    accounts = found.suppliers[made.mentor]
    assert accounts["2990"] == (Decimal("850.00"), Decimal("870.79"))
    assert accounts["1573"] == (Decimal("0.00"), Decimal("-340.00"))


def test_income_carries_its_vat_as_the_books_have_it(accountant: Accountant) -> None:
    history(accountant.now)
    found = read(accountant.made())
    assert found.vat == found.moved["2700"]
    assert found.vat != 0


def test_an_entry_leads_to_the_paper_that_documents_it(accountant: Accountant) -> None:
    made = history(accountant.now)
    purchase_id = made.purchase()
    accountant.world.clock.set_to(made.now + timedelta(days=1))
    deal = Deal(now=accountant.now)
    receipt_of = deal.session()
    change(
        "UPDATE purchase SET id = %(new)s WHERE id = %(old)s",
        {"new": purchase_id, "old": receipt_of},
    )
    change("UPDATE earning SET purchase_id = %(new)s", {"new": purchase_id})
    papers.receipt(purchase_id, accountant.now)
    assert read(accountant.made()).references == {"KV-2026-1"}


@pytest.mark.parametrize("form", ["saf-t", "csv"])
def test_no_person_is_named_in_it(accountant: Accountant, form: str) -> None:
    deal = Deal(now=accountant.now - timedelta(days=1))
    deal.session()
    history(accountant.now)
    content = accountant.made(form).decode()
    for word in ("Åsnes", "Łukasz", deal.mentee_id, deal.mentor_id, "per_", "@example"):
        assert word not in content


def test_the_csv_balances_line_for_line_and_opens_in_a_norwegian_spreadsheet(
    accountant: Accountant,
) -> None:
    history(accountant.now)
    content = accountant.made("csv")
    assert content.startswith(b"\xef\xbb\xbftransaction;posted_on;")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    by_transaction: dict[str, Decimal] = {}
    for line in table:
        value = _kroner(line["debit"]) - _kroner(line["credit"])
        key = line["transaction"]
        by_transaction[key] = by_transaction.get(key, Decimal()) + value
    assert len(by_transaction) == 11
    assert set(by_transaction.values()) == {Decimal()}
    assert {line["posted_on"][:4] for line in table} == {"2026"}
    saft = read(accountant.made("saf-t"))
    assert sum(_kroner(line["debit"]) for line in table) == saft.debit


@pytest.mark.skipif(not _XSD, reason="SAFT_XSD does not name Skatteetaten's schema 1.30")
def test_the_file_is_valid_against_the_published_schema(accountant: Accountant) -> None:
    import xmlschema

    history(accountant.now)
    schema = xmlschema.XMLSchema(_XSD)
    errors = [str(error) for error in schema.iter_errors(accountant.made().decode())]
    assert errors == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<AuditFileVersion>1.30</AuditFileVersion>", ""),
        ("<TotalDebit>", "<TotalDebit>1"),
        ("<Debit", "<Credit"),
        ("<SupplierID>", "<SupplierID>x</SupplierID><SupplierID>"),
        ("<OpeningCreditBalance>0.00", "<OpeningCreditBalance>0.01"),
        ("<GroupingCode>2990</GroupingCode>", "<GroupingCode></GroupingCode>"),
        ("<Amount>", "<Amount>1"),
    ],
)
def test_the_reader_notices_what_is_wrong(accountant: Accountant, old: str, new: str) -> None:
    history(accountant.now)
    content = accountant.made().decode()
    assert old in content
    broken = content.replace(old, new, 1)
    if old == "<Debit":
        broken = content.replace("<DebitAmount>", "<CreditAmount>", 1).replace(
            "</DebitAmount>", "</CreditAmount>", 1
        )
    assert read(broken.encode()).faults


def test_it_is_the_same_however_often_the_making_is_cut_short(
    accountant: Accountant, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(accountant.now)
    whole = accountant.made()
    # An earning has three entries, so that pages of three cut some of them.
    monkeypatch.setattr(books, "PAGE", 3)
    export_id = accountant.ask()
    runs = 0
    while not _is_ready(export_id):
        # A deadline that has come: each run does what it does between two looks at the clock.
        job = _job(export_id)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(making.Making, "pages_a_place", 1)
            making.Making(job, job.step).run(accountant.now - timedelta(seconds=1))
        runs += 1
        assert runs < 200
    pieces = accountant.content(export_id)
    assert runs > 10
    assert pieces == whole
    assert read(pieces).faults == []


def test_a_run_that_another_has_overtaken_writes_nothing_more(accountant: Accountant) -> None:
    history(accountant.now)
    export_id = accountant.ask()
    job = _job(export_id)
    older = making.Making(job, job.step)
    change("UPDATE accounting_export SET step = step + 1")
    with pytest.raises(OverError):
        older.run(accountant.now - timedelta(seconds=1))


def test_what_was_booked_between_the_two_readings_has_it_begun_anew(
    accountant: Accountant,
) -> None:
    made = history(accountant.now)
    export_id = accountant.ask()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(making.Making, "pages_a_place", 1)
        while _phase(export_id) < 3:
            job = _job(export_id)
            making.Making(job, job.step).run(accountant.now - timedelta(seconds=1))
    made.purchase()
    job = _job(export_id)
    with pytest.raises(making.DiffersError):
        making.Making(job, job.step).run(accountant.now + timedelta(minutes=5))


def test_a_file_lies_for_a_week_and_its_link_for_a_day(accountant: Accountant) -> None:
    history(accountant.now)
    accountant.made()
    (row,) = rows("SELECT id FROM accounting_export")
    shown = transact(lambda db: service.read(db, row["id"], now=accountant.now))
    assert shown.link
    assert shown.link_until
    assert shown.link_until - accountant.now <= timedelta(hours=24)
    later = accountant.now + timedelta(days=7, seconds=1)
    accountant.world.clock.set_to(later)
    service.make_due(later, later + timedelta(minutes=1))
    gone = transact(lambda db: service.read(db, row["id"], now=later))
    assert (gone.state, gone.link) == ("deleted", None)
    assert storage.delete_below("accounting/") == 0


def test_what_can_not_be_made_within_a_day_is_given_up(accountant: Accountant) -> None:
    export_id = accountant.ask()
    accountant.world.clock.set_to(accountant.now + timedelta(days=1, seconds=1))
    assert service.make_due(accountant.now, accountant.now + timedelta(minutes=1)) == 0
    assert not _is_ready(export_id)
    assert rows("SELECT state FROM accounting_export") == [{"state": "failed"}]


def test_every_kind_of_account_has_its_place_in_the_chart() -> None:
    assert set(rules.ACCOUNTS) == {str(kind) for kind in Account}
    numbers = [account.number for account in rules.ACCOUNTS.values()]
    assert len(numbers) == len(set(numbers))


def _posted(until: datetime) -> list[Posted]:
    found: list[Posted] = []
    for is_reserved in (False, True):
        after = books.beginning(books.BEGINNING)
        while page := books.page(is_reserved=is_reserved, after=after, until=until):
            found += [entry for one in page for entry in one.entries]
            after = page[-1].entries[-1].place
    return found


def _job(export_id: str) -> Job:
    found = transact(lambda db: repository.find(db, export_id))
    assert found
    return found


def _phase(export_id: str) -> int:
    progress = _job(export_id).progress
    return int(json.loads(progress)["phase"]) if progress else 0


def _is_ready(export_id: str) -> bool:
    return _job(export_id).state == "ready"


def _kroner(text: str) -> Decimal:
    return Decimal(text.replace(",", ".") or "0")


def _not_zero(balances: dict[str, Decimal]) -> dict[str, Decimal]:
    return {number: value for number, value in balances.items() if value}
