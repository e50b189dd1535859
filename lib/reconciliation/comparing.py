"""Ours against theirs: each purchase that changed is looked up at its rail, each payout at Stripe.

So many a run, that a rail is never asked more than it likes; where it is silent, the rest waits for
the next run. What has long been well is looked at again, so that in time the whole history is.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from lib.core import clock, log
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.providers.http import ProviderRefusedError
from lib.purchases import service as purchases
from lib.reconciliation import differences, progress, rail_repository, rail_rules, repository
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.rail_repository import Payout
from lib.reconciliation.rail_rules import Ours, PaidOut, Theirs
from lib.reconciliation.schemas import Checked

_RAILS = "rails"
_TRANSFERS = "transfers"
# Vipps takes 120 looks a minute, and payments under way need most of them.
_MOST = 40
_MOST_TRANSFERS = 20
# A difference is looked at anew at most so often; what was well, in so long.
_AGAIN = timedelta(hours=1)
_PATROL = timedelta(days=30)
_STATES = ("captured", "released", "expired", "terminated", "aborted", "failed")
_OF_PAYMENT = (Kind.RAIL_UNKNOWN, Kind.RAIL_CAPTURED, Kind.RAIL_REFUNDED, Kind.RAIL_RESERVED)
_OF_TRANSFER = (Kind.TRANSFER_MISSING, Kind.TRANSFER_AMOUNT, Kind.TRANSFER_REVERSED)


def compare_purchases(now: datetime, deadline: datetime) -> Checked:
    """Compare purchases with their rails: those that differed, that changed, that are long ago."""
    examined = opened = 0
    silent: set[str] = set()
    for purchase_id in _wanted(now):
        if clock.now() >= deadline or examined >= _MOST:
            break
        ours = transact(partial(_ours, purchase_id))
        if ours is None or ours.rail in silent:
            continue
        try:
            opened += _compared(ours, now)
        except ProviderUnavailableError:
            silent.add(ours.rail)
        except Exception as error:  # noqa: BLE001 (one purchase must not stop the rest)
            log.failure("purchase_not_compared", error, purchase=purchase_id)
        examined += 1
    return progress.checked(_RAILS, examined, opened)


def compare_payouts(now: datetime, deadline: datetime) -> Checked:
    """Compare paid payouts with their transfers: those that changed, and that are long ago."""
    examined = opened = 0
    page = transact(lambda db: _payouts(db, now))
    for payout in page:
        if clock.now() >= deadline:
            break
        try:
            opened += _payout_compared(payout, now)
        except ProviderUnavailableError:
            break
        except Exception as error:  # noqa: BLE001 (one payout must not stop the rest)
            log.failure("payout_not_compared", error, payout=payout.id)
        examined += 1
    return progress.checked(_TRANSFERS, examined, opened)


def _wanted(now: datetime) -> Iterator[str]:
    """Yield which purchases are to be compared, each once, as far as anybody asks."""
    differing = transact(
        lambda db: repository.open_of(db, kinds=_OF_PAYMENT, after="", limit=_MOST)
    )
    yield from dict.fromkeys(
        each.subject_id for each in differing if each.last_seen_at <= now - _AGAIN
    )
    yield from transact(lambda db: _changed(db, now))
    long_ago = now - _PATROL
    for row in transact(
        lambda db: rail_repository.compared_before(db, before=long_ago, limit=_MOST)
    ):
        yield row.id


def _changed(db: Db, now: datetime) -> list[str]:
    """Return the next purchases whose sums changed, by key; at the end it begins again.

    Where one can't be compared it is met again only after all the others.
    """
    here = progress.begun(progress.of(db, _RAILS, now), now)
    chosen = _after(db, here.position)
    if not chosen:
        chosen = _after(db, "") if here.position else []
        here = progress.begun(progress.ended(db, here, now), now)
    if chosen:
        progress.advanced(db, here, chosen[-1])
    return chosen


def _after(db: Db, position: str) -> list[str]:
    found: list[str] = []
    for state in _STATES:
        page = rail_repository.uncompared(db, state=state, after=position, limit=_MOST)
        found += [row.id for row in page]
    return sorted(found)[:_MOST]


def _ours(purchase_id: str, db: Db) -> rail_repository.Purchase | None:
    return rail_repository.purchase(db, purchase_id=purchase_id)


def _compared(row: rail_repository.Purchase, now: datetime) -> int:
    at_rail = purchases.at_rail(row.id, now)
    theirs = Theirs(**vars(at_rail)) if at_rail else None
    return transact(lambda db: _note(db, row, theirs, now))


def _note(db: Db, row: rail_repository.Purchase, theirs: Theirs | None, now: datetime) -> int:
    """Judge, unless our sums have changed while the rail was asked: then it is asked anew."""
    if rail_repository.purchase(db, purchase_id=row.id) != row:
        return 0
    ours = Ours(
        id=row.id,
        is_captured=row.state == "captured",
        is_open=row.state in {"created", "authorised"},
        captured_ore=row.captured_ore,
        refunded_ore=int(row.refunded_ore),
        going_ore=int(row.going_ore),
    )
    found = list(rail_rules.faults_of_payment(ours, theirs))
    opened = differences.note(db, found, now)
    differences.close_about(db, _OF_PAYMENT, row.id, now)
    rail_repository.set_compared(db, purchase_id=row.id, captured_ore=row.captured_ore, now=now)
    return opened


def _payouts(db: Db, now: datetime) -> list[Payout]:
    """Return the next payouts that are to be compared, as `_changed` does purchases."""
    here = progress.begun(progress.of(db, _TRANSFERS, now), now)
    page = _payouts_after(db, here.position, now)
    if not page:
        page = _payouts_after(db, "", now) if here.position else []
        here = progress.begun(progress.ended(db, here, now), now)
    if page:
        progress.advanced(db, here, page[-1].id)
    return page


def _payouts_after(db: Db, position: str, now: datetime) -> list[Payout]:
    return rail_repository.uncompared_payouts(
        db, before=now - _PATROL, after=position, limit=_MOST_TRANSFERS
    )


def _payout_compared(payout: Payout, now: datetime) -> int:
    from lib.providers.stripe import client, transfers

    amount_ore, reversed_ore = None, 0
    try:
        found = transfers.find(payout.provider_id or "")
        amount_ore, reversed_ore = found.amount_ore, found.reversed_ore
    except ProviderRefusedError as error:
        if error.code != client.NO_SUCH:
            raise
    return transact(lambda db: _note_payout(db, payout.id, amount_ore, reversed_ore, now))


def _note_payout(
    db: Db, payout_id: str, amount_ore: int | None, reversed_ore: int, now: datetime
) -> int:
    findings: list[Finding] = []
    for row in rail_repository.payouts(db, ids=[payout_id]):
        ours = PaidOut(id=row.id, amount_ore=row.amount_ore, reversed_ore=row.reversed_ore)
        findings += rail_rules.faults_of_transfer(ours, amount_ore, reversed_ore)
    opened = differences.note(db, findings, now)
    differences.close_about(db, _OF_TRANSFER, payout_id, now)
    rail_repository.set_payout_compared(db, payout_id=payout_id, now=now)
    return opened
