"""What a person gets back: the statute as a table, and what holds whatever the evidence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lib.core import money
from lib.purchases.refund_rules import (
    GIVES_BACK,
    Evidence,
    Ground,
    unused,
    withdrawable_until,
    withdrawal,
)

BOUGHT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = BOUGHT + timedelta(days=7)
TEN_HOURS = Evidence(
    amount_ore=900_000,
    quarters=40,
    captured_ore=900_000,
    refunded_ore=0,
    unearned_ore=900_000,
    concluded_at=BOUGHT,
    early_start_at=BOUGHT,
)


def given_hours(quarters: int, **more: object) -> Evidence:
    earned_ore = money.part(900_000, quarters, 40)
    evidence = replace(TEN_HOURS, given=quarters, unearned_ore=900_000 - earned_ore)
    return replace(evidence, **more)  # type: ignore[arg-type]  # by name, at run time


@pytest.mark.parametrize(
    ("evidence", "now", "refund_ore", "ground"),
    [
        pytest.param(TEN_HOURS, LATER, 900_000, Ground.WITHDRAWAL, id="nothing-given"),
        pytest.param(
            replace(TEN_HOURS, early_start_at=None),
            LATER,
            900_000,
            Ground.WITHDRAWAL,
            id="nothing-given-nor-asked",
        ),
        pytest.param(given_hours(12), LATER, 630_000, Ground.WITHDRAWAL, id="three-of-ten-given"),
        pytest.param(
            given_hours(12, early_start_at=None),
            LATER,
            900_000,
            Ground.WITHDRAWAL,
            id="given-unasked-costs-nothing",
        ),
        pytest.param(given_hours(40), LATER, 0, Ground.ALL_GIVEN, id="all-given"),
        pytest.param(
            given_hours(40, early_start_at=None),
            LATER,
            900_000,
            Ground.WITHDRAWAL,
            id="all-given-unasked",
        ),
        pytest.param(
            given_hours(8, undecided=4), LATER, 630_000, Ground.WITHDRAWAL, id="one-undecided"
        ),
        pytest.param(
            replace(TEN_HOURS, undecided=40), LATER, 0, Ground.UNDECIDED, id="all-undecided"
        ),
        pytest.param(
            TEN_HOURS,
            withdrawable_until(BOUGHT) - timedelta(microseconds=1),
            900_000,
            Ground.WITHDRAWAL,
            id="the-last-microsecond",
        ),
        pytest.param(TEN_HOURS, withdrawable_until(BOUGHT), 0, Ground.TOO_LATE, id="too-late"),
        pytest.param(
            given_hours(12, refunded_ore=630_000, unearned_ore=0),
            LATER,
            0,
            Ground.NOTHING_LEFT,
            id="withdrawn-before",
        ),
        pytest.param(
            given_hours(12, refunded_ore=100_000),
            LATER,
            630_000,
            Ground.WITHDRAWAL,
            id="goodwill-for-given-hours-takes-nothing-from-it",
        ),
    ],
)
def test_the_statute_as_a_table(
    evidence: Evidence, now: datetime, refund_ore: int, ground: Ground
) -> None:
    decision = withdrawal(evidence, now)
    assert (decision.refund_ore, decision.ground) == (refund_ore, ground)
    assert (decision.ground in GIVES_BACK) == (refund_ore > 0)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    amount_ore, quarters = draw(st.integers(100, 65_000_000)), draw(st.integers(1, 400))
    taken = draw(st.integers(0, quarters))
    undecided = draw(st.integers(0, quarters - taken))
    earned_ore = money.part(amount_ore, taken, quarters)
    back_ore = draw(st.integers(0, amount_ore - earned_ore))
    goodwill_ore = draw(st.integers(0, earned_ore))
    return Evidence(
        amount_ore=amount_ore,
        quarters=quarters,
        captured_ore=amount_ore,
        refunded_ore=back_ore + goodwill_ore,
        unearned_ore=amount_ore - earned_ore - back_ore,
        concluded_at=BOUGHT,
        early_start_at=draw(st.sampled_from([None, BOUGHT])),
        given=taken,
        undecided=undecided,
    )


@given(evidences(), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_never_more_goes_back_than_is_left_and_never_what_others_earned(
    evidence: Evidence, after: timedelta
) -> None:
    decision = withdrawal(evidence, BOUGHT + after)
    assert 0 <= decision.unearned_ore <= evidence.unearned_ore
    assert decision.unearned_ore <= decision.refund_ore
    assert decision.refund_ore <= evidence.captured_ore - evidence.refunded_ore
    if evidence.early_start_at:
        assert decision.refund_ore == decision.unearned_ore, "given hours are paid for"


@given(evidences(), st.sampled_from([Ground.EXPIRED, Ground.LEAVING]))
def test_what_nobody_used_goes_back_and_what_is_undecided_stays(
    evidence: Evidence, ground: Ground
) -> None:
    decision = unused(evidence, ground)
    until = money.part(evidence.amount_ore, evidence.given + evidence.undecided, evidence.quarters)
    kept_ore = evidence.unearned_ore - decision.refund_ore
    undecided_ore = until - evidence.given_ore
    assert decision.refund_ore == decision.unearned_ore
    assert kept_ore == min(undecided_ore, evidence.unearned_ore)


@given(evidences())
def test_a_decision_says_in_both_languages_what_goes_back(evidence: Evidence) -> None:
    decision = withdrawal(evidence, LATER)
    assume(decision.refund_ore)
    whole, rest = divmod(decision.refund_ore, 100)
    for words in (decision.nb, decision.en):
        assert f"{whole},{rest:02} kr" in words


@given(evidences(), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_the_same_evidence_at_the_same_time_gives_the_same_decision(
    evidence: Evidence, after: timedelta
) -> None:
    assert withdrawal(evidence, BOUGHT + after) == withdrawal(replace(evidence), BOUGHT + after)
