"""What our books must say at every moment: of each purchase, refund, earning, payout and paper."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.faults.simulator.snapshot import Row, Snapshot

# Steps with which a refund is paid out of what was booked as on its way.
_PAID = ("paid", "by_bank", "disputed")


def entries_stand_alone(now: Snapshot) -> Iterator[str]:
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


def purchases_are_booked(now: Snapshot) -> Iterator[str]:
    """The books say of each purchase what its state says, and hold what nobody has got yet."""
    for row in now.purchase:
        said = {
            step: told(entry)
            for step, entry in now.entries_of[row["id"]].items()
            if step not in {"provider_fee", "recovered"}
        }
        if said != _due(row):
            yield f"{row['id']} is {row['state']}, and booked as {said}"
        refunds = now.refunds_of.get(row["id"], [])
        if row["refunded_ore"] != sum(each["amount_ore"] for each in refunds):
            yield f"{row['id']} gives back {row['refunded_ore']}, its refunds are others"
        if not 0 <= row["refunded_ore"] <= row["captured_ore"] <= row["amount_ore"]:
            yield f"{row['id']} gives back {row['refunded_ore']} of {row['captured_ore']}"
        earned = sum(each["gross_ore"] for each in now.earnings_of.get(row["id"], ()))
        gone = sum(prepaid_part(each) for each in refunds if _is_real(now, each))
        gone += now.recovered_of.get(row["id"], 0)
        rests = now.balances.get(("prepaid", row["id"]), 0)
        if rests != row["captured_ore"] - earned - gone:
            yield f"{row['id']}: {rests} is booked as prepaid"
        if rests < sum(prepaid_part(each) for each in refunds if not _is_real(now, each)):
            yield f"{row['id']}: {rests} is booked as prepaid, and more is to go back"


def _due(purchase: Row) -> dict[str, tuple[int, str]]:
    """Return the entries that a purchase in its state has: amounts, and what became of them."""
    if not purchase["authorised_at"]:
        return {}
    outcome = {"authorised": "pending", "captured": "posted", "released": "voided"}
    return {"reserve": (purchase["amount_ore"], outcome.get(purchase["state"], "expired"))}


def told(entry: Row) -> tuple[int, str]:
    """Return an entry's amount, and what has become of it."""
    if not entry["is_pending"]:
        return entry["amount_ore"], "posted"
    resolution = entry["resolution"]
    return entry["amount_ore"], resolution["outcome"] if resolution else "pending"


def prepaid_part(refund: Row) -> int:
    """Return what of a refund goes out of what was prepaid; the rest is our own expense."""
    return int(refund["amount_ore" if refund["borne_by"] == "mentor" else "unearned_ore"])


def _earned_part(refund: Row) -> int:
    """Return what of a refund the mentor had earned."""
    return int(refund["amount_ore"] - refund["unearned_ore"])


def _is_back(now: Snapshot, refund: Row) -> bool:
    """Return whether a refund was done, and its rail took it back."""
    return refund["state"] == "held" and "failed" in now.entries_of[refund["id"]]


def _is_real(now: Snapshot, refund: Row) -> bool:
    return refund["state"] == "done" or _is_back(now, refund)


def refunds_are_booked(now: Snapshot) -> Iterator[str]:
    """A refund is booked as on its way until it is done, and then paid once."""
    for row in now.refund:
        steps = now.entries_of[row["id"]]
        said = {step: told(steps[step]) for step in ("refund", "expense") if step in steps}
        outcome = "posted" if _is_real(now, row) else "pending"
        parts = {
            "refund": prepaid_part(row),
            "expense": row["amount_ore"] - prepaid_part(row),
        }
        if said != {step: (amount, outcome) for step, amount in parts.items() if amount}:
            yield f"{row['id']} is {row['state']}, and booked as {said}"
        paid = sum(steps[step]["amount_ore"] for step in _PAID if step in steps)
        back = steps["failed"]["amount_ore"] if "failed" in steps else 0
        if paid - back != (row["amount_ore"] if row["state"] == "done" else 0):
            yield f"{row['id']} is {row['state']}, and {paid} was paid, {back} came back"
        if row["purchase_id"] not in now.purchases:
            yield f"{row['id']} is of no purchase"


def earnings_are_booked(now: Snapshot) -> Iterator[str]:
    """What was earned stands in the books, was earned for a reason, and is no more than sold."""
    refunds = {row["id"]: row for row in now.refund}
    for row in now.earning:
        steps = now.entries_of[row["id"]]
        said = {step: told(entry) for step, entry in steps.items()}
        parts = {
            "share": row["share_ore"],
            "fee": row["fee_ore"] - row["fee_vat_ore"],
            "fee_vat": row["fee_vat_ore"],
        }
        if said != {step: (abs(amount), "posted") for step, amount in parts.items() if amount}:
            yield f"{row['id']} is {parts}, and booked as {said}"
        refund = refunds.get(row["cause_id"])
        if row["gross_ore"] < 0 and (not refund or refund["borne_by"] != "mentor"):
            yield f"{row['id']} takes back what nobody was refunded"
        if row["gross_ore"] < 0 and refund and -row["gross_ore"] != _earned_part(refund):
            yield f"{row['id']} takes back {row['gross_ore']}"
    for purchase_id, rows in now.earnings_of.items():
        purchase = now.purchases[purchase_id]
        if sum(row["quarters"] for row in rows) > purchase["quarters"]:
            yield f"{purchase_id} has earned more hours than were sold"
        if sum(row["gross_ore"] for row in rows if row["gross_ore"] > 0) > purchase["amount_ore"]:
            yield f"{purchase_id} has earned more than was paid"


