"""Numbers follow one another without a gap, whoever is rolled back or dies; nothing issued changes.

On the real database: fifty at once, of whom some think better of it and some lose their connection
after they have got a number.
"""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from lib.core.db import Db, transact
from lib.core.errors import TryAgainError
from lib.papers import facts, verify
from sandbox.world import World
from tests.architecture.statements import statements
from tests.deals import NOW, Deal
from tests.stage import change, rows

FIFTY = 50


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    del world


class ThinksBetterError(Exception):
    """Somebody rolls back what they have begun."""


class DiesError(Exception):
    """Somebody's process is gone, with its connection."""


def issue(purchase_id: str, now: datetime, fate: int = 0) -> str:
    """Issue a receipt: 1 is rolled back after it got its number, 2 loses its connection then."""

    def work(db: Db) -> str:
        number = facts.document_sale(db, purchase_id, now)
        if fate == 1:
            raise ThinksBetterError
        if fate == 2:
            assert db.connection is not None
            db.connection._force_close()  # type: ignore[attr-defined]
            raise DiesError
        return number

    for _ in range(60):
        try:
            return transact(work)
        except TryAgainError:
            continue
        except (ThinksBetterError, DiesError):
            return ""
    pytest.fail("never got through")


def all_at_once(work: Callable[[int], str]) -> list[str]:
    barrier = Barrier(FIFTY)

    def run(index: int) -> str:
        barrier.wait(20)
        return work(index)

    with ThreadPoolExecutor(FIFTY) as pool:
        return list(pool.map(run, range(FIFTY)))


def numbers(series: str, year: int = 2026) -> list[int]:
    found = rows(
        "SELECT number FROM paper WHERE series = %(series)s AND accounting_year = %(year)s"
        " ORDER BY number",
        {"series": series, "year": year},
    )
    return [each["number"] for each in found]


def wrong(year: int = 2026) -> list[str]:
    return list(verify.faults(year))


def test_fifty_at_once_get_consecutive_numbers_whoever_is_rolled_back_or_dies() -> None:
    deal = Deal()
    bought = [deal.session(has_earned=False) for _ in range(FIFTY)]
    fates = [index % 5 if index % 5 in {1, 2} else 0 for index in range(FIFTY)]
    issued = [
        number for number in all_at_once(lambda at: issue(bought[at], NOW, fates[at])) if number
    ]
    assert len(issued) == len(set(issued)) == 30
    assert numbers("KV") == list(range(1, 31))
    assert wrong() == []
    # Those who failed come again, as the outbox does.
    for purchase_id in bought:
        issue(purchase_id, NOW)
    assert numbers("KV") == list(range(1, FIFTY + 1))
    assert wrong() == []


def test_fifty_who_document_the_same_purchase_issue_one_paper() -> None:
    purchase_id = Deal().session(has_earned=False)
    assert set(all_at_once(lambda _: issue(purchase_id, NOW))) == {"KV-2026-1"}
    assert numbers("KV") == [1]


def test_two_series_at_once_and_a_new_year_each_begin_at_one() -> None:
    deal = Deal()
    new_year = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    bought = [
        deal.pack() if index % 2 else deal.session(has_earned=False) for index in range(FIFTY)
    ]
    all_at_once(lambda at: issue(bought[at], new_year if at % 5 == 0 else NOW))
    counted = [len(numbers(series, year)) for series in ("KV", "FS") for year in (2026, 2027)]
    assert counted == [20, 5, 20, 5]
    for series in ("KV", "FS"):
        for year in (2026, 2027):
            found = numbers(series, year)
            assert found == list(range(1, len(found) + 1))
    assert wrong(2026) == wrong(2027) == []


def alter(body: dict[str, Any]) -> None:
    body["total_ore"] += 1


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        ("body", "KV-2026-2: its body is not what was issued"),
        ("rehashed", "KV-2026-3: does not hold the hash of the one before"),
        ("gone", "KV-2026-3: follows 1"),
        ("last", "KV-2026: ends with 2, not 3"),
    ],
)
def test_whatever_is_done_to_a_paper_afterwards_is_noticed(break_it: str, fault: str) -> None:
    from lib.papers import rules

    deal = Deal()
    for _ in range(3):
        issue(deal.session(has_earned=False), NOW)
    assert wrong() == []
    (second,) = rows("SELECT id, body FROM paper WHERE number = 2")
    body = json.loads(second["body"])
    alter(body)
    altered = rules.canonical(body)
    if break_it == "gone":
        change("DELETE FROM paper WHERE number = 2")
    elif break_it == "last":
        change("DELETE FROM paper WHERE number = 3")
    else:
        old = rows("SELECT body_hash FROM paper WHERE number = 2")[0]["body_hash"]
        new = rules.hash_of(altered) if break_it == "rehashed" else old
        change(
            "UPDATE paper SET body = %(body)s, body_hash = %(hash)s WHERE number = 2",
            {"body": altered, "hash": new},
        )
    assert fault in wrong()


def test_the_command_says_how_many_there_are_and_fails_where_one_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    deal = Deal()
    issue(deal.session(has_earned=False), NOW)
    assert verify.main(["2026"]) == 0
    assert capsys.readouterr().out == "2026: 1 papers, 0 faults\n"
    change("UPDATE paper SET body = REPLACE(body, 'Sola', 'Solo')")
    assert verify.main(["2026"]) == 1
    assert "KV-2026-1" in capsys.readouterr().err


def test_no_statement_of_the_product_changes_a_paper() -> None:
    writing = re.compile(r"^(UPDATE|DELETE FROM|REPLACE INTO) paper\b", re.IGNORECASE)
    assert [one.place for one in statements() if writing.match(one.words)] == []
    assert [one.place for one in statements() if "INTO paper " in one.words]
