"""What must have come about at the end of a story, once nothing goes wrong any more."""

from collections.abc import Iterator
from datetime import timedelta

from tests.faults.simulator.bookkeeping import balance_of
from tests.faults.simulator.snapshot import Snapshot

_OPEN_BOOKINGS = frozenset({"held", "awaiting_payment", "confirmed"})
_ENDED = frozenset({"paid", "left", "called_off"})
_MINIMUM_ORE = 10_000
_SMALL_WAITS = timedelta(days=30)
# What has a paper of its own.
_PAPERS = frozenset({"captured", "done"})


def unfinished(now: Snapshot) -> list[str]:
    """Return what is still open, or rests where it should not."""
    parts = (
        *(_sessions, _payments, _messages, _books, _refunds, _hours, _mentors, _rooms),
        *(_erasures, _operations, _disputes, _rails, _papers, _differences),
    )
    return [found for part in parts for found in part(now)]


def _sessions(now: Snapshot) -> Iterator[str]:
    earned = {row["cause_id"] for row in now.earning}
    for row in now.booking:
        if row["state"] in _OPEN_BOOKINGS:
            yield f"{row['id']} is {row['state']}"
        if row["state"] == "completed" and row["id"] not in earned | now.lapsed:
            yield f"{row['id']} was held, and nobody has earned anything with it"


def _payments(now: Snapshot) -> Iterator[str]:
    for row in now.purchase:
        if row["state"] in {"created", "authorised"}:
            yield f"{row['id']} is {row['state']}"
    for payment in now.payments:
        if payment.state == "created":
            yield f"{payment.name} waits for its payer"
        if payment.held:
            yield f"{payment.name} is neither taken nor let go"


def _messages(now: Snapshot) -> Iterator[str]:
    for row in now.outbox:
        if row["subject_id"] in now.lapsed:
            continue  # for an operator: nobody can take that money any more
        if row["parked_at"]:
            yield f"{row['topic']} of {row['subject_id']} was given up: {row['last_error']}"
        elif not row["delivered_at"]:
            yield f"{row['topic']} of {row['subject_id']} is not delivered: {row['last_error']}"
    for row in now.inbound_event:
        if not row["handled_at"]:
            yield f"{row['kind']} of {row['source']} is not handled"


def _books(now: Snapshot) -> Iterator[str]:
    waiting = {row["id"] for row in now.payout if row["state"] != "paid"}
    for cause_id, steps in now.entries_of.items():
        for step, row in steps.items():
            if row["is_pending"] and not row["resolution"] and cause_id not in waiting:
                yield f"{step} of {cause_id} is pending"


def _refunds(now: Snapshot) -> Iterator[str]:
    for row in now.refund:
        if row["state"] != "done":
            yield f"{row['id']} is {row['state']}: {row['error_code']}"
    for row in now.approval:
        if row["state"] == "proposed" and row["lapses_at"] > now.now:
            yield f"{row['id']} waits for another operator"


def _hours(now: Snapshot) -> Iterator[str]:
    for row in now.purchase:
        left = sum(entry["quarters"] for entry in now.hours_of.get(row["id"], ()))
        if left:
            yield f"{left} quarter hours of {row['id']} are left"


def _mentors(now: Snapshot) -> Iterator[str]:
    for mentor_id, account in now.account_of.items():
        owed = [
            row for row in now.earning if row["mentor_id"] == mentor_id and row["payout_id"] is None
        ]
        amount = sum(row["share_ore"] for row in owed)
        is_due = amount >= _MINIMUM_ORE or any(
            row["available_at"] < now.now - _SMALL_WAITS for row in owed
        )
        if account["state"] == "ready" and amount > 0 and is_due:
            yield f"{amount} that {mentor_id} has earned is in no payout"
    for row in now.payout:
        is_ready = now.account_of.get(row["mentor_id"], {"state": ""})["state"] == "ready"
        if row["state"] == "held" or (row["state"] not in _ENDED and is_ready):
            yield f"{row['id']} is {row['state']}: {row['held_reason']}"


def _rooms(now: Snapshot) -> Iterator[str]:
    for row in now.meeting:
        if not row["deleted_at"]:
            yield f"the room of {row['booking_id']} is not deleted"


def _erasures(now: Snapshot) -> Iterator[str]:
    for row in now.erasure:
        if row["state"] != "done":
            yield f"the erasure of {row['person_id']} is {row['state']}"


def _operations(now: Snapshot) -> Iterator[str]:
    for row in now.provider_operation:
        if row["state"] == "open" and not _waits_for_its_mentor(now, row["subject_id"]):
            yield f"{row['kind']} of {row['subject_id']} is open"


def _waits_for_its_mentor(now: Snapshot, subject_id: str) -> bool:
    """Return whether an account was asked for, whose mentor has not come back for the answer."""
    account = now.account_of.get(subject_id)
    return account is not None and account["state"] == "new"


def _disputes(now: Snapshot) -> Iterator[str]:
    known = {row["provider_id"]: row for row in now.dispute}
    for each in now.disputes_at_stripe:
        row = known.get(each["id"])
        if row is None:
            yield f"{each['id']} is not known"
        elif each["status"] in {"won", "lost"} and row["closed_at"] is None:
            yield f"{row['id']} is {row['state']}, and not decided"
        elif each["status"] not in {"won", "lost"}:
            yield f"{each['id']} is {each['status']}"


def _rails(now: Snapshot) -> Iterator[str]:
    """Yield where a rail's own books are not ours."""
    for row in now.purchase:
        payment = now.payment_of.get(row["id"])
        fee = now.entries_of[row["id"]].get("provider_fee", {"amount_ore": 0})
        if payment and fee["amount_ore"] != payment.fee:
            yield f"{row['id']}: its rail kept {payment.fee}, and {fee['amount_ore']} is booked"
    ours = balance_of(now, "vipps_receivable")
    # Fees are booked with the payout that they are kept back of.
    if ours != now.vipps_owes + now.vipps_kept:
        yield f"Vipps owes {now.vipps_owes}, and kept {now.vipps_kept}; the books say {ours}"
    theirs = sum(int(each["net"]) for each in now.movements_at_stripe)
    if (ours := balance_of(now, "stripe_balance")) != theirs:
        yield f"Stripe has {theirs} of ours, and the books say {ours}"


def _papers(now: Snapshot) -> Iterator[str]:
    issued = {row["cause_id"].partition(".")[0] for row in now.paper}
    for row in (*now.purchase, *now.refund):
        if row["state"] in _PAPERS and row["id"] not in issued:
            yield f"{row['id']} is {row['state']}, and has no paper"


def _differences(now: Snapshot) -> Iterator[str]:
    left_alone = now.lapsed | {
        row["id"] for row in now.provider_operation if _waits_for_its_mentor(now, row["subject_id"])
    }
    for row in now.book_difference:
        if row["closed_at"] is None and row["subject_id"] not in left_alone:
            found = f"{row['expected_ore']} and {row['found_ore']}"
            yield f"the books are off: {row['kind']} of {row['subject_id']}, {found}"
