"""What must have come about at the end of a story, once nothing goes wrong any more."""

from collections.abc import Iterator

from tests.faults.simulator.snapshot import Snapshot, held

_OPEN_BOOKINGS = frozenset({"held", "awaiting_payment", "confirmed"})


def unfinished(now: Snapshot) -> list[str]:
    """Return what is still open, or rests where it should not."""
    parts = (_sessions, _payments, _messages, _books, _mentors, _rooms, _erasures, _operations)
    return [found for part in parts for found in part(now)]


def _sessions(now: Snapshot) -> Iterator[str]:
    for row in now.booking:
        if row["state"] in _OPEN_BOOKINGS:
            yield f"{row['id']} is {row['state']}"
        taken = [each["state"] for each in now.purchases_of.get(row["id"], ())]
        if row["state"] == "completed" and "captured" not in taken:
            yield f"{row['id']} was held, and its payments are {taken}"


def _payments(now: Snapshot) -> Iterator[str]:
    for row in now.purchase:
        if row["state"] in {"created", "authorised"}:
            yield f"{row['id']} is {row['state']}"
    for payment in now.payments:
        if payment.state == "CREATED":
            yield f"{payment.reference} waits for its payer"
        if held(payment):
            yield f"{payment.reference} is neither taken nor let go"


def _messages(now: Snapshot) -> Iterator[str]:
    for row in now.outbox:
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


def _mentors(now: Snapshot) -> Iterator[str]:
    settled = {row["purchase_id"] for row in now.payout_item}
    for row in now.purchase:
        account = now.account_of.get(row["mentor_id"])
        is_ready = account is not None and account["state"] == "ready"
        if row["state"] == "captured" and row["id"] not in settled and is_ready:
            yield f"the mentor's share of {row['id']} is in no payout"
    for row in now.payout:
        account = now.account_of.get(row["mentor_id"])
        is_ready = account is not None and account["state"] == "ready"
        # What is held waits for an operator, who is shown it.
        if row["state"] in {"pending", "awaiting_platform_funds"} and is_ready:
            yield f"{row['id']} is {row['state']}"


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
        account = now.account_of.get(row["subject_id"])
        waits_for_its_mentor = account is not None and account["state"] == "new"
        purchase = now.purchases.get(row["subject_id"])
        has_ended = purchase is not None and purchase["state"] not in {"created", "authorised"}
        if row["state"] == "open" and not (waits_for_its_mentor or has_ended):
            yield f"{row['kind']} of {row['subject_id']} is open"
