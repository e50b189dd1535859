"""Books for tests of what is made of them: purchases in their course, as the money code books them.

A purchase is reserved and captured, its hour earns the mentor a share and MIN MENTOR a fee with
VAT, some of it is refunded, and the mentor is paid.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lib.core import ids
from lib.core.db import Db, transact
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry

OURS = ""


@dataclass
class Books:
    """Entries of one mentor, an hour apart, from a moment on."""

    now: datetime
    mentor: str = field(default_factory=lambda: ids.new("own"))

    def purchase(self, price_ore: int = 90_000) -> str:
        """Book a purchase that was captured and earned; return its id."""
        purchase_id, earning_id = ids.new("pur"), ids.new("ern")
        fee_ore = price_ore * 15 // 100
        vat_ore = fee_ore // 5
        prepaid = (Account.PREPAID, purchase_id)
        parts = (
            ("share", (Account.MENTOR_PAYABLE, self.mentor), price_ore - fee_ore),
            ("fee", (Account.PLATFORM_INCOME, OURS), fee_ore - vat_ore),
            ("fee_vat", (Account.VAT, OURS), vat_ore),
        )
        self._reserved(purchase_id, "reserve", (Account.VIPPS_RECEIVABLE, OURS), prepaid, price_ore)
        self._booked(earning_id, [Entry(step, prepaid, to, ore) for step, to, ore in parts])
        return purchase_id

    def refund(self, purchase_id: str, amount_ore: int) -> None:
        """Book a refund that the mentor bears and who was paid already."""
        earning_id, refund_id = ids.new("ern"), ids.new("rfd")
        prepaid, clearing = (Account.PREPAID, purchase_id), (Account.REFUND_CLEARING, refund_id)
        fee_ore = amount_ore * 15 // 100
        vat_ore = fee_ore // 5
        back = (
            ("share", (Account.MENTOR_RECEIVABLE, self.mentor), amount_ore - fee_ore),
            ("fee", (Account.PLATFORM_INCOME, OURS), fee_ore - vat_ore),
            ("fee_vat", (Account.VAT, OURS), vat_ore),
        )
        self._booked(earning_id, [Entry(step, side, prepaid, ore) for step, side, ore in back])
        self._reserved(refund_id, "refund", prepaid, clearing, amount_ore)
        paid = Entry("paid", clearing, (Account.VIPPS_RECEIVABLE, OURS), amount_ore)
        self._booked(refund_id, [paid])

    def payout(self, amount_ore: int) -> None:
        """Book a payout that was paid."""
        payout_id = ids.new("pay")
        clearing = (Account.PAYOUT_CLEARING, payout_id)
        owed = (Account.MENTOR_PAYABLE, self.mentor)
        self._reserved(payout_id, "payout", owed, clearing, amount_ore)
        transfer = Entry("transfer", clearing, (Account.STRIPE_BALANCE, OURS), amount_ore)
        self._booked(payout_id, [transfer])

    def let_go(self, price_ore: int = 90_000) -> None:
        """Book a purchase that was reserved and let go: it never counts."""
        purchase_id = ids.new("pur")
        entry = Entry(
            "reserve",
            (Account.VIPPS_RECEIVABLE, OURS),
            (Account.PREPAID, purchase_id),
            price_ore,
            is_pending=True,
        )

        def work(db: Db) -> None:
            ledger.book(db, [entry], cause_id=purchase_id, now=self.now)
            ledger.void(db, cause_id=purchase_id, step="reserve", now=self.now)

        transact(work)

    def open(self, price_ore: int = 90_000) -> None:
        """Book a purchase that is reserved and not decided on: it does not count yet."""
        purchase_id = ids.new("pur")
        sides = (Account.VIPPS_RECEIVABLE, OURS), (Account.PREPAID, purchase_id)
        entry = Entry("reserve", *sides, price_ore, is_pending=True)
        transact(lambda db: ledger.book(db, [entry], cause_id=purchase_id, now=self.now))

    def _reserved(
        self,
        cause: str,
        step: str,
        debit: tuple[Account, str],
        credit: tuple[Account, str],
        ore: int,
    ) -> None:
        entry = Entry(step, debit, credit, ore, is_pending=True)

        def work(db: Db) -> None:
            ledger.book(db, [entry], cause_id=cause, now=self.now - timedelta(days=2))
            ledger.post(db, cause_id=cause, step=step, now=self.now)

        transact(work)
        self.now += timedelta(hours=1)

    def _booked(self, cause: str, entries: list[Entry]) -> None:
        transact(lambda db: ledger.book(db, entries, cause_id=cause, now=self.now))
        self.now += timedelta(hours=1)
