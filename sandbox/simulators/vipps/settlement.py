"""The settlement: what Vipps owes the merchant, what it charges, and what it pays out.

Two accounts, as the Report API shows them. `funds` grows by captures, shrinks by refunds and is
emptied by a payout; `fees` shrinks by each capture's fee and is evened out from the funds when they
are paid out (net settlement). An entry never changes; its ledger date is a day in Norway, and a
payout closes its date: what comes later belongs to the next.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.simulators.kit import Clock, Request, Response, Route, control_fields
from sandbox.simulators.vipps.payment import Event
from sandbox.simulators.vipps.sales_unit import SalesUnit

ZONE = ZoneInfo("Europe/Oslo")
TOPICS = ("funds", "fees")
_FIRST_PAYOUT = 2_000_001


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of an account; amounts in øre, signed by what they do to the balance."""

    kind: str
    psp_reference: str
    amount: int
    at: datetime
    ledger_date: date
    balance_before: int
    reference: str | None = None
    handle: str | None = None

    @property
    def balance_after(self) -> int:
        """What the account held afterwards."""
        return self.balance_before + self.amount


class Settlement:
    """The ledger of one sales unit."""

    def __init__(self, clock: Clock, unit: SalesUnit) -> None:
        self._clock = clock
        self._unit = unit
        self._entries: dict[str, list[Entry]] = {topic: [] for topic in TOPICS}
        self._payouts = 0
        self._first_open = date.min

    def reset(self) -> None:
        """Forget everything."""
        for entries in self._entries.values():
            entries.clear()
        self._payouts = 0
        self._first_open = date.min

    def routes(self) -> list[Route]:
        """The control routes: look, and let Vipps do what it does once a day."""
        return [
            Route("GET", "/_sandbox/settlement", lambda _request: self._shown()),
            Route("POST", "/_sandbox/settlement", self._act),
        ]

    def entries(self, topic: str, day: date) -> list[Entry]:
        """The entries of a ledger date, oldest first."""
        return [entry for entry in self._entries[topic] if entry.ledger_date == day]

    def is_closed(self, day: date) -> bool:
        """Whether nothing will be added to a ledger date any more."""
        return day < self._today()

    def balance(self, topic: str) -> int:
        """What the account holds, in øre."""
        return sum(entry.amount for entry in self._entries[topic])

    def kept_since_payout(self) -> int:
        """What was kept back of the funds, in øre, and of no payout so far."""
        kept = 0
        for entry in self._entries["funds"]:
            if entry.kind == "payout-scheduled":
                kept = 0
            elif entry.kind == "fees-retained":
                kept -= entry.amount
        return kept

    def happened(self, reference: str, event: Event) -> None:
        """Book what happened to a payment; most of it moves no money."""
        if not event.success or event.name not in {"CAPTURED", "REFUNDED"}:
            return
        if event.name == "REFUNDED":
            self._book("funds", "refund", -event.amount, event.psp_reference, reference)
            return
        self._book("funds", "capture", event.amount, event.psp_reference, reference)
        share = (event.amount * self._unit.fee_basis_points + 5_000) // 10_000
        fee = share + self._unit.fee_ore
        self._book("fees", "capture-fee", -fee, event.psp_reference, reference)

    def pay_out(self) -> None:
        """Keep the fees back, pay out the rest and close the date.

        A balance that is not above zero is carried on to the next date.
        """
        retained = -self.balance("fees")
        if retained:
            name = secrets.token_hex(13)
            self._book("funds", "fees-retained", -retained, name)
            self._book("fees", "fees-retained", retained, name)
        paid = max(0, self.balance("funds"))
        if paid:
            number = _FIRST_PAYOUT + self._payouts
            self._payouts += 1
            self._book("funds", "payout-scheduled", -paid, f"{self._unit.ledger_id}-{number}")
        self._first_open = self._today() + timedelta(days=1)

    def _today(self) -> date:
        """The ledger date that is open."""
        return max(self._clock.now().astimezone(ZONE).date(), self._first_open)

    def _book(
        self, topic: str, kind: str, amount: int, psp_reference: str, reference: str | None = None
    ) -> None:
        handle = f"api:{self._unit.merchant_serial_number}" if reference else None
        self._entries[topic].append(
            Entry(
                kind=kind,
                psp_reference=psp_reference,
                amount=amount,
                at=self._clock.now(),
                ledger_date=self._today(),
                balance_before=self.balance(topic),
                reference=reference,
                handle=handle,
            )
        )

    def _act(self, request: Request) -> Response:
        wish = control_fields(request)
        actions: dict[str, Callable[[], None]] = {
            "pay_out": self.pay_out,
            "abort": self._abort,
            "dispute": lambda: self._contest(wish, "retained-disputed-capture", -1),
            "return": lambda: self._contest(wish, "returned-disputed-capture", 1),
            "correct": lambda: self._correct(wish),
        }
        action = str(wish.get("action", "pay_out"))
        if action not in actions:
            return Response.json(400, {"error": f"action must be one of {', '.join(actions)}"})
        try:
            actions[action]()
        except (LookupError, ValueError, TypeError) as error:
            return Response.json(400, {"error": str(error)})
        return self._shown()

    def _abort(self) -> None:
        payouts = [entry for entry in self._entries["funds"] if entry.kind == "payout-scheduled"]
        last = payouts[-1]
        self._book("funds", "payout-aborted", -last.amount, last.psp_reference)

    def _contest(self, wish: dict[str, Any], kind: str, sign: int) -> None:
        """The payer's bank takes a capture back, or gives it back."""
        captures = {
            entry.reference: entry for entry in self._entries["funds"] if entry.kind == "capture"
        }
        taken = captures[str(wish.get("reference"))]
        self._book("funds", kind, sign * taken.amount, taken.psp_reference, taken.reference)

    def _correct(self, wish: dict[str, Any]) -> None:
        """Vipps adds an entry of a kind that may be new, such as a correction."""
        kind, amount = str(wish.get("kind", "correction")), int(wish["amount"])
        self._book("funds", kind, amount, secrets.token_hex(8))

    def _shown(self) -> Response:
        content = {topic: self.balance(topic) for topic in TOPICS}
        return Response.json(200, {**content, "payouts": self._payouts})
