"""What happened in a run, line by line, and its fingerprint: the same seed gives the same again."""

import hashlib
import re
from collections import Counter

_ID = re.compile(
    r"\b([a-z]{3})[_-][0-9a-hjkmnp-tv-z]{26}\b|\b(acct|evt|tr|po|trr)_1[0-9A-Za-z]{23}\b"
)
_PORT = re.compile(r"(?<=127\.0\.0\.1):\d+")  # another one each time


class Trace:
    """Lines in which ids are replaced by their kind and number, since nobody can read ids."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._hash = hashlib.sha256()

    def say(self, line: str) -> None:
        """Add a line."""
        shown = self.named(line)
        self.lines.append(shown)
        self._hash.update(shown.encode() + b"\n")

    def named(self, text: str) -> str:
        """Return the text with its ids replaced."""
        return _ID.sub(self._name, _PORT.sub("", text))

    @property
    def fingerprint(self) -> str:
        """The hash of all lines so far."""
        return self._hash.hexdigest()[:16]

    def _name(self, found: re.Match[str]) -> str:
        given = found[0].replace("-", "_")
        known = self._names.get(given)
        if known is None:
            kind = found[1] or found[2]
            self._counts[kind] += 1
            known = self._names[given] = f"{kind}#{self._counts[kind]}"
        return known
