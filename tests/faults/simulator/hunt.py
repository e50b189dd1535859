"""Plants each bug in turn, and tells how many seeds it took to be found.

PYTHONHASHSEED=0 python -m tests.faults.simulator.hunt [NAME...] [--most N]
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.faults.simulator import pair, plants

_AT_ONCE = 2


def main(arguments: list[str]) -> int:
    """Hunt for the bugs that are named, or for all; 1 where one was not found."""
    parser = argparse.ArgumentParser(prog="hunt")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--most", type=int, default=60)
    options = parser.parse_args(arguments)
    names = options.names or [plant.name for plant in plants.PLANTS]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(partial(_hunted, most=options.most), names))
    return int(not all(found))


def _hunted(name: str, most: int) -> bool:
    played = 0
    for report in pair.play_in_turn(1, most, "--plant", name):
        played += 1
        if report["violation"]:
            sys.stdout.write(f"{name}: {played} seeds: {report['violation'][:160]}\n")
            sys.stdout.flush()
            return True
    sys.stdout.write(f"{name}: not found in {played} seeds\n")
    sys.stdout.flush()
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
