"""The log: one JSON object a line on standard output, made of codes, ids of requests and figures.

Personal data has no place in it: callers pass codes and counts, never names, addresses, tokens or
bodies.
"""

import json
import sys

_PLACES = 12  # enough to come from deep inside a database driver out to a line of ours

type Field = str | int | float | bool | None


def event(name: str, **fields: Field) -> None:
    """Write one line; one write, since the platform makes each write a message of its own."""
    line = json.dumps({"event": name, **fields}, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def failure(name: str, error: BaseException, **fields: Field) -> None:
    """Log an unexpected error by type and place; its text may hold somebody's data."""
    trace, places = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    event(name, error=type(error).__name__, at=" < ".join(reversed(places[-_PLACES:])), **fields)
