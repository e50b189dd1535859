"""What happens by itself: webhooks, crons, what providers do on their own, and time."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from tests.faults.simulator import agenda
from tests.faults.simulator.cast import BrokenError
from tests.faults.simulator.choices import Choice, Scene
from tests.faults.simulator.conductor import Work
from tests.faults.simulator.doors import Letter
from tests.faults.simulator.house import CRON_SECRET
from tests.faults.simulator.snapshot import Row
from tests.lib.web import wire
from tests.lib.web.wire import WireAnswer

# Jobs that have nothing to do in a story run rarely, those that have, often.
_IDLE, _AT_WORK = 0.07, 1.6
_RARE = {
    "/cron/books": 0.12,
    "/cron/sweeps": 0.15,
    "/cron/exports": 0.03,
    "/cron/cases": 0.02,
    "/cron/retention": 0.06,
}
# Those that bring a story to its end, in the order in which one hands on to the other.
# What is left once everything else is done is for the checks of the books to see, or to end.
_FOR_THE_BOOKS = ("Vipps owes", "Stripe has", "the books are off", "its rail kept", "no paper")
_SWEEPS_EVERY = 4
_WELL, _UNWELL = "complete_onboarding", ("await_verification", "require_action", "restrict")
_END = ("deauthorize", "reject")
_FORGED = (b'"CREATED"', b'"AUTHORIZED"')
_DECIDED = frozenset({"won", "lost"})
_IN_FLIGHT = timedelta(seconds=30)
_MOMENT = timedelta(seconds=1)
_NOTHING_AHEAD = timedelta(hours=1)


class Machines:
    """Everything in a run that is nobody's doing."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rounds = 0
        self._runs: list[tuple[str, int, int]] = []

    def menu(self, *, is_busy: bool) -> Iterator[Choice]:
        """Yield what may happen now; time passes more rarely while people are busy."""
        scene = self._scene
        for position, letter in enumerate(scene.letters[:6]):
            yield Choice(2.5 / (position + 1), partial(self.bring, letter))
        for letter in scene.brought[-4:]:
            yield Choice(scene.adversary.temper.letter_repeated, partial(self.bring, letter))
        has_work = agenda.work(scene.now)
        weights = {f"/cron/{job}": _AT_WORK if is_so else _IDLE for job, is_so in has_work.items()}
        for path, weight in {**weights, **_RARE}.items():
            yield Choice(weight, partial(self.cron, path))
        yield from self._at_stripe()
        pace = 0.02 if is_busy else 1
        yield Choice(0.5, self._pass_a_moment, is_call=False)
        yield Choice(1.2 * pace, self._pass_a_while, is_call=False)
        yield Choice(2.5 * pace, self._pass_to_what_is_next, is_call=False)
        yield Choice(0.1 * pace, self._pass_days, is_call=False)

    def collect(self) -> None:
        """Take in what the providers have to tell; some of it is lost for good."""
        self._scene.house.doors.tick()
        for letter in self._scene.house.doors.letters():
            if self._scene.adversary.chance(self._scene.adversary.temper.letter_lost):
                letter.parcel.delivery.outcome = "failed"
                self._scene.trace.say(f"  lost: {letter.provider} {letter.parcel.delivery.event}")
            else:
                self._scene.letters.append(letter)

    def bring(self, letter: Letter) -> Work:
        """Return the delivery of a webhook, signed at this moment."""
        letter.brought += 1
        parcel, body = letter.parcel, letter.parcel.body
        if self._scene.adversary.chance(self._scene.adversary.temper.letter_forged):
            # By somebody with the secret: it tells of an approval that nobody gave.
            body = body.replace(*_FORGED)
        signed = parcel.sign(self._scene.house.timeline.now(), body)
        headers = {name: value for name, value in signed.items() if name.lower() != "host"}
        path = f"/v1/webhooks/{letter.provider}"
        request = wire.request("POST", path, body, **headers)
        name = f"{letter.provider} tells {parcel.delivery.event}"
        return Work(name, path, request, lambda got: self._brought(letter, got))

    def cron(self, path: str) -> Work:
        """Return a run of a job."""
        request = wire.request("GET", path, authorization=f"Bearer {CRON_SECRET}")
        work = Work(path, path, request, lambda got: self._ran(work, got))
        return work

    def closing(self, left: list[str]) -> list[Work]:
        """Return the jobs that bring everything to its end, as far as that is left."""
        self._rounds += 1
        jobs = agenda.left(self._scene.now)
        if self._rounds % _SWEEPS_EVERY == 1:
            jobs += ["sweeps", "outbox"]
        if all(any(about in each for about in _FOR_THE_BOOKS) for each in left):
            jobs.append("books")
        return [self.cron(f"/cron/{job}") for job in jobs]

    def make_well(self) -> None:
        """Have every mentor give Stripe what it asks for."""
        for account_id in self._scene.now.accounts_at_stripe:
            self._scene.control("stripe", "POST", f"accounts/{account_id}", action=_WELL)

    def decide(self) -> None:
        """Have banks decide what is contested."""
        for dispute in self._scene.now.disputes_at_stripe:
            if dispute["status"] not in _DECIDED:
                self._judge(dispute["id"])

    def settle(self) -> None:
        """Have Vipps pay out what it owes, if that is anything."""
        if self._scene.now.vipps_owes > 0:
            self._pay_out_at_vipps()

    def pass_time(self, by: timedelta) -> None:
        """Let time pass; what is still under way to a provider arrives before."""
        scene = self._scene
        if by > _IN_FLIGHT:
            self.act_late()
        scene.house.timeline.advance(by)
        scene.trace.say(f"  time passes: it is {scene.house.timeline.now():%Y-%m-%d %H:%M:%S}")

    def act_late(self) -> None:
        """Have providers do what nobody waits for any more."""
        if self._scene.house.doors.act_late():
            self._scene.trace.say("  a provider acts late")

    def next_moment(self, otherwise: timedelta = _NOTHING_AHEAD) -> timedelta:
        """Return how long it is until something is due that is not due yet."""
        now = self._scene.house.timeline.now()
        ahead = [moment for moment in agenda.moments(self._scene.now) if moment > now]
        return min(ahead) - now + _MOMENT if ahead else otherwise

    def _ran(self, work: Work, got: WireAnswer | None) -> None:
        """See that no other run of the job was let through while this one had its lease."""
        if got is None or got.status != 200 or self._scene.adversary.is_resting:
            return
        taken = min(number for number, what in work.course if what.startswith("committed"))
        let_go = max(number for number, what in work.course if what.endswith("cron_lease"))
        for path, begun, ended in self._runs:
            if path == work.path and begun < let_go and taken < ended:
                raise BrokenError(f"two runs of {work.path} were let through at once")
        self._runs = [*self._runs[-5:], (work.path, taken, let_go)]

    def _brought(self, letter: Letter, got: WireAnswer | None) -> None:
        if got is not None and got.status < 300 and letter in self._scene.letters:
            letter.parcel.delivery.outcome = "delivered"
            self._scene.letters.remove(letter)
            self._scene.brought.append(letter)

    def _at_stripe(self) -> Iterator[Choice]:
        scene = self._scene
        yield Choice(0.1, self._pay_out_at_vipps, is_call=False)
        if any(payment.captured for payment in scene.now.payments):
            yield Choice(0.02, self._pay_out_at_stripe, is_call=False)
        yield from self._contesting()
        for transfer in scene.now.transfers:
            if transfer["amount_reversed"] < transfer["amount"]:
                yield Choice(0.12, partial(self._reverse, transfer), is_call=False)
        for account_id, account in scene.now.accounts_at_stripe.items():
            path = f"accounts/{account_id}"
            is_well = account["payouts_enabled"]
            act = partial(self._happen, path, (_WELL,))
            yield Choice(0.05 if is_well else 1.5, act, is_call=False)
            yield Choice(0.06, partial(self._happen, path, _UNWELL), is_call=False)
            yield Choice(0.015, partial(self._happen, path, _END), is_call=False)

    def _pay_out_at_vipps(self) -> None:
        self._scene.control("vipps", "POST", "settlement", action="pay_out")

    def _pay_out_at_stripe(self) -> None:
        self._scene.control("stripe", "POST", "payouts")

    def _contesting(self) -> Iterator[Choice]:
        """Yield payers who have their bank take money back, and what banks decide."""
        for payment in self._scene.now.payments:
            if payment.intent and payment.captured and not payment.is_disputed:
                yield Choice(0.08, partial(self._contest, payment.intent), is_call=False)
        for dispute in self._scene.now.disputes_at_stripe:
            if dispute["status"] not in _DECIDED:
                yield Choice(0.3, partial(self._judge, dispute["id"]), is_call=False)

    def _contest(self, intent: str) -> None:
        self._scene.control("stripe", "POST", "disputes", payment_intent=intent)

    def _judge(self, dispute_id: str) -> None:
        action = self._scene.rng.choice(("win", "lose"))
        self._scene.control("stripe", "POST", f"disputes/{dispute_id}", action=action)

    def _reverse(self, transfer: Row) -> None:
        """Have somebody take back a transfer, or a part of it, in the dashboard."""
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = self._scene.rng.choice((left, max(left // 2, 1)))
        status = self._scene.house.reverse(transfer["id"], amount)
        self._scene.trace.say(f"  at stripe: {transfer['id']} is reversed by {amount} -> {status}")

    def _happen(self, path: str, actions: tuple[str, ...]) -> None:
        self._scene.control("stripe", "POST", path, action=self._scene.rng.choice(actions))

    def _pass_a_moment(self) -> None:
        self.pass_time(
            timedelta(seconds=self._scene.rng.choice((2, 5, 20)) * self._scene.rng.random())
        )

    def _pass_a_while(self) -> None:
        seconds = self._scene.rng.choice((40, 61, 61, 130, 620, 900, 3700))
        self.pass_time(timedelta(seconds=seconds + self._scene.rng.random()))

    def _pass_to_what_is_next(self) -> None:
        self.pass_time(self.next_moment())

    def _pass_days(self) -> None:
        self.pass_time(timedelta(hours=self._scene.rng.choice((6, 24, 49, 100, 170))))
