"""Archives of people with very much: what a run holds does not grow with it."""

import tracemalloc
from datetime import timedelta

import pytest

from lib.core import ids
from lib.core.db import transact
from lib.privacy import archives, exports
from lib.providers.aws import storage
from sandbox.world import World
from tests.cast import Cast
from tests.stage import change, rows

_MEGABYTE = 1024 * 1024
_INSERTED = 2_000


def fill(person_id: str, number: int) -> None:
    """Give a person so many rows."""
    for _ in range(0, number, _INSERTED):
        values: list[dict[str, object]] = [
            {"id": ids.new("exp"), "person": person_id} for _ in range(_INSERTED)
        ]
        transact(
            lambda db, values=values: db.insert_all(  # type: ignore[misc]
                "INSERT INTO privacy_export (id, person_id, kind, state, asked_at, rows_done,"
                " tables_done, tables_total, step)"
                " VALUES (%(id)s, %(person)s, 'access', 'deleted', '2026-11-01', 0, 0, 0, 0)",
                values,
            )
        )


def make(world: World, person_id: str) -> int:
    """Make an archive here; return by how many bytes memory grew at most."""
    now = world.clock.now()
    storage.delete_below("exports/nobody/")  # the library is loaded before anything is measured
    transact(lambda db: exports.ask(db, person_id=person_id, right="access", now=now))
    change("DELETE FROM outbox WHERE topic = 'privacy.export'")
    tracemalloc.start()
    try:
        assert archives.make_due(now, now + timedelta(minutes=10)) == (1, 0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", [4_000, 20_000])
def test_a_run_holds_no_more_than_a_part_however_many_rows_there_are(
    world: World, cast: Cast, number: int
) -> None:
    person = cast.mentee
    fill(person.person_id, number)

    assert make(world, person.person_id) < 24 * _MEGABYTE

    done = rows("SELECT rows_done FROM privacy_export WHERE state = 'ready'")
    assert done[0]["rows_done"] > number
