"""What goes in and out about the books' checks and their differences."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.ledger.schemas import AccountTotal
from lib.web.schema import Input, Output, PageQuery, Reason


class Checked(Output):
    """What a check has done in this run: how many it looked at, and what was new among them.

    `round_ended_at` is when it was last through with everything there is.
    """

    check: str
    examined: int
    opened: int
    round_ended_at: datetime | None


class BooksReport(Output):
    """The books, checked from within and against Vipps and Stripe.

    `accounts` and `sum_ore` are of the last whole round over the entries. `open_transit` counts
    open differences about accounts that money should only pass through, `differences` all.
    """

    accounts: list[AccountTotal]
    sum_ore: int
    open_transit: int
    differences: int
    papers: int
    checks: list[Checked]


class ReadBooks(Input):
    """Why the books are read."""

    reason: Reason


class ListDifferences(PageQuery):
    """Differences that are open, or closed ones, and why they are read."""

    state: Literal["open", "closed"] = "open"
    reason: Reason


class ExplainDifference(Input):
    """Why it is so, in words that name nobody; it stays closed while its figures stay the same."""

    explanation: str = Field(min_length=10, max_length=500)


class Difference(Output):
    """Of what something does not hold that must.

    `kind` names the invariant, `subject_id` the purchase, payout, entry or day; `expected_ore` is
    what our books say, `found_ore` what the other side does, where it is about a sum.
    """

    id: str
    kind: str
    subject_id: str
    expected_ore: int | None
    found_ore: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None
    explanation: str


class Differences(Output):
    """A page of differences, newest first; `next` is the `after` of the page that follows."""

    differences: list[Difference]
    next: str | None
