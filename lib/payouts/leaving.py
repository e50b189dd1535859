"""What a mentor who leaves is still owed, and leaves behind.

An erasure must not wait without end for somebody who never opened an account at Stripe. What is
owed does not vanish with them: it goes to an account of the books that is owed to nobody we know.
"""

from datetime import UTC, datetime

from lib.core import ids
from lib.core.db import Db
from lib.core.money import NOK
from lib.earnings import service as earnings
from lib.ledger import service as ledger
from lib.ledger.rules import Account, Entry
from lib.payouts import repository
from lib.payouts.schemas import UnpaidDiffersError
from lib.payouts.service import NET, PAYOUT

_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_MOST_EARNINGS = 10_000


def leave_behind(db: Db, *, mentor_id: str, amount_ore: int, now: datetime) -> None:
    """Settle all that a mentor is owed by leaving it behind, in the transaction of their leaving.

    Raises UnpaidDiffersError unless exactly that much is owed: they confirm what they see.
    """
    settled = earnings.unsettled(db, mentor_id=mentor_id, available_at=_EVER, limit=_MOST_EARNINGS)
    owed_ore = max(sum(row.share_ore for row in settled), 0)
    if amount_ore != owed_ore:
        raise UnpaidDiffersError(unpaid_ore=owed_ore)
    netted_ore = -sum(row.share_ore for row in settled if row.is_claw_back)
    payout_id = ids.new("pay")
    repository.insert_left(
        db,
        {
            "id": payout_id,
            "mentor_id": mentor_id,
            "amount_ore": owed_ore,
            "netted_ore": netted_ore,
            "currency": NOK,
            "now": now,
        },
    )
    earnings.settle(db, settled, payout_id=payout_id)
    owner = ledger.owner_of(db, person_id=mentor_id, now=now)
    owed = (Account.MENTOR_PAYABLE, owner)
    entries = [
        Entry(PAYOUT, owed, (Account.UNCLAIMED, ""), owed_ore),
        Entry(NET, owed, (Account.MENTOR_RECEIVABLE, owner), netted_ore),
    ]
    ledger.book(db, entries, cause_id=payout_id, now=now)
