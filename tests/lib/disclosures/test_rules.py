"""What is disclosed is named by the contract, and a change concerns who has received it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.accounts.schemas import CorrectProfile
from lib.disclosures import rules, suppliers, texts
from lib.disclosures.rules import Sent
from lib.privacy import disclosed
from lib.privacy.contract import load
from lib.privacy.rules import shown_columns
from lib.privacy.vocabulary import BASES, PURPOSES
from lib.providers.register import SUPPLIERS, Supplier

_FIELDS = st.sampled_from(["person.given_name", "person.email", "booking.title", "person.*"])
_SENT = [
    *(value for value in vars(rules).values() if isinstance(value, Sent)),
    *rules.WHEREBY_WAY_IN.values(),
]
_TO_PARTIES = (
    rules.DEAL,
    rules.PAYMENT,
    rules.HOURS,
    rules.REFUND,
    rules.DISPUTE,
    rules.ATTENDANCE,
    rules.DELIVERY,
    rules.PAPER,
    rules.SELLER,
)


def test_whatever_is_disclosed_is_a_field_of_somebody_by_the_contract() -> None:
    known = disclosed.vocabulary(load())
    named = {field for fields in _TO_PARTIES for field in fields}
    named |= {field for sent in _SENT for field in sent.fields} | set(rules.GIVEN_BACK)
    assert named <= known
    assert {"person.email", "person.*", "identity.subject"} <= known
    # Nothing of what is about nobody, and no key that says nothing.
    assert not known & {"outbox.topic", "outbox.*", "policy_version.text_nb", "offer.minutes"}


@pytest.mark.parametrize("fields", _TO_PARTIES)
def test_the_other_party_receives_only_what_the_contract_shows_to_parties(
    fields: tuple[str, ...],
) -> None:
    for field in fields:
        name, _, column_name = field.partition(".")
        table = load()[name]
        if column_name == "*":
            assert table.is_of_two, field
            assert {column.tier for column in shown_columns(table, "access")} <= {"party", "public"}
        else:
            column = table.column(column_name)
            assert column is not None
            assert column.tier in {"party", "public"}, field


@pytest.mark.parametrize("sent", _SENT, ids=[f"{each.supplier} {each.purpose}" for each in _SENT])
def test_what_a_supplier_is_sent_has_a_supplier_a_purpose_and_a_basis(sent: Sent) -> None:
    assert sent.supplier in {one.key for one in SUPPLIERS if one.since}
    assert sent.purpose in PURPOSES
    assert sent.basis in BASES


@given(st.lists(_FIELDS), st.lists(_FIELDS))
def test_nobody_is_told_of_a_field_that_they_had_not_received(
    changed: list[str], received: list[str]
) -> None:
    for field in rules.concerned(changed, received):
        assert field in received or rules.whole(field.partition(".")[0]) in received
        assert not changed or field in changed


def test_a_change_of_a_field_concerns_who_has_it_or_all_of_its_row() -> None:
    changed = ["person.given_name", "person.email"]
    assert rules.concerned(changed, rules.DEAL) == ["person.given_name"]
    assert rules.concerned(changed, ["person.*"]) == sorted(changed)
    assert rules.concerned(changed, rules.VIPPS_PAYMENT.fields) == []
    assert rules.concerned([], rules.DEAL) == sorted(rules.DEAL)


def test_settings_are_no_correction_and_the_same_again_is_none() -> None:
    fields = set(CorrectProfile.model_fields)
    assert fields - set(rules.CORRECTABLE) == {"language", "time_zone"}
    before = CorrectProfile(given_name="Kari", family_name="Lie", phone="90000102")
    after = before.model_copy(update={"family_name": "Dahl", "language": "en"})
    assert rules.corrected(before, after) == ("person.family_name",)
    assert rules.corrected(before, before) == ()


@pytest.mark.parametrize(
    ("title", "fields"),
    [
        ("En time hos OLA", ("person.given_name",)),
        ("Ledelse (Hagen-Lie)", ("person.family_name",)),
        ("Lie, Ola Hagen: en time", ("person.given_name", "person.family_name")),
        ("Olav og hagen min", ()),
        ("", ()),
    ],
)
def test_a_title_names_whoever_is_called_so_and_no_namesake_of_a_part(
    title: str, fields: tuple[str, ...]
) -> None:
    names = {"person.given_name": "Ola", "person.family_name": "Hagen-Lie"}
    assert rules.named_in(title, names) == fields
    assert rules.named_in(title, dict.fromkeys(names)) == ()


@pytest.mark.parametrize(
    "field", [*(f"person.{name}" for name in rules.CORRECTABLE), *rules.BUSINESS]
)
def test_what_can_be_corrected_has_its_words(field: str) -> None:
    said = texts.said("rectification", [field])
    assert "{" not in said.nb + said.en
    assert said.nb != texts.said("rectification", []).nb


@pytest.mark.parametrize("supplier", [one.key for one in SUPPLIERS])
def test_every_supplier_declares_how_it_is_told_of_a_correction_or_why_it_need_not_be(
    supplier: str,
) -> None:
    kinds = (
        suppliers.CORRECTORS,
        suppliers.NOTHING_TO_CORRECT,
        suppliers.CAN_NOT_BE_CORRECTED,
    )
    declared = [supplier in kind for kind in kinds]
    assert declared.count(True) == 1, f"{supplier} declares nothing, or two"
    if supplier in suppliers.CORRECTORS:
        assert callable(suppliers.corrector(supplier))
    why = suppliers.why_not_corrected(supplier)
    assert (why is None) == (supplier in suppliers.CORRECTORS)
    assert why is None or all(why)
    states = ("waiting", "needless", "impossible")
    state, _ = suppliers.outcome(supplier, "rectification")
    assert state == states[declared.index(True)]


def test_nobody_declares_for_a_supplier_that_is_not_there() -> None:
    declared = {
        *suppliers.CORRECTORS,
        *suppliers.NOTHING_TO_CORRECT,
        *suppliers.CAN_NOT_BE_CORRECTED,
    }
    assert declared == {one.key for one in SUPPLIERS}


@pytest.mark.parametrize("supplier", SUPPLIERS, ids=[one.key for one in SUPPLIERS])
def test_who_is_not_told_of_a_restriction_has_a_reason_in_words(supplier: Supplier) -> None:
    state, why = suppliers.outcome(supplier.key, "restriction")
    assert state == ("needless" if supplier.role == "processor" else "impossible")
    assert texts.REASONS[why or ""].nb
