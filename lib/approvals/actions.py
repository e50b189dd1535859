"""What can be asked for: each action with the use case that carries it out once it is approved.

It is called in the transaction that approves, with what was approved, who asked and who approved,
and returns the id of what it made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from lib.core.db import Db

GIVE_REFUND = "give_refund"

_ACTIONS = {GIVE_REFUND: "lib.purchases.giving:approved"}


@dataclass(frozen=True)
class Approved:
    """What was approved: about what, with which figures, for which reason, asked for by whom."""

    subject_id: str
    given: Mapping[str, object]
    reason: str
    asked_by: str


def carry_out(db: Db, action: str, approved: Approved, now: datetime) -> str:
    """Do what was approved; return the id of what was made."""
    module, _, name = _ACTIONS[action].partition(":")
    found: Callable[[Db, Approved, datetime], str] = getattr(import_module(module), name)
    return found(db, approved, now)
