"""Publish a version of the terms or the privacy notice, by hand.

python -m lib.policies.publish terms 2027-01-15 --nb terms.nb.md --en terms.en.md
    --summary-nb "…" --summary-en "…" [--significant]

Without --significant a version that takes a line away is refused: nothing is cut down quietly.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from lib.core import clock
from lib.core.db import DuplicateError, transact
from lib.policies import service
from lib.policies.schemas import PolicyUnpublishableError


def main(arguments: list[str]) -> str:
    """Publish what the command line says and return what it changed; SystemExit if it can't."""
    parser = argparse.ArgumentParser(prog="python -m lib.policies.publish")
    parser.add_argument("document", choices=("terms", "privacy_notice"))
    parser.add_argument("version", help="its day: 2027-01-15")
    for name in ("--nb", "--en"):
        parser.add_argument(name, type=Path, required=True, help="the whole text")
    for name in ("--summary-nb", "--summary-en"):
        parser.add_argument(name, required=True, help="what changed; everybody is shown it")
    parser.add_argument("--significant", action="store_true", help="must be accepted")
    wish = parser.parse_args(arguments)
    wanted = {
        "document": wish.document,
        "version": wish.version,
        "is_significant": wish.significant,
        "summary_nb": wish.summary_nb.strip(),
        "summary_en": wish.summary_en.strip(),
        "text_nb": wish.nb.read_text(encoding="utf-8").strip(),
        "text_en": wish.en.read_text(encoding="utf-8").strip(),
    }
    try:
        return transact(partial(service.publish, wanted=wanted, now=clock.now()), repeatable=False)
    except (PolicyUnpublishableError, DuplicateError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]) + "\n")
