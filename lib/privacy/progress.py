"""How far an erasure has come in looking: what is noted between two runs.

It holds places and numbers. Of who the person was it has what is looked for, sealed
(lib/privacy/sought.py), and maybe the key of a row at which the look stopped. All of it is gone
once the erasure is done.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from lib.privacy.findings import Hit
from lib.privacy.statements import Key

# Which identifiers, as bits; where; and whether the row is the person's own.
type Place = tuple[int, str, str, bool]
type Mentions = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Progress:
    """The table and the key that the look has reached, and in how many rows it found what.

    There are two looks; `is_last` says that it is the second. `mentions` is what the first found.
    """

    sealed: str = ""
    table: str = ""
    key: Key | None = None
    is_last: bool = False
    hits: Mapping[Place, int] = field(default_factory=dict)
    mentions: Mentions = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Progress":
        """Return what was noted; the beginning where nothing was."""
        if not text:
            return cls()
        noted = json.loads(text)
        return cls(
            sealed=noted["sealed"],
            table=noted["table"],
            key=None if noted["key"] is None else tuple(noted["key"]),
            is_last=noted["is_last"],
            hits={(by, table, name, own): n for by, table, name, own, n in noted["hits"]},
            mentions={(table, name): n for table, name, n in noted["mentions"]},
        )

    def json(self) -> str:
        """Return it as it is noted."""
        return json.dumps(
            {
                "sealed": self.sealed,
                "table": self.table,
                "key": self.key,
                "is_last": self.is_last,
                "hits": [[*place, rows] for place, rows in self.hits.items()],
                "mentions": [[*place, rows] for place, rows in self.mentions.items()],
            },
            default=_as_text,
        )

    def restarted(self) -> "Progress":
        """Return the beginning: nothing is looked at yet, and what is looked for is known still."""
        return Progress(sealed=self.sealed)

    def second(self, mentions: Mentions) -> "Progress":
        """Return the beginning of the second look, after a first that found these mentions."""
        return Progress(sealed=self.sealed, is_last=True, mentions=mentions)

    def further(self, table: str, key: Key | None, hits: Iterable[Hit]) -> "Progress":
        """Return it with these hits, and the table and key that the look has reached."""
        found: Counter[Place] = Counter(self.hits)
        for hit in hits:
            found[hit.found_by, hit.table, hit.column, hit.is_own] += hit.rows
        return replace(self, table=table, key=key, hits=dict(found))

    def found(self) -> list[Hit]:
        """Return the hits so far."""
        return [Hit(*place, rows) for place, rows in self.hits.items()]


def _as_text(moment: date) -> str:
    """Return a time or a day, which may be a part of a key."""
    return moment.isoformat()
