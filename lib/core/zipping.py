"""A zip file that is written in pieces, by several runs that share nothing but a few figures.

A deflate stream can be cut at a full flush and gone on with by a fresh compressor: its checksum and
its sizes are plain figures, and stand behind the content. So the state between two runs is small,
and no run has to hold more than its own piece.
"""

import struct
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_FLAGS = 0x0808  # sizes behind the content; names in UTF-8
_VERSION = 20
_DEFLATED = 8
_LARGEST = 0xFFFF_FFFF


class TooLargeError(Exception):
    """A zip file of this form holds at most 4 GiB."""


class Zip:
    """Each method returns bytes that belong behind those returned before."""

    def __init__(self, made_at: datetime, state: Mapping[str, Any] | None = None) -> None:
        """Begin, or go on from a `state`."""
        self._clock = _dos_time(made_at)
        self._entries: list[list[Any]] = list(state["entries"]) if state else []
        self._length: int = state["length"] if state else 0
        self._packer: zlib._Compress | None = None

    def state(self) -> dict[str, Any]:
        """Return the state after a `pause`, ready for JSON."""
        return {"entries": self._entries, "length": self._length}

    def begin(self, name: str) -> bytes:
        """Begin a file."""
        self._entries.append([name, 0, 0, 0, self._length])
        encoded = name.encode()
        return self._put(
            struct.pack(
                "<4s5H3L2H",
                b"PK\x03\x04",
                *(_VERSION, _FLAGS, _DEFLATED, *self._clock),
                *(0, 0, 0, len(encoded), 0),
            )
            + encoded
        )

    def add(self, content: bytes) -> bytes:
        """Add content to the file that was begun last."""
        entry = self._entries[-1]
        entry[1] = zlib.crc32(content, entry[1])
        entry[2] += len(content)
        return self._packed(self._compressor().compress(content))

    def pause(self) -> bytes:
        """End what this run has compressed, so that another can go on."""
        if self._packer is None:
            return b""
        packed = self._packed(self._packer.flush(zlib.Z_FULL_FLUSH))
        self._packer = None
        return packed

    def end(self) -> bytes:
        """End the file that was begun last."""
        packed = self._packed(self._compressor().flush(zlib.Z_FINISH))
        self._packer = None
        _, crc, plain, size, _ = self._entries[-1]
        if plain > _LARGEST:
            raise TooLargeError
        return packed + self._put(struct.pack("<4s3L", b"PK\x07\x08", crc, size, plain))

    def finish(self) -> bytes:
        """Return the table of contents."""
        begins = self._length
        if begins > _LARGEST:
            raise TooLargeError
        table = b"".join(self._listed(entry) for entry in self._entries)
        number = len(self._entries)
        return self._put(
            table
            + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, number, number, len(table), begins, 0)
        )

    @property
    def length(self) -> int:
        """How many bytes have been returned."""
        return self._length

    def _listed(self, entry: list[Any]) -> bytes:
        name, crc, plain, size, offset = entry
        encoded: bytes = name.encode()
        return (
            struct.pack(
                "<4s6H3L5H2L",
                b"PK\x01\x02",
                *(_VERSION, _VERSION, _FLAGS, _DEFLATED, *self._clock),
                *(crc, size, plain, len(encoded), 0, 0, 0, 0, 0, offset),
            )
            + encoded
        )

    def _compressor(self) -> "zlib._Compress":
        if self._packer is None:
            self._packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        return self._packer

    def _packed(self, content: bytes) -> bytes:
        self._entries[-1][3] += len(content)
        return self._put(content)

    def _put(self, content: bytes) -> bytes:
        self._length += len(content)
        return content


def _dos_time(at: datetime) -> tuple[int, int]:
    return (
        at.hour << 11 | at.minute << 5 | at.second // 2,
        (at.year - 1980) << 9 | at.month << 5 | at.day,
    )
