"""Plays seeds, one after another, and tells what came of each, a JSON line a seed.

    python -m tests.faults.simulator.worker FIRST COUNT [--step N] [--plant NAME]

Run with PYTHONHASHSEED=0, since the order of a set is a part of what a seed decides.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.faults.simulator import plants

TRACES = Path(__file__).resolve().parents[3] / ".local/faults"


def main(arguments: list[str]) -> int:
    """Play."""
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--plant", default="")
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args(arguments)
    if os.environ.get("PYTHONHASHSEED") != "0":
        parser.error("PYTHONHASHSEED must be 0")
    if options.plant:
        plants.install(plants.named(options.plant))
    from tests.faults.simulator.house import House
    from tests.faults.simulator.run import Run

    with House() as house:
        for seed in range(
            options.first, options.first + options.count * options.step, options.step
        ):
            began, worked = time.monotonic(), _worked()
            report = Run(house, seed).play()
            told = asdict(report)
            lines = told.pop("lines")
            if report.violation or options.trace:
                TRACES.mkdir(parents=True, exist_ok=True)
                (TRACES / f"seed-{seed}.txt").write_text("\n".join(lines) + "\n")
            told["seconds"] = round(time.monotonic() - began, 2)
            told["cpu"] = round(_worked() - worked, 2)
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
            if report.violation and options.plant:
                break
    return 0


def _worked() -> float:
    """Return the processor's time that this process and its ended instances have had."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
