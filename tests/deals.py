"""What tests of papers begin with: rows as the code of the money leaves them, without its course.

Sola sells and is registered for VAT unless a test says otherwise; Bo buys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from lib.accounts import repository as accounts
from lib.core import ids, money
from lib.core.db import Db, transact
from tests.stage import change

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PRICE_ORE = 90_000


def person(given_name: str, family_name: str, *, language: str = "nb", now: datetime = NOW) -> str:
    """Return the id of a new account."""
    person_id = ids.new("per")

    def work(db: Db) -> None:
        accounts.insert_person(
            db,
            {
                "id": person_id,
                "given_name": given_name,
                "family_name": family_name,
                "email": f"{person_id}@example.no",
                "email_verified": True,
                "phone": None,
                "phone_verified": False,
                "language": language,
                "time_zone": "Europe/Oslo",
                "now": now,
            },
        )

    transact(work)
    return person_id


def sell(
    person_id: str, *, organisation_number: str | None = "987654325", has_vat: bool = True
) -> str:
    """Make an account sell; return its id."""
    change(
        "INSERT INTO mentor (person_id, headline, biography, organisation_number,"
        " is_vat_registered, state, applied_at, updated_at) VALUES (%(id)s, 'Leder', 'Lenge',"
        " %(number)s, %(vat)s, 'listed', %(now)s, %(now)s)",
        {"id": person_id, "number": organisation_number, "vat": has_vat, "now": NOW},
    )
    return person_id


@dataclass
class Deal:
    """A mentor, a mentee, and what was bought, given, refunded and paid out between them."""

    is_vat_registered: bool = True
    language: str = "nb"
    title: str = "En time om karrieren"
    now: datetime = NOW
    earned: list[str] = field(default_factory=list)

    @classmethod
    def between(cls, mentor_id: str, mentee_id: str, now: datetime) -> "Deal":
        """Return what happens between two people who are there already."""
        deal = cls(now=now)
        deal.__dict__.update(mentor_id=mentor_id, mentee_id=mentee_id)
        return deal

    @cached_property
    def mentor_id(self) -> str:
        """Sola."""
        sola = person("Sola", "Åsnes", language=self.language)
        return sell(sola, has_vat=self.is_vat_registered)

    @cached_property
    def mentee_id(self) -> str:
        """Bo."""
        return person("Bo", "Łukasz-Đorđević", language=self.language)

    def session(self, *, price_ore: int = PRICE_ORE, has_earned: bool = True) -> str:
        """Return the purchase of an hour that was given and paid for."""
        booking_id = self._booking(4, price_ore)
        purchase_id = self._purchase(price_ore, 4, booking_id=booking_id)
        if has_earned:
            self._earning(purchase_id, booking_id, 4, price_ore)
        return purchase_id

    def pack(self, *, quarters: int = 16, price_ore: int = 320_000) -> str:
        """Return the purchase of a pack of hours."""
        return self._purchase(price_ore, quarters, pack_id=ids.new("pck"))

    def given(
        self, pack: str, *, quarters: int = 4, gross_ore: int = 80_000, state: str = "completed"
    ) -> str:
        """Return the booking of a session that was paid with hours of a pack."""
        booking_id = self._booking(quarters, gross_ore, state=state)
        self._earning(pack, booking_id, quarters, gross_ore)
        return booking_id

    def refund(
        self, purchase_id: str, amount_ore: int, *, unearned_ore: int = 0, taken_ore: int = 0
    ) -> str:
        """Return a refund that was carried out; `taken_ore` of it is taken back from the mentor."""
        refund_id = ids.new("rfd")
        change(
            "INSERT INTO refund (id, purchase_id, amount_ore, unearned_ore, ground, evidence,"
            " borne_by, state, created_at, finished_at) VALUES (%(id)s, %(purchase_id)s,"
            " %(amount_ore)s, %(unearned_ore)s, 'withdrawal', '{}', %(borne_by)s, 'done', %(now)s,"
            " %(now)s)",
            {
                "id": refund_id,
                "purchase_id": purchase_id,
                "amount_ore": amount_ore,
                "unearned_ore": unearned_ore,
                "borne_by": "mentor" if taken_ore else "platform",
                "now": self.now,
            },
        )
        if taken_ore:
            self._earning(purchase_id, refund_id, 0, -taken_ore)
        return refund_id

    def payout(self, *, amount_ore: int | None = None) -> str:
        """Return a payout of all that was earned since the last one."""
        payout_id = ids.new("pay")
        found = {"ids": self.earned or [""], "payout_id": payout_id}
        change("UPDATE earning SET payout_id = %(payout_id)s WHERE id IN %(ids)s", found)
        total_ore = amount_ore if amount_ore is not None else self._share_ore(payout_id)
        change(
            "INSERT INTO payout (id, mentor_id, amount_ore, netted_ore, currency, destination,"
            " state, provider_id, reversed_ore, created_at, paid_at) VALUES (%(id)s, %(mentor)s,"
            " %(amount_ore)s, 0, 'NOK', 'acct_1NmSola7Y2K', 'paid', 'tr_1PaidToSola', 0,"
            " %(now)s, %(now)s)",
            {
                "id": payout_id,
                "mentor": self.mentor_id,
                "amount_ore": total_ore,
                "now": self.now,
            },
        )
        self.earned = []
        return payout_id

    def _share_ore(self, payout_id: str) -> int:
        from tests.stage import rows

        found = rows(
            "SELECT CAST(SUM(share_ore) AS SIGNED) AS total FROM earning WHERE payout_id = %(id)s",
            {"id": payout_id},
        )
        return int(found[0]["total"])

    def _vat(self, gross_ore: int) -> int:
        return money.vat_in(gross_ore) if self.is_vat_registered else 0

    def _booking(self, quarters: int, price_ore: int, *, state: str = "completed") -> str:
        booking_id = ids.new("bkg")
        starts_at = self.now - timedelta(hours=3)
        change(
            "INSERT INTO booking (id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at,"
            " price_ore, currency, state, version, hold_expires_at, created_at) VALUES (%(id)s,"
            " 'ofr_00000000000000000000000000', %(mentor)s, %(mentee)s, %(title)s, %(starts_at)s,"
            " %(ends_at)s, %(price_ore)s, 'NOK', %(state)s, 0, %(starts_at)s, %(starts_at)s)",
            {
                "id": booking_id,
                "mentor": self.mentor_id,
                "mentee": self.mentee_id,
                "title": self.title,
                "starts_at": starts_at,
                "ends_at": starts_at + quarters * timedelta(minutes=15),
                "price_ore": price_ore,
                "state": state,
            },
        )
        return booking_id

    def _purchase(
        self,
        price_ore: int,
        quarters: int,
        *,
        booking_id: str | None = None,
        pack_id: str | None = None,
    ) -> str:
        purchase_id = ids.new("pur")
        values: Mapping[str, object] = {
            "id": purchase_id,
            "booking_id": booking_id,
            "pack_id": pack_id,
            "mentee": self.mentee_id,
            "mentor": self.mentor_id,
            "title": self.title,
            "quarters": quarters,
            "amount_ore": price_ore,
            "vat_ore": self._vat(price_ore),
            "fee_ore": money.share(price_ore, 1500),
            "reference": purchase_id.replace("_", "-"),
            "expires": self.now + timedelta(days=180) if pack_id else None,
            "now": self.now,
        }
        change(
            "INSERT INTO purchase (id, booking_id, pack_id, mentee_id, mentor_id, title, quarters,"
            " amount_ore, vat_ore, fee_ore, currency, rail, method, state, reference,"
            " terms_version, captured_ore, refunded_ore, hours_expire_at, created_at, checked_at,"
            " authorised_at, captured_at) VALUES (%(id)s, %(booking_id)s, %(pack_id)s, %(mentee)s,"
            " %(mentor)s, %(title)s, %(quarters)s, %(amount_ore)s, %(vat_ore)s, %(fee_ore)s, 'NOK',"
            " 'vipps', 'vipps', 'captured', %(reference)s, '2026-11-01', %(amount_ore)s, 0,"
            " %(expires)s, %(now)s, %(now)s, %(now)s, %(now)s)",
            values,
        )
        return purchase_id

    def _earning(self, purchase_id: str, cause_id: str, quarters: int, gross_ore: int) -> str:
        earning_id = ids.new("ern")
        sign = 1 if gross_ore >= 0 else -1
        fee_ore = sign * money.share(abs(gross_ore), 1500)
        change(
            "INSERT INTO earning (id, mentor_id, purchase_id, cause_id, quarters, gross_ore,"
            " vat_ore, fee_ore, fee_vat_ore, share_ore, is_claw_back, earned_at, available_at)"
            " VALUES (%(id)s, %(mentor)s, %(purchase)s, %(cause)s, %(quarters)s, %(gross)s,"
            " %(vat)s, %(fee)s, %(fee_vat)s, %(share)s, %(claw)s, %(now)s, %(now)s)",
            {
                "id": earning_id,
                "mentor": self.mentor_id,
                "purchase": purchase_id,
                "cause": cause_id,
                "quarters": quarters,
                "gross": gross_ore,
                "vat": sign * self._vat(abs(gross_ore)),
                "fee": fee_ore,
                "fee_vat": sign * money.vat_in(abs(fee_ore)),
                "share": gross_ore - fee_ore,
                "claw": gross_ore < 0,
                "now": self.now + timedelta(seconds=len(self.earned)),
            },
        )
        self.earned.append(earning_id)
        return earning_id
