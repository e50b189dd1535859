"""The picture of the states shows the table as it is."""

from lib.scheduling import picture, rules


def test_the_picture_that_is_committed_is_the_one_that_the_table_makes() -> None:
    assert picture.PAGE.read_text(encoding="utf-8") == picture.drawn()


def test_every_arrow_of_the_table_is_drawn_and_no_other() -> None:
    drawn = [
        tuple(line.strip().split(" --> ")) for line in picture.drawn().splitlines() if "-->" in line
    ]
    between = {arrow for arrow in drawn if "[*]" not in arrow}
    table = {(state, to) for state, following in rules.TRANSITIONS.items() for to in following}
    assert between == table
    assert {to for state, to in drawn if state == "[*]"} == set(rules.FIRST)
    assert {state for state, to in drawn if to == "[*]"} == set(rules.TRANSITIONS) - rules.OPEN
