"""Who decides, by the seed alone, what goes wrong and when.

Each run has an adversary of its own temper: one does nothing, one kills, one loses replies of
commits only, one does a little of everything.
"""

import random
from dataclasses import dataclass, fields

from tests.faults.simulator.doors import FAULTS
from tests.faults.simulator.seams import GO, LOSE_REPLY, LOSE_REQUEST

DIE = "die"
PAUSE = "pause"
_LOST_RACES = ("1213", "1205")
_LOST_CONNECTIONS = ("2013", "2006")
_NOT_CONNECTED = ("2003", "1040")
# After a reset of the connection the request may have been read or not: both are among them.
_CALM, _OF_ONE_KIND = 0.1, 0.35


@dataclass
class Temper:
    """How often what happens, each time that it could: chances from 0 to 1."""

    kill: float = 0.004
    statement: float = 0.004
    connect: float = 0.004
    commit_request: float = 0.012
    commit_reply: float = 0.012
    call: float = 0.08
    pause: float = 0.002
    letter_lost: float = 0.06
    letter_repeated: float = 0.15
    letter_forged: float = 0.04
    at_once: float = 0.3


_CHEAP = ("letter_lost", "letter_repeated", "letter_forged", "at_once")
_ALONE = ("kill", "statement", "commit_request", "commit_reply", "call", "letter_lost", "at_once")


def temper_of(rng: random.Random) -> Temper:
    """Draw a temper."""
    drawn = Temper()
    kind = rng.random()
    for field in fields(Temper):
        usual: float = getattr(drawn, field.name)
        if kind < _CALM:
            setattr(drawn, field.name, 0.0 if field.name not in _CHEAP else usual)
        elif kind < _OF_ONE_KIND:
            setattr(drawn, field.name, 0.0)
        else:
            setattr(drawn, field.name, usual * rng.choice((0, 0.3, 1, 1, 2.5)))
    if _CALM <= kind < _OF_ONE_KIND:
        only = rng.choice(_ALONE)
        setattr(drawn, only, min(0.6, getattr(Temper, only) * rng.choice((4, 10))))
    return drawn


class Adversary:
    """Judges every boundary that a function comes to."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.temper = temper_of(rng)
        self.is_resting = False
        self.done = 0

    def rest(self) -> None:
        """Let everything go well from now on."""
        self.is_resting = True

    def chance(self, probability: float) -> bool:
        """Return whether something of this probability happens now."""
        happens = not self.is_resting and self._rng.random() < probability
        self.done += happens
        return happens

    def judge(self, kind: str, what: str) -> str:
        """Return what becomes of a function that is about to do something of a kind."""
        if self.is_resting or kind in {"connected", "sleep"}:
            return GO
        if self.chance(self.temper.kill):
            return DIE
        if self.chance(self.temper.pause):
            return PAUSE
        if kind == "commit":
            return self._commit()
        faults = self._of(kind, what)
        return self._rng.choice(faults) if faults else GO

    def _of(self, kind: str, what: str) -> tuple[str, ...]:
        """Return faults of which one is to happen to something of a kind."""
        temper = self.temper
        if kind == "statement" and self.chance(temper.statement):
            return _LOST_RACES + _LOST_CONNECTIONS
        if kind == "connect" and self.chance(temper.connect):
            return _NOT_CONNECTED
        if kind == "call" and self.chance(temper.call):
            return tuple(each for each in FAULTS if each != "late" or "POST" in what)
        return ()

    def _commit(self) -> str:
        if self.chance(self.temper.commit_request):
            return LOSE_REQUEST
        if self.chance(self.temper.commit_reply):
            return LOSE_REPLY
        return GO
