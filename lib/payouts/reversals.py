"""Transfers that Stripe has reversed: the money is ours again, and the mentor is owed it again.

Whether they are to be paid once more is for an operator: a payout over what came back is made, and
held.
"""

from datetime import datetime

from lib.core import ids, log
from lib.core.db import Db, transact
from lib.core.money import NOK
from lib.inbound.repository import Event
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.outbox import service as outbox
from lib.payouts import repository, service
from lib.providers.stripe import transfers
from lib.providers.stripe.payloads import StripeEvent

_REVERSED = "transfer_reversed"


def on_event(event: Event, now: datetime) -> str:
    """Look at the transfer that a webhook speaks of; return what was made of it."""
    provider_id = StripeEvent.model_validate_json(event.payload).data.object.id
    known = transact(lambda db: repository.lock_of_transfer(db, provider_id=provider_id))
    if known is None:
        return "unknown_transfer"
    found = transfers.find(provider_id)
    return transact(lambda db: _record(db, provider_id, found.reversed_ore, now))


def _record(db: Db, provider_id: str, reversed_ore: int, now: datetime) -> str:
    payout = repository.lock_of_transfer(db, provider_id=provider_id)
    if payout is None or reversed_ore <= payout.reversed_ore:
        return "nothing_new"
    back_ore = reversed_ore - payout.reversed_ore
    log.event("transfer_reversed", payout=payout.id, back_ore=back_ore)
    repository.set_reversed(db, payout_id=payout.id, reversed_ore=reversed_ore)
    owner = ledger.owner_of(db, person_id=payout.mentor_id, now=now)
    owed = (Account.MENTOR_PAYABLE, owner)
    back = Entry(f"reversed.{reversed_ore}", (Account.STRIPE_BALANCE, ""), owed, back_ore)
    ledger.book(db, [back], cause_id=payout.id, now=now)
    again_id = ids.new("pay")
    repository.insert_payout(
        db,
        {
            "id": again_id,
            "mentor_id": payout.mentor_id,
            "amount_ore": back_ore,
            "netted_ore": 0,
            "currency": NOK,
            "destination": payout.destination,
            "now": now,
        },
    )
    repository.set_waiting(db, payout_id=again_id, state="held", reason=_REVERSED, now=now)
    clearing = (Account.PAYOUT_CLEARING, again_id)
    reserved = Entry(service.PAYOUT, owed, clearing, back_ore, is_pending=True)
    ledger.book(db, [reserved], cause_id=again_id, now=now)
    outbox.write(db, topic="papers.statement_credit", subject_id=payout.id, now=now)
    return "reversed"
