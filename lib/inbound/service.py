"""Webhooks: stored once, answered at once, handled from the store.

An event is only ever a reason to look: its handler asks the provider for the truth before anything
moves. So an event that comes twice, late, or in the wrong order does no harm, and any can be
handled again.
"""

from collections.abc import Callable
from datetime import datetime

from lib.core.db import Db, DuplicateError, transact
from lib.inbound import repository
from lib.inbound.repository import Event
from lib.outbox import service as outbox
from lib.web.schema import Output

# By source and the beginning of the event's kind. Each takes the event and the time, and returns a
# word for what it made of it.
_HANDLERS = (
    ("vipps", "", "lib.purchases.payment:on_event"),
    ("whereby", "", "lib.meetings.attendance:on_event"),
    ("stripe", "account.", "lib.payouts.accounts:on_event"),
    ("stripe", "capability.", "lib.payouts.accounts:on_event"),
    ("stripe", "payout.", "lib.payouts.accounts:on_bank_payout"),
    ("stripe", "transfer.", "lib.payouts.reversals:on_event"),
    ("stripe", "checkout.session.", "lib.purchases.stripe_events:on_payment"),
    ("stripe", "payment_intent.", "lib.purchases.stripe_events:on_payment"),
    ("stripe", "refund.", "lib.purchases.stripe_events:on_refund"),
    ("stripe", "charge.dispute.", "lib.purchases.stripe_events:on_dispute"),
)


class Received(Output):
    """The event is stored, or is none of ours; there is no need to send it again."""

    received: bool = True


def receive(
    db: Db, *, source: str, event_id: str, kind: str, payload: str, now: datetime
) -> Received:
    """Store the event and have it handled after the reply."""
    try:
        repository.insert(db, Event(source, event_id, kind, payload, now, None))
    except DuplicateError:
        return Received()
    outbox.write(db, topic="inbound.handle", subject_id=f"{source}:{event_id}", now=now)
    return Received()


def handle(subject: str, now: datetime) -> None:
    """Handle a stored event: the topic `inbound.handle`; `subject` is `source:event_id`."""
    source, _, event_id = subject.partition(":")
    event = transact(lambda db: repository.find(db, source=source, event_id=event_id))
    if event is None:
        return
    found = _handler(event)
    outcome = found(event, now) if found else "ignored"
    transact(
        lambda db: repository.mark_handled(
            db, source=source, event_id=event_id, outcome=outcome, now=now
        )
    )


def handle_again(db: Db, event: Event, now: datetime) -> None:
    """Have a stored event handled once more, whatever became of it."""
    outbox.again(db, topic="inbound.handle", subject_id=f"{event.source}:{event.event_id}", now=now)


def _handler(event: Event) -> Callable[[Event, datetime], str] | None:
    from importlib import import_module

    for source, beginning, name in _HANDLERS:
        if source == event.source and event.kind.startswith(beginning):
            module, _, function = name.partition(":")
            found: Callable[[Event, datetime], str] = getattr(import_module(module), function)
            return found
    return None
