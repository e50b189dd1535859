"""How far the look after an erasure has come: what is noted between two runs.

It holds places and numbers, never what was looked for. Only the key at which the look stopped may
be somebody's; it is gone once the erasure is done.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lib.privacy.identifiers import Hit, Identifier
from lib.privacy.statements import Key

# Which identifier, by its place in the list; where; and whether the row is the person's own.
type Place = tuple[int, str, str, bool]


@dataclass(frozen=True)
class Progress:
    """The table and the key that the look has reached, and in how many rows it found what."""

    table: str = ""
    key: Key | None = None
    is_over: bool = False
    hits: Mapping[Place, int] = field(default_factory=dict)
    mentions: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Progress":
        """Return what was noted; the beginning where nothing was."""
        if not text:
            return cls()
        noted = json.loads(text)
        return cls(
            table=noted["table"],
            key=None if noted["key"] is None else tuple(noted["key"]),
            is_over=noted["is_over"],
            hits={(at, table, name, own): n for at, table, name, own, n in noted["hits"]},
            mentions={(table, name): n for table, name, n in noted["mentions"]},
        )

    def json(self) -> str:
        """Return it as it is noted."""
        return json.dumps(
            {
                "table": self.table,
                "key": self.key,
                "is_over": self.is_over,
                "hits": [[*place, rows] for place, rows in self.hits.items()],
                "mentions": [[*place, rows] for place, rows in self.mentions.items()],
            },
            default=str,  # the days that are part of a key
        )

    def with_hits(self, identifiers: Sequence[Identifier], hits: Iterable[Hit]) -> dict[Place, int]:
        """Return the hits so far and these."""
        index = {id(identifier): at for at, identifier in enumerate(identifiers)}
        found = Counter(
            (index[id(hit.identifier)], hit.table, hit.column, hit.is_own) for hit in hits
        )
        return dict(Counter(self.hits) + found)

    def hits_of(self, identifiers: Sequence[Identifier]) -> list[Hit]:
        """Return the hits so far, of these identifiers."""
        return [
            Hit(identifiers[at], table, column, is_own, rows)
            for (at, table, column, is_own), rows in self.hits.items()
            if at < len(identifiers)
        ]
