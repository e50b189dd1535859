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
        "silence_is_refusal",
        "a payment whose making was not answered counts as refused",
        "lib.purchases.service",
        "except ProviderRefusedError as error:\n        code = error.code",
        "except Exception as error:\n        code = error.code",
    ),
    Plant(
        "key_trusted_for_ever",
        "a transfer is repeated with a key that Stripe has forgotten after 24 hours",
        "lib.payouts.service",
        "if now - operation.created_at > _KEY_IS_SAFE:",
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
        "payout_without_hold",
        "a mentor is paid before the time to contest is over",
        "lib.payouts.service",
        "db, mentor_id=mentor_id, captured_before=now - rules.hold(), limit=_MOST_ITEMS",
        "db, mentor_id=mentor_id, captured_before=now, limit=_MOST_ITEMS",
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
        "purchase_read_without_lock",
        "a purchase is authorised and given up by two at once",
        "lib.purchases.repository",
        "closed_at FROM purchase WHERE id = %(purchase_id)s FOR UPDATE",
        "closed_at FROM purchase WHERE id = %(purchase_id)s",
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
        "erased_with_money_under_way",
        "somebody is erased while money of theirs is under way",
        "lib.privacy.leaving",
        "return (scheduling.open_for, purchases.open_for, payouts.open_for, held)",
        "return (held,)",
    ),
    Plant(
        "commit_reply_is_failure",
        "a commit whose reply was lost is taken for undone, and the call is answered as failed",
        "lib.core.db",
        "if committing and not repeatable:",
        "if committing:",
    ),
    Plant(
        "step_under_a_changing_name",
        "a step of the books is booked under another name each time",
        "lib.payouts.service",
        'step="transfer",',
        'step=f"transfer.{operation.attempt}",',
    ),
    Plant(
        "released_unseen",
        "money counts as let go before Vipps has said so",
        "lib.purchases.release",
        "if not _is_released(found):\n        raise ProviderUnavailableError",
        "if False:\n        raise ProviderUnavailableError",
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
