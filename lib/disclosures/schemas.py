"""What recipients read of a change."""

from datetime import datetime
from typing import Literal

from lib.privacy.schemas import Text
from lib.web.schema import Output


class NoticeOfChange(Output):
    """What changed of somebody whose data you have received through a deal; `seen_at` is None once.

    `name` is what they are called now, where you know them by name and there is one; `context_id`
    the newest booking, purchase or paper that you have of theirs.
    """

    id: str
    kind: Literal["rectification", "restriction", "restriction_end", "erasure", "lifting"]
    person_id: str
    name: str | None
    context_id: str | None
    fields: list[str]
    text: Text
    made_at: datetime
    seen_at: datetime | None


class NoticesOfChanges(Output):
    """A page of notices, newest first; they count as seen from then on."""

    notices: list[NoticeOfChange]
    next: str | None
