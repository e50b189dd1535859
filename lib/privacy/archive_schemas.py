"""What is asked and answered about archives, and the page that explains what is held."""

from datetime import datetime
from typing import Literal

from lib.core.errors import ProblemError
from lib.privacy.schemas import ExportedColumn, Right, Text, Value
from lib.web.schema import Input, Output

type ExportState = Literal["making", "ready", "deleted", "failed"]


class TooManyExportsError(ProblemError):
    """Five archives in a day are enough; those that were made can be fetched."""

    status, code = 429, "too_many_exports"
    nb = "Du har bestilt mange arkiver det siste døgnet; prøv igjen i morgen"
    en = "You have asked for many archives in the last day; try again tomorrow"


class NewExport(Input):
    """By which right: everything (access), or what you provided (portability)."""

    right: Right = "access"


class Export(Output):
    """An archive and how far it has come; `link` is good for 24 hours and new each time."""

    id: str
    right: Right
    state: ExportState
    asked_at: datetime
    ready_at: datetime | None
    deleted_at: datetime | None
    rows_done: int
    tables_done: int
    tables_total: int
    size: int | None
    link: str | None
    link_until: datetime | None
    kept_until: datetime | None


class Exports(Output):
    """A page of archives, newest first."""

    exports: list[Export]
    next: str | None


class Recipient(Output):
    """A supplier: what it is for, what it gets, where, and on which ground."""

    name: str
    purpose: Text
    gets: Text
    place: Text
    transfer_ground: Text
    policy_url: str


class ExplainedField(ExportedColumn):
    """A field of a table, with its values in the newest rows."""

    values: list[Value]


class ExplainedTable(Output):
    """What one table holds about you; rows go between `first_goes_at` and `last_goes_at`.

    Both are None where no term runs yet, or for as long as you have the account: see `kept`.
    """

    table: str
    why: str
    purpose: Text
    basis: Text
    kept: Text
    first_goes_at: datetime | None
    last_goes_at: datetime | None
    rows: int
    fields: list[ExplainedField]


class Explained(Output):
    """All that is held about you, explained, with the newest rows of each table."""

    tables: list[ExplainedTable]
    recipients: list[Recipient]
