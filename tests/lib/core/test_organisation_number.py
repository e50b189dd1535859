"""Nine digits, the last of which checks the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core import organisation_number

_digits = st.from_regex("[1-9][0-9]{7}", fullmatch=True)


# MIN MENTOR AS, the Brønnøysund Register Centre, Equinor, Posten: as the registers have them.
@pytest.mark.parametrize("number", ["927683172", "974760673", "923609016", "984661185"])
def test_numbers_that_exist_are_valid(number: str) -> None:
    assert organisation_number.is_valid(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "92768317",
        "9276831720",
        "0927683172",
        "000000000",
        "927 683 172",
        " 927683172",
        "927683172\n",
        "+92768317",
        "92768317x",
        "NO927683172",
        "927683172MVA",
        "٩٢٧٦٨٣١٧٢",
    ],
)
def test_what_is_not_nine_digits_is_none(text: str) -> None:
    assert not organisation_number.is_valid(text)


@given(first=_digits)
def test_eight_digits_have_one_check_digit_at_most(first: str) -> None:
    assert sum(organisation_number.is_valid(f"{first}{digit}") for digit in range(10)) <= 1


def test_eight_digits_of_which_the_check_would_be_ten_have_none() -> None:
    # Their sum leaves 1 of 11, and 10 is no digit.
    assert not any(organisation_number.is_valid(f"90100000{digit}") for digit in range(10))


@given(place=st.integers(0, 8), change=st.integers(1, 9))
def test_one_wrong_digit_is_noticed(place: int, change: int) -> None:
    good = "927683172"
    wrong = (int(good[place]) + change) % 10
    assert not organisation_number.is_valid(f"{good[:place]}{wrong}{good[place + 1 :]}")