def payouts_are_booked(now: Snapshot) -> Iterator[str]:
    """A payout is the sum of what it settles, and the books say where it stands."""
    outcomes = {"paid": "posted", "left": "posted", "called_off": "voided"}
    for row in now.payout:
        steps = now.entries_of[row["id"]]
        settled = now.settled_by.get(row["id"], [])
        if settled and sum(each["share_ore"] for each in settled) != row["amount_ore"]:
            yield f"{row['id']} is over {row['amount_ore']}, and settles something else"
        netted = -sum(each["share_ore"] for each in settled if each["is_claw_back"])
        if settled and netted != row["netted_ore"]:
            yield f"{row['id']} nets {row['netted_ore']}, and has {netted} to net"
        if row["state"] == "called_off" and settled:
            yield f"{row['id']} is called off, and settles something"
        outcome = outcomes.get(row["state"], "pending")
        amounts = {"payout": row["amount_ore"], "net": row["netted_ore"]}
        due = {step: (amount, outcome) for step, amount in amounts.items() if amount}
        if row["state"] == "paid":
            due["transfer"] = (row["amount_ore"], "posted")
        apart = {"kept"} | {step for step in steps if step.startswith("reversed.")}
        said = {step: told(entry) for step, entry in steps.items() if step not in apart}
        if said != due:
            yield f"{row['id']} is {row['state']}, and booked as {said}"
        back = sum(entry["amount_ore"] for step, entry in steps.items() if "reversed" in step)
        if back != row["reversed_ore"]:
            yield f"{row['id']} came back with {row['reversed_ore']}, and {back} is booked"


def disputes_are_booked(now: Snapshot) -> Iterator[str]:
    """What a bank has taken rests on the dispute's account until that is decided."""
    for row in now.dispute:
        is_decided = row["borne_by"] is not None
        rests = 0 if is_decided else row["returned_ore"] - row["taken_ore"]
        booked = now.balances.get(("disputed", row["id"]), 0)
        if booked != rests:
            yield f"{row['id']} is {row['state']}, and {booked} rests on its account"


def balances_are_owed(now: Snapshot) -> Iterator[str]:
    """What the books owe a mentor is what was earned and has not been paid."""
    paid = {row["id"] for row in now.payout if row["state"] in {"paid", "left"}}
    owed: Counter[str] = Counter()
    owes: Counter[str] = Counter()
    for row in now.earning:
        if row["payout_id"] not in paid:
            (owes if row["is_claw_back"] else owed)[row["mentor_id"]] += row["share_ore"]
    for row in now.payout:
        owed[row["mentor_id"]] += row["reversed_ore"]
        is_again = row["id"] in paid and row["id"] not in now.settled_by
        is_kept = "kept" in now.entries_of[row["id"]]
        owed[row["mentor_id"]] -= row["amount_ore"] * (is_again or is_kept)
    for mentor_id in {*owed, *owes}:
        pseudonym = now.pseudonym_of.get(mentor_id, "")
        for kind, due in (("mentor_payable", owed), ("mentor_receivable", owes)):
            booked = now.balances.get((kind, pseudonym), 0)
            if booked != due[mentor_id]:
                yield f"{kind} of {mentor_id} is {due[mentor_id]}, and the books say {booked}"
    yield from _resting(now)


def _resting(now: Snapshot) -> Iterator[str]:
    """Yield what rests on an account through which money only passes."""
    back = {row["id"]: row["amount_ore"] for row in now.refund if _is_back(now, row)}
    for (kind, owner), balance in now.balances.items():
        if kind == "payout_clearing" and balance:
            yield f"money of {owner} rests on its way"
        if kind == "refund_clearing" and balance != back.get(owner, 0):
            yield f"{balance} of {owner} rests on its way"


def papers_have_no_gap(now: Snapshot) -> Iterator[str]:
    """Papers of a series and year are numbered from 1 on, without a gap, and end where it says."""
    numbers = defaultdict(list)
    for row in now.paper:
        numbers[row["series"], row["accounting_year"]].append(row["number"])
    last = {(row["series"], row["accounting_year"]): row for row in now.paper_series}
    for key, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"papers {key} are numbered {sorted(found)}"
        if last[key]["last_number"] != len(found):
            yield f"series {key} says {last[key]['last_number']}, and has {len(found)}"


def balance_of(now: Snapshot, kind: str) -> int:
    """Return what we have, or are owed, on an account of ours: debits minus credits, in øre."""
    return -now.balances.get((kind, ""), 0)
