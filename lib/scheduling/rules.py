"""Decisions about bookings that need no database: the states, and what is allowed when."""

from datetime import datetime, timedelta
from typing import Literal

State = Literal[
    "requested",
    "held",
    "awaiting_payment",
    "confirmed",
    "completed",
    "undelivered",
    "declined",
    "cancelled",
    "expired",
]
Role = Literal["mentee", "mentor"]
# A paid session, as whoever decides about its money sees it; `begun` is not decided on yet.
Standing = Literal["to_come", "begun", "held", "not_held"]

# Every state with those that may follow it. This table is the whole state machine, and
# docs/scheduling/states.md its picture: `python -m lib.scheduling.picture`.
TRANSITIONS: dict[State, frozenset[State]] = {
    "requested": frozenset({"held", "declined", "expired", "cancelled"}),
    "held": frozenset({"awaiting_payment", "confirmed", "expired", "cancelled"}),
    "awaiting_payment": frozenset({"awaiting_payment", "confirmed", "expired", "cancelled"}),
    "confirmed": frozenset({"completed", "undelivered", "cancelled"}),
    "completed": frozenset(),
    "undelivered": frozenset(),
    "declined": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}

# Where a booking begins: with a request where the offer needs the mentor's approval.
FIRST: tuple[State, ...] = ("requested", "held")
OPEN: frozenset[State] = frozenset(state for state, following in TRANSITIONS.items() if following)
# A booking that ends like this never takes place: its time is free again.
FREES_TIME: frozenset[State] = frozenset({"declined", "cancelled", "expired"})

# A payment is for the time that it was begun for: while one is under way nothing is moved.
MOVABLE: frozenset[State] = frozenset({"requested", "held", "confirmed"})
MAX_MOVES = 3

TIME_TO_ANSWER = timedelta(hours=48)
HOLD = timedelta(minutes=10)
# A card's guarantee ends after seven days, BankAxept's for good. A session that is paid for no more
# than six days ahead has been held, and the mentee has had a day to say so, while it still stands.
PAYMENT_OPENS_BEFORE = timedelta(days=6)
TIME_TO_PAY = timedelta(days=1)
# Nobody can keep a mentor's calendar shut for nothing.
MAX_UNPAID = 5
RELEASE_BATCH = 100
MAX_OPEN = 500
PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

MAX_BUFFER_MINUTES = 240
MAX_NOTICE_MINUTES = 30 * 24 * 60
MAX_WINDOW_DAYS = 365
MAX_INTERVAL_MINUTES = 24 * 60
MAX_WEEKLY = 200
MAX_DATED = 500
MAX_AWAY = 100
# More quarter hours than half a year has: nobody gives as many sessions in a search or a month.
MAX_COUNTED = 20_000
MAX_DAYS_AWAY = 366
# A month of 31 local days is an hour longer where summer time ends.
LONGEST_SEARCH = timedelta(days=31, hours=1)

DEFAULT_TIME_ZONE = "Europe/Oslo"
DEFAULT_NOTICE_MINUTES = 120
DEFAULT_WINDOW_DAYS = 60


class ForbiddenTransitionError(Exception):
    """The code asked for a change of state that the table does not have: a mistake in the code."""


def check_transition(state: State, to: State) -> None:
    """Raise ForbiddenTransitionError unless the table allows it."""
    if to not in TRANSITIONS[state]:
        raise ForbiddenTransitionError(f"{state} -> {to}")


def payment_opens(starts_at: datetime) -> datetime:
    """Return from when on a session can be paid for."""
    return starts_at - PAYMENT_OPENS_BEFORE


def hold_ends(now: datetime, starts_at: datetime) -> datetime:
    """Return until when an unpaid slot is kept.

    Ten minutes, and never beyond its start; before payment opens, until a day after it does.
    """
    opens_at = payment_opens(starts_at)
    return opens_at + TIME_TO_PAY if now < opens_at else min(now + HOLD, starts_at)


def answer_due(now: datetime, starts_at: datetime) -> datetime:
    """Return until when a request waits for its mentor: two days, and never beyond its start."""
    return min(now + TIME_TO_ANSWER, starts_at)


def approved_hold_ends(now: datetime, starts_at: datetime) -> datetime:
    """Return until when an approved slot is kept unpaid.

    The mentee was not there when it was approved, so for a day, or longer where any other hold
    would be; never beyond its start.
    """
    return min(max(now + TIME_TO_PAY, hold_ends(now, starts_at)), starts_at)


def is_answerable(state: State, answer_due_at: datetime, now: datetime) -> bool:
    """Return whether the mentor may still approve or decline."""
    return state == "requested" and now < answer_due_at


def minutes_of(starts_at: datetime, ends_at: datetime) -> int:
    """Return how long a session is."""
    return (ends_at - starts_at) // timedelta(minutes=1)


def move_closes(starts_at: datetime, notice_minutes: int) -> datetime:
    """Return until when its mentee may move a session, by the notice that the mentor wants."""
    return starts_at - timedelta(minutes=notice_minutes)


def is_movable(state: State, closes_at: datetime, now: datetime) -> bool:
    """Return whether a booking can be moved: not while a payment is under way for it, or after."""
    return state in MOVABLE and now < closes_at


def moved_hold_ends(
    state: State, hold_expires_at: datetime, now: datetime, starts_at: datetime
) -> datetime:
    """Return until when a moved booking waits for an answer or a payment: anew, where it does."""
    if state == "requested":
        return answer_due(now, starts_at)
    return hold_ends(now, starts_at) if state == "held" else hold_expires_at


def is_payable(state: State, hold_expires_at: datetime, now: datetime) -> bool:
    """Return whether a payment for the booking may be begun."""
    return state in {"held", "awaiting_payment"} and now < hold_expires_at


def has_run_out(state: State, hold_expires_at: datetime, now: datetime) -> bool:
    """Return whether this is a request or a hold that nobody answered or began to pay in time.

    With a payment begun it is the payment that decides, so that nobody pays for a lost slot.
    """
    return state in {"requested", "held"} and hold_expires_at <= now


def is_cancellable(state: State, starts_at: datetime, now: datetime) -> bool:
    """Return whether a party may call the session off: until it begins."""
    return "cancelled" in TRANSITIONS[state] and now < starts_at


def standing(state: State, starts_at: datetime, now: datetime) -> Standing:
    """Return how a session stands that was paid for."""
    if state == "confirmed":
        return "to_come" if now < starts_at else "begun"
    return "held" if state == "completed" else "not_held"


def has_payment(state: State) -> bool:
    """Return whether money may be reserved or on its way for a booking in this state."""
    return state in {"awaiting_payment", "confirmed"}
