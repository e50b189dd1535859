"""Whether an hour was given, against an oracle that goes through the session second by second."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.meetings import rules
from lib.meetings.rules import Attendance, Decision, Ground, Step

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
END = START + HOUR
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
LATER = END + timedelta(minutes=10)
A_DAY_LATER = END + timedelta(hours=24)


def joined(role: str, minute: float, participant: str = "") -> Attendance:
    return Attendance(role, participant or role, Step.JOINED, START + minute * MINUTE)


def left(role: str, minute: float, participant: str = "") -> Attendance:
    return Attendance(role, participant or role, Step.LEFT, START + minute * MINUTE)


def knocked(role: str, minute: float, participant: str = "") -> Attendance:
    return Attendance(role, participant or role, Step.KNOCKED, START + minute * MINUTE)


def both(since: float, till: float) -> list[Attendance]:
    return [
        step(role, at)
        for role in ("mentor", "mentee")
        for step, at in ((joined, since), (left, till))
    ]


def decide(
    events: list[Attendance], now: datetime = LATER, ends_at: datetime = END
) -> Decision | None:
    return rules.decide(events, starts_at=START, ends_at=ends_at, now=now)


def ground(events: list[Attendance], now: datetime = LATER) -> str | None:
    decision = decide(events, now)
    return decision.ground if decision else None


# ── the oracle


def seconds(events: list[Attendance], role: str) -> set[int]:
    """Every second, counted from the start, in which somebody in the role is in the open room."""
    there = set()
    for person in {event.participant_id for event in events}:
        own = [each for each in events if (each.role, each.participant_id) == (role, person)]
        arrivals = [each.occurred_at for each in own if each.step == Step.JOINED]
        departures = [each.occurred_at for each in own if each.step == Step.LEFT]
        if arrivals or departures:
            # Nobody told of a joining: from the session's start.
            since = (min(arrivals, default=START) - START) // SECOND
            # Nobody told of a leaving: to the session's end.
            till = (max(departures, default=END) - START) // SECOND
            there |= {second for second in range(since, till) if -600 <= second < 4500}
    return there


def oracle(events: list[Attendance], now: datetime) -> tuple[bool, str, int] | None:
    if now < LATER:
        return None
    mentor, mentee = seconds(events, "mentor"), seconds(events, "mentee")
    together = len(mentor & mentee)
    if together >= 600:
        return True, "overlap", together
    is_mentee_unseen = "mentee" not in {event.role for event in events}
    if is_mentee_unseen and len([second for second in mentor if 0 <= second < 3600]) >= 900:
        return True, "mentee_absent", together
    if now < A_DAY_LATER:
        return None
    is_mentor_absent = not is_mentee_unseen and not mentor
    return False, "mentor_absent" if is_mentor_absent else "no_evidence", together


EVENTS = st.lists(
    st.builds(
        Attendance,
        role=st.sampled_from(["mentor", "mentee"]),
        participant_id=st.sampled_from(["one", "two"]),
        step=st.sampled_from(Step),
        # From well before the room opens to well after it closes, edges included.
        occurred_at=st.one_of(
            st.integers(-900, 5400), st.sampled_from([-600, 0, 600, 900, 2700, 3600, 4500])
        ).map(lambda second: START + second * SECOND),
    ),
    max_size=8,
)
NOW = st.sampled_from([LATER - SECOND, LATER, A_DAY_LATER - SECOND, A_DAY_LATER])


@settings(max_examples=150, deadline=None)
@given(EVENTS, NOW)
def test_the_decision_is_that_of_the_oracle(events: list[Attendance], now: datetime) -> None:
    found = decide(events, now)
    plain = found and (found.is_delivered, str(found.ground), int(found.overlap.total_seconds()))
    assert plain == oracle(events, now)


@settings(max_examples=100, deadline=None)
@given(EVENTS, NOW, st.randoms())
def test_order_and_repetition_of_events_change_nothing(
    events: list[Attendance], now: datetime, random: object
) -> None:
    shuffled = [*events, *events[:3]]
    getattr(random, "shuffle")(shuffled)  # noqa: B009 (typed as object: it is hypothesis' own)
    assert decide(shuffled, now) == decide(events, now)


# ── the edges, by hand


def test_the_room_lets_people_in_from_ten_minutes_before_to_fifteen_after() -> None:
    opens, closes = START - 10 * MINUTE, END + 15 * MINUTE

    def is_open(now: datetime) -> bool:
        return rules.is_open(now, starts_at=START, ends_at=END)

    assert not is_open(opens - SECOND)
    assert is_open(opens)
    assert is_open(closes - SECOND)
    assert not is_open(closes)


def test_nothing_is_decided_before_late_events_have_had_their_time() -> None:
    assert decide(both(0, 60), LATER - SECOND) is None
    assert ground(both(0, 60), LATER) == Ground.OVERLAP


def test_ten_minutes_together_are_a_session_and_a_second_less_is_none() -> None:
    assert ground(both(20, 30)) == Ground.OVERLAP
    assert ground(both(20, 30 - 1 / 60)) is None


def test_half_of_a_short_session_is_enough() -> None:
    short = START + 15 * MINUTE
    events = both(0, 7.5)
    assert decide(events, short + 10 * MINUTE, short) == Decision(
        is_delivered=True, ground=Ground.OVERLAP, overlap=7.5 * MINUTE
    )
    assert decide(both(0, 7.4), short + 10 * MINUTE, short) is None


def test_together_before_the_start_and_after_the_end_counts_within_the_rooms_hours_only() -> None:
    assert ground(both(-30, 0)) == Ground.OVERLAP  # ten minutes of it with the room open
    assert ground(both(-30, -1)) is None
    assert ground(both(60, 70)) == Ground.OVERLAP
    assert ground(both(66, 90)) is None


def test_times_apart_add_up_and_two_devices_of_one_person_do_not_count_twice() -> None:
    mentor = [joined("mentor", 0), left("mentor", 60)]
    twice = [joined("mentee", 0, "a"), left("mentee", 6, "a"), joined("mentee", 30, "b")]
    assert ground([*mentor, *twice, left("mentee", 34, "b")]) == Ground.OVERLAP
    same = [joined("mentee", 0, "a"), left("mentee", 6, "a"), joined("mentee", 0, "b")]
    assert ground([*mentor, *same, left("mentee", 6, "b")]) is None


def test_a_leaving_that_was_never_told_lasts_to_the_end_of_the_session() -> None:
    found = decide([joined("mentor", 10), joined("mentee", 40)])
    assert found == Decision(is_delivered=True, ground=Ground.OVERLAP, overlap=20 * MINUTE)


def test_a_joining_that_was_never_told_was_at_the_start_of_the_session() -> None:
    found = decide([left("mentor", 50), joined("mentee", 20), left("mentee", 50)])
    assert found == Decision(is_delivered=True, ground=Ground.OVERLAP, overlap=30 * MINUTE)


def test_a_mentee_who_knocked_at_a_door_that_nobody_opened_was_not_absent() -> None:
    mentor = [joined("mentor", 0), left("mentor", 60)]
    assert ground([*mentor, knocked("mentee", 5)], A_DAY_LATER) == Ground.NO_EVIDENCE
    assert ground([knocked("mentee", 5)], A_DAY_LATER) == Ground.MENTOR_ABSENT


def test_a_mentor_who_waited_a_quarter_of_an_hour_for_nobody_has_given_the_hour() -> None:
    assert ground([joined("mentor", 0), left("mentor", 15)]) == Ground.MENTEE_ABSENT
    assert ground([joined("mentor", 0), left("mentor", 15 - 1 / 60)]) is None
    early = [joined("mentor", -10), left("mentor", 10)]
    assert ground(early) is None  # waiting before the start is not waiting


def test_a_mentee_who_came_for_a_moment_was_not_absent() -> None:
    mentor = [joined("mentor", 0), left("mentor", 60)]
    assert ground([*mentor, joined("mentee", 5), left("mentee", 6)], A_DAY_LATER) == (
        Ground.NO_EVIDENCE
    )


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ([joined("mentee", 0), left("mentee", 30)], Ground.MENTOR_ABSENT),
        ([], Ground.NO_EVIDENCE),
        ([joined("mentor", 0), left("mentor", 14)], Ground.NO_EVIDENCE),
    ],
)
def test_that_an_hour_was_not_given_is_decided_once_the_mentee_had_a_day_to_say(
    events: list[Attendance], wanted: Ground
) -> None:
    assert decide(events, A_DAY_LATER - SECOND) is None
    found = decide(events, A_DAY_LATER)
    assert found is not None
    assert (found.is_delivered, found.ground) == (False, wanted)
