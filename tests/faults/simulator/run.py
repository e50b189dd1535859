"""One run: a seed, its people, its adversary, and what was found."""

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.faults.simulator import agenda, chance, liveness, safety
from tests.faults.simulator.adversary import Adversary
from tests.faults.simulator.cast import BrokenError, enrol, make_operator, work_of
from tests.faults.simulator.choices import Choice, Scene
from tests.faults.simulator.conductor import Conductor, Work
from tests.faults.simulator.house import House
from tests.faults.simulator.machines import Machines
from tests.faults.simulator.operators import Operators
from tests.faults.simulator.people import People
from tests.faults.simulator.residue import residue
from tests.faults.simulator.snapshot import Snapshot
from tests.faults.simulator.trace import Trace

# Ordinary days, both changes of the clock in Norway, the ends of months, of a year, of February.
_DAYS = (
    (2026, 12, 2), (2027, 3, 26), (2027, 10, 29), (2026, 12, 29), (2027, 2, 26), (2028, 2, 27),
    (2027, 4, 29), (2027, 6, 15),
)  # fmt: skip
# What no caller was promised; a function that logs one has done it.
_NEVER = frozenset({"unexpected_error", "undeclared_error", "authorised_amount_differs"})
# What a function may fail with while others do; where nothing goes wrong, nothing may fail.
_PASSING = frozenset({"TryAgainError", "ProviderUnavailableError"})
# A rail may refuse for good what is held then; the function says so, whatever the weather.
_REFUSALS = frozenset({"refund_not_tried"})
_LEAST_STEPS, _MOST_STEPS = 50, 130
_ENDS = 0.05
_KEPT_BY_LAW = frozenset({"paper.body"})
_ACTING = ("henrik", "marie")
# How many rounds may pass in which nothing is finished, and what passes between two of those.
_PATIENCE = 14
_PAUSES = (timedelta(minutes=1), timedelta(hours=1), timedelta(hours=1), timedelta(hours=20))


@dataclass(frozen=True)
class Report:
    """What came of a seed. `violation` is '' where there was none."""

    seed: int
    steps: int
    faults: int
    boundaries: int
    reached: dict[str, int]
    fingerprint: str
    violation: str
    lines: list[str]


class ViolationError(Exception):
    """Something is not so that always has to be; the message says what."""


