"""Noting and telling on the real database: once each, in batches, crashed and gone on with."""

from datetime import timedelta

import pytest

from lib.core import clock, ids
from lib.core.db import Db, transact
from lib.disclosures import notice_repository, rules, service, telling
from lib.disclosures.rules import Sent
from sandbox.app import App
from sandbox.world import World
from tests.cast import Cast
from tests.lib.privacy.mortal import Mortal
from tests.stage import at_once, change, rows

_NOTICES = "SELECT recipient, fields, context_id, state, answer FROM disclosure_notice ORDER BY id"


@pytest.fixture
def person(cast: Cast) -> App:
    (somebody,) = cast.crowd(1)
    return somebody


def see(
    world: World, person: App, recipients: list[str], fields: tuple[str, ...] = rules.DEAL
) -> None:
    """Have people see something of a person, each in a booking of their own."""
    now = world.clock.now()

    def work(db: Db) -> None:
        for to in recipients:
            booking_id = ids.new("bkg")
            service.to_party(db, person.person_id, to, fields, context_id=booking_id, now=now)

    transact(work)


def correct(world: World, person: App, *fields: str) -> str:
    """Have something of a person be another, and leave the telling to the test."""
    now = world.clock.now()
    transact(lambda db: service.changed(db, person.person_id, "rectification", now, fields))
    change("DELETE FROM outbox")
    return str(rows("SELECT id FROM disclosure_change ORDER BY id DESC")[0]["id"])


def there(cast: Cast, number: int) -> list[str]:
    return [each.person_id for each in cast.crowd(number)]


# ── noted ────────────────────────────────────────────────────────────────────────────────────────


def test_a_person_a_recipient_a_purpose_and_a_context_are_one_row(
    world: World, person: App, cast: Cast
) -> None:
    now, (other,) = world.clock.now(), there(cast, 1)

    def note(fields: tuple[str, ...], booking_id: str, minutes: int) -> None:
        at = now + timedelta(minutes=minutes)
        transact(
            lambda db: service.to_party(
                db, person.person_id, other, fields, context_id=booking_id, now=at
            )
        )

    note(("person.given_name", "booking.*"), "bkg_one", 0)
    note(("purchase.*",), "bkg_one", 5)
    note(("booking.*",), "bkg_two", 6)
    found = rows("SELECT context_id, fields, first_at, last_at FROM disclosure ORDER BY id")
    assert [each["context_id"] for each in found] == ["bkg_one", "bkg_two"]
    assert found[0]["fields"] == '["booking.*", "person.given_name", "purchase.*"]'
    assert found[0]["last_at"] - found[0]["first_at"] == timedelta(minutes=5)


def test_of_somebody_who_was_erased_nothing_is_noted(world: World, person: App, cast: Cast) -> None:
    # A paper can be due after that; nobody is left who could ask who has received it.
    change("UPDATE person SET erased_at = created_at WHERE id = %(id)s", {"id": person.person_id})
    see(world, person, there(cast, 1))
    assert rows("SELECT id FROM disclosure") == []


def test_many_at_once_make_one_row_and_none_of_their_fields_is_lost(
    world: World, person: App
) -> None:
    now = world.clock.now()
    names = iter("abcdefgh")

    def note() -> str:
        sent = Sent("stripe", "payout", (f"payout.{next(names)}",))
        transact(lambda db: service.to_supplier(db, person.person_id, sent, now))
        return sent.fields[0]

    noted = at_once(note, 8)
    (row,) = rows("SELECT fields FROM disclosure")
    assert sorted(str(each) for each in noted) == [f"payout.{name}" for name in "abcdefgh"]
    assert all(str(each) in row["fields"] for each in noted)


# ── told ─────────────────────────────────────────────────────────────────────────────────────────


def test_each_recipient_is_told_once_of_what_they_had_and_by_the_newest_deal(
    world: World, person: App, cast: Cast
) -> None:
    often, other = there(cast, 2)
    see(world, person, [often], ("person.family_name", "booking.*"))
    see(world, person, [often, other], ("booking.*",))
    see(world, person, [often], ("person.given_name", "booking.*"))
    sql = "SELECT context_id FROM disclosure WHERE recipient = %(to)s ORDER BY id DESC"
    newest = rows(sql, {"to": often})[0]["context_id"]
    change_id = correct(world, person, "person.given_name", "person.family_name", "person.email")
    telling.spread(change_id, world.clock.now())
    (told,) = rows("SELECT told_at FROM disclosure_change")
    world.clock.advance(timedelta(seconds=5))
    telling.spread(change_id, world.clock.now())
    assert rows("SELECT told_at FROM disclosure_change") == [told]
    assert rows(_NOTICES) == [
        {
            "recipient": often,
            "fields": '["person.family_name", "person.given_name"]',
            "context_id": newest,
            "state": "told",
            "answer": None,
        }
    ]


