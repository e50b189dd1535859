"""An erasure comes to its receipt wherever a process dies, and a leak is found all the same."""

import base64
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from lib.core.db import transact
from lib.privacy import erasing, looking, service
from lib.privacy import erasure_repository as erasures
from lib.privacy.contract import load
from lib.privacy.errors import ErasureIncompleteError
from lib.privacy.progress import Progress
from sandbox.restore_drill import Dump, dump, restore
from tests.lib.privacy.cast import NOW, filled, leaver, others
from tests.lib.privacy.filler import Someone, snapshot, traces
from tests.lib.privacy.mortal import Mortal, boundaries

_LATER = timedelta(minutes=2)  # a dead process's claim has lapsed by then


def _moments() -> Iterator[datetime]:
    now = NOW
    while True:
        yield now
        now += _LATER


def _erasure(person: Someone) -> erasures.Erasure:
    found = transact(lambda db: erasures.of_person(db, person.person_id))
    assert found
    return found


def _receipts(url: str) -> int:
    return len(snapshot(url, load())["erasure_receipt"])


def test_a_death_at_each_boundary_in_turn_ends_with_one_receipt(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    transact(lambda db: service.request_erasure(db, person.person_id, NOW))
    deaths = 0
    for now in _moments():
        with Mortal(at=deaths) as one:
            service.carry_out(person.person_id, now)
        if not one.died:
            break
        deaths += 1
    assert deaths > 40
    assert traces(database, person) == []
    assert (_erasure(person).state, _receipts(database)) == ("done", 1)


@pytest.fixture
def late(database: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Someone, Someone, Dump]:
    """A person erased but for what identifies them, as the first look ends; and the database."""
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    transact(lambda db: service.request_erasure(db, person.person_id, NOW))
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_erase_tables", _only_early(erasing._erase_tables))
        service.carry_out(person.person_id, NOW)
    progress = Progress.read(_erasure(person).progress)
    assert (progress.is_last, progress.table) == (True, "")
    assert traces(database, person) != []
    return person, kari, dump(database)


def _only_early(act: Callable[..., bool]) -> Callable[..., bool]:
    """Return what erases as the act does, once, and then says that time is up."""
    calls = iter([act, lambda *_: False])

    def erase_tables(*given: object) -> bool:
        return next(calls)(*given)

    return erase_tables


def test_a_death_at_any_boundary_of_the_last_part_is_recovered_from(
    database: str, late: tuple[Someone, Someone, Dump]
) -> None:
    person, _, before = late
    number = boundaries(lambda: service.carry_out(person.person_id, NOW + _LATER))
    assert number > 50
    for at in range(number):
        restore(database, before)
        with Mortal(at=at) as one:
            service.carry_out(person.person_id, NOW + _LATER)
        assert one.died
        service.carry_out(person.person_id, NOW + 2 * _LATER)
        assert traces(database, person) == []
        assert (_erasure(person).state, _receipts(database)) == ("done", 1), at


def test_whatever_dies_in_the_last_part_a_leak_there_is_found_and_told_again_until_it_is_gone(
    database: str, late: tuple[Someone, Someone, Dump], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, kari, _ = late
    # It came about after the first look: only the second can see it.
    _plant(kari, person.email)
    before = dump(database)
    monkeypatch.setattr(looking, "_WINDOW", 2)
    with pytest.raises(ErasureIncompleteError), Mortal() as whole:
        service.carry_out(person.person_id, NOW + _LATER)
    for at in range(0, whole.lived, 3):
        restore(database, before)
        with Mortal(at=at):
            service.carry_out(person.person_id, NOW + _LATER)
        for tries in (2, 3):
            with pytest.raises(ErasureIncompleteError) as refusal:
                service.carry_out(person.person_id, NOW + tries * _LATER)
            assert refusal.value.places == ["session.device_name"], at
        assert _receipts(database) == 0
        _plant(kari, "telefon")
        assert service.carry_out(person.person_id, NOW + 4 * _LATER).state == "done"
        assert traces(database, person) == []


def _plant(kari: Someone, text: str) -> None:
    change = "UPDATE session SET device_name = %(text)s WHERE person_id = %(id)s"
    transact(lambda db: db.execute(change, {"text": text, "id": kari.person_id}))


def test_a_deadline_that_has_come_stops_every_step_and_the_next_run_goes_on(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_BATCH", 1)
    monkeypatch.setattr(looking, "_WINDOW", 1)
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    transact(lambda db: service.request_erasure(db, person.person_id, NOW))
    clock = _Clock()
    monkeypatch.setattr("lib.core.clock.now", clock)
    seen: set[tuple[bool, bool]] = set()
    time_for = 0
    for now in _moments():
        # Each run has time for one step more than the last; whatever asks again is late.
        clock.left = time_for
        if service.carry_out(person.person_id, now, deadline=NOW).state == "done":
            break
        progress = Progress.read(_erasure(person).progress)
        time_for = time_for + 1 if (True, False) in seen or not progress.is_last else 0
        seen.add((progress.is_last, bool(progress.table)))
    assert seen == {(False, False), (False, True), (True, False), (True, True)}
    assert traces(database, person) == []


class _Clock:
    """Early for so many questions, then late."""

    def __init__(self) -> None:
        self.left = 0

    def __call__(self) -> datetime:
        self.left -= 1
        return NOW - _LATER if self.left >= 0 else NOW


def test_what_is_looked_for_lies_sealed_and_only_until_the_receipt(
    late: tuple[Someone, Someone, Dump],
) -> None:
    person, _, _ = late
    noted = _erasure(person).progress or ""
    assert Progress.read(noted).sealed
    for word in (person.email, person.phone, person.family_name):
        assert word not in noted
    service.carry_out(person.person_id, NOW + _LATER)
    assert _erasure(person).progress is None


def test_a_seal_that_can_not_be_opened_is_no_end_of_looking(
    database: str, late: tuple[Someone, Someone, Dump], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, kari, _ = late
    _plant(kari, person.email)
    with pytest.raises(ErasureIncompleteError):
        service.carry_out(person.person_id, NOW + _LATER)
    assert snapshot(database, load())["person"][(person.person_id,)]["email"] is None
    with monkeypatch.context() as patched:
        patched.setenv("RECEIPT_SIGNING_KEY", _other_key())
        with pytest.raises(ErasureIncompleteError) as refusal:
            service.carry_out(person.person_id, NOW + 2 * _LATER)
    assert refusal.value.places == ["erasure.progress"]
    with pytest.raises(ErasureIncompleteError) as again:
        service.carry_out(person.person_id, NOW + 3 * _LATER)
    assert again.value.places == ["session.device_name"]
    assert _receipts(database) == 0


def test_a_new_key_before_anything_that_identifies_went_is_no_obstacle(
    database: str, late: tuple[Someone, Someone, Dump], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, _, _ = late
    monkeypatch.setenv("RECEIPT_SIGNING_KEY", _other_key())
    assert service.carry_out(person.person_id, NOW + _LATER).state == "done"
    assert traces(database, person) == []


def _other_key() -> str:
    return base64.b64encode(b"k" * 32).decode()
