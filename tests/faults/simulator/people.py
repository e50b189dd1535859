"""What people do: book, call off, come or not, be paid, and have themselves erased."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from tests.faults.simulator.cast import BrokenError, Person, Sent, prove_again, work_of
from tests.faults.simulator.choices import Choice, Scene
from tests.faults.simulator.conductor import Work
from tests.faults.simulator.deals import (
    PACK_DAYS,
    PACK_MINUTES,
    PACK_PRICES_ORE,
    PRICES_ORE,
    Deal,
    Offer,
    draw,
)
from tests.faults.simulator.paying import Paying

_MOST_DEALS = 5
_OPENS = timedelta(minutes=9)
_KEYS_ARE_KEPT = timedelta(days=25)
_LEAVES = 0.008
_LATE = timedelta(minutes=8)
_MINUTES = (60, 60, 30, 15, 90)
_WEEK = [{"weekday": day, "starts": "00:00", "ends": "24:00"} for day in range(1, 8)]


class People:
    """Everybody in a run, and what they may do next."""

    def __init__(self, scene: Scene, mentors: list[Person], mentees: list[Person]) -> None:
        self._scene = scene
        self.mentors = mentors
        self.mentees = scene.mentees = mentees
        self._paying = Paying(scene)

    def opening(self, mentor: Person) -> list[Sent]:
        """Return the calls with which a mentor opens for business, each to be heard in turn."""
        rng = self._scene.rng
        skills = {"headline": "Ledelse", "biography": "Tjue år.", "skills": ["Ledelse"]}
        hours = {
            "time_zone": rng.choice(("Europe/Oslo", "Europe/Oslo", "America/New_York")),
            "notice_minutes": 60,
            "window_days": 60,
            "buffer_before_minutes": rng.choice((0, 15)),
            "buffer_after_minutes": rng.choice((0, 0, 30)),
            "rules": _WEEK,
        }
        offer: dict[str, Any] = {"title": "En time", "description": "Vi ser på det."}
        offer |= {"minutes": rng.choice(_MINUTES), "price_ore": rng.choice(PRICES_ORE)}
        pack: dict[str, Any] = {"title": "Timer", "valid_days": PACK_DAYS}
        pack |= {"minutes": rng.choice(PACK_MINUTES), "price_ore": rng.choice(PACK_PRICES_ORE)}
        business = {"organisation_number": "927683172", "is_vat_registered": True}
        words = {**skills, "languages": ["nb"], **(business if rng.random() < 0.5 else {})}
        offered = partial(self._offered, mentor)
        return [
            mentor.call("apply", "POST", "/v1/mentors", words),
            mentor.call("open", "PUT", "/v1/availability", hours),
            mentor.call("offer", "POST", "/v1/offers", offer, good=offered),
            mentor.call("sell hours", "POST", "/v1/packs", pack, good=offered),
        ]

    def menu(self) -> Iterator[Choice]:
        """Yield what people may do now."""
        scene = self._scene
        for person in scene.people:
            for sent in person.unanswered:
                yield Choice(4, partial(work_of, sent))
            for sent in person.answered[-2:]:
                if self._is_young(sent):
                    yield Choice(0.08, partial(work_of, sent))
            yield from self._leaving(person)
        if len(scene.deals) < _MOST_DEALS and any(not each.is_pack for each in scene.offers):
            yield Choice(3 if len(scene.deals) < 2 else 0.8, self._want)
        for deal in scene.deals:
            yield from self._of(deal)
        yield from self._paying.menu()
        for mentor in self.mentors:
            yield from self._account(mentor)

    def _is_young(self, sent: Sent) -> bool:
        """Return whether a call's key is kept still; note when it was answered first."""
        now = self._scene.house.timeline.now()
        sent.answered_at = sent.answered_at or now
        return now - sent.answered_at < _KEYS_ARE_KEPT

    def have_enough(self) -> bool:
        """Return whether nobody wants another hour."""
        return len(self._scene.deals) >= _MOST_DEALS

    def are_busy(self) -> bool:
        """Return whether somebody is about to do what can't wait: to pay, or to meet."""
        now = self._scene.house.timeline.now()
        for deal in self._scene.deals:
            row = self._scene.now.bookings.get(deal.booking_id)
            state = row["state"] if row else ""
            is_paying = deal.pays in {"approves", "aborts"} and deal.can_be_paid(now)
            is_met = deal.starts_at - _OPENS <= now < deal.ends_at and deal.attends == "both"
            is_meeting = state == "confirmed" and is_met and len(deal.was_inside) < 2
            if (state in {"held", "awaiting_payment"} and is_paying) or is_meeting:
                return True
        return any(person.unanswered for person in self._scene.people)

    def _offered(self, mentor: Person, made: Any) -> None:  # noqa: ANN401 (JSON)
        if made["id"] not in {each.id for each in self._scene.offers}:
            is_pack = "valid_days" in made
            offer = Offer(mentor, made["id"], made["minutes"], made["price_ore"], is_pack)
            self._scene.offers.append(offer)

    def _want(self) -> Work:
        scene = self._scene
        mentee = scene.rng.choice(self.mentees)
        offer = scene.rng.choice([each for each in scene.offers if not each.is_pack])
        deal = draw(scene.rng, offer, mentee, scene.house.timeline.now(), scene.deals)
        scene.deals.append(deal)
        return work_of(self._booking(deal))

    def _booking(self, deal: Deal) -> Sent:
        wanted = {"offer_id": deal.offer.id, "starts_at": deal.starts_at.isoformat()}

        def good(made: Any) -> None:  # noqa: ANN401 (JSON)
            deal.booking_id = made["id"]

        def refused(code: str) -> None:
            deal.is_refused = True
            if code == "slot_taken" and self._has_it(deal):
                raise BrokenError(f"{deal.mentee.name} is refused the slot that they have got")

        return deal.mentee.call("book", "POST", "/v1/bookings", wanted, good=good, refused=refused)

    def _has_it(self, deal: Deal) -> bool:
        """Return whether the slot was booked by this very call, whose answer was lost."""
        known = {each.booking_id for each in self._scene.deals}
        rivals = [
            each
            for each in self._scene.deals
            if each.starts_at == deal.starts_at and each.mentee is deal.mentee
        ]
        if len(rivals) > 1:
            return False  # it may be that of the other call
        sql = "SELECT id FROM booking WHERE mentee_id = %s AND offer_id = %s AND starts_at = %s"
        when = deal.starts_at.replace(tzinfo=None)
        found = self._scene.house.rows(sql, [deal.mentee.id, deal.offer.id, when])
        return any(row["id"] not in known for row in found)

    def _of(self, deal: Deal) -> Iterator[Choice]:
        """Yield what the two of a deal may do now."""
        row = self._scene.now.bookings.get(deal.booking_id)
        if row is None:
            return
        now, state = self._scene.house.timeline.now(), row["state"]
        yield Choice(0.2, lambda: self._read(deal))
        yield from self._paying.of_booking(deal, state)
        if deal.cancels != "nobody" and state in {"held", "awaiting_payment", "confirmed"}:
            yield Choice(0.5, lambda: self._cancel(deal))
        yield Choice(0.004, lambda: self._cancel(deal))  # at any time, as people do
        if state == "confirmed" and now >= deal.starts_at - _OPENS:
            yield from self._meeting(deal)
        if deal.gives_word and now > deal.starts_at and state in {"confirmed", "completed"}:
            yield Choice(0.7, lambda: self._give_word(deal))

    def _read(self, deal: Deal) -> Work:
        person = self._scene.rng.choice((deal.mentee, deal.mentor))
        return work_of(person.call("read", "GET", f"/v1/bookings/{deal.booking_id}"))

    def _cancel(self, deal: Deal) -> Work:
        person = deal.mentor if deal.cancels == "mentor" else deal.mentee
        path = f"/v1/bookings/{deal.booking_id}/cancel"
        return work_of(person.call("cancel", "POST", path, {"reason": "Syk"}))

    def _meeting(self, deal: Deal) -> Iterator[Choice]:
        """Yield comings and goings."""
        now = self._scene.house.timeline.now()
        comes = {"both": {"mentor", "mentee"}, "mentor": {"mentor"}, "mentee": {"mentee"}}
        wanted = comes.get(deal.attends, set() if deal.attends == "nobody" else comes["both"])
        is_time = deal.attends != "late" or now >= deal.ends_at - _LATE
        for role in sorted(wanted - deal.was_inside):
            if is_time and now < deal.ends_at:
                yield Choice(5, partial(self._enter, deal, role))
        for role in sorted(deal.inside):
            is_over = now >= deal.ends_at or deal.attends == "short"
            yield Choice(3 if is_over else 0.1, partial(self._leave, deal, role), is_call=False)

    def _enter(self, deal: Deal, role: str) -> Work:
        person = deal.mentor if role == "mentor" else deal.mentee

        def good(way: Any) -> None:  # noqa: ANN401 (JSON)
            deal.was_inside.add(role)
            self._scene.truth.inside[deal.booking_id].add(role)
            visit = self._scene.control("whereby", "POST", "visits", url=way["url"])
            if visit:
                deal.inside[role] = visit["participantId"]

        path = f"/v1/bookings/{deal.booking_id}/meeting"
        return work_of(person.call("enter", "GET", path, good=good))

    def _leave(self, deal: Deal, role: str) -> None:
        self._scene.control("whereby", "DELETE", f"visits/{deal.inside.pop(role)}")

    def _give_word(self, deal: Deal) -> Work:
        self._scene.truth.words.add(deal.booking_id)
        path = f"/v1/bookings/{deal.booking_id}/delivery"
        return work_of(deal.mentee.call("confirm", "POST", path))

    def _account(self, mentor: Person) -> Iterator[Choice]:
        """Yield what a mentor does about being paid."""
        row = self._scene.now.account_of.get(mentor.id)
        if row is None:
            yield Choice(1.5, partial(self._onboard, mentor))
            return
        yield Choice(0.03, partial(self._onboard, mentor))
        yield Choice(
            0.05, lambda: work_of(mentor.call("payout account", "GET", "/v1/payout-account"))
        )
        yield Choice(0.05, lambda: work_of(mentor.call("payouts", "GET", "/v1/payouts")))

    def _onboard(self, mentor: Person) -> Work:
        prove_again(self._scene.house, mentor)
        return work_of(mentor.call("onboard", "POST", "/v1/payout-account"))

    def _leaving(self, person: Person) -> Iterator[Choice]:
        yield Choice(0.03, lambda: work_of(person.call("export", "GET", "/v1/privacy/export")))
        if not person.is_leaving:
            yield Choice(_LEAVES, partial(self.erase, person))

    def erase(self, person: Person) -> Work:
        """Have somebody ask to be erased."""
        prove_again(self._scene.house, person)

        def good(told: Any) -> None:  # noqa: ANN401 (JSON)
            person.receipt_token = told["receipt_token"]

        wanted = self._left_behind(person)
        return work_of(person.call("erase", "POST", "/v1/privacy/erasure", wanted, good=good))

    def _left_behind(self, person: Person) -> dict[str, int]:
        """Return what a mentor confirms that they leave behind, where they do."""
        earned = self._scene.now.earning
        owed = [row for row in earned if row["mentor_id"] == person.id and not row["payout_id"]]
        unpaid = sum(int(row["share_ore"]) for row in owed)
        is_left = unpaid > 0 and self._scene.rng.random() < 0.5
        return {"leave_unpaid_ore": unpaid} if is_left else {}
