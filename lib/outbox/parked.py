"""Messages that were given up: an operator looks at them, and has them tried again."""

from datetime import datetime

from lib.core import page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.operators import service as operators
from lib.outbox import repository, service
from lib.outbox.schemas import ListParked, ParkedMessage, ParkedMessages, TryAgain


def page(db: Db, wanted: ListParked, *, operator_id: str, now: datetime) -> ParkedMessages:
    """Return a page of what was given up, oldest first; the reading is logged."""
    after = page_keys.begin(wanted.after, page_keys.OLDEST_FIRST)
    found = repository.parked(db, after=after, limit=wanted.limit + 1)
    found, following = page_keys.cut(found, wanted.limit)
    shown = [ParkedMessage.model_validate(row, from_attributes=True) for row in found]
    operators.log(db, operator_id, "read_parked", None, wanted.reason, now)
    return ParkedMessages(messages=shown, next=following)


def try_again(
    db: Db, message_id: str, wanted: TryAgain, *, operator_id: str, now: datetime
) -> ParkedMessage:
    """Have a message that was given up delivered again; raises NotFoundError for any other."""
    found = repository.lock_parked(db, message_id=message_id)
    if found is None:
        raise NotFoundError
    service.again(db, topic=found.topic, subject_id=found.subject_id, now=now)
    operators.log(db, operator_id, "retry_message", None, wanted.reason, now, object_id=message_id)
    return ParkedMessage.model_validate(found, from_attributes=True)
