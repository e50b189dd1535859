"""What goes in and out of blocks."""

from datetime import datetime

from lib.web.schema import Output


class Block(Output):
    """Somebody whom you have blocked; `name` is empty once they are gone."""

    person_id: str
    name: str
    blocked_at: datetime


class Blocks(Output):
    """A page of whom you have blocked, in no particular order."""

    blocks: list[Block]
    next: str | None
