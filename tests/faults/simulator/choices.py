"""A choice of what may happen next, and what the parts of a run have in common."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.simulator.adversary import Adversary
from tests.faults.simulator.cast import Person
from tests.faults.simulator.conductor import Work
from tests.faults.simulator.deals import Deal, Offer, Sale
from tests.faults.simulator.doors import Letter
from tests.faults.simulator.house import House
from tests.faults.simulator.safety import Truth
from tests.faults.simulator.snapshot import Snapshot
from tests.faults.simulator.trace import Trace


@dataclass(frozen=True)
class Choice:
    """Something that may happen: `act` does it at once, or returns the work that does it."""

    weight: float
    act: Callable[[], Work | None]
    is_call: bool = True


@dataclass
class Scene:
    """What is where in a run."""

    house: House
    rng: random.Random
    trace: Trace
    adversary: Adversary
    people: list[Person] = field(default_factory=list)
    mentees: list[Person] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    packs: list[Sale] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    brought: list[Letter] = field(default_factory=list)
    truth: Truth = field(default_factory=Truth)
    touched: set[str] = field(default_factory=set)
    now: Snapshot = field(init=False)
    _is_new: bool = True

    def look(self) -> None:
        """Take in what is so at this moment."""
        self.now = Snapshot(self.house, None if self._is_new else self.now, self.touched)
        self._is_new = False
        self.touched.clear()

    def control(self, provider: str, method: str, path: str, **fields: object) -> Any:  # noqa: ANN401 (JSON)
        """Do something at a provider; returns what it answers, or None where it says no."""
        body = json.dumps(fields).encode() if fields else b""
        answer = self.house.doors.control(provider, method, path, body)
        told = " ".join(str(value) for value in fields.values())
        self.trace.say(f"  at {provider}: {path} {told} -> {answer.status}")
        if answer.status >= 400:
            return None
        return json.loads(answer.body) if answer.body else {}
