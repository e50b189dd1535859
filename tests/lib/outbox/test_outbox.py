"""The outbox: claimed by one, tried again with growing pauses, parked at last, never forgotten."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest

from lib.core.db import Db, transact
from lib.core.errors import ProviderUnavailableError
from lib.outbox import repository, service, topics
from lib.outbox.service import ParkedError
from sandbox.world import World
from tests.stage import Stage, at_once, change, rows

TOPIC = "tests.deliver"
_delivered: Counter[str] = Counter()
_errors: list[Exception] = []
_lock = threading.Lock()


def deliver(subject_id: str, now: datetime) -> None:
    """Count a delivery, or fail as the test has ordered: the handler of the tests' topic."""
    assert now.tzinfo is not None
    with _lock:
        _delivered[subject_id] += 1
        if _errors:
            raise _errors.pop(0)


@pytest.fixture(autouse=True)
def _topic(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    del world
    monkeypatch.setitem(topics._HANDLERS, TOPIC, f"{__name__}:deliver")
    _delivered.clear()
    _errors.clear()


def write(world: World, subject_id: str = "one", due_in: timedelta = timedelta()) -> None:
    now = world.clock.now()
    transact(
        lambda db: service.write(
            db, topic=TOPIC, subject_id=subject_id, now=now, due_at=now + due_in
        )
    )


def drain(world: World) -> tuple[int, int]:
    return service.drain(world.clock.now() + timedelta(minutes=1))


def message() -> dict[str, object]:
    return rows(
        "SELECT attempts, claimed_until, due_at, delivered_at, parked_at, last_error FROM outbox"
    )[0]


def test_a_message_is_delivered_once_and_kept(world: World) -> None:
    write(world)
    write(world)  # the same again is the same message
    assert drain(world) == (1, 0)
    assert drain(world) == (0, 0)
    assert _delivered == {"one": 1}
    assert message()["delivered_at"] is not None


def test_what_is_rolled_back_is_never_told(world: World) -> None:
    def work(db: Db) -> None:
        service.write(db, topic=TOPIC, subject_id="one", now=world.clock.now())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        transact(work)
    assert drain(world) == (0, 0)
    assert rows("SELECT id FROM outbox") == []


def test_a_message_is_not_delivered_before_it_is_due(world: World) -> None:
    write(world, due_in=timedelta(hours=1))
    assert drain(world) == (0, 0)
    world.clock.advance(timedelta(hours=1))
    assert drain(world) == (1, 0)


def test_twenty_who_drain_at_once_deliver_each_of_many_once(world: World) -> None:
    for number in range(30):
        write(world, f"subject-{number}")
    outcomes = at_once(lambda: drain(world), 20)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert drain(world) == (0, 0)
    assert set(_delivered.values()) == {1}
    assert len(_delivered) == 30


def test_two_who_claim_at_once_do_not_wait_for_each_other(world: World) -> None:
    """SKIP LOCKED: who comes second passes over what the first has locked, at once."""
    for number in range(2):
        write(world, f"subject-{number}")
    later = world.clock.now() + timedelta(seconds=1)

    def first(db: Db) -> list[str]:
        mine = repository.lock_due(db, now=later, limit=1)
        theirs = transact(lambda other: repository.lock_due(other, now=later, limit=10))
        return [each.subject_id for each in mine + theirs]

    found = transact(first)
    assert len(found) == len(set(found))


def test_a_failure_is_tried_again_with_growing_pauses(world: World) -> None:
    write(world)
    _errors.extend([ProviderUnavailableError(), RuntimeError("of somebody"), KeyError("x")])
    pauses = []
    for error in ("provider_unavailable", "RuntimeError", "KeyError"):
        before = world.clock.now()
        assert drain(world) == (0, 1)
        found = message()
        assert (found["last_error"], found["claimed_until"]) == (error, None)
        pause = found["due_at"] - before  # type: ignore[operator]
        pauses.append(round(pause.total_seconds()))
        assert drain(world) == (0, 0)  # not yet
        world.clock.advance(pause)
    assert pauses == [2, 4, 8]
    assert drain(world) == (1, 0)
    assert message()["last_error"] is None


def test_pauses_grow_to_an_hour_and_no_further() -> None:
    found = [service.pause_after(attempts).total_seconds() for attempts in range(1, 16)]
    assert found[:4] == [2, 4, 8, 16]
    assert found == sorted(found)
    assert max(found) == 3600
    assert service.pause_after(10_000) == timedelta(hours=1)


def test_after_fifteen_tries_a_message_is_parked_and_counted(stage: Stage) -> None:
    world = stage.world
    write(world)
    _errors.extend([RuntimeError() for _ in range(20)])
    for attempt in range(15):
        assert message()["parked_at"] is None, attempt
        assert drain(world) == (0, 1)
        world.clock.advance(timedelta(hours=2))
    assert message()["parked_at"] is not None
    assert _delivered["one"] == 15
    assert drain(world) == (0, 0)
    assert stage.cron("outbox") == {"delivered": 0, "failed": 0, "parked": 1}


def test_a_handler_may_say_that_trying_again_is_of_no_use(world: World) -> None:
    write(world)
    _errors.append(ParkedError("no_delivery"))
    assert drain(world) == (0, 1)
    assert message()["last_error"] == "no_delivery"
    assert message()["parked_at"] is not None


def test_one_failure_does_not_stop_the_rest(world: World) -> None:
    for number in range(5):
        write(world, f"subject-{number}")
    _errors.append(RuntimeError())
    assert drain(world) == (4, 1)


def test_a_topic_that_nobody_knows_is_tried_again_and_stops_nothing(world: World) -> None:
    write(world)
    change("UPDATE outbox SET topic = 'tests.unknown'")
    write(world, "two")
    assert drain(world) == (1, 1)


def test_what_a_dead_process_had_claimed_is_free_after_a_minute(world: World) -> None:
    write(world)
    now = world.clock.now()
    found = transact(lambda db: repository.lock_due(db, now=now, limit=1))
    transact(
        lambda db: repository.claim(db, message_id=found[0].id, until=now + timedelta(seconds=60))
    )
    assert drain(world) == (0, 0)
    world.clock.advance(timedelta(seconds=60))
    assert drain(world) == (1, 0)
    assert message()["attempts"] == 2


def test_a_message_that_everybody_dies_of_is_parked(world: World) -> None:
    write(world)
    change("UPDATE outbox SET attempts = 15, claimed_until = %(at)s", {"at": world.clock.now()})
    assert drain(world) == (0, 1)
    assert _delivered == {}
    assert message()["last_error"] == "never_finished"
    assert message()["parked_at"] is not None


def test_no_message_is_begun_after_the_deadline_and_none_is_claimed_in_store(world: World) -> None:
    for number in range(3):
        write(world, f"subject-{number}")
    assert service.drain(world.clock.now() - timedelta(seconds=1)) == (0, 0)
    claimed = rows("SELECT id FROM outbox WHERE claimed_until IS NOT NULL")
    assert (claimed, _delivered) == ([], {})


def test_every_topic_has_a_handler() -> None:
    for name in set(topics.names()) - {TOPIC}:
        assert callable(topics.handler(name))


def test_what_a_request_has_written_is_delivered_after_its_reply(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    delivered = rows("SELECT topic FROM outbox WHERE delivered_at IS NOT NULL")
    assert {each["topic"] for each in delivered} == {"inbound.handle", "meetings.create"}
    assert session.booking["state"] == "confirmed"
