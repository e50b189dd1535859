"""Every action of an erasure, taken away in turn: no receipt is given, and the place is told.

The actions are read from the contract, the register of suppliers and what leaving ends, so that one
that is added later is taken away here, too.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from lib.core.db import Db, transact
from lib.privacy import (
    erasing,
    erasure_repository,
    erasure_suppliers,
    leaving,
    repository,
    rules,
    service,
)
from lib.privacy.contract import load
from lib.privacy.errors import ErasureIncompleteError
from lib.privacy.model import Column, Table
from lib.privacy.statements import Key
from tests.lib.privacy.cast import NOW, filled, leaver, others
from tests.lib.privacy.filler import Someone, snapshot, traces

_ABOUT = [table for table in load() if table.chains and table.name != "erasure"]
_ACTS = [t.name for t in _ABOUT if t.erase == "delete" or rules.emptied_columns(t)]
_COLUMNS = [(t.name, column.name) for t in _ABOUT for column in rules.emptied_columns(t)]
_OWN_COLUMNS = [column.name for column in rules.emptied_columns(load()["erasure"])]
# Those that end rows; papers and packs are sold and bought over HTTP in tests/api/privacy.
_ENDINGS = ("session", "mentor")


def _state(url: str, person: Someone) -> object:
    rows = snapshot(url, load())["erasure"].values()
    return next(row["state"] for row in rows if row["person_id"] == person.person_id)


def _refused(url: str, person: Someone) -> list[str]:
    """Erase; return where something is left, having seen that there is no receipt."""
    with pytest.raises(ErasureIncompleteError) as refusal:
        service.erase(person.person_id, NOW)
    assert _state(url, person) == "planned"
    assert snapshot(url, load())["erasure_receipt"] == {}
    return refusal.value.places


@pytest.mark.parametrize("table_name", _ACTS)
def test_one_table_that_is_not_erased_is_noticed(
    database: str, monkeypatch: pytest.MonkeyPatch, table_name: str
) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    with monkeypatch.context() as patched:
        _skip(patched, table_name)
        assert table_name in {place.split(".")[0] for place in _refused(database, person)}
    service.erase(person.person_id, NOW)
    assert traces(database, person) == []
    assert _state(database, person) == "done"


def _skip(monkeypatch: pytest.MonkeyPatch, table_name: str) -> None:
    batch: Callable[..., Any] = erasing._erase_batch

    def erase_batch(table: Table, *rest: object) -> object:
        return None if table.name == table_name else batch(table, *rest)

    monkeypatch.setattr(erasing, "_erase_batch", erase_batch)


@pytest.mark.parametrize(("table_name", "column_name"), _COLUMNS)
def test_one_column_that_is_not_emptied_is_noticed(
    database: str, monkeypatch: pytest.MonkeyPatch, table_name: str, column_name: str
) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    act = repository.empty_columns

    def empty_columns(
        db: Db, table: Table, columns: Sequence[Column], keys: Sequence[Key], now: datetime
    ) -> int:
        left = [c for c in columns if (table.name, c.name) != (table_name, column_name)]
        return act(db, table, left, keys, now) if left else 0

    monkeypatch.setattr(repository, "empty_columns", empty_columns)
    assert table_name in {place.split(".")[0] for place in _refused(database, person)}


@pytest.mark.parametrize("table_name", _ACTS)
def test_one_row_of_many_that_is_not_erased_is_noticed(
    database: str, monkeypatch: pytest.MonkeyPatch, table_name: str
) -> None:
    person, (kari, per) = leaver(), others()
    filler = filled(database, person, kari, per)
    filler.fill_more(load()[table_name], person, kari, per)
    delete, empty = repository.delete_rows, repository.empty_columns

    def all_but_one(
        act: Callable[..., int],
        db: Db,
        table: Table,
        *rest: Any,  # noqa: ANN401 (as the act wants)
    ) -> int:
        *before, keys = rest[: 1 if act is delete else 2]
        spared = keys[1:] if table.name == table_name else keys
        return act(db, table, *before, spared, *rest[len(before) + 1 :]) if spared else 0

    monkeypatch.setattr(repository, "delete_rows", lambda *a: all_but_one(delete, *a))
    monkeypatch.setattr(repository, "empty_columns", lambda *a: all_but_one(empty, *a))
    assert table_name in {place.split(".")[0] for place in _refused(database, person)}


@pytest.mark.parametrize("column_name", _OWN_COLUMNS)
def test_what_an_erasure_noted_for_itself_and_does_not_empty_is_noticed(
    database: str, monkeypatch: pytest.MonkeyPatch, column_name: str
) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    monkeypatch.setattr(leaving, "_checks", lambda _: ())
    monkeypatch.setattr(leaving, "endings", lambda: ())
    transact(lambda db: leaving.ask(db, person_id=person.person_id, now=NOW, access_token="x" * 43))

    def finish(db: Db, erasure_id: str, now: datetime) -> bool:
        before = erasure_repository.find(db, erasure_id)
        done = act(db, erasure_id, now)
        kept = {"value": getattr(before, column_name), "id": erasure_id}
        if column_name == "progress":
            db.execute("UPDATE erasure SET progress = %(value)s WHERE id = %(id)s", kept)
        else:
            db.execute("UPDATE erasure SET asked_hash = %(value)s WHERE id = %(id)s", kept)
        return done

    act = erasure_repository.finish
    monkeypatch.setattr(erasure_repository, "finish", finish)
    assert _refused(database, person) == ["erasure"]
    monkeypatch.setattr(erasure_repository, "finish", act)
    assert service.carry_out(person.person_id, NOW).state == "done"


@pytest.mark.parametrize(
    ("table_name", "place"),
    [
        ("person", "person.email"),
        ("identity", "identity.subject"),
        ("session", "session.access_hash"),
        ("refresh_token", "refresh_token.token_hash"),
        ("mentor", "mentor.biography"),
        ("idempotency_key", "idempotency_key.reply"),
    ],
)
def test_the_search_finds_it_even_where_nobody_counts_the_rows(
    database: str, monkeypatch: pytest.MonkeyPatch, table_name: str, place: str
) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    _skip(monkeypatch, table_name)
    monkeypatch.setattr(erasing, "_assert_clean", lambda *_: None)
    assert place in _refused(database, person)


@pytest.mark.parametrize("ending", _ENDINGS)
def test_what_should_stop_with_the_plan_and_goes_on_stops_the_plan(
    database: str, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    _come_alive(person)
    monkeypatch.setattr(leaving, "_checks", lambda _: ())
    kept = [one for one in leaving.endings() if one.place in _ENDINGS]
    broken = [
        service.Ending(one.place, lambda *_: None, one.is_over) if one.place == ending else one
        for one in kept
    ]
    monkeypatch.setattr(leaving, "endings", lambda: broken)
    with pytest.raises(ErasureIncompleteError) as refusal:
        transact(lambda db: leaving.ask(db, person_id=person.person_id, now=NOW))
    assert refusal.value.places == [ending]
    assert snapshot(database, load())["erasure"] == {}
    monkeypatch.setattr(leaving, "endings", lambda: kept)
    transact(lambda db: leaving.ask(db, person_id=person.person_id, now=NOW))
    assert _state(database, person) == "planned"


def _come_alive(person: Someone) -> None:
    """Have the person signed in and listed, as somebody who leaves is."""
    values = {"id": person.person_id, "later": NOW + timedelta(days=1)}
    transact(
        lambda db: (
            db.execute(
                "UPDATE session SET ended_at = NULL, expires_at = %(later)s"
                " WHERE person_id = %(id)s",
                values,
            ),
            db.execute("UPDATE mentor SET state = 'listed' WHERE person_id = %(id)s", values),
        )
    )


@pytest.mark.parametrize("supplier", sorted(erasure_suppliers.ERASERS))
def test_a_supplier_that_says_done_while_somebody_is_still_there_is_told_again(
    database: str, monkeypatch: pytest.MonkeyPatch, supplier: str
) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    answers = dict.fromkeys(erasure_suppliers.ERASERS, False)
    monkeypatch.setattr(erasure_suppliers, "eraser", lambda _: lambda *_: "done")
    monkeypatch.setattr(erasure_suppliers, "look", lambda key: lambda _: answers[key])
    answers[supplier] = True
    told = service.erase(person.person_id, NOW)
    assert (told.state, told.receipt) == ("planned", None)
    assert {one.supplier: one.answer for one in told.suppliers if one.state == "waiting"} == {
        supplier: "still_there"
    }
    answers[supplier] = False
    assert service.carry_out(person.person_id, NOW + timedelta(hours=2)).state == "done"


def test_who_erases_looks_whether_it_is_so() -> None:
    assert erasure_suppliers.LOOKS.keys() == erasure_suppliers.ERASERS.keys()
