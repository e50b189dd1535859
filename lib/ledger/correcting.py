"""Corrections: an entry that was wrong is taken back by a new one, and never changed itself."""

from datetime import datetime

from lib.core import ids
from lib.core.db import Db, DuplicateError
from lib.core.errors import NotFoundError
from lib.ledger import reading_repository, repository
from lib.ledger.reading_repository import Traced
from lib.ledger.schemas import CorrectEntry, Correction, EntryNotCorrectableError
from lib.operators import service as operators

_STEP = "correction"


def correct(db: Db, wanted: CorrectEntry, *, operator_id: str, now: datetime) -> Correction:
    """Book the mirror of an entry, whose cause is the correction, once for each entry.

    What is reserved is its domain's to let go, and what was never made real has nothing to take
    back. Raises NotFoundError, EntryNotCorrectableError.
    """
    wrong = reading_repository.transfer(db, transfer_id=wanted.transfer_id)
    if wrong is None:
        raise NotFoundError
    amount_ore = _real_ore(wrong)
    correction_id = ids.new("cor")
    values: dict[str, object] = {
        "id": correction_id,
        "transfer_id": wrong.id,
        "reason": wanted.reason,
        "noted_by": operator_id,
        "now": now,
    }
    try:
        reading_repository.insert_correction(db, values)
    except DuplicateError as error:
        raise EntryNotCorrectableError(why="corrected_before") from error
    mirror: dict[str, object] = {
        "id": ids.new("trf"),
        "debit": wrong.credit_account_id,
        "credit": wrong.debit_account_id,
        "amount_ore": amount_ore,
        "is_pending": False,
        "cause_id": correction_id,
        "step": _STEP,
        "now": now,
    }
    repository.insert_transfers(db, [mirror])
    operators.log(
        db, operator_id, "correct_entry", None, wanted.reason, now, object_id=correction_id
    )
    return Correction(id=correction_id, transfer_id=wrong.id, amount_ore=amount_ore, noted_at=now)


def _real_ore(wrong: Traced) -> int:
    """Return what an entry has moved; raises EntryNotCorrectableError where that is nothing."""
    if not wrong.is_pending:
        return wrong.amount_ore
    if wrong.outcome is None:
        raise EntryNotCorrectableError(why="pending")
    if not wrong.resolved_ore:
        raise EntryNotCorrectableError(why=wrong.outcome)
    return wrong.resolved_ore
