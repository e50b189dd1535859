"""What goes in and out of a mentor's limits."""

from typing import Annotated

from pydantic import Field

from lib.core.errors import ProblemError
from lib.web.schema import Input, Output

_Most = Annotated[int, Field(ge=1, le=100)]


class Caps(Input):
    """The most sessions that begin in one day, one week from Monday and one month; null: any."""

    day: _Most | None = None
    week: _Most | None = None
    month: _Most | None = None


class SetLimits(Input):
    """All of it: what is not sent is unlimited. Days are those of your availability's zone."""

    in_all: Caps = Caps()
    for_one: Caps = Caps()


class Limits(Output):
    """The most sessions with all mentees together, and with one of them."""

    in_all: Caps
    for_one: Caps


class LimitReachedError(ProblemError):
    """The mentor gives no more sessions that day, week or month, or no more to this mentee."""

    status, code = 409, "limit_reached"
    nb, en = "Mentoren tar ikke flere timer da", "The mentor gives no more sessions then"
