"""The product's main job, played once from end to end over HTTP, each call shown as it happens.

Ola becomes a mentor. Kari finds him, books an hour, pays with Vipps and meets him on Whereby. The
money is captured and Ola is paid through Stripe. She buys a pack of hours and withdraws from it,
and takes her data out and has it erased.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sandbox.app import Answer, AppError, send
from sandbox.teller import Teller
from sandbox.world import World

_PRICE_ORE = 90_000
_MENTORS_SHARE_ORE = 76_500
_PACK_ORE = 400_000


class Story(Teller):
    """The main job, told once."""

    def __init__(
        self,
        world: World,
        say: Callable[[str], None],
        heard: Callable[[str, str, Answer], None] | None = None,
    ) -> None:
        super().__init__(world, say, heard)
        self.kari = self.app()
        self.ola = self.app()

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
        self._title("Kari buys a pack of hours, books with one of them, and withdraws")
        self._use_a_pack(offer_id)
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
        booking = self._take_a_slot(offer_id)
        wanted = {"offer_id": offer_id, "starts_at": booking["starts_at"]}
        self.say("  Somebody else wants the same hour:")
        ingrid = self.app().sign_in("ingrid")
        self._do(ingrid, "POST", "/v1/bookings", wanted, status=409)
        return booking

    def _take_a_slot(self, offer_id: str) -> dict[str, Any]:
        today = self.world.clock.now().date()
        span = f"from={today}&to={today + timedelta(days=6)}"
        slots = self._do(self.kari, "GET", f"/v1/offers/{offer_id}/slots?{span}")["slots"]
        wanted = {"offer_id": offer_id, "starts_at": slots[0]["starts_at"]}
        booking: dict[str, Any] = self._do(self.kari, "POST", "/v1/bookings", wanted)
        return booking

    def _pay(self, booking_id: str) -> str:
        purchase = self._buy({"booking_id": booking_id}, "authorised")
        booking = self._do(self.kari, "GET", f"/v1/bookings/{booking_id}")
        self._expect(booking["state"] == "confirmed", "the booking is confirmed")
        return str(purchase["id"])

    def _buy(self, what: dict[str, Any], state: str) -> dict[str, Any]:
        terms = {**what, "terms": "2026-11-01", "early_start": True}
        purchase: dict[str, Any] = self._do(self.kari, "POST", "/v1/purchases", terms)
        self.say(f"  Kari opens {purchase['redirect_url'][:70]}… and approves")
        reference = purchase["id"].replace("_", "-")
        self._control(
            "POST",
            f"{self.vipps}/_sandbox/payments/{reference}",
            {"action": "approve", "person": "kari"},
        )
        self._wait_for_purchase(purchase["id"], state)
        return purchase

    def _use_a_pack(self, offer_id: str) -> None:
        """Buy five hours, pay for a session with one of them, and withdraw from the purchase."""
        pack = {"title": "Fem timer", "minutes": 300, "price_ore": _PACK_ORE}
        pack_id = self._do(self.ola, "POST", "/v1/packs", pack)["id"]
        self._renew(self.kari)
        purchase = self._buy({"pack_id": pack_id}, "captured")
        booking = self._take_a_slot(offer_id)
        self._do(self.kari, "POST", f"/v1/bookings/{booking['id']}/hours", {})
        left = self._do(self.kari, "GET", "/v1/hours")["packs"][0]["minutes_left"]
        self._expect(left == 240, "four of five hours are left")
        path = f"/v1/purchases/{purchase['id']}/withdrawal"
        quote = self._do(self.kari, "GET", path)
        self.say(f"  Before she confirms Kari reads: {quote['text']['nb']}")
        self._do(self.kari, "POST", path, {"refund_ore": quote["refund_ore"]})
        self._until(
            lambda: (
                self.kari.get(f"/v1/purchases/{purchase['id']}").json["refunds"][0]["state"]
                == "done"
            ),
            f"Vipps has given {quote['refund_ore'] / 100:.2f} NOK back",
        )
        self._until(lambda: len(self._papers()) == 3, "Kari has two receipts and a credit note")

    def _papers(self) -> list[str]:
        return [each["kind"] for each in self.kari.get("/v1/papers").json["papers"]]

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

    def _wait_for_purchase(self, purchase_id: str, state: str) -> None:
        self._until(
            lambda: self.kari.get(f"/v1/purchases/{purchase_id}").json["state"] == state,
            f"the purchase is {state}",
        )


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
    say("The story is told: booked, paid, met, captured, paid out, refunded, exported, erased.")
    return 0
