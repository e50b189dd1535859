"""What is made of the contract for others: fideslang's dataset, and the record of Art. 30."""

import json
from typing import Any

import pytest
import yaml
from fideslang.default_taxonomy import DEFAULT_TAXONOMY
from fideslang.models import Dataset

from lib.privacy import contract, record
from lib.privacy.contract import load
from lib.privacy.dataset import USES, as_yaml
from lib.privacy.vocabulary import PURPOSES
from lib.providers.register import SUPPLIERS


def _dataset() -> Dataset:
    (found,) = yaml.safe_load(as_yaml(load()))["dataset"]
    return Dataset.model_validate(found)


def test_the_dataset_is_one_that_fideslang_accepts_with_every_table_and_column() -> None:
    said = {
        collection.name: {field.name: field.description for field in collection.fields}
        for collection in _dataset().collections
    }
    assert said == {
        table.name: {column.name: column.why for column in table.columns} for table in load()
    }


def test_every_field_has_a_category_and_every_collection_a_use_of_the_taxonomy() -> None:
    categories = {str(one.fides_key) for one in DEFAULT_TAXONOMY.data_category}
    uses = {str(one.fides_key) for one in DEFAULT_TAXONOMY.data_use}
    assert set(USES) == set(PURPOSES)
    for collection in _dataset().collections:
        assert set(collection.data_uses or []) <= uses
        assert collection.data_uses
        for field in collection.fields:
            assert field.data_categories, f"{collection.name}.{field.name}"
            assert set(field.data_categories) <= categories


def test_the_dataset_knows_the_ways_from_row_to_row() -> None:
    tokens = next(one for one in _dataset().collections if one.name == "refresh_token")
    field = next(one for one in tokens.fields if one.name == "session_id")
    assert field.fides_meta is not None
    (way,) = field.fides_meta.references or []
    assert (way.dataset, way.field, way.direction) == ("min_mentor", "session.id", "from")


def test_the_record_has_an_activity_for_every_table_about_somebody() -> None:
    made = record.record(load())
    recorded = [name for activity in made.activities for name in activity.tables]
    assert sorted(recorded) == sorted(table.name for table in load() if table.chains)
    for activity in made.activities:
        assert activity.bases
        assert activity.people
        assert activity.data
        assert activity.recipients
        assert activity.terms


def test_the_record_names_every_supplier_that_is_in_use() -> None:
    # One that nobody has thought about would stand under every purpose, or under none.
    assert {one.key for one in SUPPLIERS if one.since} <= set(record.RECEIVES)
    made = record.record(load())
    named = {to.name for activity in made.activities for to in activity.recipients}
    assert named == {one.name for one in SUPPLIERS if one.since}


def test_the_record_says_who_and_how_long() -> None:
    made = {one.key: one for one in record.record(load()).activities}
    assert {text.en for text in made["booking"].people} >= {"Those who buy hours", "Mentors"}
    assert "30 days" in [text.en for text in made["sign_in"].terms]
    assert "user.name.first" in made["account"].data
    assert "Vipps MobilePay AS" in [to.name for to in made["sign_in"].recipients]
    assert "Stripe" not in " ".join(to.name for to in made["sign_in"].recipients)


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        ([], "person: anyone with an account\n"),
        (["fideslang"], "dataset:\n"),
        (["record"], "# Protokoll over behandlingsaktiviteter\n"),
        (["record", "--language", "en"], "# Record of processing activities\n"),
    ],
)
def test_the_command_prints_each_form(
    capsys: pytest.CaptureFixture[str], arguments: list[str], begins: str
) -> None:
    contract.main(arguments)
    assert capsys.readouterr().out.startswith(begins)


def test_the_record_is_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    contract.main(["record", "--json"])
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert made["controller"].startswith("MIN MENTOR AS, 927 683 172")
    assert made["activities"][0]["purpose"].keys() == {"nb", "en"}
    assert made["measures"]
