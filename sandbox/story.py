"""The product's main job, played once from end to end over HTTP, each call shown as it happens.

Ola becomes a mentor. Kari finds him, books an hour, pays with Vipps and meets him on Whereby. The
money is captured, Ola is paid through Stripe, and Kari takes her data out and has it erased.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sandbox.app import Answer, App, AppError, send
from sandbox.world import World

_PRICE_ORE = 90_000
_MENTORS_SHARE_ORE = 76_500
_PATIENCE = 15.0
_LINE = 118


class Story:
    """One telling. `say` is told each line, `heard` every call with its answer."""

    def __init__(
        self,
        world: World,
        say: Callable[[str], None],
        heard: Callable[[str, str, Answer], None] | None = None,
    ) -> None:
        self.world = world
        self.say = say
        self.heard = heard
        self.is_quiet = False
        self.vipps = world.environment()["VIPPS_BASE_URL"]
        self.stripe = world.environment()["STRIPE_API_BASE"]
        self.whereby = world.environment()["WHEREBY_BASE_URL"]
        self.kari = App(world.url, self.vipps, heard=self._hear)
        self.ola = App(world.url, self.vipps, heard=self._hear)

    def tell(self) -> None:
        """Play every step.

        :raises AppError: a step did not give what it should.
        """
        self._title("Ola signs in with Vipps and becomes a mentor")
        offer_id = self._become_a_mentor()
        self._title("Ola opens his account at Stripe")
        account_id = self._open_payout_account()
        self._title("Kari signs in with Vipps and finds a mentor")
        booking = self._book(offer_id)
        self._title("Kari pays with Vipps")
        purchase_id = self._pay(booking["id"])
        self._title("They meet on Whereby")
        self._meet(booking)
        self._title("The hour was given, so the money is taken")
        self._wait_for_purchase(purchase_id, "captured")
        self._title("Ola is paid through Stripe")
        self._pay_out(account_id)
        self._title("The books")
        self._check_books()
        self._title("Kari takes her data out and has it erased")
        self._leave()

    def _become_a_mentor(self) -> str:
        self.ola.sign_in("ola", device_name="Olas telefon")
        self._do(
            self.ola,
            "POST",
            "/v1/mentors",
            {
                "headline": "Ledelse i små selskaper",
                "biography": "Har ledet tre selskaper fra oppstart til femti ansatte.",
                "skills": ["ledelse", "strategi"],
                "languages": ["nb", "en"],
            },
        )
        week = [{"weekday": day, "starts": "08:00", "ends": "20:00"} for day in range(1, 8)]
        self._do(
            self.ola,
            "PUT",
            "/v1/availability",
            {
                "time_zone": "Europe/Oslo",
                "notice_minutes": 60,
                "window_days": 6,
                "buffer_before_minutes": 0,
                "buffer_after_minutes": 15,
                "rules": week,
                "exceptions": [],
            },
        )
        offer = {
            "title": "En time om ledelse",
            "description": "Vi ser på det du står i akkurat nå.",
            "minutes": 60,
            "price_ore": _PRICE_ORE,
        }
        return str(self._do(self.ola, "POST", "/v1/offers", offer)["id"])

    def _open_payout_account(self) -> str:
        link = self._do(self.ola, "POST", "/v1/payout-account")
        account_id = self._newest_account()
        self.say(f"  Ola opens {link['url']} and fills in what Stripe asks for")
        self._control(
            "POST",
            f"{self.stripe}/_sandbox/accounts/{account_id}",
            {"action": "complete_onboarding"},
        )
        self._until(
            lambda: self.ola.get("/v1/payout-account").json["state"] == "ready",
            "Stripe's webhook made the account ready",
        )
        return account_id

    def _newest_account(self) -> str:
        key = self.world.environment()["STRIPE_SECRET_KEY"]
        headers = {"Authorization": f"Bearer {key}"}
        accounts = send("GET", f"{self.stripe}/v1/accounts?limit=1", None, headers).json["data"]
        return str(accounts[0]["id"])

    def _book(self, offer_id: str) -> dict[str, Any]:
        self.kari.sign_in("kari", device_name="Karis telefon")
        found = self._do(self.kari, "GET", "/v1/mentors?skill=ledelse")
        mentor_id = found["mentors"][0]["id"]
        self._do(self.kari, "GET", f"/v1/mentors/{mentor_id}")
        today = self.world.clock.now().date()
        span = f"from={today}&to={today + timedelta(days=6)}"
        slots = self._do(self.kari, "GET", f"/v1/offers/{offer_id}/slots?{span}")["slots"]
        wanted = {"offer_id": offer_id, "starts_at": slots[0]["starts_at"]}
        booking: dict[str, Any] = self._do(self.kari, "POST", "/v1/bookings", wanted)
        self.say("  Somebody else wants the same hour:")
        ingrid = App(self.world.url, self.vipps, heard=self._hear).sign_in("ingrid")
        self._do(ingrid, "POST", "/v1/bookings", wanted, status=409)
        return booking

    def _pay(self, booking_id: str) -> str:
        terms = {"booking_id": booking_id, "terms": "2026-11-01"}
        purchase = self._do(self.kari, "POST", "/v1/purchases", terms)
        self.say(f"  Kari opens {purchase['redirect_url'][:70]}… and approves")
        reference = purchase["id"].replace("_", "-")
        self._control(
            "POST",
            f"{self.vipps}/_sandbox/payments/{reference}",
            {"action": "approve", "person": "kari"},
        )
        self._wait_for_purchase(purchase["id"], "authorised")
        booking = self._do(self.kari, "GET", f"/v1/bookings/{booking_id}")
        self._expect(booking["state"] == "confirmed", "the booking is confirmed")
        return str(purchase["id"])

    def _meet(self, booking: dict[str, Any]) -> None:
        self._do(self.kari, "GET", f"/v1/bookings/{booking['id']}/meeting", status=409)
        starts_at = datetime.fromisoformat(booking["starts_at"])
        self._jump_to(starts_at - timedelta(minutes=5), "five minutes before the session")
        visits = []
        for app in (self.ola, self.kari):
            self._renew(app)
            way_in = self._do(app, "GET", f"/v1/bookings/{booking['id']}/meeting")
            visit = self._control("POST", f"{self.whereby}/_sandbox/visits", {"url": way_in["url"]})
            visits.append(visit["participantId"])
        self._jump_to(starts_at + timedelta(minutes=58), "58 minutes into the session")
        for participant in visits:
            self._control("DELETE", f"{self.whereby}/_sandbox/visits/{participant}")
        self._jump_to(starts_at + timedelta(minutes=75), "a quarter of an hour after the session")
        self._until(
            lambda: self._cron("/cron/meetings")["settled"] == 1,
            "both were there, so the session counts as held",
        )
        self._renew(self.kari)

    def _pay_out(self, account_id: str) -> None:
        self._jump(timedelta(hours=49), "two days, in which the session could be contested")
        first = self._cron("/cron/payouts")
        self._expect(first["waiting"] == 1, "the payout waits: the Stripe balance is empty")
        self.say("  The operator moves what Vipps has settled to the bank on to Stripe")
        self._control("POST", f"{self.stripe}/_sandbox/balance", {"amount": 100_000})
        second = self._cron("/cron/payouts")
        self._expect(second["paid"] == 1, "the payout is paid")
        account = self._control("GET", f"{self.stripe}/_sandbox/accounts/{account_id}")
        received = account["balance"]["available"] + account["balance"]["pending"]
        self._expect(
            received == _MENTORS_SHARE_ORE, f"Ola's Stripe account holds {received / 100:.2f} NOK"
        )
        self._renew(self.ola)
        self._do(self.ola, "GET", "/v1/payouts")

    def _check_books(self) -> None:
        books = self._cron("/cron/books")
        for account in books["accounts"]:
            amount = f"{account['balance_ore'] / 100:>12.2f}"
            self.say(f"  {account['kind']:<18} {amount} NOK  ({account['accounts']} accounts)")
        self._expect(books["sum_ore"] == 0, "all accounts sum to zero")
        self._expect(books["open_transit"] == 0, "nothing is forgotten on its way")

    def _leave(self) -> None:
        self._renew(self.kari)
        export = self._do(self.kari, "GET", "/v1/privacy/export")
        self._expect(len(export["tables"]) > 0, "the export holds what is kept about Kari")
        given = self._do(self.kari, "GET", "/v1/privacy/disclosures")["disclosures"]
        self._expect(len(given) == 3, "she sees that Ola, Vipps and Whereby have received data")
        self._do(self.kari, "POST", "/v1/privacy/erasure", status=403)
        self.say("  Erasure demands a fresh sign-in:")
        self.kari.sign_in("kari", device_name="Karis telefon")
        self._cron("/cron/meetings")
        self._do(self.kari, "GET", "/v1/privacy/erasure")
        asked = self._do(self.kari, "POST", "/v1/privacy/erasure")
        self._expect(self.kari.is_erased(asked["receipt_token"]), "Kari has a signed receipt")
        self._do(self.kari, "GET", "/v1/profile", status=401)
        told = self._do(self.ola, "GET", "/v1/privacy/notices")["notices"]
        self._expect(told[0]["kind"] == "erasure", "Ola is told of it, without a name")
        self._check_books()

    def _do(
        self, app: App, method: str, path: str, body: object = None, status: int | None = None
    ) -> Any:  # noqa: ANN401 (JSON, whatever the call gives)
        answer = app.call(method, path, body)
        if answer.status != status if status else answer.status >= 400:
            self._fail(f"{method} {path} gave {answer.status}: {answer.json}")
        return answer.json

    def _renew(self, app: App) -> None:
        """Get a new access token: the clock has jumped past the old one's end."""
        if app.refresh().status != 200:
            self._fail("a refresh token was refused")

    def _control(self, method: str, url: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        """Do what a person does at a provider."""
        answer = send(method, url, body)
        if answer.status >= 400:
            self._fail(f"{method} {url} gave {answer.status}: {answer.json}")
        return answer.json

    def _cron(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        headers = {"Authorization": f"Bearer {self.world.environment()['CRON_SECRET']}"}
        answer = send("GET", self.world.url + path, None, headers)
        self._hear("GET", path, answer)
        if answer.status != 200:
            self._fail(f"{path} gave {answer.status}: {answer.json}")
        return answer.json

    def _wait_for_purchase(self, purchase_id: str, state: str) -> None:
        self._until(
            lambda: self.kari.get(f"/v1/purchases/{purchase_id}").json["state"] == state,
            f"the purchase is {state}",
        )

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        """Ask again until it is so; webhooks take a moment."""
        end = time.monotonic() + _PATIENCE
        self.is_quiet = True
        while not is_so():
            if time.monotonic() > end:
                self._fail(f"waited in vain until {what}")
            time.sleep(0.2)
        self.is_quiet = False
        self.say(f"  ✓ {what}")

    def _expect(self, is_so: bool, what: str) -> None:  # noqa: FBT001 (reads as a sentence)
        if not is_so:
            self._fail(f"it is not so that {what}")
        self.say(f"  ✓ {what}")

    def _settle(self) -> None:
        """Let every webhook arrive: one that was signed before a jump would be too old after it."""
        for provider in (self.vipps, self.stripe, self.whereby):
            self._control("POST", f"{provider}/_sandbox/webhooks/settle", {"seconds": _PATIENCE})

    def _jump(self, span: timedelta, what: str) -> None:
        self._jump_to(self.world.clock.now() + span, what)

    def _jump_to(self, moment: datetime, what: str) -> None:
        self._settle()
        self.world.clock.set_to(moment)
        self.say(f"  (the clock jumps: {what})")

    def _title(self, text: str) -> None:
        self.say("")
        self.say(text)

    def _hear(self, method: str, path: str, answer: Answer) -> None:
        if self.heard:
            self.heard(method, path, answer)
        if self.is_quiet:
            return
        line = f"  {method} {path} → {answer.status} {_brief(answer.json)}"
        self.say(line if len(line) <= _LINE else line[: _LINE - 1] + "…")

    def _fail(self, why: str) -> NoReturn:
        raise AppError(why)


def play(
    world: World,
    say: Callable[[str], None],
    heard: Callable[[str, str, Answer], None] | None = None,
) -> int:
    """Tell the story in the world; return 0 when every step went as it should, else 1."""
    if len(world.providers.simulators()) < 3:
        say("The story is not played: it acts for people at the built-in simulators, and the")
        say("environment names other providers. Everything else is served as usual.")
        return 0
    try:
        Story(world, say, heard).tell()
    except AppError as error:
        say(f"  ✗ {error}")
        return 1
    say("")
    say("The story is told: booked, paid, met, captured, paid out, exported, erased.")
    return 0


def _brief(found: object) -> str:
    """Return the start of a JSON answer, without tokens."""
    if isinstance(found, dict):
        shown = {
            name: "…" if "token" in name or name in {"attempt", "session", "sign_up"} else value
            for name, value in found.items()
        }
        return ", ".join(f"{name}={value}" for name, value in shown.items())
    return "" if found is None else str(found)