class Run:
    """A story under an adversary; everything in it is drawn from the seed."""

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._seed = seed
        self._rng = random.Random(seed)  # noqa: S311 (it has to come again)
        self._trace = Trace()
        self._adversary = Adversary(self._rng)
        self._scene = Scene(house, self._rng, self._trace, self._adversary)
        self._conductor = Conductor(
            *(house, self._trace, self._adversary, self._rng), self._logged, self._scene.touched
        )
        self._machines = Machines(self._scene)
        self._steps = 0
        self._looked_for: set[str] = set()

    def play(self) -> Report:
        """Play the story to its end, or to the first thing that is not so."""
        violation = ""
        try:
            self._begin()
            for _ in range(self._rng.randint(_LEAST_STEPS, _MOST_STEPS)):
                self._step()
                if self._is_told() and self._rng.random() < _ENDS:
                    break
            self._come_to_rest()
        except (ViolationError, BrokenError) as error:
            violation = self._trace.named(str(error))
            self._trace.say(f"VIOLATION {violation}")
        finally:
            self._conductor.end()
        scene = self._scene
        return Report(
            seed=self._seed,
            steps=self._steps,
            faults=self._adversary.done,
            boundaries=sum(line.startswith("    ") for line in self._trace.lines),
            reached=_reached(scene.now),
            fingerprint=self._trace.fingerprint,
            violation=violation,
            lines=self._trace.lines,
        )

    def _begin(self) -> None:
        chance.begin(self._rng.getrandbits(64))
        day = datetime(*self._rng.choice(_DAYS), tzinfo=UTC)
        self._house.timeline.set_to(day + timedelta(seconds=self._rng.randrange(86_400)))
        self._house.empty()
        self._trace.say(f"seed {self._seed}: it is {self._house.timeline.now():%Y-%m-%d %H:%M:%S}")
        self._trace.say(f"{self._adversary.temper}")
        rng, people = self._rng, self._scene.people
        names = ["ola", "per"][: rng.choice((1, 1, 2))]
        mentors = [enrol(self._house, rng, name, number) for number, name in enumerate(names)]
        names = ["kari", "ingrid", "marit"][: rng.choice((1, 2, 2, 3))]
        mentees = [enrol(self._house, rng, name, number) for number, name in enumerate(names, 5)]
        people += [*mentors, *mentees]
        acting = [enrol(self._house, rng, name, number) for number, name in enumerate(_ACTING, 9)]
        for operator in acting:
            make_operator(self._house, operator)
        self._operators = Operators(self._scene, *acting)
        self._people = People(self._scene, mentors, [*mentees, *mentors[1:]])
        self._scene.look()
        for mentor in mentors:
            for sent in self._people.opening(mentor):
                while sent.answered is None:
                    self._conductor.play([work_of(sent)])

    def _step(self) -> None:
        self._steps += 1
        is_busy = self._people.are_busy()
        machines = self._machines.menu(is_busy=is_busy)
        menu = [*self._people.menu(), *self._operators.menu(), *machines]
        choice = self._pick(menu)
        self._trace.say(f"step {self._steps}")
        work = choice.act()
        if work:
            self._conductor.play([work, *self._rivals(choice, menu)])
        self._after()

    def _is_told(self) -> bool:
        """Return whether nothing more is to come of what people wanted."""
        return self._people.have_enough() and not list(agenda.moments(self._scene.now))

    def _rivals(self, choice: Choice, menu: list[Choice]) -> list[Work]:
        """Return what happens at the same time, by chance: the same again, or something else."""
        if not self._adversary.chance(self._adversary.temper.at_once):
            return []
        calls = [each for each in menu if each.is_call]
        number = self._rng.choice((1, 1, 1, 2))
        chosen = [choice if self._rng.random() < 0.35 else self._pick(calls) for _ in range(number)]
        return [work for each in chosen if (work := each.act())]

    def _pick(self, menu: list[Choice]) -> Choice:
        return self._rng.choices(menu, [each.weight for each in menu])[0]

    def _after(self) -> None:
        if self._adversary.chance(0.3):
            self._machines.act_late()
        self._machines.collect()
        self._scene.look()
        self._see(safety.violations(self._scene.now, self._scene.truth))
        for row in self._scene.now.erasure:
            if row["state"] == "done" and row["id"] not in self._looked_for:
                self._looked_for.add(row["id"])
                self._see(self._residue(row["person_id"]))

    def _residue(self, person_id: str) -> list[str]:
        return [
            f"an erased person is found in {place}"
            for person in self._scene.people
            if person.id == person_id
            for place in residue(self._house, person.marks)
            if place not in _KEPT_BY_LAW
        ]

    def _see(self, found: list[str]) -> None:
        if found:
            raise ViolationError("; ".join(found))

    def _come_to_rest(self) -> None:
        """Stop all faults, let everything run and time pass, and see that nothing stays open."""
        self._trace.say("from here on nothing goes wrong")
        self._adversary.rest()
        self._machines.act_late()
        left, idle, seen = ["nothing was tried"], 0, -1
        while (left or self._scene.letters) and idle < _PATIENCE:
            self._round(left, is_first=seen < 0)
            left = liveness.unfinished(self._scene.now)
            idle = idle + 1 if len(left) == seen else 0
            seen = len(left)
            self._machines.pass_time(self._machines.next_moment(_PAUSES[min(idle, 3)]))
        self._see([f"in the end {each}" for each in left])

    def _round(self, left: list[str], *, is_first: bool) -> None:
        self._steps += 1
        self._trace.say(f"round {self._steps}")
        if is_first:
            self._machines.make_well()
            self._operators.fund()
            self._scene.look()
        self._machines.decide()
        self._machines.settle()
        self._machines.collect()
        for letter in list(self._scene.letters):
            self._conductor.play([self._machines.bring(letter)])
        for work in (*self._operators.closing(), *self._machines.closing(left)):
            self._conductor.play([work])
        self._after()

    def _logged(self, line: str) -> None:
        told = json.loads(line)
        name = told.get("event")
        if name == "request":
            return
        self._trace.say(f"    log {line}")
        is_calm = self._adversary.is_resting and name not in _REFUSALS
        is_passing = told.get("error") in _PASSING and not is_calm
        if name in _NEVER or ("error" in told and "at" in told and not is_passing):
            raise ViolationError(f"a function logged {line}")


def _reached(now: Snapshot) -> dict[str, int]:
    """Return how far the story has come: what there is of everything, by its state."""
    tables = (
        *("booking", "purchase", "refund", "payout", "payout_account", "dispute"),
        *("erasure", "approval"),
    )
    kinds = Counter(f"hours {row['kind']}" for row in now.hour_entry)
    differences = Counter(f"difference {row['kind']}" for row in now.book_difference)
    return dict(
        sorted(
            {
                **Counter(f"{name} {row['state']}" for name in tables for row in now.rows(name)),
                **kinds,
                **differences,
            }.items()
        )
    )
