"""What can be done once a second operator has approved, and by which use case.

Each is called in the transaction of the approval, with the proposal and the time, and returns the
id of what it made, if that has one of its own. It looks again whether what it does may still be
done: facts change between a proposal and its approval.
"""

from collections.abc import Callable
from datetime import datetime

from lib.approvals.repository import Row
from lib.approvals.rules import Action
from lib.core.db import Db

type Handler = Callable[[Db, Row, datetime], str | None]

_HANDLERS: dict[Action, str] = {
    "give_refund": "lib.purchases.giving:approved",
    "erase_person": "lib.privacy.on_behalf:erase",
    "hand_out_archive": "lib.privacy.collecting:prepare",
}


def handler(action: Action) -> Handler:
    """Return what carries an action out, imported when it is first needed; raises KeyError."""
    from importlib import import_module

    module, _, name = _HANDLERS[action].partition(":")
    found: Handler = getattr(import_module(module), name)
    return found
