"""The gate of the column contract: what does not hold is refused, with its place."""

import pytest

from lib.privacy.contract import ContractError, compiled, data_map, load
from lib.privacy.grammar import Keep, Path
from lib.privacy.model import Step
from lib.privacy.tables import read_tables
from tests.lib.privacy.samples import GOOD, broken

_INVOICE = "subject=person_id purpose=bookkeeping basis=legal_obligation"


def _faults(text: str) -> list[str]:
    with pytest.raises(ContractError) as refusal:
        compiled(read_tables(text))
    return refusal.value.faults


def test_a_contract_that_holds_is_compiled_with_its_terms() -> None:
    contract = compiled(read_tables(GOOD))
    assert list(contract.tables) == ["person", "note", "reading", "invoice", "job"]
    invoice = contract["invoice"]
    assert invoice.subject == (Path("person_id"),)
    assert invoice.keep == Keep("bookkeeping", "made_at")
    assert contract["note"].why == "what a person wrote; for them"
    words = contract["note"].column("words")
    assert words is not None
    assert (words.data, words.why) == ("user.content.private", "what it says; it's theirs")
    assert (words.tier, words.export) == ("self", frozenset({"access"}))


def test_a_row_that_hangs_on_another_leads_to_its_people() -> None:
    contract = compiled(read_tables(GOOD))
    way = (Step("reading", "note_id", "note_id"), Step("note", "person_id", "id"))
    assert contract["reading"].chains == (way,)
    assert contract.clock_table(contract["reading"]).name == "note"


# Each piece of the good schema, what it is broken into, and what the gate says of it.
_BROKEN = {
    "no column COMMENT": (
        " COMMENT 'data=user.behavior; which reading'",
        "",
        "reading.number: has no COMMENT",
    ),
    "no table COMMENT": (
        (
            "\n"
            "  COMMENT='subject=id purpose=account basis=contract keep=account erase=columns"
            " export=access tier=self; people'"
        ),
        "",
        "person: has no COMMENT",
    ),
    "no prose": (
        "data=user.contact.email erase=null; receipts",
        "data=user.contact.email erase=null",
        "person.email: does not say why it is there",
    ),
    "empty prose": (
        "data=user.contact.email erase=null; receipts",
        "data=user.contact.email erase=null;  ",
        "person.email: does not say why it is there",
    ),
    "unknown category": (
        "data=user.contact.email erase",
        "data=user.contact.pigeon erase",
        "person.email: data=user.contact.pigeon is no category",
    ),
    "unknown key": (
        "data=user.contact.email erase=null",
        "data=user.contact.email wipe=null",
        "person.email: wipe is no key",
    ),
    "a key twice": (
        "data=user.contact.email erase=null",
        "data=user.contact.email erase=null erase=keep",
        "person.email: erase is said twice",
    ),
    "no data": ("data=user.behavior; which", "tier=self; which", "reading.number: says nothing of"),
    "a word that is no pair": (
        "data=user.behavior; which",
        "data=user.behavior maybe; which",
        "reading.number: 'maybe' is no key=value",
    ),
    "a table key missing": (
        f"{_INVOICE} keep=bookkeeping@made_at ",
        f"{_INVOICE} ",
        "invoice: says nothing of keep",
    ),
    "unknown purpose": (
        "purpose=bookkeeping",
        "purpose=curiosity",
        "invoice: purpose=curiosity is not one of",
    ),
    "unknown basis": ("basis=legal_obligation", "basis=habit", "invoice: basis=habit is not"),
    "unknown tier": ("export=none tier=operator", "export=none tier=all", "job: tier=all is not"),
    "unknown erase": (
        "keep=P30D@written_at erase=delete",
        "keep=P30D@written_at erase=burn",
        "note",
    ),
    "unknown export": ("export=none tier=operator", "export=all tier=operator", "job: export=all"),
    "unknown keep": ("keep=P90D@done_at", "keep=P90W@done_at", "job: keep=P90W@done_at is not"),
    "no days at all": ("keep=P90D@done_at", "keep=P0D@done_at", "job: keep=P0D@done_at is not"),
    "personal data of nobody": (
        "data=user.unique_id.pseudonymous; what it is about",
        "data=user.contact.email; what it is about",
        "job: is about nobody, yet cause_id holds user.contact.email",
    ),
    "a person named in a table about nobody": (
        "cause_id   CHAR(30)",
        "mentor_id  CHAR(30)",
        "job: mentor_id names a person who is no subject",
    ),
    "a basis for nobody": (
        "purpose=operations basis=none",
        "purpose=operations basis=consent",
        "job: is about nobody, so basis can't be consent",
    ),
    "nobody's data exported": (
        "export=none tier=operator",
        "export=access tier=operator",
        "job: is about nobody, so export can't be access",
    ),
    "nobody's account": ("keep=P90D@done_at", "keep=account", "job: is about nobody, so there is"),
    "no basis for somebody": (
        "basis=contract keep=P30D@written_at",
        "basis=none keep=P30D@written_at",
        "note: is about somebody, so it needs a legal basis",
    ),
    "somebody not erased": (
        "keep=P30D@written_at erase=delete",
        "keep=P30D@written_at erase=none",
        "note: is about somebody, so it needs a way of erasing",
    ),
    "somebody kept forever": (
        "keep=P30D@written_at",
        "keep=forever",
        "note: is about somebody, so it can't be kept forever",
    ),
    "the books deleted": (
        "keep=P30D@written_at erase=delete",
        "keep=bookkeeping@written_at erase=delete",
        "note: is deleted on request, yet the bookkeeping law keeps it",
    ),
    "portable by law": (
        "keep=bookkeeping@made_at erase=columns export=access",
        "keep=bookkeeping@made_at erase=columns export=access+portability",
        "invoice: is portable on the basis legal_obligation",
    ),
    "null on NOT NULL": (
        "data=user.content.private erase=blank",
        "data=user.content.private erase=null",
        "invoice.remark: erase=null, yet it is NOT NULL",
    ),
    "blank on a time": (
        "data=user.payment erase=keep",
        "data=user.payment erase=blank",
        "invoice.made_at: erase=blank, yet it is no text",
    ),
    "blank on what is unique": (
        "KEY invoice_by_person (person_id)",
        "UNIQUE KEY invoice_once (remark)",
        "invoice.remark: erase=blank, yet it is unique",
    ),
    "an emptied key": (
        "data=none erase=keep; key",
        "data=user.payment erase=blank; key",
        "invoice.id: is the row's key and can't be emptied",
    ),
    "emptied for nobody": (
        "data=user.content.private erase=blank",
        "data=none erase=blank",
        "invoice.remark: erase=blank, yet there is nothing about anyone in it",
    ),
    "a personal column that does not say how it is erased": (
        "data=user.content.private erase=blank",
        "data=user.content.private",
        "invoice.remark: does not say how it is erased",
    ),
    "an address kept without a law": (
        "data=user.contact.email erase=null",
        "data=user.contact.email erase=keep",
        "person.email: user.contact.email is kept through an erasure",
    ),
    "column erasure where the row goes": (
        "data=user.behavior; which reading",
        "data=user.behavior erase=keep; which reading",
        "reading.number: erase=keep, yet the table is not erased by columns",
    ),
    "shown to nobody, yet exported": (
        "data=user.behavior; which",
        "data=user.behavior tier=nobody; which",
        "reading.number: is shown to nobody, yet in an export",
    ),
    "a subject that is no column": (
        "subject=note_id>note",
        "subject=nota_id>note",
        "reading: subject=nota_id>note: there is no column nota_id",
    ),
    "a subject in no table": (
        "subject=note_id>note",
        "subject=note_id>notes",
        "reading: subject=note_id>notes: there is no table notes",
    ),
    "a way in a circle": (
        "subject=note_id>note",
        "subject=note_id>reading",
        "reading: subject=note_id>reading: reading has no key of one column",
    ),
    "a way that leads to nobody": (
        "subject=note_id>note",
        "subject=note_id>job",
        "reading: subject=note_id>job: job leads to nobody",
    ),
    "a subject that is no id": (
        "subject=note_id>note",
        "subject=number",
        "reading: subject=number: number is no id",
    ),
    "a subject that is no person": (
        "subject=note_id>note",
        "subject=note_id",
        "reading: subject=note_id: a person's id is data=user.unique_id.pseudonymous",
    ),
    "a subject that can't be read": ("subject=note_id>note", "subject=note_id>", "reading"),
    "a clock that is no column": (
        "keep=P30D@written_at",
        "keep=P30D@read_at",
        "note: keep=P30D@read_at: there is no column read_at",
    ),
    "a clock that is no time": ("keep=P30D@written_at", "keep=P30D@words", "words is no time"),
    "no clock at all": (
        "keep=bookkeeping@made_at",
        "keep=bookkeeping",
        "invoice: keep=bookkeeping: has no clock",
    ),
    "a clock of another term": ("keep=P30D erase", "keep=P31D erase", "reading: keep=P31D: has no"),
    "no people": ("subject=id purpose", "subject=none purpose", "one table must have its own id"),
}


