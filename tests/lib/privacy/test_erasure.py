"""An erasure goes as previewed, finds what was forgotten, and survives a crash at any point."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.privacy import erasing, looking, rules, service
from lib.privacy.contract import load
from lib.privacy.errors import ErasureIncompleteError, ErasureRefusedError
from lib.privacy.model import Table
from lib.privacy.schemas import ErasurePreview, ErasureStatus
from lib.privacy.service import Ending
from sandbox.database import empty
from tests.lib.privacy.cast import NOW, filled, leaver, others, someone
from tests.lib.privacy.filler import Row, Snapshot, Someone, snapshot, traces

_ABOUT = [table for table in load() if table.chains]


def _preview(person: Someone) -> ErasurePreview:
    return transact(lambda db: service.preview(db, person.person_id, NOW))


def _state(url: str, person: Someone) -> object:
    rows = snapshot(url, load())["erasure"].values()
    return next(row["state"] for row in rows if row["person_id"] == person.person_id)


def test_an_erased_person_is_nowhere_and_everyone_else_is_untouched(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    assert len(traces(database, person)) == 3
    before = snapshot(database, load())
    service.erase(person.person_id, NOW)
    assert traces(database, person) == []
    _assert_others_untouched(person, before, snapshot(database, load()))
    assert traces(database, kari) != []


def _assert_others_untouched(person: Someone, before: Snapshot, after: Snapshot) -> None:
    gone = {(name, key) for name, rows in before.items() for key in rows if key not in after[name]}
    for table in load():
        for key, row in before[table.name].items():
            values = _kept_values(table, row, after[table.name].get(key))
            if (table.name, key) in gone:
                assert table.erase == "delete"
                assert _is_about(table, row, before, person.person_id)
            elif _is_about(table, row, before, person.person_id):
                assert values[0] == values[1]
            else:
                assert row == after[table.name][key]


def _kept_values(table: Table, row: Row, later: Row | None) -> tuple[object, object]:
    names = {c.name for c in table.columns} - {c.name for c in rules.emptied_columns(table)}
    names -= {"erased_at"}
    return {n: row[n] for n in names}, {n: later[n] for n in names} if later else None


def _is_about(table: Table, row: Row, rows: Snapshot, person_id: str) -> bool:
    """Walk from a row to its people by hand."""
    for path in table.subject:
        if path.table is None:
            if row[path.column] == person_id:
                return True
        else:
            parent = rows[path.table][(row[path.column],)]
            if _is_about(load()[path.table], parent, rows, person_id):
                return True
    return False


def test_what_stays_is_what_the_preview_said(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    told = _preview(person)
    before = snapshot(database, load())
    receipt = service.erase(person.person_id, NOW)
    after = snapshot(database, load())
    assert (receipt.erased, receipt.kept) == (told.goes, told.stays)
    left = {
        table.name: sum(
            _is_about(table, row, after, person.person_id) for row in after[table.name].values()
        )
        for table in _ABOUT
    }
    assert {part.table: part.rows for part in told.stays} == {n: c for n, c in left.items() if c}
    for going in told.goes:
        about = [
            row
            for row in before[going.table].values()
            if _is_about(load()[going.table], row, before, person.person_id)
        ]
        assert going.rows == len(about)


def test_every_row_that_stays_has_a_ground_and_a_date_or_tells_nothing(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    for part in _preview(person).stays:
        assert part.ground.nb
        assert part.ground.en
        table = load()[part.table]
        if table.keep.rule == "account":
            assert part.until is None
        else:
            assert part.until is not None
            assert part.until > NOW


def test_the_person_row_is_empty_and_dated(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    service.erase(person.person_id, NOW)
    row = snapshot(database, load())["person"][(person.person_id,)]
    assert row["erased_at"] == NOW.replace(tzinfo=None)
    assert [row[n] for n in ("given_name", "family_name", "email", "phone")] == [None] * 4


_letters = st.text(alphabet="abcdeæøåéßABCÆØÅ", min_size=2, max_size=8)
_names = st.builds(lambda *parts: " ".join(parts), _letters) | st.builds(
    lambda one, two: f"{one}-{two}", _letters, _letters
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    given_name=_names,
    family_name=_names,
    mailbox=st.from_regex(r"[a-z]{6,12}\.[a-z]{3,6}", fullmatch=True),
    number=st.integers(40_000_000, 49_999_999) | st.integers(90_000_000, 98_000_000),
)
def test_whoever_it_is_nothing_of_them_is_left(
    database: str, given_name: str, family_name: str, mailbox: str, number: int
) -> None:
    empty(database)
    person = someone(given_name, family_name, f"{mailbox}@example.no", f"47{number}")
    filled(database, person, *others())
    before = snapshot(database, load())
    service.erase(person.person_id, NOW)
    assert traces(database, person) == []
    _assert_others_untouched(person, before, snapshot(database, load()))


# Where a copy might have been left, in rows that are about somebody else or about nobody.
_LEAKS: dict[str, Callable[[Someone, Someone], tuple[str, dict[str, object]]]] = {
    "session.device_name": lambda _, kari: (
        "UPDATE session SET device_name = %(text)s WHERE person_id = %(kari)s",
        {"text": "O'BRIEN, BJØRN ÅGE: mobil", "kari": kari.person_id},
    ),
    "inbound_event.payload": lambda person, _: (
        "UPDATE inbound_event SET payload = %(text)s",
        {"text": json.dumps({"phone": int(person.phone)})},
    ),
    "purchase.redirect_url": lambda person, kari: (
        "UPDATE purchase SET redirect_url = %(text)s WHERE mentee_id = %(kari)s",
        {
            "text": f"https://example.no/?mail={person.email.replace('@', '%40')}",
            "kari": kari.person_id,
        },
    ),
    "inbound_event.kind": lambda person, _: (
        (
            "UPDATE inbound_event JOIN mentor ON person_id = %(id)s"
            " SET kind = INSERT(organisation_number, 4, 0, ' ')"
        ),
        {"id": person.person_id},
    ),
    "outbox.last_error": lambda person, _: (
        "UPDATE outbox SET last_error = (SELECT subject FROM identity WHERE person_id = %(id)s)",
        {"id": person.person_id},
    ),
}


@pytest.mark.parametrize("place", _LEAKS)
def test_a_copy_left_with_somebody_else_is_found_and_not_told(database: str, place: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    _planted(_LEAKS[place](person, kari))
    with pytest.raises(ErasureIncompleteError) as refusal:
        service.erase(person.person_id, NOW)
    assert refusal.value.places == [place]
    assert str(refusal.value) == f"still there: {place}"
    assert _state(database, person) == "planned"
    # Until it is gone the person's own row keeps what has to be looked for.
    with pytest.raises(ErasureIncompleteError):
        service.carry_out(person.person_id, NOW)
    table, column = place.split(".")
    _planted((f"UPDATE `{table}` SET `{column}` = '0'", {}))  # noqa: S608 (names of the schema)
    service.carry_out(person.person_id, NOW)
    assert _state(database, person) == "done"


def _planted(change: tuple[str, dict[str, object]]) -> None:
    assert transact(lambda db: db.execute(change[0], change[1])) > 0


# What others may write of somebody, in their own words: theirs to change, and told of.
_MENTIONS: dict[str, Callable[[Someone, Someone], tuple[str, dict[str, object]]]] = {
    "mentor.biography": lambda person, kari: (
        "UPDATE mentor SET biography = %(text)s WHERE person_id = %(kari)s",
        {"text": f"Spør {person.email.upper()}", "kari": kari.person_id},
    ),
    "mentor.headline": lambda _, kari: (
        "UPDATE mentor SET headline = %(text)s WHERE person_id = %(kari)s",
        {"text": "Ring 912 34 567", "kari": kari.person_id},
    ),
    "idempotency_key.reply": lambda person, kari: (
        "UPDATE idempotency_key SET reply = %(text)s WHERE person_id = %(kari)s",
        {
            "text": json.dumps({"given": person.given_name, "family": person.family_name}),
            "kari": kari.person_id,
        },
    ),
}


@pytest.mark.parametrize("place", _MENTIONS)
def test_what_another_wrote_of_the_erased_is_told_in_the_receipt_and_blocks_nothing(
    database: str, place: str
) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    _planted(_MENTIONS[place](person, kari))
    done = service.erase(person.person_id, NOW)
    assert done.state == "done"
    table, column = place.split(".")
    assert _body(done)["mentions"] == [{"table": table, "column": column, "rows": 1}]


def test_a_token_in_anothers_free_text_is_no_mention(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    copy = (
        "UPDATE mentor SET biography = (SELECT MAX(access_hash) FROM session"
        " WHERE person_id = %(id)s) WHERE person_id = %(kari)s"
    )
    _planted((copy, {"id": person.person_id, "kari": kari.person_id}))
    with pytest.raises(ErasureIncompleteError) as refusal:
        service.erase(person.person_id, NOW)
    assert refusal.value.places == ["mentor.biography"]


def _body(status: ErasureStatus) -> dict[str, Any]:
    assert status.receipt is not None
    body = status.receipt["body"]
    assert isinstance(body, dict)
    return body


def test_somebody_with_the_same_or_a_longer_name_is_no_residue(database: str) -> None:
    person, (kari, _) = leaver(), others()
    namesake = someone(person.given_name, person.family_name, "annen@example.no", "4792222222")
    longer = someone("Bjørn Åge Odd", "O'Brien", "tredje@example.no", "4793333333")
    filled(database, person, kari, namesake, longer)
    before = snapshot(database, load())
    service.erase(person.person_id, NOW)
    _assert_others_untouched(person, before, snapshot(database, load()))


def test_an_address_that_two_share_stays_with_the_other(database: str) -> None:
    person, (kari, _) = leaver(), others()
    partner = someone("Eva", "Lie", person.email, person.phone)
    filled(database, person, kari, partner)
    before = snapshot(database, load())
    service.erase(person.person_id, NOW)
    _assert_others_untouched(person, before, snapshot(database, load()))


def test_a_name_in_what_the_books_must_keep_is_no_residue(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    change = "UPDATE booking SET title = %(title)s WHERE mentor_id = %(id)s"
    title = f"Time hos {person.given_name} {person.family_name}"
    _planted((change, {"title": title, "id": person.person_id}))
    told = {part.table: part.columns for part in _preview(person).stays}
    assert "title" in told["booking"]
    service.erase(person.person_id, NOW)
    assert _state(database, person) == "done"


def test_while_something_is_under_way_nothing_is_planned_or_erased(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    before = snapshot(database, load())
    checks = [lambda _db, _id: ["booking:confirmed"], lambda _db, _id: [], _open_payouts]
    with pytest.raises(ErasureRefusedError) as refusal:
        service.erase(person.person_id, NOW, checks=checks)
    assert refusal.value.obstacles == ["booking:confirmed", f"payout:{person.person_id}"]
    assert refusal.value.more == {"obstacles": refusal.value.obstacles}
    assert snapshot(database, load()) == before
    told = transact(lambda db: service.preview(db, person.person_id, NOW, checks))
    assert told.obstacles == refusal.value.obstacles


def _open_payouts(_: Db, person_id: str) -> list[str]:
    return [f"payout:{person_id}"]


def test_what_begins_after_the_plan_stops_it_before_anything_is_erased(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    transact(lambda db: service.request_erasure(db, person.person_id, NOW))
    before = snapshot(database, load())
    with pytest.raises(ErasureRefusedError):
        service.carry_out(person.person_id, NOW, [_open_payouts])
    assert snapshot(database, load()) == before


def test_what_ends_with_the_plan_ends_in_its_transaction(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)

    def sign_out(db: Db, person_id: str, now: datetime) -> None:
        change = "UPDATE session SET ended_at = %(now)s WHERE person_id = %(id)s"
        db.execute(change, {"now": now, "id": person_id})

    ending = Ending("session", sign_out, lambda *_: True)
    transact(lambda db: service.request_erasure(db, person.person_id, NOW, endings=[ending]))
    ended = {
        row["person_id"]
        for row in snapshot(database, load())["session"].values()
        if row["ended_at"] == NOW.replace(tzinfo=None)
    }
    assert ended == {person.person_id}


def test_the_plan_stands_before_anything_is_erased(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    before = snapshot(database, load())
    told = _preview(person)
    planned = transact(lambda db: service.request_erasure(db, person.person_id, NOW))
    after = snapshot(database, load())
    assert json.loads(planned.plan) == json.loads(told.model_dump_json(exclude={"obstacles"}))
    assert {n: rows for n, rows in after.items() if not n.startswith("erasure")} == {
        n: rows for n, rows in before.items() if not n.startswith("erasure")
    }
    assert [one.id for one in transact(service.unfinished)] == [planned.id]
    for value in (person.email, person.phone, person.family_name):
        assert value not in planned.plan


def test_asking_twice_is_one_erasure_with_one_receipt(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    first = service.erase(person.person_id, NOW)
    assert service.erase(person.person_id, NOW) == first
    assert transact(service.unfinished) == []
    assert len(snapshot(database, load())["erasure"]) == 1


def test_asking_twice_at_once_is_one_erasure(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)

    def second(db: Db) -> str:
        db.rows("SELECT id FROM person")  # takes its picture before the first has planned anything
        service.erase(person.person_id, NOW)
        assert not service.is_leaving(db, person.person_id)  # done already
        return service.request_erasure(db, person.person_id, NOW).id

    planned = transact(second)
    assert [planned] == [row["id"] for row in snapshot(database, load())["erasure"].values()]


def test_nobody_can_be_erased(database: str) -> None:
    assert database
    stranger = leaver().person_id
    with pytest.raises(NotFoundError):
        service.erase(stranger, NOW)
    with pytest.raises(NotFoundError):
        service.carry_out(stranger, NOW)


def test_more_rows_than_a_batch_or_a_window_are_all_erased(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_BATCH", 3)
    monkeypatch.setattr(looking, "_WINDOW", 2)
    person, (kari, per) = leaver(), others()
    filler = filled(database, person, kari, per)
    table = load()["calendar_atom"]
    names = [column.name for column in table.columns]
    many = [(person.person_id, number, "bkg_x") for number in range(20)]
    filler.insert(table, *(dict(zip(names, row, strict=True)) for row in many))
    before = snapshot(database, load())
    service.erase(person.person_id, NOW)
    assert traces(database, person) == []
    _assert_others_untouched(person, before, snapshot(database, load()))


def test_a_copy_is_found_in_whichever_window_it_stands(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_WINDOW", 2)
    person, (kari, per) = leaver(), others()
    filler = filled(database, person, kari, per)
    table = load()["outbox"]
    for number in range(7):
        row: dict[str, object] = dict.fromkeys(c.name for c in table.columns)
        row |= {"id": f"obx_{number}", "topic": "t", "subject_id": f"s{number}", "attempts": 0}
        row |= {"created_at": NOW, "due_at": NOW, "last_error": person.email}
        filler.insert(table, row)
        with pytest.raises(ErasureIncompleteError):
            service.erase(person.person_id, NOW)
        gone = "UPDATE outbox SET last_error = NULL WHERE id = %(id)s"
        _planted((gone, {"id": row["id"]}))
    service.erase(person.person_id, NOW)
