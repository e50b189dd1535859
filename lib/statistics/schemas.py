"""What goes in and out about statistics."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.web.schema import Input, Output


class StatisticsQuery(Input):
    """By month, by month and skill, or by year; `after` is the `next` of the page before."""

    by: Literal["month", "skill", "year"] = "month"
    after: str | None = Field(default=None, pattern="^[0-9]{4}(-[0-9]{2})?$")
    limit: int = Field(default=12, ge=1, le=24)


class Figure(Output):
    """Sessions that were held; `skill` is None for all of them."""

    skill: str | None
    sessions: int


class Period(Output):
    """A month or a year, with the figures that may be told; without any, too few stand behind."""

    period: str
    published_at: datetime
    figures: list[Figure]


class Statistics(Output):
    """The newest first; at least `k` mentors and `k` mentees stand behind each figure."""

    k: int
    periods: list[Period]
    next: str | None


class Published(Output):
    """What a run has published: so many periods, with so many figures."""

    periods: int
    figures: int
