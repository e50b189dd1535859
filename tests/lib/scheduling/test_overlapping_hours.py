"""Which of a mentor's hours overlap: each place is named, so that the app can point at it."""

from collections.abc import Hashable

import pytest

from lib.scheduling.schedules import overlapping


@pytest.mark.parametrize(
    ("hours", "places"),
    [
        ([], []),
        ([(1, 540, 600), (1, 600, 660)], []),
        ([(1, 540, 600), (2, 540, 600)], []),
        ([(1, 540, 600), (1, 585, 660)], [1]),
        ([(1, 585, 660), (1, 540, 600)], [0]),
        # The long one is in the way of both, though they leave room for each other.
        ([(1, 540, 900), (1, 600, 660), (1, 720, 780)], [1, 2]),
        ([(1, 0, 1440), (2, 0, 60), (1, 0, 15)], [0]),
    ],
)
def test_hours_that_begin_before_earlier_ones_have_ended_are_named(
    hours: list[tuple[Hashable, int, int]], places: list[int]
) -> None:
    assert overlapping(hours) == places
