"""What a person gets back: one pure decision, from the evidence and the clock, said in words.

Angrerettloven (Act of 20 June 2014 no. 27): 14 days to withdraw (§ 21); who has asked expressly
that the hours may begin within them pays for what was given until then (§ 26), and can no longer
withdraw once everything was (§ 22 c); who has not asked pays nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lib.core import money, norwegian_days
from lib.purchases.hour_rules import WITHDRAWAL_DAYS

# Bumped with every change of what is decided, so that a decision can be derived again as it was.
VERSION = 2


class Ground(StrEnum):
    """Why money goes back, or why none does."""

    WITHDRAWAL = "withdrawal"  # within the fourteen days
    EXPIRED = "expired"  # hours that were not used in their time
    LEAVING = "leaving"  # one of the two has their account erased
    GOODWILL = "goodwill"  # an operator's decision
    BY_HAND = "by_hand"  # an operator has given it back in the rail's own portal
    DISPUTE = "dispute"  # the payer's bank has taken it, and the dispute is lost
    TOO_LATE = "too_late"
    ALL_GIVEN = "all_given"
    UNDECIDED = "undecided"
    NOTHING_LEFT = "nothing_left"


GIVES_BACK = frozenset({Ground.WITHDRAWAL, Ground.EXPIRED, Ground.LEAVING, Ground.GOODWILL})


@dataclass(frozen=True)
class Evidence:
    """What is known of a purchase; amounts in øre, times in quarter hours.

    `captured_ore` is what was taken (of a session to come: reserved), `unearned_ore` what of it the
    mentor has not earned and has not gone back. `given` were given or count so; `undecided` belong
    to sessions that have begun and are not decided on.
    """

    amount_ore: int
    quarters: int
    captured_ore: int
    refunded_ore: int
    unearned_ore: int
    concluded_at: datetime
    early_start_at: datetime | None
    given: int = 0
    undecided: int = 0

    @property
    def given_ore(self) -> int:
        """What the hours cost that were given."""
        return money.part(self.amount_ore, self.given, self.quarters)

    @property
    def idle_ore(self) -> int:
        """What of the hours that were not given and will not be was never the mentor's."""
        until = money.part(self.amount_ore, self.given + self.undecided, self.quarters)
        return max(self.unearned_ore - (until - self.given_ore), 0)

    @property
    def unused_ore(self) -> int:
        """What goes back for those: no more than is left of what was taken."""
        return min(self.idle_ore, self.captured_ore - self.refunded_ore)


@dataclass(frozen=True)
class Decision:
    """What goes back, in øre, on which ground; of it `unearned_ore` was never the mentor's."""

    refund_ore: int
    unearned_ore: int
    ground: Ground
    nb: str
    en: str


def withdrawable_until(concluded_at: datetime) -> datetime:
    """Return when the right of withdrawal ends."""
    return norwegian_days.end_of_term(concluded_at, WITHDRAWAL_DAYS)


def withdrawal(evidence: Evidence, now: datetime) -> Decision:
    """Return what a person gets back who withdraws now."""
    ends_at = withdrawable_until(evidence.concluded_at)
    if now >= ends_at:
        return _nothing(
            Ground.TOO_LATE,
            f"Angrefristen gikk ut {_day(ends_at)}.",
            f"The period of withdrawal ended on {_day(ends_at)}.",
        )
    taken = evidence.given + evidence.undecided
    if evidence.early_start_at is None and taken:
        left_ore = evidence.captured_ore - evidence.refunded_ore
        return _given_back(left_ore, evidence.unearned_ore, Ground.WITHDRAWAL, _unasked(left_ore))
    if evidence.given >= evidence.quarters:
        return _nothing(
            Ground.ALL_GIVEN,
            "Timene er gitt i sin helhet. Du ba om at de kunne begynne før angrefristen var ute, "
            "og angreretten gikk tapt da den siste var gitt.",
            "All hours have been given. You asked that they might begin before the period of "
            "withdrawal was over, and the right to withdraw ended with the last of them.",
        )
    unused_ore = evidence.unused_ore
    if not unused_ore and evidence.undecided:
        return _nothing(
            Ground.UNDECIDED,
            "Det er ikke avgjort ennå om timen ble gitt. Ble den ikke det, får du pengene tilbake.",
            "It is not decided yet whether the session was held. If not, you get the money back.",
        )
    words = _less_given(evidence) if taken else _everything(unused_ore)
    return _given_back(unused_ore, unused_ore, Ground.WITHDRAWAL, words)


