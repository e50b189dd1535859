"""Decisions about meetings: when the room is open, and when an hour counts as given."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OPENS_BEFORE = timedelta(minutes=10)
CLOSES_AFTER = timedelta(minutes=15)
DELETED_AFTER = timedelta(minutes=30)
# Events come late and out of order: nothing is decided until they have had time to.
SETTLED_AFTER = timedelta(minutes=10)
# How long the mentee's word is waited for where the room has nothing to say.
WORD_WITHIN = timedelta(hours=24)
# How long Whereby is asked who was there, where it does not answer; then what is known decides.
ASKED_UNTIL = WORD_WITHIN + timedelta(hours=12)
# Together this long, or half of a short session, is a session.
_ENOUGH = timedelta(minutes=10)
# A mentor who has waited this long from the start has given the hour to someone who did not come.
_WAITED = timedelta(minutes=15)

type Interval = tuple[datetime, datetime]


class Ground(StrEnum):
    """Why a session counts as held or not."""

    OVERLAP = "overlap"
    MENTEE_WORD = "mentee_word"
    MENTEE_ABSENT = "mentee_absent"
    MENTOR_ABSENT = "mentor_absent"
    NO_EVIDENCE = "no_evidence"


class Step(StrEnum):
    """What somebody did at the room's door."""

    KNOCKED = "knocked"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True)
class Attendance:
    """Somebody knocked, joined or left; `step` is one of Step."""

    role: str
    participant_id: str
    step: str
    occurred_at: datetime


@dataclass(frozen=True)
class Decision:
    """Whether the hour was given."""

    is_delivered: bool
    ground: Ground
    overlap: timedelta


def is_open(now: datetime, *, starts_at: datetime, ends_at: datetime) -> bool:
    """Return whether the room lets people in."""
    return starts_at - OPENS_BEFORE <= now < ends_at + CLOSES_AFTER


def decide(
    events: list[Attendance], *, starts_at: datetime, ends_at: datetime, now: datetime
) -> Decision | None:
    """Return whether the session was held, from who was in the room and when; None: not known yet.

    `starts_at` and `ends_at` are the session's. Events get lost: somebody whose leaving was never
    told stayed to its end, and somebody whose joining was not had come by its start.
    """
    if now < ends_at + SETTLED_AFTER:
        return None
    session = (starts_at, ends_at)
    mentor = _presence(events, "mentor", session)
    mentee = _presence(events, "mentee", session)
    overlap = _total(_common(mentor, mentee))
    if overlap >= min(_ENOUGH, (ends_at - starts_at) / 2):
        return Decision(is_delivered=True, ground=Ground.OVERLAP, overlap=overlap)
    # A mentee who knocked was there; why nobody let them in is for people to say.
    was_mentee_seen = any(event.role == "mentee" for event in events)
    waited = _total(_common(mentor, [session]))
    if not was_mentee_seen and waited >= min(_WAITED, ends_at - starts_at):
        return Decision(is_delivered=True, ground=Ground.MENTEE_ABSENT, overlap=overlap)
    # That an hour was not given is decided only once the mentee had time to say.
    if now < ends_at + WORD_WITHIN:
        return None
    ground = Ground.MENTOR_ABSENT if was_mentee_seen and not mentor else Ground.NO_EVIDENCE
    return Decision(is_delivered=False, ground=ground, overlap=overlap)


def _presence(events: list[Attendance], role: str, session: Interval) -> list[Interval]:
    """Return when somebody in the role was there, as intervals that do not overlap, in order."""
    joined: dict[str, datetime] = {}
    left: dict[str, datetime] = {}
    for event in events:
        if event.role != role:
            continue
        who, when = event.participant_id, event.occurred_at
        if event.step == Step.JOINED:
            joined[who] = min(joined.get(who, when), when)
        elif event.step == Step.LEFT:
            left[who] = max(left.get(who, when), when)
    starts_at, ends_at = session
    opened, closed = starts_at - OPENS_BEFORE, ends_at + CLOSES_AFTER
    stays = [
        (max(joined.get(who, starts_at), opened), min(left.get(who, ends_at), closed))
        for who in joined | left
    ]
    return _merged(sorted(stay for stay in stays if stay[0] < stay[1]))


def _merged(stays: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for start, end in stays:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _common(one: list[Interval], other: list[Interval]) -> list[Interval]:
    pairs = [(max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other]
    return [pair for pair in pairs if pair[0] < pair[1]]


def _total(stays: list[Interval]) -> timedelta:
    return sum((end - start for start, end in stays), timedelta())
