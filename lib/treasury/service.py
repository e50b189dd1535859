"""Our own money: where it lies, what payouts need at Stripe, and the moves that bring it there.

What Vipps settles goes to the bank and does not reach Stripe by itself; somebody moves it, and
notes that here. What a provider's report says of a settlement or payout is noted without anybody.
"""

from datetime import date, datetime, timedelta

from lib.core import ids, log, page_keys
from lib.core.db import Db, DuplicateError
from lib.core.errors import InvalidError, ProviderUnavailableError
from lib.ledger import service as ledger
from lib.ledger.rules import Account
from lib.operators import service as operators
from lib.providers.http import ProviderRefusedError
from lib.treasury import entries, repository, rules
from lib.treasury.repository import Move as Row
from lib.treasury.rules import Needed
from lib.treasury.schemas import (
    MoveNotedOtherwiseError,
    NotedMove,
    NoteMove,
    ReadTreasury,
    Treasury,
    WaitingSum,
)

_SOON = timedelta(days=3)
_NEEDS_FUNDS = frozenset({"pending", "awaiting_platform_funds"})
# Reports go by days in Norway, which are ahead of UTC.
_AHEAD = timedelta(days=1)


def report(db: Db, wanted: ReadTreasury, *, operator_id: str, now: datetime) -> Treasury:
    """Return what our books know; `ask_stripe` follows. The reading is logged."""
    before = page_keys.begin(wanted.after, page_keys.NEWEST_FIRST)
    found = repository.page(db, before=before, limit=wanted.limit + 1)
    found, following = page_keys.cut(found, wanted.limit)
    moves = [_shown(row) for row in found]
    operators.log(db, operator_id, "read_treasury", None, wanted.reason, now)
    due_by = now + _SOON
    ours = ledger.own_balances(db)
    return Treasury(
        vipps_owes_ore=-ours[Account.VIPPS_RECEIVABLE],
        bank_ore=-ours[Account.BANK],
        stripe_ore=-ours[Account.STRIPE_BALANCE],
        waiting=[WaitingSum(**vars(each)) for each in repository.waiting(db)],
        due_ore=repository.due_ore(db, by=due_by),
        due_by=due_by,
        stripe_available_ore=None,
        stripe_pending_ore=None,
        must_move_ore=0,
        moves=moves,
        next=following,
    )


def ask_stripe(begun: Treasury, now: datetime) -> Treasury:
    """Return the report with what Stripe says of our balance, if it answers."""
    from lib.providers.stripe import balance

    del now
    available_ore = pending_ore = None
    try:
        found = balance.balance()
        available_ore, pending_ore = found.available_ore, found.pending_ore
    except (ProviderUnavailableError, ProviderRefusedError) as error:
        log.failure("balance_not_known", error)
    waiting_ore = sum(each.amount_ore for each in begun.waiting if each.state in _NEEDS_FUNDS)
    needed = Needed(waiting_ore, begun.due_ore)
    return begun.model_copy(
        update={
            "stripe_available_ore": available_ore,
            "stripe_pending_ore": pending_ore,
            "must_move_ore": needed.missing_ore(available_ore or 0),
        }
    )


def note(db: Db, wanted: NoteMove, *, operator_id: str, now: datetime) -> NotedMove:
    """Note a move that an operator has made or seen, and book it; the same again is no other.

    Raises MoveNotedOtherwiseError, InvalidError for a day to come.
    """
    if wanted.happened_on > (now + _AHEAD).date():
        raise InvalidError(
            errors=[{"pointer": "/happened_on", "code": "future", "detail": "Not yet"}]
        )
    found = _written(
        db,
        rules.Move(wanted.kind),
        (wanted.amount_ore, wanted.fee_ore),
        reference=wanted.reference,
        happened_on=wanted.happened_on,
        noted_by=operator_id,
        now=now,
    )
    operators.log(db, operator_id, "note_move", None, wanted.reason, now, object_id=found.id)
    return _shown(found)


def note_reported(
    db: Db,
    kind: rules.Move,
    sums: tuple[int, int],
    *,
    reference: str,
    happened_on: date,
    now: datetime,
) -> None:
    """Note what a provider's report says; `sums` are what arrived and what was kept, in øre.

    Raises MoveNotedOtherwiseError where somebody has noted it with other figures.
    """
    _written(db, kind, sums, reference=reference, happened_on=happened_on, noted_by=None, now=now)


def known(db: Db, kind: rules.Move, reference: str) -> NotedMove | None:
    """Return the move that was noted by this reference."""
    found = repository.find(db, kind=kind, reference=reference)
    return _shown(found) if found else None


def _written(
    db: Db,
    kind: rules.Move,
    sums: tuple[int, int],
    *,
    reference: str,
    happened_on: date,
    noted_by: str | None,
    now: datetime,
) -> Row:
    amount_ore, fee_ore = sums
    move = Row(ids.new("trm"), kind, amount_ore, fee_ore, reference, happened_on, noted_by, now)
    try:
        repository.insert(db, move)
    except DuplicateError:
        before = repository.find(db, kind=kind, reference=reference) or move
        if (before.amount_ore, before.fee_ore) != sums:
            raise MoveNotedOtherwiseError(
                amount_ore=before.amount_ore, fee_ore=before.fee_ore
            ) from None
        return before
    ledger.book(db, entries.of(kind, amount_ore, fee_ore), cause_id=move.id, now=now)
    return move


def _shown(row: Row) -> NotedMove:
    return NotedMove.model_validate({**vars(row), "by_report": row.noted_by is None})
