"""Papers as PDF: the same bytes for the same body, tagged, searchable, in every European letter."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from lib.papers import drafts, pdf, rules, sheets
from lib.papers.rules import PaperKind
from lib.papers.schemas import PaperBody, PaperLine, PaperParty, PaperPayment, Settlement
from tests.architecture.sources import ROOT

_STARTS = datetime(2026, 11, 23, 9, tzinfo=UTC)
SOLA = PaperParty(name="Sola Åsnes", organisation_number="987654325", is_vat_registered=True)


def body(
    kind: PaperKind = PaperKind.RECEIPT, lines: list[PaperLine] | None = None, **changed: object
) -> PaperBody:
    """Return the body of a paper."""
    sold = PaperLine(
        what="session",
        title="En time om karrieren",
        quarters=4,
        starts_at=_STARTS,
        ends_at=_STARTS.replace(hour=10),
        gross_ore=123_456_790,
        vat_ore=24_691_358,
        vat_percent=25,
    )
    given = lines or [sold]
    said = {
        "version": 1,
        "kind": kind,
        "number": rules.number_of(rules.SERIES[kind], 2026, 17),
        "previous": rules.NOTHING,
        "issued_on": date(2026, 11, 23),
        "language": "nb",
        "seller": SOLA,
        "buyer": PaperParty(name="Bo Łukasz-Đorđević"),
        "issuer": drafts.US,
        "lines": given,
        "vat": drafts.vat_totals(given),
        "total_ore": sum(line.gross_ore for line in given),
        "currency": "NOK",
        "payment": PaperPayment(method="vipps", reference="pur-1", on=date(2026, 11, 23)),
        "refers_to": [],
        "terms_version": "2026-11-01",
    }
    return PaperBody.model_validate({**said, **changed})


def text(paper: PaperBody) -> str:
    reader = PdfReader(BytesIO(pdf.render(paper)))
    whole = "\n".join(page.extract_text() for page in reader.pages)
    return whole.replace("\u00a0", " ")


def test_the_same_body_gives_the_same_bytes_also_in_another_process() -> None:
    here = hashlib.sha256(pdf.render(body())).hexdigest()
    code = (
        "import hashlib\nfrom tests.lib.papers import test_pdf as t\n"
        "print(hashlib.sha256(t.pdf.render(t.body())).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == here
    assert hashlib.sha256(pdf.render(body(language="en"))).hexdigest() != here


def test_what_a_receipt_says_can_be_read_out_of_it() -> None:
    said = text(body())
    for part in (
        "Kvittering KV-2026-17",
        "Sola Åsnes",
        "Org.nr. 987 654 325 MVA",
        "Bo Łukasz-Đorđević",
        "Utstedt på vegne av selgeren av",
        "MIN MENTOR AS",
        "Org.nr. 927 683 172 MVA",
        "Time med mentor: En time om karrieren",
        "60 min",
        "23.11.2026 10.00–11.00",
        "videomøte",
        "987 654,32",
        "25 %",
        "246 913,58",
        "1 234 567,90",
        "Betalt 23.11.2026 med Vipps, referanse pur-1.",
        "Salgsvilkår, versjon 2026-11-01.",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    "letters",
    [
        "Ærlig Øystein Åse",
        "Łukasz Źrebięcy Ćwikła Ńędza",
        "Šárka Žižková Ďuriš Ťažký Ľubomír",
        "Đorđe Čačić",
        "Ţepeş Brâncuşi Țepeș Băsescu",
        "Gürbüz Şahin İlker ığdır",
        "Ágnes Őrsi Űrhajós",
        "Þórður Guðmundsdóttir",
        "Ķegums Ļubova Ņina Ģirts Ūdris Ēriks",
        "Jūratė Žąsytė Šešėlgis",
        "Sámi Áŋŋá Ŧeaŋgŧa",
        "Ελένη Παπαδοπούλου",
        "Олена Шевченко",
    ],
)
def test_names_of_europe_are_written_as_they_are(letters: str) -> None:
    assert letters in text(body(buyer=PaperParty(name=letters)))


def test_a_paper_says_its_title_and_language_and_has_tags_for_who_listens() -> None:
    reader = PdfReader(BytesIO(pdf.render(body(language="en"))))
    assert reader.metadata is not None
    assert reader.metadata.title == "Receipt KV-2026-17 – MIN MENTOR"
    root: Any = reader.root_object
    assert root["/Lang"] == "en"
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert bool(root["/MarkInfo"]["/Marked"])
    roles = list(_roles(root["/StructTreeRoot"]))
    assert roles[:3] == ["Document", "H1", "H2"]
    assert roles.count("Table") == 2
    assert (roles.count("TH"), roles.count("TD")) == (8, 13)


def test_every_mark_of_a_page_leads_to_its_element() -> None:
    reader = PdfReader(BytesIO(pdf.render(_long())))
    root: Any = reader.root_object
    numbers = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    assert len(numbers) == 2 * len(reader.pages) > 2
    pages: list[Any] = list(reader.pages)
    for at, page in enumerate(pages):
        assert page["/StructParents"] == numbers[2 * at] == at
        marks = page.get_contents().get_data().count(b" BDC")
        elements = [each.get_object() for each in numbers[2 * at + 1]]
        assert [one["/K"] for one in elements] == list(range(marks))
        assert all(one["/Pg"].get_object() == page for one in elements)


def test_a_long_statement_goes_over_pages_and_loses_no_line() -> None:
    reader = PdfReader(BytesIO(pdf.render(_long())))
    said = "\n".join(page.extract_text() for page in reader.pages)
    for number in range(1, 121):
        assert f"KV-2026-{number}\n" in said or f"KV-2026-{number} " in said, number
    for at, page in enumerate(reader.pages, start=1):
        assert f"{at}/{len(reader.pages)}" in page.extract_text()
    heads = sum("Beskrivelse" in page.extract_text() for page in reader.pages)
    assert heads == len(reader.pages)


def test_it_is_made_in_no_time_and_is_small() -> None:
    assert len(pdf.render(body())) < 60_000
    assert len(pdf.render(_long())) < 200_000


@pytest.mark.parametrize("kind", list(PaperKind))
@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_kind_can_be_written_in_both_languages(kind: PaperKind, language: str) -> None:
    settlement = Settlement(earned_ore=1, taken_back_ore=0, paid_ore=1)
    paper = body(kind, language=language, settlement=settlement, ground="withdrawal")
    sheet = sheets.sheet(paper)
    assert sheet.title.endswith(paper.number)
    assert pdf.render(paper).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("amount_ore", "said"),
    [
        (0, "0,00"),
        (5, "0,05"),
        (99_900, "999,00"),
        (100_000, "1\u00a0000,00"),
        (123_456_789, "1\u00a0234\u00a0567,89"),
        (-90_000, "\u2212900,00"),
        (-123_450, "\u22121\u00a0234,50"),
    ],
)
def test_amounts_are_written_as_norwegians_do(amount_ore: int, said: str) -> None:
    assert sheets.kroner(amount_ore) == said


def _long() -> PaperBody:
    lines = [
        PaperLine(
            what="session",
            title="En time om karrieren",
            reference=f"KV-2026-{number}",
            on=date(2026, 11, 1 + number % 28),
            quarters=4,
            gross_ore=90_000,
            vat_ore=18_000,
            vat_percent=25,
            fee_ore=13_500,
        )
        for number in range(1, 121)
    ]
    settlement = Settlement(earned_ore=9_180_000, taken_back_ore=0, paid_ore=9_180_000)
    return body(PaperKind.STATEMENT, lines, seller=None, buyer=SOLA, settlement=settlement)


def _roles(node: Any) -> Iterator[str]:  # noqa: ANN401 (pypdf's objects)
    if "/S" in node:
        yield str(node["/S"])[1:]
    kids = node["/K"]
    for kid in kids if isinstance(kids, list) else [kids]:
        found = kid.get_object()
        if isinstance(found, DictionaryObject):
            yield from _roles(found)
