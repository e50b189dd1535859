"""What an instance decides by itself while nobody else is at work: what goes wrong, and the time.

To ask the driver at every boundary costs more than all the rest. Alone, an instance draws from a
seed that the driver has drawn for it, and asks only where something goes wrong, or a provider is
called. What it came to by itself it tells afterwards.
"""

import random
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from tests.faults.simulator.adversary import DIE, Adversary, Temper
from tests.faults.simulator.timeline import MICROSECOND

# What the platform lets a function run (vercel.json).
LONGEST_RUN = timedelta(seconds=30)
# What passes at a boundary, in microseconds, from and to.
_TAKES = {"call": (20_000, 400_000), "connect": (1_000, 20_000), "sleep": (1_000, 200_000)}
_USUAL = (200, 3_000)


@dataclass
class Report:
    """What an instance has come to since it last spoke with the driver."""

    boundaries: list[str] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    faults: int = 0


class Alone:
    """Draws for one request; `given` is what `wish` made of a temper, and a seed."""

    def __init__(self, given: dict[str, Any], entropy: int) -> None:
        self._rng = random.Random(entropy)  # noqa: S311 (it has to come again)
        self._adversary = Adversary(self._rng)
        self._adversary.temper = Temper(**given["temper"])
        self._adversary.is_resting = given["is_resting"]
        self._passed = timedelta()

    def judge(self, kind: str, what: str) -> tuple[int, str]:
        """Return how many microseconds pass at a boundary, and what becomes of the function."""
        micros = takes(self._rng, kind)
        self._passed += micros * MICROSECOND
        verdict = self._adversary.judge(kind, what)
        return micros, DIE if self._passed > LONGEST_RUN else verdict

    def faults(self) -> int:
        """Return how often something went wrong since the last time."""
        done, self._adversary.done = self._adversary.done, 0
        return done


def wish(adversary: Adversary) -> dict[str, Any]:
    """Return what an instance needs to know to decide as this adversary does."""
    return {"temper": asdict(adversary.temper), "is_resting": adversary.is_resting}


def takes(rng: random.Random, kind: str) -> int:
    """Draw how many microseconds pass at a boundary."""
    return rng.randint(*_TAKES.get(kind, _USUAL))
