"""Notices of a change, as the person reads them who has received what changed."""

from datetime import datetime

from lib.core import page_keys
from lib.core.db import Db
from lib.disclosures import notice_repository as repository
from lib.disclosures import rules, service, texts
from lib.disclosures.notice_repository import Notice as Row
from lib.disclosures.schemas import NoticeOfChange, NoticesOfChanges
from lib.mentors import service as mentors
from lib.privacy.schemas import Text
from lib.web.schema import PageQuery


def read(db: Db, wanted: PageQuery, *, person_id: str, now: datetime) -> NoticesOfChanges:
    """Return a page of what the person was told, newest first, and mark it as seen."""
    before = page_keys.begin(wanted.after, page_keys.NEWEST_FIRST)
    found = repository.read_by(db, person_id=person_id, before=before, limit=wanted.limit + 1)
    page, following = page_keys.cut(found, wanted.limit)
    unseen = [row.id for row in page if row.seen_at is None]
    if unseen:
        repository.mark_seen(db, unseen, now)
    names = mentors.public_names(db, (row.person_id for row in page))
    return NoticesOfChanges(
        notices=[_shown(row, names.get(row.person_id, "")) for row in page],
        next=following,
    )


def _shown(row: Row, name: str) -> NoticeOfChange:
    fields = service.fields_of(row)
    said = texts.said(row.kind, fields)
    return NoticeOfChange.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "person_id": row.person_id,
            "name": name if name and rules.has_name(fields) else None,
            "context_id": row.context_id or None,
            "fields": list(fields),
            "text": Text(nb=said.nb, en=said.en),
            "made_at": row.made_at,
            "seen_at": row.seen_at,
        }
    )
