"""What must be so at every moment, whatever went wrong before: money, evidence and time.

Each check yields sentences, one for each thing that is not so. They look at rows and at what the
providers hold, and take nothing of the product's word for granted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations

from tests.faults.simulator.snapshot import Row, Snapshot, held, quarters

HOLD = timedelta(hours=48)
_OPEN_BOOKINGS = frozenset({"held", "awaiting_payment", "confirmed"})
_NOT_GIVEN = frozenset({"cancelled", "expired", "undelivered"})
_OPEN = frozenset({"created", "authorised"})
_CLOCKS = timedelta(seconds=5)  # two functions' clocks may be so far apart
_RUN = timedelta(seconds=35)  # what happens in a function is dated by its beginning
_ATOMS_KEPT = timedelta(days=1)


@dataclass
class Truth:
    """What really happened, as the people who did it know."""

    words: set[str] = field(default_factory=set)
    inside: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


type Check = Callable[[Snapshot, Truth], Iterator[str]]


def entries_stand_alone(now: Snapshot, _: Truth) -> Iterator[str]:
    """Every entry moves a positive amount between two accounts that exist, and is resolved once."""
    accounts = {row["id"] for row in now.ledger_account}
    for row in now.ledger_transfer:
        if not {row["debit_account_id"], row["credit_account_id"]} <= accounts:
            yield f"entry {row['id']} leads to an account that is not there"
        if row["amount_ore"] <= 0:
            yield f"entry {row['id']} moves {row['amount_ore']}"
    pending = {row["id"]: row for row in now.ledger_transfer if row["is_pending"]}
    for row in now.ledger_resolution:
        if row["amount_ore"] > pending.get(row["transfer_id"], {"amount_ore": -1})["amount_ore"]:
            yield f"more is resolved than was pending: {row['transfer_id']}"
    if sum(now.balances.values()):
        yield "the books do not add up"


def purchases_are_booked(now: Snapshot, _: Truth) -> Iterator[str]:
    """The books say of each purchase what its state says, and nothing rests on its way."""
    for row in now.purchase:
        steps = now.entries_of[row["id"]]
        said = {step: _told(entry) for step, entry in steps.items()}
        if said != _due(row):
            yield f"{row['id']} is {row['state']}, and booked as {said}"
        if now.balances.get(("prepaid", row["id"]), 0):
            yield f"money of {row['id']} rests on its way"


def _due(purchase: Row) -> dict[str, tuple[int, str]]:
    """Return the entries that a purchase in its state has: amounts, and what became of them."""
    amount, fee = purchase["amount_ore"], purchase["fee_ore"]
    reserve = {"authorised": "pending", "captured": "posted", "released": "voided"}
    if purchase["state"] not in reserve or not purchase["authorised_at"]:
        return {}
    found = {"reserve": (amount, reserve[purchase["state"]])}
    if purchase["state"] == "captured":
        shares = {"earn": amount - fee, "fee": fee}
        found |= {step: (share, "posted") for step, share in shares.items() if share}
    return found


def _told(entry: Row) -> tuple[int, str]:
    if not entry["is_pending"]:
        return entry["amount_ore"], "posted"
    resolution = entry["resolution"]
    return entry["amount_ore"], resolution["outcome"] if resolution else "pending"


def vipps_agrees(now: Snapshot, _: Truth) -> Iterator[str]:
    """What we say of a payment is so at Vipps, but for what is being asked at this moment."""
    asked = {
        (row["subject_id"], row["kind"]) for row in now.provider_operation if row["state"] == "open"
    }
    for row in now.purchase:
        payment, state = now.payment_of.get(row["id"]), row["state"]
        if payment is None:
            if state in {"authorised", "captured"}:
                yield f"{row['id']} is {state}, and Vipps has never heard of it"
            continue
        if state == "captured" and payment.captured != row["amount_ore"]:
            yield f"{row['id']} is captured, and Vipps took {payment.captured}"
        if state == "released" and (payment.captured or held(payment)):
            yield f"{row['id']} is released, and Vipps holds {held(payment)}"
        if state == "authorised" and payment.state != "AUTHORIZED":
            yield f"{row['id']} is authorised, and {payment.state} at Vipps"
        is_asked = any(subject == row["id"] for subject, _ in asked)
        if state == "authorised" and held(payment) != row["amount_ore"] and not is_asked:
            yield f"{row['id']} is authorised, and Vipps holds {held(payment)}"


def what_is_taken_was_given(now: Snapshot, truth: Truth) -> Iterator[str]:
    """Nobody is charged but for an hour that was given, on evidence, once, at its price."""
    taken: Counter[str] = Counter()
    for purchase_id, payment in now.payment_of.items():
        if not payment.captured:
            continue
        row = now.purchases.get(purchase_id)
        if row is None:
            yield f"Vipps took money for {purchase_id}, which we do not know"
            continue
        booking_id = row["booking_id"]
        taken[booking_id] += payment.captured
        delivery = now.deliveries.get(booking_id)
        if not delivery or not delivery["is_delivered"]:
            yield f"{purchase_id} is charged for an hour that was not given"
        if now.bookings[booking_id]["state"] in _NOT_GIVEN:
            yield f"{purchase_id} is charged, and its session was called off"
    for booking_id, amount in taken.items():
        if amount > now.bookings[booking_id]["price_ore"]:
            yield f"{booking_id} is charged {amount}"
    leaving = {row["person_id"] for row in now.erasure}
    for delivery in now.delivery:
        booking = now.bookings[delivery["booking_id"]]
        if leaving & {booking["mentor_id"], booking["mentee_id"]}:
            continue  # who was in the room is erased with them
        if delivery["is_delivered"] and not _is_proven(now, truth, delivery):
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
        return noted.keys() == {"mentor", "mentee"}
    was_mentee_known = noted.get("mentee", now.now) < delivery["decided_at"] - _CLOCKS
    return "mentor" in noted and not was_mentee_known


def bookings_are_paid(now: Snapshot, _: Truth) -> Iterator[str]:
    """A booking has one payment at a time, and a session that stands has one that is reserved."""
    for booking_id, row in now.bookings.items():
        states = Counter(each["state"] for each in now.purchases_of.get(booking_id, ()))
        is_open = states["created"] + states["authorised"] + states["captured"]
        if is_open > 1:
            yield f"{booking_id} has several payments: {dict(states)}"
        if row["state"] == "confirmed" and states["authorised"] != 1:
            yield f"{booking_id} is confirmed, its payments are {dict(states)}"


def slots_are_sold_once(now: Snapshot, _: Truth) -> Iterator[str]:
    """Nobody is in two sessions at once, and exactly what is sold is taken in the calendars."""
    standing = [row for row in now.booking if row["state"] not in {"cancelled", "expired"}]
    for one, other in combinations(standing, 2):
        both = {one["mentor_id"], one["mentee_id"]} & {other["mentor_id"], other["mentee_id"]}
        if both and quarters(one) & quarters(other):
            yield f"{one['id']} and {other['id']} are at the same time"
    for booking_id in now.atoms_of.keys() - {row["id"] for row in standing}:
        yield f"time is taken for {booking_id}, which does not take place"
    for row in standing:
        sold = {(row[who], each) for who in ("mentor_id", "mentee_id") for each in quarters(row)}
        is_kept = row["ends_at"] + _ATOMS_KEPT > now.now
        if is_kept and not sold <= set(now.atoms_of.get(row["id"], ())):
            yield f"the time of {row['id']} could be sold again"


def payouts_are_booked(now: Snapshot, _: Truth) -> Iterator[str]:
    """A payout is the sum of what it settles, and the books say where it stands."""
    settled: Counter[str] = Counter()
    for item in now.payout_item:
        settled[item["payout_id"]] += item["amount_ore"]
        purchase = now.purchases[item["purchase_id"]]
        if purchase["state"] != "captured":
            yield f"{purchase['id']} is paid out, and {purchase['state']}"
        if item["amount_ore"] != purchase["amount_ore"] - purchase["fee_ore"]:
            yield f"{purchase['id']} is paid out with {item['amount_ore']}"
    for row in now.payout:
        if settled[row["id"]] != row["amount_ore"]:
            yield f"{row['id']} is over {row['amount_ore']} and settles {settled[row['id']]}"
        said = {step: _told(entry) for step, entry in now.entries_of[row["id"]].items()}
        amount, is_paid = row["amount_ore"], row["state"] == "paid"
        due = {"payout": (amount, "posted" if is_paid else "pending")}
        due |= {"transfer": (amount, "posted")} if is_paid else {}
        if said != due:
            yield f"{row['id']} is {row['state']}, and booked as {said}"


def mentors_are_paid_once(now: Snapshot, _: Truth) -> Iterator[str]:
    """Stripe has moved each payout once, whole, to where it was meant for, and no øre more."""
    payouts = {row["id"]: row for row in now.payout}
    seen: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    for transfer in now.transfers:
        group = transfer["transfer_group"]
        row = payouts.get(group)
        if row is None:
            yield f"Stripe moved money for {group}, which we do not know"
            continue
        seen[group] += 1
        paid[row["mentor_id"]] += transfer["amount"] - transfer["amount_reversed"]
        if transfer["amount"] != row["amount_ore"]:
            yield f"{group} is over {row['amount_ore']}, and {transfer['amount']} was moved"
        if row["destination"] not in {transfer["destination"], ""}:
            yield f"{group} went to {transfer['destination']}"
    yield from (f"{group} was paid {times} times" for group, times in seen.items() if times > 1)
    for row in now.payout:
        if row["state"] == "paid" and not seen[row["id"]]:
            yield f"{row['id']} is paid, and Stripe has moved nothing"
    earned: Counter[str] = Counter()
    for purchase_id, payment in now.payment_of.items():
        purchase = now.purchases.get(purchase_id)
        if purchase and payment.captured:
            left = payment.captured - payment.refunded - purchase["fee_ore"]
            earned[purchase["mentor_id"]] += left
    for mentor_id, amount in paid.items():
        if amount > earned[mentor_id]:
            yield f"{mentor_id} was paid {amount} and has earned {earned[mentor_id]}"


def nobody_is_paid_early(now: Snapshot, _: Truth) -> Iterator[str]:
    """Money goes to a mentor once the time to contest the session is over."""
    purchases = defaultdict(list)
    for item in now.payout_item:
        purchases[item["payout_id"]].append(item["purchase_id"])
    for transfer in now.transfers:
        moved_at = datetime.fromtimestamp(transfer["created"] + 1, UTC)
        for purchase_id in purchases[transfer["transfer_group"]]:
            events = now.payment_of[purchase_id].events
            taken_at = [event.timestamp for event in events if event.name == "CAPTURED"]
            if moved_at + _RUN < max(taken_at) + HOLD:
                yield f"{purchase_id} was paid out {moved_at - max(taken_at)} after it was taken"


def balances_are_owed(now: Snapshot, _: Truth) -> Iterator[str]:
    """What the books owe a mentor is what was earned and has not been paid."""
    owed: Counter[str] = Counter()
    for row in now.purchase:
        if row["state"] == "captured":
            owed[row["mentor_id"]] += row["amount_ore"] - row["fee_ore"]
    for row in now.payout:
        if row["state"] == "paid":
            owed[row["mentor_id"]] -= row["amount_ore"]
    for mentor_id, amount in owed.items():
        pseudonym = now.pseudonym_of.get(mentor_id, "")
        booked = now.balances.get(("mentor_payable", pseudonym), 0)
        if booked != amount:
            yield f"{mentor_id} is owed {amount}, and the books say {booked}"
    clearing = {owner for kind, owner in now.balances if kind == "payout_clearing"}
    for owner in clearing:
        if now.balances["payout_clearing", owner]:
            yield f"money of {owner} rests on its way"


def operations_are_asked_once(now: Snapshot, _: Truth) -> Iterator[str]:
    """Of several attempts at one thing all but the last were certainly refused."""
    attempts = defaultdict(list)
    for row in now.provider_operation:
        attempts[row["subject_id"], row["kind"]].append(row)
    for (subject_id, kind), rows in attempts.items():
        states = [row["state"] for row in sorted(rows, key=lambda row: row["attempt"])]
        if any(state != "refused" for state in states[:-1]):
            yield f"{kind} of {subject_id} was asked again while it was {states}"


def nobody_leaves_money_behind(now: Snapshot, _: Truth) -> Iterator[str]:
    """Whoever is being erased has nothing under way."""
    leaving = {row["person_id"] for row in now.erasure if row["state"] != "planned"}
    for row in now.purchase:
        if row["state"] in _OPEN and leaving & {row["mentor_id"], row["mentee_id"]}:
            yield f"{row['id']} is {row['state']}, and one of its parties is being erased"
    for row in now.payout:
        if row["state"] != "paid" and row["mentor_id"] in leaving:
            yield f"{row['id']} is {row['state']}, and its mentor is being erased"
    for row in now.booking:
        if row["state"] in _OPEN_BOOKINGS and leaving & {row["mentor_id"], row["mentee_id"]}:
            yield f"{row['id']} is {row['state']}, and one of its parties is being erased"


CHECKS: tuple[Check, ...] = (
    entries_stand_alone,
    purchases_are_booked,
    vipps_agrees,
    what_is_taken_was_given,
    bookings_are_paid,
    slots_are_sold_once,
    payouts_are_booked,
    mentors_are_paid_once,
    nobody_is_paid_early,
    balances_are_owed,
    operations_are_asked_once,
    nobody_leaves_money_behind,
)


def violations(now: Snapshot, truth: Truth) -> list[str]:
    """Return what is not so."""
    return [f"{check.__name__}: {found}" for check in CHECKS for found in check(now, truth)]
