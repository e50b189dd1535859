"""What becomes due when: so that a story need not wait through days in which nothing happens."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.faults.simulator.deals import PAYABLE
from tests.faults.simulator.snapshot import Snapshot

_OPENS = timedelta(minutes=8)
_SETTLED = timedelta(minutes=10)
_WORD = timedelta(hours=24)
_PAYMENT = timedelta(minutes=12)
_UNPAID = frozenset({"pending", "awaiting_platform_funds"})
_SMALL_WAITS = timedelta(days=30)


def moments(now: Snapshot) -> Iterator[datetime]:
    """Yield every moment, past or to come, at which something is due that is not done."""
    yield from _of_bookings(now)
    yield from _of_money(now)
    for row in now.outbox:
        if not row["delivered_at"] and not row["parked_at"]:
            yield row["due_at"]
            if row["claimed_until"]:
                yield row["claimed_until"]
    for row in now.meeting:
        if not row["deleted_at"]:
            yield row["delete_after"]
    for row in now.cron_lease:
        if not row["finished_at"]:
            yield row["leased_until"]
    for row in now.erasure:
        if row["state"] != "done" and row["claimed_until"]:
            yield row["claimed_until"]


def work(now: Snapshot) -> dict[str, bool]:
    """Return, of each job that moves a story on, whether it has something to do."""
    moment = now.now
    states = {row["state"] for row in now.purchase}
    unpaid = [row for row in now.booking if row["state"] in {"held", "awaiting_payment"}]
    return {
        "bookings": any(row["hold_expires_at"] <= moment for row in unpaid),
        "meetings": any(
            row["state"] == "confirmed" and row["ends_at"] <= moment for row in now.booking
        ),
        "outbox": any(not row["delivered_at"] and row["due_at"] <= moment for row in now.outbox),
        "payouts": any(
            row["payout_id"] is None and row["available_at"] <= moment for row in now.earning
        )
        or any(row["state"] in _UNPAID for row in now.payout),
        "privacy": any(row["state"] != "done" for row in now.erasure),
        "purchases": "created" in states or bool(unpaid),
    }


def left(now: Snapshot) -> list[str]:
    """Return the jobs that may still have something to do, in the order that they hand on."""
    unpaid = any(row["state"] in {"held", "awaiting_payment"} for row in now.booking)
    under_way = any(row["state"] in {"created", "authorised"} for row in now.purchase)
    refunds = any(row["state"] == "open" for row in now.refund)
    packs = any(_has_hours_left(now, row["id"]) for row in now.purchase if row["pack_id"])
    rooms = any(not row["deleted_at"] for row in now.meeting)
    confirmed = any(row["state"] == "confirmed" for row in now.booking)
    accounts = any(row["state"] != "ready" for row in now.payout_account)
    owed = any(row["payout_id"] is None for row in now.earning)
    payouts = any(row["state"] in _UNPAID for row in now.payout)
    jobs = {
        "bookings": unpaid,
        "purchases": unpaid or under_way or refunds or packs,
        "meetings": confirmed or rooms,
        "outbox": any(not row["delivered_at"] for row in now.outbox),
        "payouts": accounts or owed or payouts,
        "privacy": any(row["state"] != "done" for row in now.erasure),
    }
    return [job for job, is_so in jobs.items() if is_so]


def _of_bookings(now: Snapshot) -> Iterator[datetime]:
    for row in now.booking:
        starts_at, ends_at = row["starts_at"], row["ends_at"]
        if row["state"] in {"held", "awaiting_payment"}:
            yield row["hold_expires_at"]
            yield starts_at - PAYABLE
        if row["state"] == "confirmed":
            yield from (starts_at - _OPENS, starts_at, ends_at - _OPENS, ends_at)
            yield from (ends_at + _SETTLED, ends_at + _WORD)


def _of_money(now: Snapshot) -> Iterator[datetime]:
    for row in now.purchase:
        if row["state"] == "created":
            yield row["created_at"] + _PAYMENT
        if row["hours_expire_at"] and _has_hours_left(now, row["id"]):
            yield row["hours_expire_at"]
    for row in now.earning:
        if row["payout_id"] is None:
            yield row["available_at"]
            yield row["available_at"] + _SMALL_WAITS
    for payment in now.payments:
        if payment.state == "created":
            yield payment.decides_at


def _has_hours_left(now: Snapshot, purchase_id: str) -> bool:
    return bool(sum(entry["quarters"] for entry in now.hours_of.get(purchase_id, ())) > 0)
