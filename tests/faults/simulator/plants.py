"""Bugs that real systems have had, each in one line, put into the product's text as it is loaded.

They show that the simulator finds what it is for. Nothing is changed on disk: a worker that is told
to plant a bug loads one module of the product otherwise than it stands there.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType


@dataclass(frozen=True)
class Plant:
    """One line of a module, and what it is replaced by; `about` says what is wrong then."""

    name: str
    about: str
    module: str
    line: str
    replacement: str


PLANTS = (
    Plant(
        "key_per_try",
        "an operation that was not answered is tried again with a new idempotency key",
        "lib.operations.service",
        'if latest and latest.state != "refused":',
        'if latest and latest.state == "done":',
    ),
    Plant(
        "key_trusted_for_ever",
        "a transfer is repeated with a key that Stripe has forgotten after 24 hours",
        "lib.payouts.service",
        "if operations.may_be_forgotten(operation, now):",
        "if False:",
    ),
    Plant(
        "empty_room_counts",
        "an hour counts as given though nobody was in the room",
        "lib.meetings.rules",
        "if overlap >= min(_ENOUGH, (ends_at - starts_at) / 2):",
        "if overlap >= timedelta():",
    ),
    Plant(
        "mentee_at_the_door_is_absent",
        "a mentee who came is charged as if they had not",
        "lib.meetings.rules",
        'was_mentee_seen = any(event.role == "mentee" for event in events)',
        "was_mentee_seen = False",
    ),
    Plant(
        "lease_ignored",
        "a job runs while another run of it has the lease",
        "lib.web.repository",
        "AND (leased_until <= %(now)s OR holder = %(holder)s)",
        "AND (leased_until <= %(now)s OR holder <> '')",
    ),
    Plant(
        "no_release_after_cancel",
        "what was reserved for a session that was called off is kept",
        "lib.scheduling.service",
        "if rules.has_payment(booking.state):",
        "if False:",
    ),
    Plant(
        "no_release_of_late_money",
        "money that is approved after its slot was given up is kept",
        "lib.purchases.payment",
        'outbox.write(db, topic="purchases.release", subject_id=purchase.booking_id, now=now)',
        "pass",
    ),
    Plant(
        "delivered_before_acting",
        "a message is marked as delivered before its handler has acted",
        "lib.outbox.service",
        "topics.handler(message.topic)(message.subject_id, clock.now())",
        "transact(lambda db: repository.mark_delivered(db, message_id=message.id, now=clock.now()))"
        " or topics.handler(message.topic)(message.subject_id, clock.now())",
    ),
    Plant(
        "booking_read_without_lock",
        "a booking is changed by two at once, and one change is lost",
        "lib.scheduling.service",
        'booking = _locked(db, booking_id)\n    if booking.state != "awaiting_payment":',
        'booking = find(db, booking_id)\n    if booking.state != "awaiting_payment":',
    ),
    Plant(
        "no_idempotency",
        "a call that is repeated is done again",
        "lib.web.endpoint",
        "if route.idempotent and caller:",
        "if False:",
    ),
    Plant(
        "reply_forgotten",
        "the reply to a call is not kept for its repetition",
        "lib.web.idempotency",
        "if reply is not None:",
        "if False:",
    ),
    Plant(
        "mentee_time_not_taken",
        "a mentee can be in two sessions at once",
        "lib.scheduling.booking",
        "mentee_id: session,",
        "mentee_id: range(session.start, session.start + 1),",
    ),
    Plant(
        "time_not_given_back",
        "the time of a cancelled session stays taken",
        "lib.scheduling.service",
        "if to in rules.FREES_TIME:",
        'if to == "expired":',
    ),
    Plant(
        "commit_reply_is_failure",
        "a commit whose reply was lost is taken for undone, and the call is answered as failed",
        "lib.core.db",
        "if committing and not repeatable:",
        "if committing:",
    ),
    Plant(
        "silence_is_refusal",
        "a capture that was not answered counts as refused, and is asked for with a new key",
        "lib.purchases.asking",
        "    except RefusedError as error:\n        found = truth(purchase, now)",
        "    except Exception as silent:\n"
        "        error = RefusedError(str(silent), is_passing=True)\n"
        "        found = truth(purchase, now)",
    ),
    Plant(
        "payout_without_hold",
        "a mentor is paid before the time to contest is over",
        "lib.earnings.service",
        'values = {"quarters": quarters, "available_at": now + hold(), "is_claw_back": False}',
        'values = {"quarters": quarters, "available_at": now, "is_claw_back": False}',
    ),
    Plant(
        "purchase_read_without_lock",
        "a purchase is changed by two at once",
        "lib.purchases.repository",
        "WHERE id = %(purchase_id)s\n           FOR UPDATE",
        "WHERE id = %(purchase_id)s",
    ),
    Plant(
        "erased_with_money_under_way",
        "somebody is erased while money of theirs is under way",
        "lib.privacy.leaving",
        "purchases.open_for",
        "(lambda db, person_id: [])",
    ),
    Plant(
        "released_unseen",
        "money counts as let go before its rail has said so",
        "lib.purchases.asking",
        "    if not is_done(found):\n        raise ProviderUnavailableError",
        "    if False:\n        raise ProviderUnavailableError",
    ),
    Plant(
        "webhook_trusted",
        "a payment counts as approved because a message says so, and its rail is not asked",
        "lib.purchases.payment",
        "    state = check(purchase_id, now)\n    if is_approved",
        "    told = transact(lambda db: repository.lock(db, purchase_id=purchase_id))\n"
        "    news = Payment(PaymentState.AUTHORISED, told.amount_ore) if is_approved else None\n"
        "    state = (\n"
        "        transact(lambda db: _apply(db, purchase_id, news, now))\n"
        "        if news\n"
        "        else check(purchase_id, now)\n"
        "    )\n"
        "    if is_approved",
    ),
    Plant(
        "capture_counts_when_asked",
        "a capture counts as done when it is not refused, whatever the rail has taken",
        "lib.purchases.capture",
        "is_done=lambda there: there.captured_ore == purchase.amount_ore,",
        "is_done=lambda there: True,",
    ),
    Plant(
        "refund_done_when_asked",
        "a refund that the bank takes its time over counts as done",
        "lib.purchases.stripe_rail",
        '"pending": GivenBack.ON_ITS_WAY,',
        '"pending": GivenBack.DONE,',
    ),
    Plant(
        "refund_not_looked_for",
        "a refund that was refused may have been carried out before, and nobody looks",
        "lib.purchases.refunding",
        "        known = rail.find_refund(purchase, refund, operation, now)\n"
        "        if known is not GivenBack.NOT_DONE:\n"
        "            return known\n"
        "        code",
        "        code",
    ),
    Plant(
        "refund_that_failed_later_stays_done",
        "money that comes back from the payer's bank days later is not noticed",
        "lib.purchases.stripe_events",
        'if found.status == "failed":',
        'if found.status == "lost":',
    ),
    Plant(
        "refund_booked_at_once",
        "a refund is booked as paid when it is decided, before its rail has answered",
        "lib.purchases.refunds",
        "prepaid_ore, is_pending=True)",
        "prepaid_ore)",
    ),
    Plant(
        "hours_given_back_twice",
        "hours of a session that was called off go back each time that it is handled",
        "lib.purchases.hours",
        'returned = {entry.purchase_id for entry in entries if entry.kind == "returned"}',
        "returned: set[str] = set()",
    ),
    Plant(
        "hours_given_back_though_given",
        "hours of a session are given back to a pack that is withdrawn from, held or not",
        "lib.purchases.withdrawal",
        'if scheduling.standing(db, booking_id=booking_id, now=now) == "not_held":',
        'if scheduling.standing(db, booking_id=booking_id, now=now) != "to_come":',
    ),
    Plant(
        "hours_not_given_back",
        "hours that a session drew are kept when it is called off",
        "lib.purchases.release",
        "    hours.give_back(db, booking_id=booking_id, now=now)\n",
        "",
    ),
    Plant(
        "hours_drawn_unlocked",
        "two sessions draw the same hours of a pack at once",
        "lib.purchases.hours",
        "        pack = selling.locked(db, each.purchase_id)\n",
        "        pack = repository.of_mentee("
        "db, purchase_id=each.purchase_id, mentee_id=mentee_id)\n",
    ),
    Plant(
        "expiry_ignores_sessions_under_way",
        "a pack that ends gives back the money of sessions that are about to be earned",
        "lib.purchases.withdrawal",
        "            undecided += quarters",
        "            undecided += 0",
    ),
    Plant(
        "pack_refunded_and_kept",
        "a pack that is withdrawn from keeps its hours",
        "lib.purchases.withdrawal",
        "    hours.take_out(db, purchase_id=purchase.id, kind=kind, cause_id=cause_id, now=now)\n",
        "",
    ),
    Plant(
        "issued_before_taken",
        "hours of a pack are issued when it is approved, before its money was taken",
        "lib.purchases.payment",
        '        outbox.write(db, topic="purchases.issue", subject_id=purchase.id, now=now)\n',
        '        outbox.write(db, topic="purchases.issue", subject_id=purchase.id, now=now)\n'
        "        from lib.purchases import hours\n\n"
        "        hours.issue(db, purchase, now=now)\n",
    ),
    Plant(
        "netting_counted_twice",
        "what a mentor owes is kept back of a payout that is already less by it",
        "lib.payouts.service",
        "netted_ore = -sum(row.share_ore for row in settled if row.is_claw_back)",
        "netted_ore = -2 * sum(row.share_ore for row in settled if row.is_claw_back)",
    ),
    Plant(
        "taken_back_of_what_is_paid_out",
        "what was paid out already is taken back as if it were still owed",
        "lib.earnings.service",
        "is_claw_back = owed_ore < -worth.share_ore",
        "is_claw_back = False",
    ),
    Plant(
        "payout_follows_the_account",
        "money for an account that has ended follows its mentor to the next one",
        "lib.payouts.service",
        "    if account is None or rules.is_lost("
        "account.state, account.provider_id, payout.destination):",
        "    if account is None:",
    ),
    Plant(
        "payout_settles_and_forgets",
        "earnings that are in a payout are not marked, and are paid again with the next one",
        "lib.payouts.service",
        "    earnings.settle(db, settled, payout_id=payout_id)\n",
        "    if len(settled) > 1:\n"
        "        earnings.settle(db, settled[:-1], payout_id=payout_id)\n",
    ),
    Plant(
        "called_off_unasked",
        "a held payout is called off without asking whether Stripe has moved it",
        "lib.payouts.holding",
        "    if moved:\n",
        "    if False:\n",
    ),
    Plant(
        "reversal_counted_whole",
        "each event of a transfer that came back counts all that has come back so far",
        "lib.payouts.reversals",
        "back_ore = reversed_ore - payout.reversed_ore",
        "back_ore = reversed_ore",
    ),
    Plant(
        "dispute_taken_once_more",
        "what a bank has taken is booked anew with each look at the dispute",
        "lib.purchases.disputes",
        'Entry(f"taken.{found.taken_ore}", disputed, ours, found.taken_ore - known.taken_ore),',
        'Entry(f"t.{now:%d%H%M%S}", disputed, ours, found.taken_ore),',
    ),
    Plant(
        "papers_numbered_unlocked",
        "two papers that are issued at once take one number",
        "lib.papers.repository",
        'found = db.one(Series, _SERIES + " FOR UPDATE", values)',
        "found = db.one(Series, _SERIES, values)",
    ),
    Plant(
        "outbox_row_dropped",
        "a message whose delivery was cut short is taken for delivered",
        "lib.outbox.repository",
        "AND (claimed_until IS NULL OR claimed_until <= %(now)s)",
        "AND claimed_until IS NULL",
    ),
    Plant(
        "told_before_the_commit",
        "a message is written in a transaction of its own, before what it tells is so",
        "lib.meetings.service",
        "    outbox.write(db, topic=topic, subject_id=booking_id, now=now)\n    return True",
        "    from lib.core.db import transact\n\n"
        "    transact(lambda own: outbox.write("
        "own, topic=topic, subject_id=booking_id, now=now))\n    return True",
    ),
    Plant(
        "refund_over_again",
        "what goes back is not counted on the purchase: it can be given back again",
        "lib.purchases.refunds",
        "    repository.set_refunded(db, purchase_id=purchase.id, refunded_ore=refunded_ore)\n",
        "",
    ),
)


class PlantError(Exception):
    """The line to replace does not stand in the module exactly once."""


def named(name: str) -> Plant:
    """Return the plant of a name; raises LookupError."""
    for plant in PLANTS:
        if plant.name == name:
            return plant
    raise LookupError(name)


def install(plant: Plant) -> None:
    """Have the module loaded with the bug, from now on, in this process."""
    if plant.module in sys.modules:
        raise PlantError(f"{plant.module} is loaded already")
    sys.meta_path.insert(0, _Finder(plant))


class _Finder(MetaPathFinder):
    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the planted module, and leave every other to the rest."""
        if fullname != self._plant.module:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is not None and found.origin:
            found.loader = _Loader(fullname, found.origin, self._plant)
        return found


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, plant: Plant) -> None:
        super().__init__(fullname, path)
        self._plant = plant

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed text; nothing that was compiled before is used or kept."""
        del fullname
        text = self.get_data(self.path).decode()
        if text.count(self._plant.line) != 1:
            raise PlantError(f"{self._plant.name}: the line is not there once")
        changed = text.replace(self._plant.line, self._plant.replacement)
        return compile(changed, self.path, "exec", dont_inherit=True)
