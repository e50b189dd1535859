"""Lets functions run: one at a time or several at once, a boundary at a time, as the seed says.

Of several only one runs at any moment. Who waits for a row that another has locked is found out
from the database, never guessed from the clock, so that the same seed gives the same course again.
"""

import random
import select
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.faults.simulator import alone, instance
from tests.faults.simulator.adversary import DIE, PAUSE, Adversary
from tests.faults.simulator.alone import LONGEST_RUN
from tests.faults.simulator.doors import FAULTS
from tests.faults.simulator.house import House
from tests.faults.simulator.instance import Instance
from tests.faults.simulator.seams import GO
from tests.faults.simulator.timeline import MICROSECOND
from tests.faults.simulator.trace import Trace
from tests.lib.web.wire import WireAnswer, parsed

_LONGEST_PAUSE = 28_000
_SHORT_WAIT, _LONG_WAIT = 0.0007, 2.0
_COLD, _MOST_WARM = 0.08, 4


class SimulatorError(Exception):
    """Something went wrong in the simulator itself: no finding about the product."""


@dataclass
class Work:
    """A request for a function, and who wants to know what came of it (None: no answer came).

    `course` tells afterwards which boundaries it came to, each with its number in the run.
    """

    name: str
    path: str
    request: bytes
    heard: Callable[[WireAnswer | None], None]
    course: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class _Player:
    """An instance at work."""

    number: int
    work: Work
    instance: Instance
    began_at: datetime
    question: tuple[str, str, str] | None = None
    is_over: bool = False
    answer: bytes = b""
    logs: list[str] = field(default_factory=list)


