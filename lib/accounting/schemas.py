"""What is asked and answered about the books of a year as a file."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from lib.core.errors import ProblemError
from lib.web.schema import Input, Output

type AccountingFormat = Literal["csv", "saf-t"]
type AccountingState = Literal["making", "ready", "deleted", "failed"]


class YearNotBegunError(ProblemError):
    """Nothing can be booked in a year to come."""

    status, code = 422, "year_not_begun"
    nb, en = "Året har ikke begynt", "The year has not begun"


class AskForAccounts(Input):
    """The books of an accounting year as CSV, or as SAF-T Financial 1.30; and what it is for."""

    year: Annotated[int, Field(ge=2026, le=2100)]
    format: AccountingFormat
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class AccountingFile(Output):
    """A file and how far it has come; `link` is good for 24 hours and new each time.

    The file is a zip with one file in it, and lies for seven days.
    """

    id: str
    year: int
    format: AccountingFormat
    state: AccountingState
    asked_at: datetime
    ready_at: datetime | None
    deleted_at: datetime | None
    entries_done: int
    size: int | None
    link: str | None
    link_until: datetime | None
