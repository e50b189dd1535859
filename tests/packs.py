"""A pack of hours in tests: sold, bought, drawn from, withdrawn from, in short words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lib.accounts.rules import TERMS_VERSION
from sandbox.app import Answer, App
from tests.stage import Stage, rows, until

PACK_ORE = 600_000
PACK_QUARTERS = 40


def offer_pack(stage: Stage, **changes: object) -> str:
    """Have the mentor sell ten hours for 6,000.00 kr; return the pack's id."""
    stage.open_for_business()
    wanted = {"title": "Ti timer", "minutes": 600, "price_ore": PACK_ORE, **changes}
    answer = stage.mentor.post("/v1/packs", wanted)
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


def ask_for_pack(pack_id: str, mentee: App, **more: object) -> Answer:
    """Begin to buy a pack."""
    return mentee.post("/v1/purchases", {"pack_id": pack_id, "terms": TERMS_VERSION, **more})


@dataclass
class BoughtPack:
    """A pack that the mentee has bought."""

    stage: Stage
    mentee: App
    purchase_id: str

    @property
    def reference(self) -> str:
        """What Vipps knows the payment by."""
        return self.purchase_id.replace("_", "-")

    @property
    def purchase(self) -> dict[str, Any]:
        """The purchase's row."""
        return rows("SELECT * FROM purchase WHERE id = %(id)s", {"id": self.purchase_id})[0]

    @property
    def left(self) -> int:
        """How many minutes of it the mentee has left."""
        packs = self.mentee.get("/v1/hours").json["packs"]
        return next(
            int(each["minutes_left"]) for each in packs if each["purchase_id"] == self.purchase_id
        )

    @property
    def sums(self) -> dict[str, int]:
        """What Vipps has captured and given back, in øre."""
        payment = self.stage.vipps.control("GET", f"payments/{self.reference}")
        return {
            name: payment["aggregate"][f"{name}Amount"]["value"]
            for name in ("captured", "refunded")
        }

    @property
    def prepaid(self) -> int:
        """What the books still owe the mentee for it, in øre."""
        found = rows(
            "SELECT COALESCE(SUM(CASE WHEN t.is_pending THEN r.amount_ore ELSE t.amount_ore END"
            " * CASE WHEN t.credit_account_id = a.id THEN 1 ELSE -1 END), 0) AS ore"
            " FROM ledger_account a JOIN ledger_transfer t"
            " ON a.id IN (t.credit_account_id, t.debit_account_id)"
            " LEFT JOIN ledger_resolution r ON r.transfer_id = t.id"
            " WHERE a.kind = 'prepaid' AND a.owner = %(id)s",
            {"id": self.purchase_id},
        )
        return int(found[0]["ore"])

    def book(self, hours: float, **more: object) -> str:
        """Take a slot and pay for it with hours; return the booking's id."""
        session = self.stage.book(hours, self.mentee)
        answer = self.draw(session.booking_id, **more)
        assert answer.status == 200, answer.json
        return session.booking_id

    def draw(self, booking_id: str, **more: object) -> Answer:
        """Pay for a booking with hours."""
        return self.mentee.post(f"/v1/bookings/{booking_id}/hours", more)

    def hold(self, booking_id: str) -> None:
        """Let both meet for the whole session, and have the mentor earn it."""
        booking = booking_of(booking_id)
        stage = self.stage
        stage.jump_to(booking["starts_at"])
        visits = []
        for person in (stage.mentor, self.mentee):
            answer = person.get(f"/v1/bookings/{booking_id}/meeting")
            assert answer.status == 200, answer.json
            visit = stage.whereby.control("POST", "visits", {"url": answer.json["url"]})
            visits.append(str(visit["participantId"]))
        stage.jump_to(booking["ends_at"])
        for participant in visits:
            stage.whereby.control("DELETE", f"visits/{participant}")
        stage.jump_to(booking["ends_at"] + timedelta(minutes=15))
        stage.cron("meetings")
        until(lambda: rows("SELECT id FROM earning WHERE cause_id = %(id)s", {"id": booking_id}))

    def miss(self, booking_id: str) -> None:
        """Let nobody come, and the time pass in which the mentee could have said otherwise."""
        ends_at: datetime = booking_of(booking_id)["ends_at"]
        self.stage.jump_to(ends_at + timedelta(hours=25))
        self.stage.cron("meetings")
        until(lambda: booking_of(booking_id)["state"] == "undelivered")
        self.stage.settle()

    def quote(self) -> Answer:
        """Ask what the mentee would get back."""
        return self.mentee.get(f"/v1/purchases/{self.purchase_id}/withdrawal")

    def withdraw(self, refund_ore: int, key: str | None = None) -> Answer:
        """Withdraw for a sum."""
        path = f"/v1/purchases/{self.purchase_id}/withdrawal"
        return self.mentee.post(path, {"refund_ore": refund_ore}, key=key)


def booking_of(booking_id: str) -> dict[str, Any]:
    """Return a booking's row."""
    return rows("SELECT * FROM booking WHERE id = %(id)s", {"id": booking_id})[0]


def buy_pack(
    stage: Stage, pack_id: str = "", mentee: App | None = None, **more: object
) -> BoughtPack:
    """Have the mentee buy a pack, and wait until its hours are issued."""
    buyer = mentee or stage.mentee
    wanted = {"early_start": True, **more}
    answer = ask_for_pack(pack_id or offer_pack(stage), buyer, **wanted)
    assert answer.status == 201, answer.json
    bought = BoughtPack(stage, buyer, answer.json["id"])
    stage.vipps.control("POST", f"payments/{bought.reference}", {"action": "approve"})
    until(lambda: bought.purchase["state"] == "captured")
    return bought
