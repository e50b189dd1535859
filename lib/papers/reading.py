"""Papers as their parties read them: listed, as data, and as PDF."""

from datetime import datetime

from lib.core import page_keys
from lib.core.db import Db
from lib.core.errors import NotFoundError
from lib.papers import repository
from lib.papers.repository import Paper as Row
from lib.papers.rules import PaperKind
from lib.papers.schemas import ListedPaper, Paper, PaperBody, Papers
from lib.web.schema import File


def page(db: Db, *, person_id: str, after: str | None, limit: int) -> Papers:
    """Return a page of the papers to the person or in their name, newest first."""
    before = page_keys.begin(after, page_keys.NEWEST_FIRST)
    found = repository.of_party(db, person_id=person_id, before=before, limit=limit + 1)
    shown, following = page_keys.cut(found, limit)
    return Papers(
        papers=[_listed(row, person_id) for row in shown],
        next=following,
    )


def read(db: Db, *, paper_id: str, person_id: str) -> Paper:
    """Return a paper to the person, or in their name; raises NotFoundError."""
    row = repository.of_party_by_id(db, paper_id=paper_id, person_id=person_id)
    if row is None:
        raise NotFoundError
    body = PaperBody.model_validate_json(row.body)
    return Paper(
        id=row.id,
        kind=PaperKind(row.kind),
        number=body.number,
        issued_at=row.issued_at,
        body_hash=row.body_hash,
        body=body,
    )


def document(paper: Paper, now: datetime) -> File:
    """Return a paper as PDF: made anew, each time the same bytes."""
    from lib.papers import pdf

    del now
    return File(content=pdf.render(paper.body), name=f"{paper.number}.pdf")


def _listed(row: Row, person_id: str) -> ListedPaper:
    body = PaperBody.model_validate_json(row.body)
    return ListedPaper(
        id=row.id,
        kind=PaperKind(row.kind),
        number=body.number,
        issued_at=row.issued_at,
        total_ore=body.total_ore,
        currency=body.currency,
        is_in_my_name=row.seller_id == person_id,
    )