class Conductor:
    """Plays works on instances.

    `logged` is told every line that the product logs; `touched` is given every table that a
    statement was to change.
    """

    def __init__(
        self,
        house: House,
        trace: Trace,
        adversary: Adversary,
        rng: random.Random,
        logged: Callable[[str], None],
        touched: set[str],
    ) -> None:
        self._house = house
        self._trace = trace
        self._adversary = adversary
        self._rng = rng
        self._logged = logged
        self._touched = touched
        self._idle: list[Instance] = []
        self._forked = 0
        self._boundaries = 0
        self._skew_ms = rng.choice((0, 0, 30, 300, 1500))
        self._stays = rng.choice((0.3, 0.6, 0.85))

    def play(self, works: list[Work]) -> None:
        """Have every work done, at once where they are several, and tell who asked."""
        wish = alone.wish(self._adversary) if len(works) == 1 else None
        players = [self._begun(number, each, wish) for number, each in enumerate(works, 1)]
        last: _Player | None = None
        while True:
            self._settle(players)
            ready = [player for player in players if player.question]
            if not ready:
                break
            stays = last in ready and self._rng.random() < self._stays
            last = last if last and stays else self._rng.choice(ready)
            self._let_go(last)
        for player in players:
            self._end(player)

    def end(self) -> None:
        """Kill every instance."""
        for each in self._idle:
            self._kill(each)
        self._idle.clear()

    def _begun(self, number: int, work: Work, wish: dict[str, Any] | None) -> _Player:
        taken = self._instance()
        self._trace.say(f"  {number} {work.name} (instance {taken.number})")
        skew = timedelta(milliseconds=0 if self._adversary.is_resting else self._skew())
        taken.serve(
            self._house.function_of(work.path),
            work.request,
            micros=self._house.timeline.micros,
            skew=skew,
            entropy=self._rng.getrandbits(64),
            alone=wish,
        )
        return _Player(number, work, taken, self._house.timeline.now())

    def _skew(self) -> float:
        return self._rng.uniform(-self._skew_ms, self._skew_ms)

    def _instance(self) -> Instance:
        if self._idle and not self._adversary.chance(_COLD):
            return self._idle.pop(self._rng.randrange(len(self._idle)))
        self._forked += 1
        return instance.fork(self._forked, self._house.handler_of)

    def _settle(self, players: list[_Player]) -> None:
        """Wait until everybody asks, is done, or waits for a row."""
        while unsettled := [each for each in players if not each.question and not each.is_over]:
            at_work = [each for each in players if not each.is_over]
            is_heard = self._hear(unsettled, _SHORT_WAIT if len(at_work) > 1 else _LONG_WAIT)
            if not is_heard and self._house.lock_waits() == len(unsettled):
                if unsettled == at_work:
                    raise SimulatorError(self._stuck(unsettled))
                return

    def _stuck(self, players: list[_Player]) -> str:
        names = [(each.work.name, sorted(each.instance.connections)) for each in players]
        return f"they wait for rows that nobody lets go of: {names}\n{self._house.transactions()}"

    def _hear(self, unsettled: list[_Player], seconds: float | None) -> bool:
        """Take in what comes within the time; False where nothing does."""
        wires = {each.instance.wire.fileno(): each for each in unsettled}
        answers = {each.instance.http.fileno(): each for each in unsettled}
        doors = self._house.doors.sockets()
        readable, _, _ = select.select([*wires, *answers, *doors], [], [], seconds)
        for number in readable:
            if number in wires:
                self._told(wires[number])
            elif number in answers:
                self._answered(answers[number])
            else:
                self._house.doors.answer_one(doors[number])
        return bool(readable)

    def _answered(self, player: _Player) -> None:
        if not player.is_over:  # its instance may be gone
            player.answer += player.instance.heard()

    def _told(self, player: _Player) -> None:
        try:
            messages = player.instance.wire.receive()
        except EOFError:
            raise SimulatorError(f"{player.work.name} died by itself") from None
        for kind, *rest in messages:
            self._take(player, kind, rest)

    def _take(self, player: _Player, kind: str, rest: list[Any]) -> None:
        if kind == "ask":
            self._take_in(player, rest[0], rest[1])
            player.question = (rest[2], rest[3], rest[4])
        elif kind == "log":
            player.logs.append(rest[0])
        else:
            self._take_in(player, rest[0], rest[1])
            player.is_over = True
            player.answer += player.instance.heard()
            self._rest(player.instance)

    def _take_in(self, player: _Player, micros: int, report: dict[str, Any]) -> None:
        """Take over what an instance has come to by itself."""
        self._house.timeline.catch_up(micros)
        player.instance.connections.update(report["connections"])
        self._touched.update(report["touched"])
        self._adversary.done += report["faults"]
        for boundary in report["boundaries"]:
            self._boundaries += 1
            player.work.course.append((self._boundaries, boundary))
            self._trace.say(f"    {player.number} {boundary}")

    def _let_go(self, player: _Player) -> None:
        """Say what becomes of a player at the boundary that it has come to."""
        kind, what, verdict = player.question or ("", "", "")
        player.question = None
        if not verdict:
            micros = alone.takes(self._rng, kind)
            self._house.timeline.advance(micros * MICROSECOND)
        provider = ""
        if kind == "call":
            provider, path = self._house.doors.provider_of(what.partition(" ")[2])
            what = f"{provider} {what.partition(' ')[0]} {path}"
        self._boundaries += 1
        player.work.course.append((self._boundaries, f"{kind} {what}"))
        verdict = verdict or self._adversary.judge(kind, what)
        if verdict == PAUSE:
            micros = self._rng.randrange(_LONGEST_PAUSE) * 1_000
            self._house.timeline.advance(timedelta(microseconds=micros))
        if self._house.timeline.now() - player.began_at > LONGEST_RUN:
            verdict = DIE
        self._trace.say(f"    {player.number} {kind} {what}{self._shown(verdict)}")
        if verdict == DIE:
            player.is_over = True
            self._kill(player.instance)
            player.answer += player.instance.heard()
            player.instance.close()
            return
        if verdict in FAULTS:
            self._house.doors.order(provider, verdict)
        said = GO if verdict in FAULTS or verdict == PAUSE else verdict
        player.instance.wire.send(said, self._house.timeline.micros)

    def _shown(self, verdict: str) -> str:
        return "" if verdict == GO else f" !! {verdict} at {self._house.timeline.now():%H:%M:%S.%f}"

    def _rest(self, each: Instance) -> None:
        if len(self._idle) < _MOST_WARM:
            self._idle.append(each)
            return
        self._kill(each)
        each.close()

    def _kill(self, each: Instance) -> None:
        """Kill, and wait until the database has undone what was open: others may see it before."""
        each.kill()
        while not self._house.are_gone(each.connections):
            pass

    def _end(self, player: _Player) -> None:
        answer = parsed(player.answer) if player.answer else None
        for line in player.logs:
            self._logged(line)
        code = f"{answer.status} {answer.body[:160].decode(errors='replace')}" if answer else "none"
        self._trace.say(f"  {player.number} {player.work.name} -> {code}")
        player.work.heard(answer)
