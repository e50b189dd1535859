"""The main job from sign-in to erasure, as `./start` plays it."""

from tests.conftest import NEVER
from tests.telling import Told


def test_the_story_is_told_to_its_end(told: Told) -> None:
    assert told.status == 0, told.lines[-5:]
    assert told.lines[-1].startswith("The story is told")


def test_the_mentors_account_at_stripe_holds_their_share(told: Told) -> None:
    assert told.accounts == [76_500]


def test_the_books_sum_to_zero_and_nothing_is_left_on_its_way(told: Told) -> None:
    assert told.lines.count("  ✓ all accounts sum to zero") == 2  # before and after the erasure
    assert told.lines.count("  ✓ nothing is forgotten on its way") == 2


def test_every_call_is_shown_with_what_came_back_and_no_token(told: Told) -> None:
    calls = [line for line in told.lines if " → " in line]
    assert len(calls) > 30
    assert not [
        line for line in told.lines if "access_token=" in line and "access_token=…" not in line
    ]
    assert not [line for line in told.lines if len(line) > 250]


def test_no_function_did_what_nobody_was_promised(told: Told) -> None:
    assert told.logged
    assert not [text for text in told.logged if any(word in text for word in NEVER)]
