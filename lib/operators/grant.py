"""Make a person an operator, or end it, by hand: there is no way to it over HTTP.

python -m lib.operators.grant PERSON_ID --reason "why" [--end]
"""

import argparse
import sys
from functools import partial

from lib.core import clock
from lib.core.db import transact
from lib.core.errors import NotFoundError
from lib.operators import service

_LONGEST_REASON = 500


def main(arguments: list[str]) -> str:
    """Do what the command line says and return what was done; SystemExit where it can't be."""
    parser = argparse.ArgumentParser(prog="python -m lib.operators.grant")
    parser.add_argument("person_id")
    parser.add_argument("--reason", required=True, help="why; it is logged, and the person sees it")
    parser.add_argument("--end", action="store_true", help="end it instead")
    wish = parser.parse_args(arguments)
    reason = wish.reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        parser.error(f"a reason has 1 to {_LONGEST_REASON} characters")
    now = clock.now()
    if wish.end:
        ended = transact(
            partial(service.end, person_id=wish.person_id, reason=reason, now=now), repeatable=False
        )
        return "no operator any more" if ended else "was no operator"
    try:
        transact(
            partial(service.grant, person_id=wish.person_id, reason=reason, now=now),
            repeatable=False,
        )
    except NotFoundError:
        parser.error("there is no such person")
    return "an operator now"


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]) + "\n")
