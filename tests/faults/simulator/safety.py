"""What must be so at every moment, whatever went wrong before: evidence, time and people.

Each check yields sentences, one for each thing that is not so. They look at rows and at what the
providers hold, and take nothing of the product's word for granted. What money does stands in
dealings.py (between us and the rails) and bookkeeping.py (in our books).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from tests.faults.simulator import bookkeeping, dealings
from tests.faults.simulator.snapshot import Row, Snapshot, quarters

_OPEN_BOOKINGS = frozenset({"held", "awaiting_payment", "confirmed"})
_OPEN = frozenset({"created", "authorised"})
_UNPAID = frozenset({"pending", "awaiting_platform_funds", "held"})
_CLOCKS = timedelta(seconds=5)  # two functions' clocks may be so far apart
_ATOMS_KEPT = timedelta(days=1)
_EVIDENCE_KEPT = timedelta(days=20)


@dataclass
class Truth:
    """What really happened, as the people who did it know."""

    words: set[str] = field(default_factory=set)
    inside: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


type Check = Callable[[Snapshot], Iterator[str]]


def sessions_are_proven(now: Snapshot, truth: Truth) -> Iterator[str]:
    """A session that counts as held was held, by somebody's presence or the mentee's word."""
    leaving = {row["person_id"] for row in now.erasure}
    for delivery in now.delivery:
        booking = now.bookings[delivery["booking_id"]]
        if leaving & {booking["mentor_id"], booking["mentee_id"]}:
            continue  # who was in the room is erased with them
        is_old = delivery["decided_at"] < now.now - _EVIDENCE_KEPT
        if delivery["is_delivered"] and not is_old and not _is_proven(now, truth, delivery):
            yield f"{delivery['booking_id']} counts as held by {delivery['ground']}: without proof"


def _is_proven(now: Snapshot, truth: Truth, delivery: Row) -> bool:
    booking_id, ground = delivery["booking_id"], delivery["ground"]
    handled = {row["event_id"]: row["handled_at"] for row in now.inbound_event}
    noted: dict[str, datetime] = {}  # who was noted, and since when
    for row in now.attendance:
        if row["booking_id"] == booking_id:
            at = handled.get(row["event_id"]) or now.now
            noted[row["role"]] = min(noted.get(row["role"], at), at)
    if not noted.keys() <= truth.inside[booking_id]:
        return False
    if ground == "mentee_word":
        return booking_id in truth.words
    if ground == "overlap":
        return truth.inside[booking_id] == {"mentor", "mentee"}
    was_mentee_known = noted.get("mentee", now.now) < delivery["decided_at"] - _CLOCKS
    return "mentor" in truth.inside[booking_id] and not was_mentee_known


def bookings_are_paid_once(now: Snapshot) -> Iterator[str]:
    """A booking has one payment at a time, and one that stands is paid: by money or by hours."""
    for booking_id, row in now.bookings.items():
        states = Counter(each["state"] for each in now.purchases_of.get(booking_id, ()))
        is_open = states["created"] + states["authorised"] + states["captured"]
        drawn = now.drawn_for.get(booking_id, 0)
        is_lapsed = booking_id in now.lapsed
        if is_open + bool(drawn) > 1:
            yield f"{booking_id} has several payments: {dict(states)}, {drawn} quarter hours"
        if drawn not in {0, len(quarters(row))}:
            yield f"{booking_id} has drawn {drawn} quarter hours"
        if drawn and row["state"] in {"held", "awaiting_payment", "expired"}:
            yield f"{booking_id} is {row['state']}, and has drawn hours"
        if (
            row["state"] == "confirmed"
            and not drawn
            and states["authorised"] != 1
            and not is_lapsed
        ):
            yield f"{booking_id} is confirmed, its payments are {dict(states)}"
        is_paid = drawn or states["authorised"] + states["captured"] == 1
        if row["state"] == "completed" and not is_paid and not is_lapsed:
            yield f"{booking_id} was held, its payments are {dict(states)}"


def slots_are_sold_once(now: Snapshot) -> Iterator[str]:
    """Nobody is in two sessions at once, and exactly what is sold is taken in the calendars."""
    standing = [row for row in now.booking if row["state"] not in {"cancelled", "expired"}]
    for one, other in combinations(standing, 2):
        both = {one["mentor_id"], one["mentee_id"]} & {other["mentor_id"], other["mentee_id"]}
        if both and quarters(one) & quarters(other):
            yield f"{one['id']} and {other['id']} are at the same time"
    for booking_id in now.atoms_of.keys() - {row["id"] for row in standing}:
        yield f"time is taken for {booking_id}, which does not take place"
    leaving = {row["person_id"] for row in now.erasure}  # their calendar goes with them
    for row in standing:
        who = {row["mentor_id"], row["mentee_id"]} - leaving
        sold = {(person_id, each) for person_id in who for each in quarters(row)}
        is_kept = row["ends_at"] + _ATOMS_KEPT > now.now
        if is_kept and not sold <= set(now.atoms_of.get(row["id"], ())):
            yield f"the time of {row['id']} could be sold again"


def operations_are_asked_once(now: Snapshot) -> Iterator[str]:
    """Of several attempts at one thing all but the last were certainly refused."""
    attempts = defaultdict(list)
    for row in now.provider_operation:
        attempts[row["subject_id"], row["kind"]].append(row)
    for (subject_id, kind), rows in attempts.items():
        states = [row["state"] for row in sorted(rows, key=lambda row: row["attempt"])]
        if any(state != "refused" for state in states[:-1]):
            yield f"{kind} of {subject_id} was asked again while it was {states}"


def what_was_refused_was_not_done(now: Snapshot) -> Iterator[str]:
    """What is on record as refused is not what a rail has done: silence was not taken for a no."""
    done = {key for payment in now.payments for key in payment.done_with}
    for row in now.provider_operation:
        if row["state"] == "refused" and row["id"] in done:
            yield f"{row['kind']} of {row['subject_id']} is on record as refused, and was done"


def nobody_leaves_money_behind(now: Snapshot) -> Iterator[str]:
    """Whoever is being erased has nothing under way."""
    leaving = {row["person_id"] for row in now.erasure if row["state"] != "planned"}
    for row in now.purchase:
        if row["state"] in _OPEN and leaving & {row["mentor_id"], row["mentee_id"]}:
            yield f"{row['id']} is {row['state']}, and one of its parties is being erased"
    for row in now.payout:
        if row["state"] in _UNPAID and row["mentor_id"] in leaving:
            yield f"{row['id']} is {row['state']}, and its mentor is being erased"
    for row in now.booking:
        if row["state"] in _OPEN_BOOKINGS and leaving & {row["mentor_id"], row["mentee_id"]}:
            yield f"{row['id']} is {row['state']}, and one of its parties is being erased"


CHECKS: tuple[Check, ...] = (
    bookkeeping.entries_stand_alone,
    bookkeeping.purchases_are_booked,
    bookkeeping.refunds_are_booked,
    bookkeeping.earnings_are_booked,
    bookkeeping.payouts_are_booked,
    bookkeeping.disputes_are_booked,
    bookkeeping.balances_are_owed,
    bookkeeping.papers_have_no_gap,
    dealings.rails_agree,
    dealings.what_is_taken_was_given,
    dealings.hours_add_up,
    dealings.mentors_are_paid_once,
    dealings.nobody_is_paid_early,
    bookings_are_paid_once,
    slots_are_sold_once,
    operations_are_asked_once,
    what_was_refused_was_not_done,
    nobody_leaves_money_behind,
)


def violations(now: Snapshot, truth: Truth) -> list[str]:
    """Return what is not so."""
    found = [f"{check.__name__}: {each}" for check in CHECKS for each in check(now)]
    return found + [f"sessions_are_proven: {each}" for each in sessions_are_proven(now, truth)]
