"""What goes in and out of absences and journeys."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from lib.scheduling.rules import MAX_AWAY, MAX_DAYS_AWAY
from lib.scheduling.schemas import LocalDate, ZoneName
from lib.web.schema import Input, Output


class _Dates(Input):
    """Local dates, both included, at most 366 of them."""

    first_date: LocalDate
    last_date: LocalDate

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta() <= self.last_date - self.first_date < timedelta(days=MAX_DAYS_AWAY):
            raise ValueError("last_date must not be before first_date, nor a year after it")
        return self


class Absence(_Dates):
    """Dates on which nothing is open, whatever the hours say; nobody else reads the note."""

    note: str | None = Field(default=None, min_length=1, max_length=200)


class Journey(_Dates):
    """Dates, in `time_zone`, on which every hour means the wall clock there."""

    time_zone: ZoneName


class SetAway(Input):
    """All of it: what is not sent is gone."""

    absences: list[Absence] = Field(default=[], max_length=MAX_AWAY)
    journeys: list[Journey] = Field(default=[], max_length=MAX_AWAY)


class Away(Output):
    """When you are away, and where your hours mean the wall clock of another zone."""

    absences: list[Absence]
    journeys: list[Journey]
