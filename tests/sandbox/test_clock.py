"""The movable time of the local world."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.clock import Clock

SLACK = timedelta(seconds=5)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "folder" / "clock")


def test_without_a_file_it_is_the_machines_time(clock: Clock) -> None:
    assert abs(clock.now() - datetime.now(UTC)) < SLACK
    assert clock.now().tzinfo is UTC
    assert not clock.path.exists()


def test_it_is_advanced_step_by_step_and_put_back(clock: Clock) -> None:
    clock.advance(timedelta(days=2))
    clock.advance(timedelta(hours=-1))
    expected = datetime.now(UTC) + timedelta(days=2, hours=-1)
    assert abs(clock.now() - expected) < SLACK
    clock.reset()
    clock.reset()
    assert abs(clock.now() - datetime.now(UTC)) < SLACK


def test_it_goes_on_from_the_moment_it_is_set_to(clock: Clock) -> None:
    moment = datetime(2027, 3, 28, 1, 59, 59, tzinfo=UTC)
    clock.set_to(moment)
    assert timedelta(0) <= clock.now() - moment < SLACK
    with pytest.raises(ValueError, match="aware"):
        clock.set_to(moment.replace(tzinfo=None))


def test_everybody_who_names_the_same_file_sees_the_same_time(clock: Clock) -> None:
    clock.advance(timedelta(days=400, microseconds=1))
    assert abs(Clock(clock.path).now() - clock.now()) < SLACK
    assert clock.path.read_text(encoding="ascii") == "34560000.000001"


@pytest.mark.parametrize("text", ["-3600", "0", "", "12.5", "1e3"])
def test_any_decimal_number_is_an_offset(clock: Clock, text: str) -> None:
    clock.path.parent.mkdir()
    clock.path.write_text(f"{text}\n", encoding="ascii")
    expected = datetime.now(UTC) + timedelta(seconds=float(text or 0))
    assert abs(clock.now() - expected) < SLACK


@pytest.mark.parametrize("text", ["tomorrow", "NaN", "Infinity"])
def test_anything_else_in_the_file_is_an_error_that_names_it(clock: Clock, text: str) -> None:
    clock.path.parent.mkdir()
    clock.path.write_text(text, encoding="ascii")
    with pytest.raises(ValueError, match=text):
        clock.now()
