"""What takes two operators, and how long the first one's word stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

GIVE_REFUND = "give_refund"
LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Approved:
    """What was approved: about what, with which figures, for which reason, asked for by whom."""

    subject_id: str
    given: Mapping[str, object]
    reason: str
    asked_by: str
