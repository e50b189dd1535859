"""`./start`: the local world, the story played once in it, and then served until Ctrl-C.

Ends with status 0 when the story went well and nothing more was asked for, or after Ctrl-C; with 1
when the story or the set-up failed, after one clear sentence.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

import pymysql

from sandbox.database import DatabaseError
from sandbox.functions import FunctionFailedError
from sandbox.mariadb import MariadbMissingError
from sandbox.providers import ProviderError
from sandbox.vercel_config import ConfigError
from sandbox.world import World, WorldError

_BEGAN = time.monotonic()
_SET_UP_FAILED = (
    ConfigError,
    DatabaseError,
    FunctionFailedError,
    MariadbMissingError,
    ProviderError,
    WorldError,
    pymysql.MySQLError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `./start`; returns the exit status."""
    options = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with World(port=options.port, fast=False, crons=not options.once, say=say) as world:
            status = _play(world)
            if not options.once:
                _serve(world)
    except _SET_UP_FAILED as error:
        print(f"./start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def say(text: str) -> None:
    """Print a line of progress, with the seconds since the beginning."""
    print(f"[{time.monotonic() - _BEGAN:3.0f} s] {text}", flush=True)


def _play(world: World) -> int:
    # Imported here, so that set-up has said something before the story's own imports begin.
    from sandbox import story

    return story.play(world, say)


def _serve(world: World) -> None:
    say(f"Serving {world.url} until Ctrl-C: try it at {world.url}/app")
    say("The functions' log is .local/logs/functions.log")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("Stopping")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as on Ctrl-C, once: a second one must not cut short what stops everything."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./start", description="Runs MIN MENTOR locally.")
    parser.add_argument("--once", action="store_true", help="end after the story")
    parser.add_argument("--port", type=int, default=3000, help="where to serve (default: 3000)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