def test_who_receives_something_after_the_change_has_received_what_is_right(
    world: World, person: App, cast: Cast
) -> None:
    before, after = there(cast, 2)
    see(world, person, [before])
    change_id = correct(world, person, "person.given_name")
    world.clock.advance(timedelta(seconds=1))
    see(world, person, [after])
    telling.spread(change_id, world.clock.now())
    assert [each["recipient"] for each in rows(_NOTICES)] == [before]


def test_where_nobody_has_received_anything_nothing_is_written(world: World, person: App) -> None:
    now = world.clock.now()
    transact(lambda db: service.changed(db, person.person_id, "restriction", now))
    assert rows("SELECT id FROM disclosure_change") == []
    assert rows("SELECT id FROM outbox") == []


def test_a_recipient_who_was_erased_can_not_be_told(world: World, person: App, cast: Cast) -> None:
    gone, other = there(cast, 2)
    see(world, person, [gone, other])
    change("UPDATE person SET erased_at = created_at WHERE id = %(id)s", {"id": gone})
    telling.spread(correct(world, person, "person.given_name"), world.clock.now())
    told = {each["recipient"]: (each["state"], each["answer"]) for each in rows(_NOTICES)}
    assert told == {gone: ("impossible", "recipient_erased"), other: ("told", None)}


def test_a_crash_at_any_moment_is_gone_on_with_and_nobody_is_told_twice(
    world: World, person: App, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_BATCH", 3)
    see(world, person, there(cast, 10))
    now, moment, died = world.clock.now(), 0, True
    while died:
        change("DELETE FROM disclosure_notice")
        change_id = correct(world, person, "person.given_name")
        with Mortal(moment) as process:
            telling.spread(change_id, now)
        died = process.died
        telling.resume(now, now + timedelta(seconds=20))
        told = [each["recipient"] for each in rows(_NOTICES)]
        assert len(told) == len(set(told)) == 10, moment
        assert telling.resume(now, now + timedelta(seconds=20)) == 0
        moment += 1
    assert moment > 20


def test_a_telling_whose_time_is_up_leaves_the_rest_to_the_next(
    world: World, person: App, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_BATCH", 3)
    see(world, person, there(cast, 10))
    change_id = correct(world, person, "person.given_name")
    now = world.clock.now()
    assert telling._spread(change_id, now, clock.now()) is False
    assert len(rows(_NOTICES)) == 3
    assert telling._spread(change_id, now, None) is True
    assert len(rows(_NOTICES)) == 10


def test_two_that_tell_at_once_tell_each_recipient_once(
    world: World, person: App, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_BATCH", 2)
    see(world, person, there(cast, 9))
    change_id = correct(world, person, "person.given_name")
    now = world.clock.now()
    came = at_once(lambda: telling._spread(change_id, now, None), 3)
    assert came == [True] * 3
    told = [each["recipient"] for each in rows(_NOTICES)]
    assert len(told) == len(set(told)) == 9


def test_a_change_that_is_not_known_any_more_is_told_to_nobody(world: World) -> None:
    telling.spread("chg_gone", world.clock.now())
    telling.tell("ntc_gone", world.clock.now())
    assert rows(_NOTICES) == []


def test_a_supplier_that_has_been_told_is_not_told_again(world: World, person: App) -> None:
    now = world.clock.now()
    archive = rules.archive(["person"])
    transact(lambda db: service.to_supplier(db, person.person_id, archive, now))
    telling.spread(correct(world, person, "person.given_name"), now)
    (notice,) = rows("SELECT id, state FROM disclosure_notice")
    assert notice["state"] == "waiting"
    for _ in range(2):
        telling.tell(notice["id"], now)
    assert rows("SELECT state, attempts, answer FROM disclosure_notice") == [
        {"state": "told", "attempts": 1, "answer": "archives_deleted"}
    ]


def test_what_an_operator_has_to_pass_on_is_an_alarm_after_a_week(
    world: World, person: App
) -> None:
    now = world.clock.now()
    given = service.Disclosure(
        person_id=person.person_id,
        recipient_kind="authority",
        recipient="Økokrim",
        purpose="authority",
        fields=("person.given_name",),
        context_id="2026/17",
        basis="legal_obligation",
        ground="Straffeprosessloven § 210",
    )
    transact(lambda db: service.note(db, given, now))
    telling.spread(correct(world, person, "person.given_name"), now)
    assert telling.count_waiting(now + rules.PASSED_ON_WITHIN - timedelta(seconds=1)) == 0
    assert telling.count_waiting(now + rules.PASSED_ON_WITHIN) == 1
    (notice,) = rows("SELECT id FROM disclosure_notice")
    transact(
        lambda db: notice_repository.answer(
            db, notice_id=notice["id"], state="told", answer="by_operator", now=now
        )
    )
    assert telling.count_waiting(now + rules.PASSED_ON_WITHIN) == 0
