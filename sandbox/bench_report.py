"""Writes the figures of `./bench` as a page for people and as JSON for programs."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sandbox.cold_start import Spread

# By function, and then by what was measured: listening, first answer, processor.
type Figures = Mapping[str, Mapping[str, Spread]]

_COLUMNS = ("listening", "first answer", "processor")
_HEAD = """\
# Cold starts

Made by `./bench`. Each function is started under Vercel's own Python runtime, in a copy of what is
deployed, right beside a start of the floor: an empty handler in the same copy that imports pydantic
(with one model) and pymysql.

- *listening*: from spawning the process until its server listens
- *first answer*: until the first byte of the answer to a first real request, with the database and
  a person's token (`sandbox/first_requests.py`); the floor answers with a constant
- *processor*: what the process used of a processor, from its start to its end

Milliseconds, as median (least to most); × is the median of the ratios to the floor beside it. The
budget is {target} × for listening without bytecode, which is what the platform deploys unless it is
told `VERCEL_PYTHON_COMPILEALL=1`.

{measured_at}, {runs} runs, Python {python}, {system}, {processors} processors.
"""


def write(folder: Path, results: Mapping[str, Figures], *, runs: int, target: float) -> None:
    """Write cold-start.md and cold-start.json, and print the page.

    :param results: the figures by kind of deployment, as 'without bytecode'.
    """
    folder.mkdir(parents=True, exist_ok=True)
    machine = {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "runs": runs,
        "target": target,
    }
    figures = {
        kind: {
            file: {what: _rounded(spread) for what, spread in measured.items()}
            for file, measured in result.items()
        }
        for kind, result in results.items()
    }
    content = json.dumps({**machine, "milliseconds": figures}, indent=1)
    (folder / "cold-start.json").write_text(content + "\n", encoding="utf-8")
    tables = [f"## {kind.capitalize()}\n\n{_table(result)}" for kind, result in results.items()]
    page = "\n".join([_HEAD.format_map(machine), *tables])
    (folder / "cold-start.md").write_text(page, encoding="utf-8")
    print(page)


def _rounded(spread: Spread) -> dict[str, float]:
    return {name: round(value, 3) for name, value in asdict(spread).items()}


def _table(figures: Figures) -> str:
    head = "| function |" + "".join(f" {column} | × |" for column in _COLUMNS)
    rows = [head, "|---|" + "---|---|" * len(_COLUMNS), f"| *the floor* |{_floor(figures)}"]
    for file, measured in figures.items():
        cells = "".join(f" {_times(measured[column])} |" for column in _COLUMNS)
        rows.append(f"| {file} |{cells}")
    return "\n".join(rows) + "\n"


def _floor(figures: Figures) -> str:
    """Return the floor's cells: the median of its medians, and the least of all."""
    cells = []
    for column in _COLUMNS:
        medians = sorted(measured[column].floor_median for measured in figures.values())
        least = min(measured[column].floor_least for measured in figures.values())
        cells.append(f" {medians[len(medians) // 2]:.0f} (least {least:.0f}) | 1.00 |")
    return "".join(cells)


def _times(spread: Spread) -> str:
    return f"{spread.median:.0f} ({spread.least:.0f} to {spread.most:.0f}) | {spread.ratio:.2f}"
