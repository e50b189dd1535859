"""What must be so at every moment between us, the rails, mentees and mentors."""

from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta

from tests.faults.simulator.at_rail import AtRail
from tests.faults.simulator.snapshot import Row, Snapshot

HOLD = timedelta(hours=48)
_NOT_GIVEN = frozenset({"cancelled", "expired", "undelivered"})
_RUN = timedelta(seconds=35)  # what happens in a function is dated by its beginning


def rails_agree(now: Snapshot) -> Iterator[str]:
    """What we say of a payment is so at its rail, but for what is being asked at this moment."""
    known = Counter(payment.purchase_id for payment in now.payments)
    yield from (f"{key} was begun {times} times" for key, times in known.items() if times > 1)
    asked = {row["subject_id"] for row in now.provider_operation if row["state"] == "open"}
    for row in now.purchase:
        payment, state = now.payment_of.get(row["id"]), row["state"]
        if payment is None:
            if state in {"authorised", "captured"}:
                yield f"{row['id']} is {state}, and its rail has never heard of it"
            continue
        if payment.rail != row["rail"]:
            yield f"{row['id']} is paid by {payment.rail}"
        if state == "captured" and payment.captured != row["amount_ore"]:
            yield f"{row['id']} is captured, and its rail took {payment.captured}"
        if state == "released" and (payment.captured or payment.held):
            yield f"{row['id']} is released, and its rail holds {payment.held}"
        if state == "authorised" and payment.state != "authorised":
            yield f"{row['id']} is authorised, and {payment.state} at its rail"
        is_whole = payment.held == row["amount_ore"] or payment.is_lapsed
        if state == "authorised" and not is_whole and row["id"] not in asked:
            yield f"{row['id']} is authorised, and its rail holds {payment.held}"
        yield from _refunds_agree(now, row, payment)


def _refunds_agree(now: Snapshot, purchase: Row, payment: AtRail) -> Iterator[str]:
    """Yield where what a rail has given back is not what was decided and asked of it."""
    least = most = 0
    for row in now.refunds_of.get(purchase["id"], ()):
        steps = now.entries_of[row["id"]]
        is_there = row["state"] == "done" and "paid" in steps and "failed" not in steps
        least += row["amount_ore"] * is_there
        is_elsewhere = row["state"] == "done" and "paid" not in steps
        most += row["amount_ore"] * (not is_elsewhere)
    if not least - payment.failed + payment.pending <= payment.refunded <= most:
        yield f"{purchase['id']}: its rail gave back {payment.refunded}, of {least} to {most}"
    if payment.refunded > payment.captured:
        yield f"{purchase['id']}: its rail gave back {payment.refunded} of {payment.captured}"


def what_is_taken_was_given(now: Snapshot) -> Iterator[str]:
    """Nobody is charged but for an hour that was given, once, or for hours that were issued."""
    taken: Counter[str] = Counter()
    for payment in now.payments:
        if not payment.captured:
            continue
        row = now.purchases.get(payment.purchase_id)
        if row is None:
            yield f"money was taken for {payment.purchase_id}, which we do not know"
            continue
        if row["booking_id"] is None:
            if payment.captured > row["amount_ore"] or row["state"] not in {
                "authorised",
                "captured",
            }:
                yield f"{row['id']} is {row['state']}, and charged {payment.captured}"
            continue
        booking_id = row["booking_id"]
        taken[booking_id] += payment.captured
        delivery = now.deliveries.get(booking_id)
        if not delivery or not delivery["is_delivered"]:
            yield f"{row['id']} is charged for an hour that was not given"
        if now.bookings[booking_id]["state"] in _NOT_GIVEN:
            yield f"{row['id']} is charged, and its session was called off"
    for booking_id, amount in taken.items():
        if amount > now.bookings[booking_id]["price_ore"]:
            yield f"{booking_id} is charged {amount}"


