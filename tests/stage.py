"""The stage of tests about money: booked, paid, met, delivered, captured, paid out, in short words.

Everything goes over HTTP as the app, the providers and the platform's cron do it; what came of it
is read in the database. Every wait is bounded.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from threading import Barrier
from typing import Any, LiteralString
from urllib.parse import urlencode

from lib.accounts.rules import TERMS_VERSION
from lib.core.db import transact
from lib.ledger import service as ledger
from sandbox.app import Answer, App, send
from sandbox.world import World
from tests.cast import Cast
from tests.market import Stall, open_stall
from tests.rails import STRIPE, VIPPS, Rail

PRICE_ORE = 90_000
SHARE_ORE = 76_500
FEE_ORE = PRICE_ORE - SHARE_ORE
FEE_VAT_ORE = 2_700
_PATIENCE = 12.0
_UNAUTHORISED = 401
_UNFINISHED = (
    "SELECT COUNT(*) AS number FROM outbox WHERE delivered_at IS NULL AND parked_at IS NULL"
    " AND (attempts = 0 OR claimed_until IS NOT NULL)"
)


def until(is_so: Callable[[], object], seconds: float = _PATIENCE) -> None:
    """Wait for what happens in the background; fails when it does not."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def at_once[T](work: Callable[[], T], number: int) -> list[T | Exception]:
    """Do the same so many times at the same moment; return what came of each."""
    barrier = Barrier(number)

    def run(_: int) -> T | Exception:
        barrier.wait(10)
        try:
            return work()
        except Exception as error:  # noqa: BLE001 (what came of it is for the test to judge)
            return error

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def rows(sql: LiteralString, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
    """Return what stands in the database."""
    return transact(lambda db: db.rows(sql, params))


def change(sql: LiteralString, params: Mapping[str, object] | None = None) -> None:
    """Put into the database what could not come about by itself, or not in the time of a test."""
    transact(lambda db: db.execute(sql, params))


@dataclass(frozen=True)
class Provider:
    """A simulator, and what a test may do to it."""

    url: str

    def control(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        """Use a control route, which must succeed."""
        answer = send(method, f"{self.url}/_sandbox/{path}", body)
        assert answer.status < 300, answer.json
        return answer.json

    def order(self, kind: str, method: str, path: str, **more: object) -> None:
        """Order a fault."""
        self.control("POST", "faults", {"kind": kind, "method": method, "path": path, **more})

    def webhooks(self, mode: str) -> None:
        """Deliver, lose, hold or repeat."""
        self.control("POST", "webhooks", {"mode": mode})

    def release(self, order: str = "forward") -> None:
        """Deliver what was held."""
        self.control("POST", "webhooks/release", {"order": order})

    def settle(self) -> None:
        """Wait until every webhook has been answered."""
        assert self.control("POST", "webhooks/settle", {"seconds": _PATIENCE})["settled"]

    def requests(self, method: str, path: str) -> list[dict[str, Any]]:
        """Return the requests received whose path matches as a whole.

        Without those that only learned that their access token had ended: a function keeps its
        token from test to test, while each test sets the clock back.
        """
        received: list[dict[str, Any]] = self.control("GET", "requests")
        return [
            each
            for each in received
            if each["method"] == method
            and each["status"] != _UNAUTHORISED
            and re.fullmatch(path, each["path"])
        ]


@dataclass
class Session:
    """An hour that was booked, and what becomes of it."""

    stage: "Stage"
    mentee: App
    booking_id: str
    starts_at: datetime
    ends_at: datetime
    purchase_id: str = ""

    @property
    def reference(self) -> str:
        """What Vipps knows the payment by."""
        return self.purchase_id.replace("_", "-")

    @property
    def booking(self) -> dict[str, Any]:
        """The booking's row."""
        found = rows("SELECT * FROM booking WHERE id = %(id)s", {"id": self.booking_id})
        return found[0]

    @property
    def purchase(self) -> dict[str, Any]:
        """The purchase's row."""
        return rows("SELECT * FROM purchase WHERE id = %(id)s", {"id": self.purchase_id})[0]

    @property
    def states(self) -> tuple[str, str]:
        """Where booking and purchase stand."""
        return self.booking["state"], self.purchase["state"]

    @property
    def rail(self) -> Rail:
        """The rail that carries its money."""
        return STRIPE if self.purchase["rail"] == "stripe" else VIPPS

    @property
    def carrier(self) -> "Provider":
        """The provider whose rail it is."""
        return self.stage.stripe if self.rail is STRIPE else self.stage.vipps

    @property
    def payment(self) -> dict[str, Any]:
        """The payment as Vipps has it."""
        found: dict[str, Any] = self.stage.vipps.control("GET", f"payments/{self.reference}")
        return found

    @property
    def sums(self) -> dict[str, int]:
        """What the rail has authorised, captured and cancelled, in øre."""
        sums = self.rail.sums(self.carrier, self.purchase)
        return {name: sums[name] for name in ("authorized", "captured", "cancelled")}

    @property
    def refunded(self) -> int:
        """What the rail has given back, in øre."""
        return self.rail.sums(self.carrier, self.purchase)["refunded"]

    def start_payment(self, key: str | None = None) -> Answer:
        """Ask for a payment, as the app does."""
        wanted = {
            "booking_id": self.booking_id,
            "terms": TERMS_VERSION,
            "method": self.stage.rail.method,
            "early_start": True,
        }
        return self.mentee.post("/v1/purchases", wanted, key=key)

    def ask_to_pay(self) -> "Session":
        """Have a payment made that nobody has approved yet."""
        answer = self.start_payment()
        assert answer.status == 201, answer.json
        self.purchase_id = answer.json["id"]
        return self

    def act(self, action: str, **more: object) -> None:
        """Do as the payer does: approve or expire; in Vipps also abort and begin."""
        self.rail.act(self.carrier, self.purchase, action, **more)

    def pay(self) -> "Session":
        """Pay, and wait until the webhook has told of it."""
        self.ask_to_pay().act("approve")
        until(lambda: self.states == ("confirmed", "authorised"))
        return self

    def way_in(self, person: App) -> Answer:
        """Ask for a person's way into the room."""
        return person.get(f"/v1/bookings/{self.booking_id}/meeting")

    def enter(self, person: App) -> str:
        """Open the way in with a browser; return the participant's id at Whereby."""
        answer = self.way_in(person)
        assert answer.status == 200, answer.json
        visit = self.stage.whereby.control("POST", "visits", {"url": answer.json["url"]})
        return str(visit["participantId"])

    def leave(self, participant: str) -> None:
        """Close the browser."""
        self.stage.whereby.control("DELETE", f"visits/{participant}")

    def meet(self) -> "Session":
        """Let both be in the room from the start to the end, and the time for webhooks pass."""
        stage = self.stage
        stage.jump_to(self.starts_at)
        visits = [self.enter(person) for person in (stage.mentor, self.mentee)]
        stage.jump_to(self.ends_at)
        for participant in visits:
            self.leave(participant)
        stage.jump_to(self.ends_at + timedelta(minutes=15))
        return self

    def deliver(self) -> "Session":
        """Have cron decide, after `meet`, that the hour was given; nothing is captured yet."""
        self.carrier.order("fail", "POST", self.rail.capture)
        assert self.stage.cron("meetings")["settled"] == 1
        self.stage.settle()
        assert self.states == ("completed", "authorised")
        return self

    def capture(self) -> "Session":
        """Meet, deliver and have the money taken."""
        self.meet()
        self.stage.cron("meetings")
        until(lambda: self.states == ("completed", "captured"))
        return self


class Stage:
    """A mentor who sells hours around the clock, a mentee, a stranger, and the three providers."""

    def __init__(self, world: World, cast: Cast) -> None:
        self.world = world
        self.cast = cast
        self.people = cast.crowd(3)
        self.mentor, self.mentee, self.stranger = self.people
        environment = world.environment()
        self.vipps = Provider(environment["VIPPS_BASE_URL"])
        self.stripe = Provider(environment["STRIPE_API_BASE"])
        self.whereby = Provider(environment["WHEREBY_BASE_URL"])
        self.rail = VIPPS

    @cached_property
    def stall(self) -> Stall:
        """What the mentor sells."""
        return open_stall(self.world, self.mentor)

    def open_for_business(self) -> None:
        """Have the mentor sell hours, before anybody asks for one."""
        assert self.stall.offer_id

    @property
    def now(self) -> datetime:
        """The time of the local world."""
        return self.world.clock.now()

    @property
    def deadline(self) -> datetime:
        """A time that no run comes to unless it goes round in circles."""
        return self.now + timedelta(seconds=20)

    def book(self, hours: float = 0, mentee: App | None = None) -> Session:
        """Hold an hour, so many hours after tomorrow's noon."""
        answer = self.stall.book(mentee or self.mentee, hours)
        assert answer.status == 201, answer.json
        booked = answer.json
        starts_at, ends_at = (
            datetime.fromisoformat(booked[name]) for name in ("starts_at", "ends_at")
        )
        return Session(self, mentee or self.mentee, booked["id"], starts_at, ends_at)

    def cron(self, job: str) -> Any:  # noqa: ANN401 (JSON)
        """Run a job as the platform does; return its report."""
        status, body = self.world.run_cron(f"/cron/{job}")
        assert status == 200, body
        return json.loads(body)

    def settle(self) -> None:
        """Wait until every webhook is answered and every message was tried."""
        for _ in range(2):
            for provider in (self.vipps, self.stripe, self.whereby):
                provider.settle()
            until(lambda: rows(_UNFINISHED)[0]["number"] == 0)

    def jump_to(self, moment: datetime) -> None:
        """Move the time; what was signed before would be too old afterwards, so that comes first.

        Access tokens live for minutes: everybody gets new ones.
        """
        self.settle()
        is_far = abs(moment - self.now) > timedelta(minutes=5)
        self.world.clock.set_to(moment)
        for person in self.people if is_far else []:
            assert person.refresh().status == 200

    def jump(self, span: timedelta) -> None:
        """Move the time on."""
        self.jump_to(self.now + span)

    def onboard(self) -> str:
        """Have the mentor's account made and filled in at Stripe; return its id."""
        account_id = self.open_account()
        self.stripe.control("POST", f"accounts/{account_id}", {"action": "complete_onboarding"})
        until(lambda: self.account["state"] == "ready")
        return account_id

    def open_account(self) -> str:
        """Have the mentor's account made, with nothing filled in; return its id."""
        self.open_for_business()
        answer = self.mentor.post("/v1/payout-account")
        assert answer.status == 201, answer.json
        return str(self.account["provider_id"])

    @property
    def account(self) -> dict[str, Any]:
        """The mentor's payout account, as its row."""
        return rows(
            "SELECT * FROM payout_account WHERE mentor_id = %(id)s", {"id": self.mentor.person_id}
        )[0]

    @property
    def payouts(self) -> list[dict[str, Any]]:
        """Every payout, as rows, oldest first."""
        return rows("SELECT * FROM payout ORDER BY id")

    def fund(self, amount_ore: int) -> None:
        """Put money on the platform's balance at Stripe."""
        self.stripe.control("POST", "balance", {"amount": amount_ore})

    def at_stripe(self, path: str, **fields: object) -> Any:  # noqa: ANN401 (JSON)
        """Do something by hand in Stripe's dashboard."""
        headers = {
            "Authorization": f"Bearer {self.world.environment()['STRIPE_SECRET_KEY']}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Stripe-Version": "2026-10-28.endive",
        }
        answer = send("POST", f"{self.stripe.url}{path}", urlencode(fields).encode(), headers)
        assert answer.status == 200, answer.json
        return answer.json

    def received(self, account_id: str) -> int:
        """Return what an account at Stripe holds, in øre."""
        account = self.stripe.control("GET", f"accounts/{account_id}")
        return int(account["balance"]["available"] + account["balance"]["pending"])

    def books(self) -> dict[str, int]:
        """Return the balance of each kind of account, in øre, after seeing that they add up."""
        found = transact(lambda db: ledger.trial_balance(db, self.world.clock.now()))
        assert found.sum_ore == 0
        return {each.kind: each.balance_ore for each in found.accounts}

    def parked(self) -> list[tuple[str, str]]:
        """Return the topic and reason of every message that waits for an operator."""
        found = rows("SELECT topic, last_error FROM outbox WHERE parked_at IS NOT NULL")
        return [(each["topic"], each["last_error"]) for each in found]

    def tries(self, step: str) -> list[dict[str, Any]]:
        """Return the requests to capture or cancel that the rail has received."""
        carrier = self.stripe if self.rail is STRIPE else self.vipps
        path = {"capture": self.rail.capture, "cancel": self.rail.let_go}[step]
        return carrier.requests("POST", path)
