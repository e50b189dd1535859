"""Transactions on a real database: lost races, lost connections, lost commits, and the pool."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import Any, cast

import pymysql
import pytest

from lib.core import db as database
from lib.core.db import CheckFailedError, Db, DuplicateError, transact
from lib.core.errors import InvalidError, TryAgainError
from sandbox.database import connect
from sandbox.faultproxy import FaultProxy, Mode
from sandbox.world import World

NOW = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
_WAIT = 10.0


@dataclass(frozen=True)
class Lease:
    """A row of the table that these tests write to."""

    job: str
    holder: str
    started_at: datetime


@dataclass(frozen=True)
class Number:
    """A figure."""

    n: int


@pytest.fixture(autouse=True)
def pool(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[database._Pool]:
    """A pool of this test's own: what it breaks is nobody else's."""
    del world
    own = database._Pool()
    monkeypatch.setattr(database, "_pool", own)
    yield own
    for _, connection in own._idle:
        database._close(connection)


@pytest.fixture
def proxy(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    with FaultProxy.before(world.database_url) as proxy:
        monkeypatch.setenv("DATABASE_URL", proxy.url(world.database_url))
        yield proxy


def insert(db: Db, job: str, *, holder: str = "somebody", at: datetime = NOW) -> None:
    db.execute(
        """
        INSERT INTO cron_lease (job, leased_until, holder, started_at)
        VALUES (%(job)s, %(at)s, %(holder)s, %(at)s)
        """,
        {"job": job, "at": at, "holder": holder},
    )


def update(db: Db, job: str, holder: str) -> int:
    return db.execute(
        "UPDATE cron_lease SET holder = %(holder)s WHERE job = %(job)s",
        {"job": job, "holder": holder},
    )


def leases(db: Db) -> list[Lease]:
    return db.all(Lease, "SELECT job, holder, started_at FROM cron_lease ORDER BY job")


def connection_id(db: Db) -> int:
    found = db.one(Number, "SELECT CONNECTION_ID() AS n")
    assert found is not None
    return found.n


def committed(world: World) -> list[str]:
    """Return the jobs that anybody else can see, asked past proxy and pool."""
    with closing(connect(world.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT job FROM cron_lease ORDER BY job")
        return [str(row[0]) for row in cursor.fetchall()]


def counted(work: Callable[[Db], Any]) -> tuple[Callable[[Db], Any], list[int]]:
    """Return the work, and a list that grows by one with each attempt at it."""
    attempts: list[int] = []

    def wrapped(db: Db) -> Any:  # noqa: ANN401 (whatever the work returns)
        attempts.append(len(attempts) + 1)
        return work(db)

    return wrapped, attempts


# ── a transaction ────────────────────────────────────────────────────────────────────────────────


def test_what_was_done_is_committed_and_the_result_handed_back(world: World) -> None:
    def work(db: Db) -> str:
        insert(db, "one")
        return "done"

    assert transact(work) == "done"
    assert committed(world) == ["one"]


def test_an_exception_undoes_everything_and_comes_out_as_it_was(world: World) -> None:
    def work(db: Db) -> None:
        insert(db, "one")
        raise KeyError("whatever")

    with pytest.raises(KeyError, match="whatever"):
        transact(work)
    assert committed(world) == []


def test_hooks_run_after_the_commit_and_only_then(world: World) -> None:
    seen: list[list[str]] = []

    def work(db: Db) -> None:
        insert(db, "one")
        db.after_commit.append(lambda: seen.append(committed(world)))
        assert seen == []

    transact(work)
    assert seen == [["one"]]

    def failing(db: Db) -> None:
        db.after_commit.append(lambda: seen.append([]))
        raise KeyError

    with pytest.raises(KeyError):
        transact(failing)
    assert seen == [["one"]]


def test_work_without_a_statement_opens_no_connection(proxy: FaultProxy) -> None:
    proxy.set("refuse")
    assert transact(lambda _db: 7) == 7
    assert proxy.hits == 0


def test_a_row_too_many_is_a_mistake_and_said_to_be_one() -> None:
    def work(db: Db) -> Lease | None:
        insert(db, "one")
        insert(db, "two")
        return db.one(Lease, "SELECT job, holder, started_at FROM cron_lease")

    with pytest.raises(AssertionError, match="more than one Lease"):
        transact(work)


# ── errors with a name ───────────────────────────────────────────────────────────────────────────


def test_a_duplicate_names_the_key_it_broke() -> None:
    def session(db: Db, session_id: str, access_hash: str) -> None:
        db.execute(
            """
            INSERT INTO session (id, person_id, device_name, access_hash, access_expires_at,
                                 authenticated_at, created_at, refreshed_at, expires_at)
            VALUES (%(id)s, 'p', 'it''s ''a'' phone', %(hash)s, %(at)s, %(at)s, %(at)s, %(at)s,
                    %(at)s)
            """,
            {"id": session_id, "hash": access_hash, "at": NOW},
        )

    transact(lambda db: session(db, "s1", "a"))
    with pytest.raises(DuplicateError) as caught:
        transact(lambda db: session(db, "s1", "b"))
    assert caught.value.constraint == "PRIMARY"
    with pytest.raises(DuplicateError) as caught:
        transact(lambda db: session(db, "s2", "a"))
    assert caught.value.constraint == "session_access"


def test_a_duplicate_can_be_caught_and_the_transaction_goes_on(world: World) -> None:
    transact(lambda db: insert(db, "one"))

    def work(db: Db) -> None:
        insert(db, "two")
        with pytest.raises(DuplicateError):
            insert(db, "one")
        insert(db, "three")

    transact(work)
    assert committed(world) == ["one", "three", "two"]


def test_a_duplicate_among_many_rows_is_named_too() -> None:
    rows: list[dict[str, object]] = [{"job": "same", "at": NOW}, {"job": "same", "at": NOW}]

    def work(db: Db) -> None:
        db.insert_all(
            """
            INSERT INTO cron_lease (job, leased_until, holder, started_at)
            VALUES (%(job)s, %(at)s, 'x', %(at)s)
            """,
            rows,
        )

    with pytest.raises(DuplicateError) as caught:
        transact(work)
    assert caught.value.constraint == "PRIMARY"


def test_a_check_that_refuses_a_row_is_named() -> None:
    def work(db: Db) -> None:
        db.execute(
            """
            INSERT INTO mentor
                   (person_id, headline, biography, is_vat_registered, state,
                    applied_at, updated_at)
            VALUES ('p', 'h', 'b', FALSE, 'unheard', %(at)s, %(at)s)
            """,
            {"at": NOW},
        )

    with pytest.raises(CheckFailedError, match="mentor_state_known"):
        transact(work)


def test_a_mistake_in_a_statement_is_an_error_at_once_and_no_reason_to_try_again() -> None:
    work, attempts = counted(lambda db: db.execute("SELECT nothing FROM nowhere"))
    with pytest.raises(pymysql.ProgrammingError):
        transact(work)
    assert attempts == [1]


def test_a_value_that_does_not_fit_its_column_is_an_error_and_writes_nothing(world: World) -> None:
    work, attempts = counted(lambda db: insert(db, "j" * 41))
    with pytest.raises(pymysql.DataError):
        transact(work)
    assert attempts == [1]
    assert committed(world) == []


@pytest.mark.parametrize("text", ["Ærlig", "👩🏽‍💻", "٤٧"])
def test_text_that_a_column_can_t_hold_is_the_caller_s_mistake_and_named_as_one(
    world: World, text: str
) -> None:
    for work in (lambda db: insert(db, text), lambda db: update(db, text, "x")):
        attempted, attempts = counted(work)
        with pytest.raises(InvalidError):
            transact(attempted)
        assert attempts == [1]
    assert committed(world) == []


# ── time ─────────────────────────────────────────────────────────────────────────────────────────


def test_times_come_back_aware_in_utc_to_the_microsecond() -> None:
    oslo_summer = timezone(timedelta(hours=2))
    transact(lambda db: insert(db, "one", at=NOW.astimezone(oslo_summer)))
    (lease,) = transact(leases)
    assert lease.started_at == NOW
    assert lease.started_at.tzinfo is UTC
    assert lease.started_at.microsecond == 123456


def test_a_time_without_a_zone_is_never_stored(world: World) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        transact(lambda db: insert(db, "one", at=NOW.replace(tzinfo=None)))
    assert committed(world) == []


def test_dates_and_booleans_are_python_s_own() -> None:
    def work(db: Db) -> list[dict[str, Any]]:
        return db.rows("SELECT DATE '2026-02-28' AS day, CAST(1 AS INT) AS n")

    (row,) = transact(work)
    assert row == {"day": date(2026, 2, 28), "n": 1}
    verified = transact(_person_s_flags)
    assert verified == [{"email_verified": True, "phone_verified": False}]
    assert verified[0]["email_verified"] is True


def _person_s_flags(db: Db) -> list[dict[str, Any]]:
    db.execute(
        """
        INSERT INTO person (id, email_verified, phone_verified, language, time_zone, created_at,
                            updated_at)
        VALUES ('p', TRUE, FALSE, 'nb', 'Europe/Oslo', %(at)s, %(at)s)
        """,
        {"at": NOW},
    )
    return db.rows("SELECT email_verified, phone_verified FROM person")


def test_an_update_that_changes_nothing_has_still_found_its_row() -> None:
    transact(lambda db: insert(db, "one", holder="me"))
    assert transact(lambda db: update(db, "one", "me")) == 1
    assert transact(lambda db: update(db, "none", "me")) == 0


# ── lost races ───────────────────────────────────────────────────────────────────────────────────


def test_of_two_that_deadlock_both_come_through() -> None:
    for job in ("left", "right"):
        transact(partial(insert, job=job))
    both_hold_one = threading.Barrier(2)
    attempts: list[str] = []

    def cross(name: str, first: str, second: str) -> None:
        is_first_attempt = True

        def work(db: Db) -> None:
            nonlocal is_first_attempt
            attempts.append(name)
            update(db, first, name)
            if is_first_attempt:
                is_first_attempt = False
                both_hold_one.wait(_WAIT)
            update(db, second, name)

        transact(work)

    with ThreadPoolExecutor(2) as threads:
        crossing = [
            threads.submit(cross, "a", "left", "right"),
            threads.submit(cross, "b", "right", "left"),
        ]
        for each in crossing:
            each.result(_WAIT)

    assert len(attempts) == 3, "one of the two lost and was run again"
    holders = {lease.holder for lease in transact(leases)}
    assert len(holders) == 1, "each wrote both rows or none"


def test_a_wait_for_a_lock_that_ran_out_is_tried_again(world: World) -> None:
    transact(lambda db: insert(db, "one"))
    with closing(connect(world.database_url)) as rival, rival.cursor() as cursor:
        rival.begin()
        cursor.execute("SELECT job FROM cron_lease WHERE job = 'one' FOR UPDATE")

        def work(db: Db) -> int:
            if len(attempts) > 1:
                rival.rollback()
            db.execute("SET SESSION innodb_lock_wait_timeout = 1")
            insert(db, "written before the wait")
            return update(db, "one", "winner")

        wrapped, attempts = counted(work)
        assert transact(wrapped) == 1
    assert attempts == [1, 2]
    assert committed(world) == ["one", "written before the wait"]


# ── lost connections ─────────────────────────────────────────────────────────────────────────────


def test_a_connection_that_died_while_idle_is_replaced_unseen(world: World) -> None:
    first = transact(connection_id)
    with closing(connect(world.database_url)) as other, other.cursor() as cursor:
        cursor.execute(f"KILL {first}")
    assert transact(connection_id) != first


def test_a_pool_full_of_dead_connections_costs_one_attempt_and_not_one_each(
    proxy: FaultProxy, pool: database._Pool
) -> None:
    together = threading.Barrier(database._POOL_SIZE)

    def work(db: Db) -> None:
        connection_id(db)
        together.wait(_WAIT)

    with ThreadPoolExecutor(database._POOL_SIZE) as threads:
        list(threads.map(lambda _: transact(work), range(database._POOL_SIZE)))
    assert len(pool._idle) == database._POOL_SIZE
    assert proxy.cut_open() == database._POOL_SIZE

    wrapped, attempts = counted(connection_id)
    transact(wrapped)
    assert attempts == [1, 2]


def test_a_connection_cut_before_the_commit_leads_to_a_second_attempt(
    world: World, proxy: FaultProxy
) -> None:
    def work(db: Db) -> None:
        insert(db, "one")
        if attempts == [1]:
            proxy.cut_open()
        insert(db, "two")

    wrapped, attempts = counted(work)
    transact(wrapped, repeatable=False)
    assert attempts == [1, 2]
    assert committed(world) == ["one", "two"]


def test_a_database_that_refuses_for_a_moment_is_waited_for(
    world: World, proxy: FaultProxy
) -> None:
    proxy.set("refuse", times=3)
    transact(lambda db: insert(db, "one"))
    assert proxy.hits == 3
    assert committed(world) == ["one"]


@pytest.mark.parametrize("mode", ["refuse", "cut"])
def test_a_database_that_stays_away_is_told_to_the_caller(
    world: World, proxy: FaultProxy, mode: str
) -> None:
    proxy.set(cast("Mode", mode))
    with pytest.raises(TryAgainError):
        transact(lambda db: insert(db, "one"))
    assert proxy.hits == database._ATTEMPTS
    assert committed(world) == []


# ── lost commits ─────────────────────────────────────────────────────────────────────────────────


def test_a_commit_that_never_arrived_is_made_again(world: World, proxy: FaultProxy) -> None:
    proxy.set("drop_commit_request", times=1)
    wrapped, attempts = counted(lambda db: insert(db, "one"))
    transact(wrapped, repeatable=True)
    assert (attempts, proxy.hits) == ([1, 2], 1)
    assert committed(world) == ["one"]


def test_work_that_recognises_its_rows_is_run_again_after_a_lost_commit_reply(
    world: World, proxy: FaultProxy
) -> None:
    proxy.set("drop_commit_reply", times=1)

    def work(db: Db) -> str:
        try:
            insert(db, "one")
        except DuplicateError:
            return "it was there"
        return "made"

    assert transact(work, repeatable=True) == "it was there"
    assert proxy.hits == 1
    assert committed(world) == ["one"]


@pytest.mark.parametrize(
    ("mode", "rows"), [("drop_commit_reply", ["one"]), ("drop_commit_request", [])]
)
def test_work_that_would_not_recognise_its_rows_is_not_run_again_when_it_may_have_happened(
    world: World, proxy: FaultProxy, mode: str, rows: list[str]
) -> None:
    proxy.set(cast("Mode", mode), times=1)
    wrapped, attempts = counted(lambda db: insert(db, "one"))
    with pytest.raises(TryAgainError):
        transact(wrapped, repeatable=False)
    assert attempts == [1]
    assert committed(world) == rows


def test_hooks_of_an_attempt_that_was_lost_are_not_run(proxy: FaultProxy) -> None:
    proxy.set("drop_commit_request", times=1)
    ran: list[int] = []

    def work(db: Db) -> None:
        insert(db, "one")
        number = len(attempts)
        db.after_commit.append(lambda: ran.append(number))

    wrapped, attempts = counted(work)
    transact(wrapped)
    assert ran == [2]


# ── the pool ─────────────────────────────────────────────────────────────────────────────────────


def test_one_transaction_after_the_other_uses_one_connection(pool: database._Pool) -> None:
    seen = {transact(connection_id) for _ in range(5)}
    assert len(seen) == 1
    assert len(pool._idle) == 1


def test_a_connection_whose_work_failed_is_rolled_back_and_used_again(world: World) -> None:
    seen: list[int] = []

    def failing(db: Db) -> None:
        seen.append(connection_id(db))
        insert(db, "one")
        raise KeyError

    with pytest.raises(KeyError):
        transact(failing)
    assert transact(connection_id) == seen[0]
    assert committed(world) == []


def test_no_two_transactions_ever_share_a_connection_and_few_are_kept(
    world: World, pool: database._Pool
) -> None:
    together = threading.Barrier(12)

    def work(db: Db) -> int:
        together.wait(_WAIT)
        return connection_id(db)

    with ThreadPoolExecutor(12) as threads:
        seen = list(threads.map(lambda _: transact(work), range(12)))
    assert len(set(seen)) == 12
    assert len(pool._idle) == database._POOL_SIZE
    with closing(connect(world.database_url)) as other, other.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist")
        alive = {int(row[0]) for row in cursor.fetchall()}
    assert len(alive & set(seen)) == database._POOL_SIZE


def test_a_connection_that_rested_too_long_is_not_trusted(
    pool: database._Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = transact(connection_id)
    monkeypatch.setattr(database, "_IDLE_SECONDS", 0.0)
    assert transact(connection_id) != first
    assert len(pool._idle) == 1
