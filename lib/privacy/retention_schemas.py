"""What a run of retention reports."""

from datetime import datetime

from lib.web.schema import Output


class RetentionRule(Output):
    """One rule: rows gone, rows that a hold keeps, the earliest clock that is left.

    Where the run was cut off, `oldest` is how far it had come.
    """

    table: str
    keep: str
    gone: int
    held: int
    oldest: datetime | None
    finished: bool


class RetentionReport(Output):
    """A run; `finished` says that nothing more was due."""

    finished: bool
    rules: list[RetentionRule]
