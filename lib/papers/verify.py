"""Verifies the papers of a year: numbers without a gap, bodies unaltered, each chained to the last.

    python -m lib.papers.verify 2026

A series is read page by page, so that a year of any size fits. A year whose papers are kept no
longer (five years after its end) can't be verified any more, and has no papers.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from lib.core.db import transact
from lib.papers import repository, rules
from lib.papers.repository import Paper, Series

_PAGE = 500


def faults(year: int) -> Iterator[str]:
    """Yield what is wrong with the papers of an accounting year, and where."""
    for series in rules.SERIES.values():
        yield from _of_series(series, year)


def count(year: int) -> int:
    """Return how many papers were issued in an accounting year."""
    standing = [
        transact(partial(repository.series, series=series, year=year))
        for series in rules.SERIES.values()
    ]
    return sum(one.last_number for one in standing if one)


def _of_series(series: str, year: int) -> Iterator[str]:
    standing = transact(partial(repository.series, series=series, year=year))
    last = Series(last_number=0, last_hash=rules.NOTHING)
    while page := transact(
        partial(repository.of_series, series=series, year=year, after=last.last_number, limit=_PAGE)
    ):
        for paper in page:
            where = rules.number_of(series, year, paper.number)
            yield from (f"{where}: {fault}" for fault in _of_paper(paper, where, last))
            last = Series(last_number=paper.number, last_hash=paper.body_hash)
    if standing is not None and standing != last:
        yield f"{series}-{year}: ends with {last.last_number}, not {standing.last_number}"


def _of_paper(paper: Paper, number: str, last: Series) -> Iterator[str]:
    if paper.number != last.last_number + 1:
        yield f"follows {last.last_number}"
    if rules.hash_of(paper.body) != paper.body_hash:
        yield "its body is not what was issued"
    body = json.loads(paper.body)
    if body.get("previous") != last.last_hash:
        yield "does not hold the hash of the one before"
    if (body.get("number"), body.get("kind")) != (number, paper.kind):
        yield "its body is that of another paper"


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a year; return 0, or 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m lib.papers.verify")
    parser.add_argument("year", type=int, help="accounting year, as 2026")
    year = parser.parse_args(arguments).year
    found = list(faults(year))
    for fault in found:
        sys.stderr.write(f"{fault}\n")
    sys.stdout.write(f"{year}: {count(year)} papers, {len(found)} faults\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
