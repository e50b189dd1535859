"""What people do about money: pay on either rail, buy packs, draw hours of them, withdraw."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from tests.faults.simulator.cast import work_of
from tests.faults.simulator.choices import Choice, Scene
from tests.faults.simulator.conductor import Work
from tests.faults.simulator.deals import GOOD_CARD, QUARTER, Deal, Sale, draw_pack
from tests.faults.simulator.snapshot import Row

_UNPAID = frozenset({"held", "awaiting_payment"})


class Paying:
    """What mentees may do next about what they buy."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._most_packs = scene.rng.choice((0, 1, 2, 2))

    def menu(self) -> Iterator[Choice]:
        """Yield what may be done about packs, and what is due to be paid."""
        scene = self._scene
        packs = [offer for offer in scene.offers if offer.is_pack]
        if packs and len(scene.packs) < self._most_packs:
            yield Choice(1.5, self._want_pack)
        for pack in scene.packs:
            yield from self._of_pack(pack)

    def of_booking(self, deal: Deal, state: str) -> Iterator[Choice]:
        """Yield what may be done about the payment of a booking."""
        if state == "held" and deal.with_hours and self._has_hours(deal):
            yield Choice(4, partial(self._pay_with_hours, deal))
            weight = 0.2
        else:
            weight = 4
        is_open = state in _UNPAID and not deal.mentee.unanswered
        if is_open and deal.can_be_paid(self._scene.house.timeline.now()):
            yield Choice(weight if not deal.purchase_ids else 0.2, partial(self._pay, deal))
        yield from self._paid(deal)
        if state == "confirmed" and deal.withdraws:
            yield from self._withdrawing(deal)

    def _of_pack(self, pack: Sale) -> Iterator[Choice]:
        rows = [self._scene.now.purchases.get(each) for each in pack.purchase_ids]
        states = {row["state"] for row in rows if row}
        if not states & {"created", "authorised", "captured"} and len(rows) < 3:
            yield Choice(2 if not rows else 0.3, partial(self._pay, pack))
        yield from self._paid(pack)
        if "captured" in states:
            if pack.withdraws:
                yield from self._withdrawing(pack)
            yield Choice(0.05, partial(self._read, pack, "hours", "/v1/hours"))
            yield Choice(0.05, partial(self._read, pack, "papers", "/v1/papers"))

    def _paid(self, sale: Sale) -> Iterator[Choice]:
        """Yield looks at payments, and decisions at the rail."""
        for purchase_id in sale.purchase_ids[-2:]:
            payment = self._scene.now.payment_of.get(purchase_id)
            path = f"/v1/purchases/{purchase_id}"
            yield Choice(0.3, partial(self._read, sale, "look", path))
            if payment and payment.state == "created" and sale.pays != "waits":
                weight = 0.4 if sale.pays in {"late", "begins"} else 4
                yield Choice(weight, partial(self._decide, sale, purchase_id), is_call=False)

    def _want_pack(self) -> None:
        scene = self._scene
        offer = scene.rng.choice([each for each in scene.offers if each.is_pack])
        mentees = [each for each in scene.mentees if each is not offer.mentor]
        scene.packs.append(draw_pack(scene.rng, offer, scene.rng.choice(mentees)))

    def _pay(self, sale: Sale) -> Work:
        from lib.accounts.rules import TERMS_VERSION

        def good(made: Any) -> None:  # noqa: ANN401 (JSON)
            if made["id"] not in sale.purchase_ids:
                sale.purchase_ids.append(made["id"])

        thing = (
            {"booking_id": sale.booking_id}
            if isinstance(sale, Deal)
            else {"pack_id": sale.offer.id}
        )
        is_early = isinstance(sale, Deal) or self._scene.rng.random() < 0.7
        wanted = {"terms": TERMS_VERSION, "early_start": is_early, "method": sale.method}
        return work_of(sale.mentee.call("pay", "POST", "/v1/purchases", thing | wanted, good=good))

    def _read(self, sale: Sale, name: str, path: str) -> Work:
        return work_of(sale.mentee.call(name, "GET", path))

    def _decide(self, sale: Sale, purchase_id: str) -> None:
        """Approve or abort, or open the payment and think."""
        rng, payment = self._scene.rng, self._scene.now.payment_of[purchase_id]
        action = "abort" if sale.pays == "aborts" else "approve"
        if sale.pays == "begins":
            sale.pays, action = rng.choice(("approves", "aborts", "waits")), "begin"
        if sale.pays == "aborts" and rng.random() < 0.5:
            sale.pays = "approves"  # the next time
        if payment.rail == "vipps":
            self._scene.control("vipps", "POST", f"payments/{payment.name}", action=action)
        elif action == "approve":
            path = f"checkout/{payment.name}"
            self._scene.control("stripe", "POST", path, action="pay", card=sale.card)
            sale.card = sale.card if sale.card != "4000000000000002" else GOOD_CARD
        elif action == "abort":
            self._scene.control("stripe", "POST", f"checkout/{payment.name}", action="expire")

    def _packs_of(self, deal: Deal) -> Iterator[Row]:
        for row in self._scene.now.purchase:
            parties = row["mentee_id"], row["mentor_id"]
            if row["pack_id"] and parties == (deal.mentee.id, deal.mentor.id):
                yield row

    def _has_hours(self, deal: Deal) -> bool:
        hours = self._scene.now.hours_of
        packs = [row["id"] for row in self._packs_of(deal)]
        left = sum(entry["quarters"] for each in packs for entry in hours.get(each, ()))
        return bool(left * QUARTER >= timedelta(minutes=deal.offer.minutes))

    def _pay_with_hours(self, deal: Deal) -> Work:
        path = f"/v1/bookings/{deal.booking_id}/hours"
        return work_of(deal.mentee.call("draw hours", "POST", path, {"early_start": True}))

    def _withdrawing(self, sale: Sale) -> Iterator[Choice]:
        """Yield a question for what comes back, and a withdrawal for the sum that was told."""
        if not sale.purchase_ids:
            return
        path = f"/v1/purchases/{sale.purchase_ids[-1]}/withdrawal"
        yield Choice(0.15, partial(self._ask, sale, path))
        if sale.quoted_ore:
            yield Choice(1.5, partial(self._withdraw, sale, path))

    def _ask(self, sale: Sale, path: str) -> Work:
        def good(told: Any) -> None:  # noqa: ANN401 (JSON)
            sale.quoted_ore = told["refund_ore"]

        return work_of(sale.mentee.call("ask what comes back", "GET", path, good=good))

    def _withdraw(self, sale: Sale, path: str) -> Work:
        def over(_: Any) -> None:  # noqa: ANN401 (JSON)
            sale.quoted_ore = 0

        wanted = {"refund_ore": sale.quoted_ore}
        sent = sale.mentee.call("withdraw", "POST", path, wanted, good=over, refused=over)
        return work_of(sent)
