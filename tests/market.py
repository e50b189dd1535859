"""What a test of booking needs before it begins: a mentor who sells hours, and their slots."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sandbox.app import Answer, App
from sandbox.world import World

APPLICATION = {
    "headline": "Leads teams through change",
    "biography": "Twenty years of product development.",
    "skills": ["Leadership", "Product"],
    "languages": ["nb", "en"],
}
OFFER = {
    "title": "An hour about your career",
    "description": "We look at where you are and where you want to go.",
    "minutes": 60,
    "price_ore": 90_000,
}
PACK = {
    "title": "Five hours about your career",
    "minutes": 300,
    "price_ore": 400_000,
    "valid_days": 180,
}
ALWAYS = {
    "time_zone": "Europe/Oslo",
    "notice_minutes": 60,
    "window_days": 60,
    "rules": [{"weekday": day, "starts": "00:00", "ends": "24:00"} for day in range(1, 8)],
}


@dataclass(frozen=True)
class Stall:
    """A mentor's offer that can be booked around the clock."""

    mentor: App
    offer_id: str
    tomorrow: datetime  # noon, UTC

    def at(self, hours: float) -> str:
        """Return the start of a slot so many hours after tomorrow's noon."""
        return (self.tomorrow + timedelta(hours=hours)).isoformat()

    def slots(self, *, hours: int = 24) -> list[str]:
        """Return the starts that are offered in the hours after tomorrow's noon."""
        query = {"from": self.at(0), "to": self.at(hours)}
        answer = self.mentor.get(f"/v1/offers/{self.offer_id}/slots?{urlencode(query)}")
        assert answer.status == 200, answer.json
        return [slot["starts_at"] for slot in answer.json["slots"]]

    def offers(self, start: str) -> bool:
        """Return whether a start is among the slots."""
        wanted = datetime.fromisoformat(start)
        return wanted in {datetime.fromisoformat(slot) for slot in self.slots()}

    def book(self, mentee: App, hours: float = 0, key: str | None = None) -> Answer:
        """Have a mentee take the slot that begins so many hours after tomorrow's noon."""
        wanted = {"offer_id": self.offer_id, "starts_at": self.at(hours)}
        return mentee.post("/v1/bookings", wanted, key=key)


def become_mentor(person: App, **changes: object) -> None:
    """Make a person a mentor, unless they are."""
    answer = person.post("/v1/mentors", {**APPLICATION, **changes})
    assert answer.status == 201 or answer.json["code"] == "already_a_mentor", answer.json


def create_offer(mentor: App, **changes: object) -> str:
    """Have a mentor offer something; return the offer's id."""
    answer = mentor.post("/v1/offers", {**OFFER, **changes})
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


def create_pack(mentor: App, **changes: object) -> str:
    """Have a mentor sell hours together; return the pack's id."""
    answer = mentor.post("/v1/packs", {**PACK, **changes})
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


def open_stall(
    world: World,
    mentor: App,
    *,
    minutes: int = 60,
    needs_approval: bool = False,
    **availability: object,
) -> Stall:
    """Have a person sell sessions around the clock, or as `availability` says."""
    become_mentor(mentor)
    answer = mentor.put("/v1/availability", {**ALWAYS, **availability})
    assert answer.status == 200, answer.json
    noon = world.clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    offer_id = create_offer(mentor, minutes=minutes, needs_approval=needs_approval)
    return Stall(mentor, offer_id, noon + timedelta(days=1))
