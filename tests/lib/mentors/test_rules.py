"""Names that strangers see, patterns that search, languages that exist."""

import pytest

from lib.mentors import rules


@pytest.mark.parametrize(
    ("given", "family", "shown"),
    [
        ("Kari", "Nordmann", "Kari N."),
        ("Anne Lise", "von Ås", "Anne Lise v."),
        ("Kari", None, "Kari"),
        ("Kari", "", "Kari"),
        (None, "Nordmann", "N."),
        (None, None, ""),
    ],
)
def test_strangers_see_the_given_name_and_an_initial(
    given: str | None, family: str | None, shown: str
) -> None:
    assert rules.public_name(given, family) == shown


def test_signs_that_like_knows_are_looked_for_as_they_are_written() -> None:
    assert rules.containing("100% a_b!") == "%100!% a!_b!!%"


def test_the_languages_are_those_of_iso_639_1() -> None:
    assert len(rules.LANGUAGES) == 183
    assert {"nb", "nn", "se", "en", "uk"} <= rules.LANGUAGES
    assert all(len(code) == 2 and code.isalpha() and code.islower() for code in rules.LANGUAGES)
