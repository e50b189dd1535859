"""The whole story under a seeded adversary, `--seeds` times over: nothing may ever be untrue.

    ./test tests/faults/simulator --seeds 2000

Docs/faults.md says what is played, what goes wrong, and what is looked at.
"""

import pytest

from tests.faults.simulator import pair, plants
from tests.faults.simulator.pair import ROOT

_ANY_SEED = 7
# Bugs that are found within a few seeds: what finds them is at work.
_FOUND_SOON = {"payout_without_hold": 12, "refund_over_again": 6, "pack_refunded_and_kept": 6}


def test_nothing_is_ever_untrue_whatever_goes_wrong(pytestconfig: pytest.Config) -> None:
    for report in pair.play(1, pytestconfig.getoption("--seeds")):
        seed = report["seed"]
        assert not report["violation"], (
            f"seed {seed}: {report['violation']}\n"
            f"What happened stands in .local/faults/seed-{seed}.txt. Again:\n"
            f"    {pair.command_of(seed)}"
        )


def test_a_seed_plays_the_same_again() -> None:
    once = next(pair.play(_ANY_SEED, 1))
    again = next(pair.play(_ANY_SEED, 1))
    assert once["boundaries"] > 500
    assert (once["fingerprint"], once["steps"]) == (again["fingerprint"], again["steps"])


@pytest.mark.parametrize("name", _FOUND_SOON)
def test_a_bug_that_is_planted_is_found(name: str) -> None:
    reports = pair.play(1, _FOUND_SOON[name], "--plant", name)
    assert any(report["violation"] for report in reports)


@pytest.mark.parametrize("plant", plants.PLANTS, ids=lambda plant: plant.name)
def test_every_bug_has_its_place_in_the_product(plant: plants.Plant) -> None:
    module = ROOT / f"{plant.module.replace('.', '/')}.py"
    assert module.read_text().count(plant.line) == 1
