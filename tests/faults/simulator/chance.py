"""Chance of a run: whatever is random in simulators and functions comes from the seed."""

import random
import secrets
import uuid

_source = random.Random(0)  # noqa: S311 (it has to come again)


def install() -> None:
    """Let `secrets` and `uuid4` draw from the seed, in this process and those forked from it."""
    secrets.token_bytes = lambda nbytes=None: _source.randbytes(nbytes or 32)
    secrets.randbits = _source.getrandbits  # type: ignore[assignment]  # k by another name
    secrets.randbelow = _source.randrange  # type: ignore[assignment]  # it takes more, too
    uuid.uuid4 = lambda: uuid.UUID(int=_source.getrandbits(128), version=4)


def begin(entropy: int) -> None:
    """Begin anew from here, in this process."""
    _source.seed(entropy)
    random.seed(entropy)
