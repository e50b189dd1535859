"""Differences: opened when first seen, closed when gone, or when an operator has explained them.

An explanation covers the figures that were explained: with others, it is open again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from lib.core import ids, log, page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.operators import service as operators
from lib.reconciliation import repository
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.repository import Difference as Row
from lib.reconciliation.schemas import (
    Difference,
    Differences,
    ExplainDifference,
    ListDifferences,
)


def note(db: Db, findings: Iterable[Finding], now: datetime) -> int:
    """Write down what was found; return how many of it is new, or is open again."""
    return sum(_noted(db, finding, now) for finding in findings)


def close_unseen(db: Db, kinds: Sequence[Kind], began_at: datetime, now: datetime) -> None:
    """Close what a whole round, begun then, has not seen any more."""
    repository.close_unseen(db, kinds=kinds, before=began_at, now=now)


def close_about(db: Db, kinds: Sequence[Kind], subject_id: str, now: datetime) -> None:
    """Close what was not seen of a subject that has just been looked at."""
    repository.close_about(db, kinds=kinds, subject_id=subject_id, now=now)


def find(db: Db, wanted: ListDifferences, *, operator_id: str, now: datetime) -> Differences:
    """Return a page of differences, newest first; the reading is logged."""
    before = page_keys.begin(wanted.after, page_keys.NEWEST_FIRST)
    read = repository.open_page if wanted.state == "open" else repository.closed_page
    found = read(db, before=before, limit=wanted.limit + 1)
    operators.log(db, operator_id, "read_differences", None, wanted.reason, now)
    found, following = page_keys.cut(found, wanted.limit)
    shown = [_shown(row) for row in found]
    return Differences(differences=shown, next=following)


def explain(
    db: Db, difference_id: str, wanted: ExplainDifference, *, operator_id: str, now: datetime
) -> Difference:
    """Close a difference with words; raises NotFoundError."""
    row = repository.lock_by_id(db, difference_id=difference_id)
    if row is None:
        raise NotFoundError
    words = wanted.explanation
    repository.explain(
        db, difference_id=row.id, operator_id=operator_id, explanation=words, now=now
    )
    operators.log(db, operator_id, "explain_difference", None, words, now, object_id=row.id)
    return _shown(repository.lock_by_id(db, difference_id=row.id) or row)


def _noted(db: Db, finding: Finding, now: datetime) -> bool:
    known = repository.lock(db, kind=finding.kind, subject_id=finding.subject_id)
    values: dict[str, object] = {
        **vars(finding),
        "id": known.id if known else ids.new("dif"),
        "now": now,
    }
    if known is None:
        repository.insert(db, values)
    elif known.closed_at is None or _is_explained(known, finding):
        repository.see(db, values)
        return False
    else:
        repository.reopen(db, values)
    log.event("book_difference", kind=finding.kind, subject=finding.subject_id)
    return True


def _is_explained(known: Row, finding: Finding) -> bool:
    figures = (known.expected_ore, known.found_ore)
    return known.closed_by is not None and figures == (finding.expected_ore, finding.found_ore)


def _shown(row: Row) -> Difference:
    return Difference.model_validate(row, from_attributes=True)
