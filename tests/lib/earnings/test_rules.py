"""What a part of a purchase is worth: every øre is somebody's, whatever the pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.earnings import rules
from lib.earnings.rules import Worth

NOTHING = Worth(0, 0, 0, 0)


@st.composite
def worths(draw: st.DrawFn) -> Worth:
    gross = draw(st.integers(1, 65_000_000))
    fee = draw(st.integers(0, gross))
    return Worth(gross, draw(st.integers(0, gross // 5)), fee, draw(st.integers(0, fee)))


@given(worths(), st.lists(st.integers(1, 20), min_size=1, max_size=20))
def test_whatever_the_pieces_they_earn_the_whole(whole: Worth, pieces: list[int]) -> None:
    before, total = 0, NOTHING
    for quarters in pieces:
        earned = rules.earned(whole, before=before, quarters=quarters, of=sum(pieces))
        assert min(earned.gross_ore, earned.vat_ore, earned.fee_ore, earned.fee_vat_ore) >= 0
        before += quarters
        total = total.less(NOTHING.less(earned))
    assert total == whole


@given(worths(), st.lists(st.integers(1, 1000), max_size=10))
def test_taking_all_back_in_pieces_takes_back_every_part_to_the_ore(
    whole: Worth, thousandths: list[int]
) -> None:
    before = NOTHING
    for each in [*thousandths, 1000]:
        left_ore = whole.gross_ore - before.gross_ore
        gross_ore = left_ore * each // 1000
        if gross_ore:
            back = rules.taken_back(whole, before=before, gross_ore=gross_ore)
            assert back.gross_ore == -gross_ore
            assert back.share_ore == back.gross_ore - back.fee_ore
            before = before.less(back)
    assert before == whole


def test_an_hour_of_nine_hundred_kroner() -> None:
    hour = Worth(90_000, 0, 13_500, 2_700)
    assert hour.share_ore == 76_500
    half = rules.earned(hour, before=0, quarters=2, of=4)
    assert half == Worth(45_000, 0, 6_750, 1_350)


@pytest.mark.parametrize(("before", "quarters"), [(0, 0), (0, 5), (3, 2), (4, 1), (-1, 1)])
def test_no_more_is_earned_than_was_sold(before: int, quarters: int) -> None:
    with pytest.raises(ValueError, match="more than"):
        rules.earned(Worth(100, 0, 15, 3), before=before, quarters=quarters, of=4)


@pytest.mark.parametrize(("before_ore", "gross_ore"), [(0, 0), (0, -1), (0, 101), (60, 41)])
def test_no_more_is_taken_back_than_was_earned(before_ore: int, gross_ore: int) -> None:
    with pytest.raises(ValueError, match="more than"):
        rules.taken_back(
            Worth(100, 0, 15, 3), before=Worth(before_ore, 0, 0, 0), gross_ore=gross_ore
        )
