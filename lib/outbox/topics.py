"""Topics of the outbox: which use case delivers a message.

Each handler is called with the message's subject and the time, outside any transaction; it may be
called again after it has acted, and must then find that out.
"""

from collections.abc import Callable
from datetime import datetime

_HANDLERS = {
    "accounting.export": "lib.accounting.service:deliver",
    "disclosures.spread": "lib.disclosures.telling:spread",
    "disclosures.tell": "lib.disclosures.telling:tell",
    "inbound.handle": "lib.inbound.service:handle",
    "meetings.create": "lib.meetings.rooms:create",
    "meetings.delete": "lib.meetings.rooms:delete",
    "papers.credit_note": "lib.papers.service:credit_note",
    "papers.receipt": "lib.papers.service:receipt",
    "papers.session": "lib.papers.service:session",
    "papers.statement": "lib.papers.service:statement",
    "papers.statement_credit": "lib.papers.service:statement",
    "privacy.export": "lib.privacy.archives:deliver",
    "privacy.erase": "lib.privacy.leaving:act",
    "purchases.capture": "lib.purchases.capture:capture",
    "purchases.issue": "lib.purchases.capture:issue",
    "purchases.let_go": "lib.purchases.release:let_go",
    "purchases.refund": "lib.purchases.refunding:carry_out",
    "purchases.release": "lib.purchases.release:release_for_booking",
}


def handler(topic: str) -> Callable[[str, datetime], None]:
    """Return the topic's handler, imported when it is first needed; raises KeyError."""
    from importlib import import_module

    module, _, name = _HANDLERS[topic].partition(":")
    found: Callable[[str, datetime], None] = getattr(import_module(module), name)
    return found


def names() -> tuple[str, ...]:
    """Return every topic."""
    return tuple(_HANDLERS)
