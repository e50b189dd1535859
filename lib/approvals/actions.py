"""What is carried out once it is approved: each action with the use case that does it.

It is called in the transaction that approves, with what was approved, and returns the id of what it
made.
"""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module

from lib.approvals.rules import GIVE_REFUND, Approved
from lib.core.db import Db

_ACTIONS = {GIVE_REFUND: "lib.purchases.giving:approved"}


def carry_out(db: Db, action: str, approved: Approved, now: datetime) -> str:
    """Do what was approved; return the id of what was made."""
    module, _, name = _ACTIONS[action].partition(":")
    found: Callable[[Db, Approved, datetime], str] = getattr(import_module(module), name)
    return found(db, approved, now)
