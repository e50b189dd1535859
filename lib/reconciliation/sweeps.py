"""What never came: events that Stripe could not deliver, and addresses that nothing is sent to.

An event that is found is stored as if it had come, and handled from the store as any other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from lib.core import clock, config, log
from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.inbound import service as inbound
from lib.payouts import service as payouts
from lib.providers.http import ProviderRefusedError
from lib.providers.stripe import client, endpoints, events
from lib.providers.stripe import webhook as stripe_webhook
from lib.providers.stripe.payloads import StripeEvent
from lib.providers.vipps import webhook as vipps_webhook
from lib.reconciliation import differences, progress
from lib.reconciliation.kinds import Finding, Kind
from lib.reconciliation.schemas import Checked

_OURS = "stripe_events"
_THEIRS = "mentors_events"
_ADDRESSES = "addresses"
# A webhook is given this long to come by itself.
_ON_ITS_WAY = timedelta(minutes=10)
# Clocks differ, and a page may end within a second: what is found twice is stored once.
_OVERLAP = timedelta(minutes=5)
# Stripe keeps events for so long. A first run takes all of them: nobody knows since when none has
# been delivered, and a transfer that was reversed is told of in no other way.
_KEPT = timedelta(days=30)
_ACCOUNTS = 40
_DAILY = timedelta(hours=23)
# At most twenty can be named in one asking.
OUR_KINDS = (
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "transfer.reversed",
)
MENTORS_KINDS = (
    "account.application.deauthorized",
    "account.updated",
    "capability.updated",
    "payout.failed",
    "payout.paid",
)


def fetch_events(now: datetime, deadline: datetime) -> Checked:
    """Fetch what Stripe could not deliver of our own account's events, since the last run."""
    here = transact(lambda db: progress.of(db, _OURS, now))
    since = _since(here.position, now)
    until = now - _ON_ITS_WAY
    found = events.undelivered(since=since - _OVERLAP, until=until, kinds=OUR_KINDS)
    examined = _taken(found, now, deadline)
    if clock.now() < deadline:
        transact(lambda db: _through(db, _OURS, until.isoformat(), now))
    return Checked(check=_OURS, examined=examined, opened=0, round_ended_at=now)


def fetch_events_of_mentors(now: datetime, deadline: datetime) -> Checked:
    """Fetch the same of some mentors' accounts: those that are next, until all were asked about.

    One that we have no access to (any more) is asked about itself: the event that told of the end
    of our access is among those that can't be fetched.
    """
    here = transact(lambda db: progress.begun(progress.of(db, _THEIRS, now), now))
    # Each was asked about in the round before: not before that began.
    since = _since(progress.carried(here).get("since", ""), now) - _OVERLAP
    accounts = transact(lambda db: payouts.connected(db, after=here.position, limit=_ACCOUNTS))
    examined = 0
    last = here.position
    for mentor_id, account in accounts:
        examined += _of_mentor(mentor_id, account, since, now, deadline)
        if clock.now() >= deadline:
            break  # perhaps not all of this one: the next run asks about it again
        last = mentor_id
    if accounts:
        transact(lambda db: progress.advanced(db, here, last))
    else:
        began = {"since": here.round_began_at.isoformat()}
        transact(lambda db: progress.ended(db, here, now, began))
    return Checked(check=_THEIRS, examined=examined, opened=0, round_ended_at=here.round_ended_at)


def check_addresses(now: datetime) -> Checked:
    """See once a day that our addresses are registered; one that is not is a difference."""
    here = transact(lambda db: progress.of(db, _ADDRESSES, now))
    if here.round_ended_at and here.round_ended_at > now - _DAILY:
        return Checked(check=_ADDRESSES, examined=0, opened=0, round_ended_at=here.round_ended_at)
    findings = list(_unregistered(now))
    opened = transact(partial(_note_addresses, findings, now))
    return Checked(check=_ADDRESSES, examined=2, opened=opened, round_ended_at=now)


def _unregistered(now: datetime) -> Iterator[Finding]:
    """Yield the providers that send nothing here, or not all of what they should."""
    if config.text("VIPPS_WEBHOOK_SECRET", "") and not vipps_webhook.is_registered(now):
        yield Finding(Kind.WEBHOOK_UNREGISTERED, "vipps")
    wanted = {*OUR_KINDS, *MENTORS_KINDS}
    if config.listing("STRIPE_WEBHOOK_SECRETS") and endpoints.missing(wanted):
        yield Finding(Kind.WEBHOOK_UNREGISTERED, "stripe")


def _note_addresses(findings: Sequence[Finding], now: datetime, db: Db) -> int:
    opened = differences.note(db, findings, now)
    for provider in ("vipps", "stripe"):
        differences.close_about(db, [Kind.WEBHOOK_UNREGISTERED], provider, now)
    progress.ended(db, progress.of(db, _ADDRESSES, now), now)
    return opened


def _of_mentor(
    mentor_id: str, account: str, since: datetime, now: datetime, deadline: datetime
) -> int:
    until = now - _ON_ITS_WAY
    try:
        found = events.undelivered(since=since, until=until, kinds=MENTORS_KINDS, account=account)
        return _taken(found, now, deadline)
    except ProviderRefusedError as error:
        log.event("events_not_reachable", code=error.code)
        if error.code == client.NO_ACCESS:
            payouts.ask_about_account(mentor_id=mentor_id, now=now)
        return 0


def _taken(found: Iterable[StripeEvent], now: datetime, deadline: datetime) -> int:
    """Store events as if they had come; return how many."""
    number = 0
    for event in found:
        if clock.now() >= deadline:
            break
        if not stripe_webhook.is_of_our_mode(event):
            continue
        transact(partial(_store, event, now))
        number += 1
    return number


def _store(event: StripeEvent, now: datetime, db: Db) -> None:
    inbound.receive(
        db,
        source="stripe",
        event_id=event.id,
        kind=event.type,
        payload=event.model_dump_json(),
        now=now,
    )


def _since(position: str, now: datetime) -> datetime:
    return datetime.fromisoformat(position) if position else now - _KEPT


def _through(db: Db, job: str, position: str, now: datetime) -> None:
    there = progress.advanced(db, progress.of(db, job, now), position)
    progress.caught_up(db, there, now)


def run(now: datetime, deadline: datetime) -> list[Checked]:
    """Do all of it; what one of the providers does not answer waits for the next run."""
    done: list[Checked] = []
    parts: tuple[Callable[[], Checked], ...] = (
        lambda: fetch_events(now, deadline),
        lambda: fetch_events_of_mentors(now, deadline),
        lambda: check_addresses(now),
    )
    for part in parts:
        try:
            done.append(part())
        except (ProviderUnavailableError, ProviderRefusedError) as error:
            log.failure("sweep_not_done", error)
    return done
