"""Recognising a person again, in every form, and nobody else in their place."""

import hashlib
import json
import unicodedata

import pytest

from lib.privacy.contract import load
from lib.privacy.identifiers import Identifier, found_in, identifiers_in, normalised

_PERSON = {
    "given_name": "Bjørn",
    "family_name": "Ås",
    "email": "Bjorn.As@example.no",
    "phone": "4791234567",
}


def _identifiers(**changes: str) -> list[Identifier]:
    return identifiers_in(load()["person"], [{**_PERSON, **changes}])


def _categories(text: str, identifiers: list[Identifier]) -> set[str]:
    row = {"payload": json.dumps(text), "source": "", "event_id": "", "kind": "", "outcome": None}
    return {found.category for found, _ in found_in(identifiers, load()["inbound_event"], row)}


@pytest.mark.parametrize(
    "text",
    [
        "bjorn.as@example.no",
        "Skriv til <BJORN.AS@EXAMPLE.NO>.",
        "https://example.no/?to=bjorn.as%40example.no&x=1",
        hashlib.sha256(b"bjorn.as@example.no").hexdigest(),
    ],
)
def test_an_address_is_recognised(text: str) -> None:
    assert _categories(text, _identifiers()) == {"user.contact.email"}


@pytest.mark.parametrize(
    "text",
    ["torbjorn.as@example.no", "bjorn.as@example.no.uk", "bjorn.as@example.not", "as@example.no"],
)
def test_another_address_is_not_mistaken_for_it(text: str) -> None:
    assert _categories(text, _identifiers()) == set()


@pytest.mark.parametrize(
    "text",
    [
        "4791234567",
        "+4791234567",
        "004791234567",
        "91234567",
        "tlf. 912 34 567",
        "+47 91 23 45 67",
        "+47 912\u00a034\u00a0567",
        "912-34-567.",
        hashlib.sha256(b"4791234567").hexdigest(),
    ],
)
def test_a_number_is_recognised(text: str) -> None:
    assert _categories(text, _identifiers()) == {"user.contact.phone_number"}


@pytest.mark.parametrize("text", ["191234567", "912345678", "9123456", "a91234567", "4691234567"])
def test_another_number_is_not_mistaken_for_it(text: str) -> None:
    assert _categories(text, _identifiers()) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Bjørn Ås",
        "BJØRN ÅS",
        "Ås, Bjørn",
        "bjørn.ås",
        "Bjørn Olav Ås",
        "Time med Bjørn Ås på mandag",
        unicodedata.normalize("NFD", "Bjørn Ås"),
    ],
)
def test_a_name_is_recognised(text: str) -> None:
    assert _categories(text, _identifiers()) == {"user.name"}


@pytest.mark.parametrize(
    "text",
    [
        "Bjørn",
        "Ås",
        "Bjørn-Olav Ås",
        "Torbjørn Ås",
        "Bjørn Åsen",
        "Bjørn Hansen og Kari Ås",
        "Bjørn bor på Ås",
    ],
)
def test_half_a_name_or_another_one_is_not_mistaken_for_it(text: str) -> None:
    assert _categories(text, _identifiers()) == set()


def test_a_name_in_two_fields_of_an_object_is_recognised() -> None:
    table = load()["idempotency_key"]
    reply = json.dumps({"id": "x", "given_name": "Bjørn", "family_name": "Ås"})
    row = {c.name: None for c in table.columns} | {"reply": reply}
    assert [place for _, place in found_in(_identifiers(), table, row)] == ["reply"]


def test_a_name_in_two_columns_is_recognised() -> None:
    table = load()["person"]
    row = {c.name: None for c in table.columns} | {"given_name": "BJØRN", "family_name": "Ås"}
    assert [place for _, place in found_in(_identifiers(), table, row)] == ["family_name"]


def test_keys_and_hashes_are_recognised_and_short_ones_are_not_looked_for() -> None:
    table = load()["identity"]
    rows = [{"subject": "0b8e2a7c-55f0-4b7e-9c1e-1e1f0f6d2a11"}, {"subject": "7"}]
    found = identifiers_in(table, rows)
    assert [one.category for one in found] == ["user.unique_id"]
    assert _categories("sub 0B8E2A7C-55f0-4b7e-9c1e-1e1f0f6d2a11!", found) == {"user.unique_id"}
    assert _categories("sub 0b8e2a7c-55f0-4b7e-9c1e-1e1f0f6d2a112", found) == set()


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("927683172", True),
        ("Org.nr. 927 683 172 MVA", True),
        ("927.683.172", True),
        ("92768317", False),
        ("9276831721", False),
        ("1927683172", False),
        ("927683173", False),
    ],
)
def test_an_organisation_number_is_recognised_and_no_other(text: str, *, is_found: bool) -> None:
    found = identifiers_in(load()["mentor"], [{"organisation_number": "927683172"}])
    assert _categories(text, found) == ({"user.government_id"} if is_found else set())


def test_an_empty_row_has_no_identifiers() -> None:
    nothing = dict.fromkeys(_PERSON, "")
    assert _identifiers(**nothing) == []
    assert identifiers_in(load()["person"], [dict.fromkeys(_PERSON)]) == []


def test_what_an_identifier_is_never_shows() -> None:
    shown = repr(_identifiers())
    for value in _PERSON.values():
        assert value not in shown
        assert normalised(value) not in shown