@pytest.mark.parametrize("case", _BROKEN)
def test_the_gate_refuses(case: str) -> None:
    old, new, expected = _BROKEN[case]
    faults = _faults(broken(old, new))
    assert any(expected in fault for fault in faults), faults


def test_a_circle_of_tables_leads_to_nobody() -> None:
    text = broken("subject=person_id purpose=account", "subject=person_id>ring purpose=account")
    terms = "subject=note_id>note purpose=account basis=contract keep=account erase=delete"
    terms += " export=none tier=self"
    ring = f"""
CREATE TABLE ring (
  id       CHAR(30) NOT NULL COMMENT 'data=none; key',
  note_id  CHAR(30) NOT NULL COMMENT 'data=none; round and round',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='{terms}; a circle';
"""
    faults = _faults(text + ring)
    assert "ring: subject=note_id>note: note leads to nobody" in faults


def test_every_fault_is_told_at_once() -> None:
    text = broken("data=user.behavior; which", "data=user.what; which").replace("; who paid", "", 1)
    assert [fault.split(":")[0] for fault in _faults(text)] == [
        "reading.number",
        "invoice.person_id",
    ]


def test_no_tables_are_no_contract() -> None:
    assert _faults("-- nothing\n") == ["there is no table to make a contract of"]


def test_the_data_map_names_every_table_and_column() -> None:
    text = "\n".join(data_map(load()))
    for table in load():
        assert f"\n{table.name}: " in f"\n{text}"
        for column in table.columns:
            assert f"    {column.name} " in text
