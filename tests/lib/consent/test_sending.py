"""What is sent and what is withdrawn, at the same moment, on the real database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lib.consent import limits, rules, service
from lib.consent.schemas import Object, Restrict, SayConsent
from lib.core.db import Db, transact
from sandbox.world import World
from tests.cast import Cast

VERSION = rules.CONSENTS["marketing"].version


@pytest.fixture
def person_id(cast: Cast, world: World) -> str:
    """Somebody who has said yes."""
    (person,) = cast.crowd(1)
    give(world, person.person_id)
    return person.person_id


def give(world: World, person_id: str, version: str = VERSION) -> None:
    now = world.clock.now()
    said = SayConsent(given=True, version=version)
    transact(
        lambda db: service.say(
            db, said, person_id=person_id, purpose="marketing", language="en", now=now
        )
    )


def withdraw(world: World, person_id: str) -> None:
    now = world.clock.now()
    transact(lambda db: service.withdraw(db, person_id, "marketing", surface="app", now=now))


def may(world: World, person_id: str, purpose: str = "marketing") -> bool:
    now = world.clock.now()
    return transact(lambda db: service.may(db, person_id, purpose, now))


def object_to(world: World, person_id: str, purpose: str, *, objects: bool) -> None:
    now, said = world.clock.now(), Object(objects=objects)
    transact(
        lambda db: limits.say_objection(
            db, said, person_id=person_id, purpose=purpose, language="nb", now=now
        )
    )


def restrict(world: World, person_id: str, *, restricted: bool) -> None:
    now, wanted = world.clock.now(), Restrict(restricted=restricted)
    transact(lambda db: limits.restrict(db, wanted, person_id=person_id, now=now))


def stops() -> dict[str, Callable[[World, str], None]]:
    return {
        "withdrawal": withdraw,
        "objection": lambda world, who: object_to(world, who, "marketing", objects=True),
        "restriction": lambda world, who: restrict(world, who, restricted=True),
    }


@pytest.mark.parametrize("stop", stops().values(), ids=stops())
def test_whatever_the_moment_nothing_is_sent_after_a_stop_has_been_answered(
    world: World, person_id: str, stop: Callable[[World, str], None]
) -> None:
    now = world.clock.now()
    sent_late: list[int] = []
    stopped, done, sent = threading.Event(), threading.Event(), threading.Semaphore(0)

    def act() -> None:
        if stopped.is_set():
            sent_late.append(1)
        sent.release()

    def sender() -> None:
        while not done.is_set():
            service.send(person_id, "marketing", now, act)

    with ThreadPoolExecutor(6) as pool:
        runs = [pool.submit(sender) for _ in range(5)]
        for _ in range(10):
            assert sent.acquire(timeout=10)
        stop(world, person_id)
        stopped.set()
        threading.Event().wait(0.3)
        done.set()
        for run in runs:
            run.result(timeout=10)
    assert sent_late == []
    assert may(world, person_id) is False


def test_a_withdrawal_waits_for_what_is_leaving(world: World, person_id: str) -> None:
    leaving, gone = threading.Event(), threading.Event()
    order: list[str] = []

    def act() -> None:
        leaving.set()
        gone.wait(0.4)
        order.append("sent")

    def stop() -> None:
        assert leaving.wait(10)
        withdraw(world, person_id)
        order.append("withdrawn")

    with ThreadPoolExecutor(2) as pool:
        sending = pool.submit(service.send, person_id, "marketing", world.clock.now(), act)
        stopping = pool.submit(stop)
        assert sending.result(timeout=10) is True
        stopping.result(timeout=10)
    assert order == ["sent", "withdrawn"]


def test_who_asked_before_the_withdrawal_and_reads_after_it_is_told_no(
    world: World, person_id: str
) -> None:
    """A transaction that began earlier has an older picture; what is asked is asked of now."""

    def work(db: Db) -> bool:
        service.consents(db, person_id=person_id, language="nb")
        withdraw(world, person_id)
        return service.may(db, person_id, "marketing", world.clock.now())

    assert transact(work) is False


def test_only_a_yes_to_a_wording_that_still_counts_allows_anything(
    world: World, cast: Cast, person_id: str
) -> None:
    (nobody,) = cast.crowd(1)
    assert may(world, person_id) is True
    assert may(world, nobody.person_id) is False
    assert may(world, "per_" + "0" * 26) is False
    assert may(world, person_id, "unheard_of") is False
    assert not rules.is_in_force(rules.CONSENTS["marketing"], "given", "2020-01-01")


def test_an_objection_ends_the_consent_and_taking_it_back_does_not_renew_it(
    world: World, person_id: str
) -> None:
    object_to(world, person_id, "marketing", objects=True)
    assert may(world, person_id) is False
    object_to(world, person_id, "marketing", objects=False)
    assert may(world, person_id) is False
    give(world, person_id)
    assert may(world, person_id) is True


def test_a_yes_that_is_said_after_an_objection_takes_it_back(world: World, person_id: str) -> None:
    object_to(world, person_id, "marketing", objects=True)
    world.clock.advance(timedelta(minutes=1))
    give(world, person_id)
    assert may(world, person_id) is True


def test_what_rests_on_a_legitimate_interest_goes_on_until_the_person_objects(
    world: World, person_id: str
) -> None:
    assert may(world, person_id, "statistics") is True
    object_to(world, person_id, "statistics", objects=True)
    assert may(world, person_id, "statistics") is False
    assert may(world, person_id) is True


def test_who_had_processing_restricted_and_ends_it_is_where_they_were(
    world: World, person_id: str
) -> None:
    restrict(world, person_id, restricted=True)
    assert may(world, person_id) is False
    assert may(world, person_id, "statistics") is False
    restrict(world, person_id, restricted=False)
    assert may(world, person_id) is True


def test_the_hash_of_a_wording_never_changes() -> None:
    # What was agreed to is proved by it: a new wording is a new version.
    hashes = {
        (each.key, version): rules.text_hash(words.nb)[:16]
        for each in rules.CONSENTS.values()
        for version, words in each.texts.items()
    }
    assert hashes == {
        ("marketing", "2026-11-01"): "db5e36ae6f703439",
        ("surveys", "2026-11-01"): "439ba96b5969cd42",
    }
