"""What operators do about money: whatever waits for them, and refunds out of goodwill."""

from collections.abc import Iterator
from functools import partial

from tests.faults.simulator.cast import Person, prove_again, work_of
from tests.faults.simulator.choices import Choice, Scene
from tests.faults.simulator.conductor import Work
from tests.faults.simulator.snapshot import Row

_FUNDS = 1_000_000
_GIVES, _GIVES_LATE = 0.1, 0.4  # late: the mentor has been paid


class Operators:
    """Two of them, since some things take a second one."""

    def __init__(self, scene: Scene, one: Person, other: Person) -> None:
        self._scene = scene
        self._one = one
        self._other = other
        self._is_eager = scene.rng.random() < 0.6

    def menu(self) -> Iterator[Choice]:
        """Yield what an operator may do now."""
        yield Choice(0.15, self.fund, is_call=False)
        pace = 1.0 if self._is_eager else 0.1
        for row in self._top_ups():
            yield Choice(pace, partial(self._note_top_up, row))
        for path, weight in self._waiting():
            yield Choice(weight * pace, partial(self._do, path))
        for row in self._scene.now.approval:
            if row["state"] == "proposed":
                yield Choice(pace, partial(self._decide, row, "approve"))
                yield Choice(0.2 * pace, partial(self._decide, row, "refuse"))
        for row in self._undecided():
            yield Choice(0.5 * pace, partial(self._decide_dispute, row))
        for row in self._scene.now.purchase:
            if row["state"] == "captured" and row["refunded_ore"] < row["captured_ore"]:
                is_late = any(
                    each["payout_id"] for each in self._scene.now.earnings_of.get(row["id"], ())
                )
                yield Choice(_GIVES_LATE if is_late else _GIVES, partial(self._give, row))

    def fund(self) -> None:
        """Have what Vipps has settled moved on to Stripe."""
        self._scene.control("stripe", "POST", "balance", amount=_FUNDS)

    def closing(self) -> Iterator[Work]:
        """Yield what brings everything that waits for an operator to an end."""
        now = self._scene.now
        for row in self._top_ups():
            yield self._note_top_up(row)
        for row in now.approval:
            if row["state"] == "proposed":
                yield self._decide(row, "approve")
                yield self._decide(row, "refuse")  # what can be given no more
        yield from (self._decide_dispute(row) for row in self._undecided())
        for row in now.refund:
            if row["state"] == "held":
                yield self._do(f"refunds/{row['id']}/bank")
        for row in now.payout:
            if row["state"] == "held":
                yield self._do(f"payouts/{row['id']}/{self._remedy(row)}")
        for row in now.outbox:
            if row["parked_at"]:
                yield self._do(f"messages/{row['id']}/retry")

    def _remedy(self, payout: Row) -> str:
        """Return what is to be done about a held payout: its account may be there no more."""
        account = self._scene.now.account_of.get(payout["mentor_id"]) or {"state": ""}
        is_there = account["state"] == "ready" and account["provider_id"] == payout["destination"]
        return "retry" if is_there else "call-off"

    def _waiting(self) -> Iterator[tuple[str, float]]:
        """Yield the calls about what is held or parked, with their weights."""
        for row in self._scene.now.refund:
            if row["state"] == "held":
                yield f"refunds/{row['id']}/retry", 0.3
                yield f"refunds/{row['id']}/bank", 0.2
        for row in self._scene.now.payout:
            if row["state"] == "held":
                yield f"payouts/{row['id']}/retry", 0.3
                yield f"payouts/{row['id']}/call-off", 0.3
        for row in self._scene.now.outbox:
            if row["parked_at"]:
                yield f"messages/{row['id']}/retry", 0.5

    def _top_ups(self) -> list[Row]:
        noted = {row["reference"] for row in self._scene.now.treasury_move}
        moved = self._scene.now.movements_at_stripe
        return [each for each in moved if each["type"] == "topup" and each["source"] not in noted]

    def _undecided(self) -> list[Row]:
        return [
            row
            for row in self._scene.now.dispute
            if row["state"] == "lost" and row["borne_by"] is None
        ]

    def _do(self, path: str, **more: object) -> Work:
        prove_again(self._scene.house, self._one)
        name = path.rpartition("/")[2]
        whole = {"reason": "Slik er det avtalt", **more}
        return work_of(self._one.call(name, "POST", f"/v1/operator/{path}", whole))

    def _note_top_up(self, moved: Row) -> Work:
        return self._do(
            "treasury/moves",
            kind="bank_to_stripe",
            amount_ore=moved["amount"],
            reference=moved["source"],
            happened_on=self._scene.house.timeline.now().date().isoformat(),
        )

    def _decide(self, approval: Row, decision: str) -> Work:
        is_own = approval["proposed_by"] == self._one.id
        person = self._other if is_own else self._one
        prove_again(self._scene.house, person)
        path = f"/v1/operator/approvals/{approval['id']}/{decision}"
        return work_of(person.call(decision, "POST", path, {"reason": "Det stemmer"}))

    def _decide_dispute(self, dispute: Row) -> Work:
        bearer = self._scene.rng.choice(("mentor", "platform"))
        return self._do(f"disputes/{dispute['id']}/decide", borne_by=bearer)

    def _give(self, purchase: Row) -> Work:
        rng = self._scene.rng
        left = purchase["captured_ore"] - purchase["refunded_ore"]
        amount = rng.choice((min(left, 5_000), left, left, max(left // 3, 1)))
        bearer = rng.choice(("mentor", "platform"))
        return self._do(f"purchases/{purchase['id']}/refunds", amount_ore=amount, borne_by=bearer)
