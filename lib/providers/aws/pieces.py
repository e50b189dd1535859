"""An object in S3 that is written in pieces by several runs, each of which may be cut short.

What is enough for a part is uploaded; what is too little is laid aside as an object of its own. The
state between two runs is small. No run holds more than a part.
"""

from collections.abc import Mapping
from typing import Any

from lib.providers.aws import storage


class Pieces:
    """One run's share of writing one object; `state` says where another has to go on."""

    def __init__(
        self, prefix: str, name: str, content_type: str, state: Mapping[str, Any] | None
    ) -> None:
        """Begin below a prefix that is this object's own, or go on from a state."""
        self._prefix = prefix
        self._key = f"{prefix}{name}"
        self._packed = bytearray()
        if state is None:
            # Nothing of an earlier beginning is needed, least of all an upload nobody knows of.
            storage.delete_below(prefix)
            state = {"upload": storage.begin_upload(self._key, content_type), "tags": []}
        self._upload: str = state["upload"]
        self._tags: list[str] = list(state["tags"])
        self._aside: str | None = state.get("aside")
        self._earlier = self._aside
        if self._aside:
            self._packed += storage.read(self._aside)

    @property
    def is_full(self) -> bool:
        """Return whether there is enough for a part."""
        return len(self._packed) >= storage.SMALLEST_PART

    def add(self, content: bytes) -> None:
        """Add what comes next."""
        self._packed += content

    def put_away(self, mark: str) -> dict[str, Any]:
        """Put away all that was added; return the state, ready for JSON.

        `mark` is another each time, so that a run which is over overwrites nothing.
        """
        self._earlier, self._aside = self._aside, None
        if self.is_full:
            self._upload_part()
        elif self._packed:
            self._aside = f"{self._prefix}aside-{mark}"
            storage.write(self._aside, bytes(self._packed))
        return {"upload": self._upload, "tags": self._tags, "aside": self._aside}

    def forget_earlier(self) -> None:
        """Delete what an earlier state needed, once the new one is saved."""
        if self._earlier and self._earlier != self._aside:
            storage.delete_below(self._earlier)

    def finish(self) -> None:
        """Make the object out of its parts, and clear away what was laid aside."""
        if self._packed:
            self._upload_part()
        storage.complete_upload(self._key, self._upload, self._tags)

    def clear_away(self) -> None:
        """Delete all but the object itself."""
        storage.delete_below(self._prefix, sparing=self._key)

    def _upload_part(self) -> None:
        number = len(self._tags) + 1
        self._tags.append(storage.upload_part(self._key, self._upload, number, bytes(self._packed)))
        self._packed.clear()
