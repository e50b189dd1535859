"""The chain of receipts: each holds the hash of the one before, so that none can go unnoticed."""

import json
from collections.abc import Mapping
from datetime import datetime

from lib.core.db import Db, DuplicateError
from lib.core.errors import TryAgainError
from lib.disclosures import service as disclosures
from lib.privacy import erasure_repository as erasures
from lib.privacy import receipt
from lib.privacy.erasure_repository import Erasure, Link
from lib.privacy.receipt import Ledger, Signed

_BATCH = 500


def append(
    db: Db, erasure: Erasure, mentions: Mapping[tuple[str, str], int], now: datetime
) -> None:
    """Sign what the erasure did and chain it to the last receipt; an erasure has one receipt."""
    if erasures.receipt_of(db, erasure.id):
        return  # carried out again after a restore
    last = erasures.last_link(db)
    body = {
        "version": 1,
        "number": last.number + 1 if last else 1,
        "previous": last.body_hash if last else receipt.NOTHING,
        "id": erasure.id,
        "subject": receipt.subject(erasure.person_id),
        "requested_at": erasure.requested_at.isoformat(),
        "finished_at": now.isoformat(),
        **_done(erasure.plan),
        "suppliers": [
            {"supplier": told.supplier, "state": told.state, "answer": told.answer}
            for told in erasures.suppliers(db, erasure.id)
        ],
        "recipients": [vars(told) for told in disclosures.outcomes(db, erasure.id)],
        "mentions": [
            {"table": table, "column": column, "rows": rows}
            for (table, column), rows in sorted(mentions.items())
        ],
    }
    try:
        insert(db, receipt.sign(body), now)
    except DuplicateError as error:
        raise TryAgainError from error  # another was first: this one comes after it


def signed(db: Db, erasure_id: str) -> dict[str, object] | None:
    """Return the receipt of an erasure as it is handed out, None while it is not done."""
    link = erasures.receipt_of(db, erasure_id)
    return _signed(link).document() if link else None


def ledger(db: Db) -> Ledger:
    """Return every receipt, and the erasures that are asked for and not done."""
    receipts: list[Signed] = []
    while page := erasures.links(db, after=len(receipts), limit=_BATCH):
        receipts += [_signed(link) for link in page]
    asked: list[dict[str, str]] = []
    after = ""
    while waiting := erasures.unfinished(db, after=after, limit=_BATCH):
        after = waiting[-1].id
        asked += [
            {
                "id": one.id,
                "subject": receipt.subject(one.person_id),
                "requested_at": one.requested_at.isoformat(),
            }
            for one in waiting
        ]
    return Ledger(receipts, asked)


def insert(db: Db, one: Signed, now: datetime) -> None:
    """Append a receipt as it is."""
    erasures.insert_link(
        db,
        Link(
            number=one.number,
            erasure_id=str(one.body["id"]),
            body=receipt.canonical(one.body),
            body_hash=one.hash,
            signature=one.signature,
            key_id=one.key_id,
            created_at=now,
        ),
    )


def _signed(link: Link) -> Signed:
    return Signed(json.loads(link.body), link.signature, link.key_id)


def _done(plan: str) -> dict[str, object]:
    """Return what went and what stayed: places, numbers, grounds and dates."""
    planned = json.loads(plan)
    return {
        "erased": [
            {name: part[name] for name in ("table", "action", "columns", "rows")}
            for part in planned["goes"]
        ],
        "kept": [
            {
                **{name: part[name] for name in ("table", "columns", "rows", "until")},
                "basis": part["basis"]["en"],
                "ground": part["ground"]["en"],
            }
            for part in planned["stays"]
        ],
    }