def unused(evidence: Evidence, ground: Ground) -> Decision:
    """Return what goes back for hours that nobody used: a pack's end, or somebody's leave."""
    nb, en = {
        Ground.EXPIRED: ("Pakken er utløpt.", "The pack has expired."),
        Ground.LEAVING: (
            "Kontoen til en av dere slettes.",
            "The account of one of you is being erased.",
        ),
    }[ground]
    more_nb, more_en = _less_given(evidence)
    words = (f"{nb} {more_nb}", f"{en} {more_en}")
    return _given_back(evidence.unused_ore, evidence.unused_ore, ground, words)


def taken_by_bank(lost_ore: int) -> tuple[str, str]:
    """Return the words for money that the payer's bank has taken back."""
    return (
        f"Banken din har tilbakeført {_kroner(lost_ore)}.",
        f"Your bank has taken back {_kroner(lost_ore)}.",
    )


def _given_back(
    refund_ore: int, unearned_ore: int, ground: Ground, words: tuple[str, str]
) -> Decision:
    if refund_ore <= 0:
        return _nothing(
            Ground.NOTHING_LEFT,
            "Alt er allerede betalt tilbake.",
            "Everything has been paid back already.",
        )
    return Decision(refund_ore, min(unearned_ore, refund_ore), ground, *words)


def _nothing(ground: Ground, nb: str, en: str) -> Decision:
    return Decision(0, 0, ground, nb, en)


def _everything(back_ore: int) -> tuple[str, str]:
    return (
        f"Ingen timer er gitt. Du får tilbake alt: {_kroner(back_ore)}.",
        f"No hours have been given. You get everything back: {_kroner(back_ore)}.",
    )


def _unasked(back_ore: int) -> tuple[str, str]:
    nb = (
        "Du ba ikke om at timene skulle begynne før angrefristen var ute, og betaler derfor ikke "
        f"for dem. Du får tilbake alt: {_kroner(back_ore)}."
    )
    en = (
        "You did not ask that the hours might begin before the period of withdrawal was over, and "
        f"so you do not pay for them. You get everything back: {_kroner(back_ore)}."
    )
    return nb, en


def _less_given(evidence: Evidence) -> tuple[str, str]:
    whole, given, undecided = (
        15 * each for each in (evidence.quarters, evidence.given, evidence.undecided)
    )
    cost, back = _kroner(evidence.given_ore), _kroner(evidence.unused_ore)
    nb = f"Av {whole} minutter er {given} gitt, og de koster {cost}."
    en = f"Of {whole} minutes {given} have been given, which cost {cost}."
    if undecided:
        nb += f" Om {undecided} er det ikke avgjort ennå; er de ikke gitt, får du dem også tilbake."
        en += f" {undecided} are not decided on yet; if they were not given you get them back too."
    return f"{nb} Du får tilbake {back}.", f"{en} You get back {back}."


def _kroner(amount_ore: int) -> str:
    return f"{amount_ore // 100},{amount_ore % 100:02} kr"


def _day(ends_at: datetime) -> str:
    """Return the last day of a term that ends at this midnight."""
    last = ends_at.astimezone(norwegian_days.OSLO) - timedelta(days=1)
    return f"{last.day}.{last.month}.{last.year}"
