"""Four eyes, as decisions without a database: who may decide on a proposal, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

type Action = Literal["give_refund", "erase_person", "hand_out_archive"]
type ApprovalState = Literal["proposed", "approved", "refused"]


@dataclass(frozen=True)
class Deed:
    """What is to be done, about whom, with which object of another domain and which figures."""

    action: Action
    person_id: str | None
    object_id: str
    given: Mapping[str, str | int] = field(default_factory=dict)


# What was right when it was proposed may not be right a month later.
_STANDS_FOR = timedelta(days=14)


def lapses_at(proposed_at: datetime) -> datetime:
    """Return until when a proposal can be decided on."""
    return proposed_at + _STANDS_FOR


def is_open(state: str, lapses: datetime, now: datetime) -> bool:
    """Return whether a proposal can be decided on."""
    return state == "proposed" and now < lapses


def may_approve(operator_id: str, *, proposed_by: str, person_id: str | None) -> bool:
    """Return whether an operator may approve: not their own proposal, and nothing about them."""
    return operator_id not in {proposed_by, person_id}


def may_propose(operator_id: str, *, person_id: str | None) -> bool:
    """Return whether an operator may propose something: not about themselves."""
    return operator_id != person_id