def hours_add_up(now: Snapshot) -> Iterator[str]:
    """Hours of a pack are issued once for its money, and each is left, on its way, given or gone.

    What they cost is prepaid for as long as they may be given, to the øre.
    """
    for row in now.purchase:
        entries = now.hours_of.get(row["id"], [])
        if row["pack_id"] is None or row["state"] != "captured":
            if entries:
                yield f"{row['id']} is {row['state']}, and has hours"
            continue
        sums: Counter[str] = Counter()
        of: dict[str, Counter[str]] = defaultdict(Counter)
        for entry in entries:
            sums[entry["kind"]] += entry["quarters"]
            of[entry["cause_id"]][entry["kind"]] += entry["quarters"]
        left = sum(sums.values())
        if sums["issued"] != row["quarters"] or left < 0:
            yield f"{row['id']}: of {row['quarters']} quarter hours {sums['issued']} were issued"
        earned = {each["cause_id"]: each["quarters"] for each in now.earnings_of.get(row["id"], ())}
        standing = 0
        for booking_id, kinds in of.items():
            if "drawn" in kinds:
                standing += yield from _of_session(now, row["id"], booking_id, kinds, earned)
        given = sum(earned.values())
        gone = -sums["withdrawn"] - sums["expired"]
        if row["quarters"] != left + standing + given + gone:
            yield f"{row['id']}: {left} left, {standing} on their way, {given} given, {gone} gone"
        worth = _part(row, given + left + standing) - _part(row, given)
        going = sum(
            each["unearned_ore"]
            for each in now.refunds_of.get(row["id"], ())
            if each["borne_by"] != "mentor" and not _is_posted(now, each)
        )
        rests = now.balances.get(("prepaid", row["id"]), 0) - going - _taken_back(now, row["id"])
        if rests != worth:
            yield f"{row['id']}: hours for {worth} may still be given, and {rests} is prepaid"


def _of_session(
    now: Snapshot, purchase_id: str, booking_id: str, kinds: Counter[str], earned: dict[str, int]
) -> Generator[str, None, int]:
    """Yield what is not so of the hours that a session drew; return those that still stand."""
    drawn, returned, given = -kinds["drawn"], kinds["returned"], earned.get(booking_id, 0)
    state = now.bookings[booking_id]["state"]
    if returned + given not in {0, drawn}:
        yield f"{booking_id} drew {drawn} of {purchase_id}, {returned} back, {given} given"
    if returned and state in {"confirmed", "completed"}:
        yield f"{booking_id} is {state}, and its hours were given back"
    if given and state in {"confirmed", "undelivered"}:
        yield f"{booking_id} is {state}, and its hours are given"
    return drawn - returned - given


def _is_posted(now: Snapshot, refund: Row) -> bool:
    step = now.entries_of[refund["id"]].get("refund")
    return bool(step and step["resolution"])


def _taken_back(now: Snapshot, purchase_id: str) -> int:
    """Return what mentors gave back that is on its way to the mentee."""
    return sum(
        int(row["amount_ore"])
        for row in now.refunds_of.get(purchase_id, ())
        if row["borne_by"] == "mentor" and not _is_posted(now, row)
    )


def _part(purchase: Row, done: int) -> int:
    """Return what so many of a purchase's quarter hours cost, rounded down."""
    return int(purchase["amount_ore"] * done // purchase["quarters"])


def mentors_are_paid_once(now: Snapshot) -> Iterator[str]:
    """Stripe has moved each payout once, whole, to where it was meant for, and no øre more."""
    payouts = {row["id"]: row for row in now.payout}
    seen = Counter(transfer["transfer_group"] for transfer in now.transfers)
    paid: Counter[str] = Counter()
    for transfer in now.transfers:
        row = payouts.get(transfer["transfer_group"])
        yield from _transfer_is_meant(transfer, row)
        if row:
            paid[row["mentor_id"]] += transfer["amount"] - transfer["amount_reversed"]
    yield from (f"{group} was paid {times} times" for group, times in seen.items() if times > 1)
    for row in now.payout:
        if row["state"] == "paid" and not seen[row["id"]]:
            yield f"{row['id']} is paid, and Stripe has moved nothing"
        if row["state"] == "called_off" and seen[row["id"]]:
            yield f"{row['id']} is called off, and Stripe has moved it"
    earned: Counter[str] = Counter()
    for row in now.earning:
        earned[row["mentor_id"]] += max(row["share_ore"], 0)
    for mentor_id, amount in paid.items():
        if amount > earned[mentor_id]:
            yield f"{mentor_id} was paid {amount} and has earned {earned[mentor_id]}"


def _transfer_is_meant(transfer: Row, payout: Row | None) -> Iterator[str]:
    if payout is None:
        yield f"Stripe moved money for {transfer['transfer_group']}, which we do not know"
        return
    if transfer["amount"] != payout["amount_ore"]:
        yield f"{payout['id']} is over {payout['amount_ore']}, and {transfer['amount']} was moved"
    if payout["destination"] not in {transfer["destination"], ""}:
        yield f"{payout['id']} went to {transfer['destination']}"


def nobody_is_paid_early(now: Snapshot) -> Iterator[str]:
    """Money goes to a mentor for what was given, once the time to contest the session is over."""
    for transfer in now.transfers:
        moved_at = datetime.fromtimestamp(transfer["created"] + 1, UTC)
        for row in now.settled_by.get(transfer["transfer_group"], ()):
            booking = now.bookings.get(row["cause_id"])
            if booking is None or booking["closed_at"] is None:
                continue
            if moved_at + _RUN < booking["closed_at"] + HOLD:
                yield f"{row['cause_id']} was paid out {moved_at - booking['closed_at']} after it"
