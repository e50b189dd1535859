"""`./bench`: the cold start of every function under the platform's runtime, against the floor.

The floor is an empty handler that imports pydantic and pymysql, in the same deployment. The figures
go to docs/bench/ as Markdown and JSON; the status is 1 when a function without bytecode, which is
what the platform deploys by default, takes more than 1.3 times as long to listen as the floor.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox import bench_report, processes
from sandbox.app import App
from sandbox.bench_report import Figures
from sandbox.cold_start import Bench, FirstRequest, Pair, spread
from sandbox.deployment import deploy
from sandbox.first_requests import first_requests
from sandbox.functions import discover
from sandbox.start import say
from sandbox.world import ROOT, World

TARGET = 1.3
_RUNS = 11
_MENTOR_PAGE = {
    "headline": "Ledelse i små selskaper",
    "biography": "Har ledet tre selskaper fra oppstart til femti ansatte.",
    "skills": ["ledelse"],
    "languages": ["nb"],
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `./bench`; returns the exit status."""
    options = _parser().parse_args(arguments)
    with World(fast=True, say=say) as world:
        _mentor(world).post("/v1/mentors", _MENTOR_PAGE)
        results = {
            kind: _measured(world, options.runs, bytecode=kind == "with bytecode")
            for kind in ("without bytecode", "with bytecode")
        }
    bench_report.write(options.output, results, runs=options.runs, target=TARGET)
    slow = [
        file
        for file, figures in results["without bytecode"].items()
        if figures["listening"].ratio > TARGET
    ]
    say(f"Beyond {TARGET} times the floor: {', '.join(slow)}" if slow else "All within the budget")
    return 1 if slow else 0


def _measured(world: World, runs: int, *, bytecode: bool) -> Figures:
    """Deploy, start everything `runs` times beside the floor, and sum up by function."""
    kind = "with" if bytecode else "without"
    root = processes.scratch_folder()
    try:
        say(f"Deploying a copy {kind} bytecode")
        python = deploy(root, bytecode=bytecode)
        variables = world.environment()
        bench = Bench(root, python, variables)
        pairs: dict[str, list[Pair]] = {file: [] for file in discover(root).values()}
        for run in range(runs + 1):
            say(f"Run {run} of {runs}" if run else "Once for the disk's cache, not counted")
            # Signed in afresh each time: a token is good for minutes only.
            requests = first_requests(_mentor(world).access_token, variables["CRON_SECRET"])
            for file, pair in _round(bench, list(pairs), requests, run):
                if run:
                    pairs[file].append(pair)
    finally:
        processes.remove_folder(root)
    return {
        file: {
            "listening": spread([(one.function.ready, one.floor.ready) for one in found]),
            "first answer": spread(
                [(one.function.first_byte, one.floor.first_byte) for one in found]
            ),
            "processor": spread([(one.function.processor, one.floor.processor) for one in found]),
        }
        for file, found in pairs.items()
    }


def _mentor(world: World) -> App:
    return App(world.url, world.environment()["VIPPS_BASE_URL"]).sign_in("ola")


def _round(
    bench: Bench, files: list[str], requests: Mapping[str, FirstRequest], run: int
) -> list[tuple[str, Pair]]:
    return [
        (file, bench.pair(file, requests[file], floor_first=(place + run) % 2 == 0))
        for place, file in enumerate(files)
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./bench", description="Measures cold starts.")
    parser.add_argument("--runs", type=int, default=_RUNS, help="starts of each function")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "docs/bench", help="the folder for the figures"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
