"""Decisions about versions of the documents: which is newer, and what may be changed quietly."""

import difflib
import hashlib
import re

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z0-9]{1,9})?")


def text_hash(nb: str, en: str) -> str:
    """Return the SHA-256 of both languages of a version."""
    return hashlib.sha256(f"{nb}\0{en}".encode()).hexdigest()


def is_version(version: str) -> bool:
    """Return whether it is named by its day, so that versions sort as they follow."""
    return _VERSION.fullmatch(version) is not None


def difference(old: str, new: str) -> str:
    """Return what changed, line by line, as a unified diff."""
    return "\n".join(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))


def takes_away(diff: str) -> bool:
    """Return whether a line that was promised is gone or altered; what is only added is not."""
    return any(
        line.startswith("-") and not line.startswith("---") and line[1:].strip()
        for line in diff.splitlines()
    )
