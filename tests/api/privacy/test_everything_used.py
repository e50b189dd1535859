"""People use every feature, in an order that chance makes, and are erased: nothing is anywhere.

Everything goes over HTTP, and what the suppliers have is asked of the simulators themselves.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from lib.core.db import Db, transact
from lib.papers import service as papers
from lib.privacy import erasure_suppliers, leaving, service
from lib.privacy.errors import ErasureIncompleteError
from lib.purchases import service as purchases
from lib.sessions import service as sessions
from sandbox.app import App
from sandbox.world import World
from tests.cast import Cast
from tests.lib.privacy import slow_scan
from tests.lib.privacy.slow_scan import Wanted
from tests.packs import buy_pack
from tests.stage import Stage, change, rows, until

CONTEST_OVER = timedelta(hours=49)
AT_THE_BANK = timedelta(days=15)
_called: list[tuple[str, str]] = []


@pytest.fixture
def stage(world: World, cast: Cast) -> Stage:
    """The stage, played on by people whom Vipps knows."""
    made = Stage(world, cast)
    made.mentor, made.mentee, made.stranger = cast.mentor, cast.mentee, cast.stranger
    made.people = [made.mentor, made.mentee, made.stranger]
    for person in made.people:
        person.heard = lambda method, path, _: _called.append((method, path))
    return made


def _name(person: App) -> str:
    profile = person.get("/v1/profile").json
    return f"{profile['given_name']} {profile['family_name']}"


# ── what people do, in any order ─────────────────────────────────────────────────────────────────


def _correct(_: Stage, person: App) -> int:
    return person.patch("/v1/profile", {"email": f"ny.{person.person_id[-8:]}@example.no"}).status


def _consent(_: Stage, person: App) -> int:
    said = {"given": True, "version": "2026-11-01"}
    return person.put("/v1/consents/marketing", said).status


def _object(_: Stage, person: App) -> int:
    return person.put("/v1/privacy/objections/statistics", {"objects": True}).status


def _ask_for_an_archive(_: Stage, person: App) -> int:
    return person.post("/v1/privacy/exports", {"right": "access"}).status


def _ask_by_right(_: Stage, person: App) -> int:
    wish = {"kind": "other", "details": f"Jeg er {_name(person)} og lurer på noe"}
    return person.post("/v1/privacy/requests", wish).status


def _sign_in_elsewhere(stage: Stage, person: App) -> int:
    who = ("ola", "kari", "ingrid")[stage.people.index(person)]
    stage.cast.app().sign_in(who, device_name=f"Telefonen til {_name(person)}")
    return 200


def _write_of_themselves(stage: Stage, person: App) -> int:
    if person is not stage.mentor:
        return 200
    body = {"biography": f"Jeg, {_name(person)}, nås på e-post."}
    return person.patch("/v1/mentors/me", body).status


def _cancel(stage: Stage, person: App) -> int:
    hours = 40.0 + 2 * len(rows("SELECT id FROM booking"))
    session = stage.book(hours, mentee=stage.mentee).pay()
    stage.settle()
    reason = {"reason": f"{_name(stage.mentor)} og {_name(stage.mentee)} er enige"}
    by = person if person is not stage.stranger else stage.mentee
    return by.post(f"/v1/bookings/{session.booking_id}/cancel", reason).status


def _fail_to_pay(stage: Stage, _: App) -> int:
    session = stage.book(20.0 + 2 * len(rows("SELECT id FROM booking")), mentee=stage.mentee)
    session.ask_to_pay().act("abort")
    until(lambda: session.states[1] == "aborted")
    return 200


def _see_what_is_held(_: Stage, person: App) -> int:
    return person.get("/v1/privacy/explained").status


def _keep_a_calendar(_: Stage, person: App) -> int:
    return person.post("/v1/calendar/feed").status


def _write_to_each_other(stage: Stage, person: App) -> int:
    to = stage.mentor if person is not stage.mentor else stage.mentee
    body = {"recipient_id": to.person_id, "text": f"Hei, hilsen {_name(person)}"}
    answer = person.post("/v1/conversations", body)
    # A mentor answers; whom nobody has written to yet, is not there for them.
    return 200 if person is stage.mentor and answer.status == 404 else answer.status


def _block_for_a_while(stage: Stage, person: App) -> int:
    if person is stage.mentor:
        return 200
    path = f"/v1/blocks/{stage.mentor.person_id}"
    person.put(path, None)
    person.delete(path)
    return person.get("/v1/blocks").status


_FEATURES: tuple[Callable[[Stage, App], int], ...] = (
    _correct,
    _consent,
    _object,
    _ask_for_an_archive,
    _ask_by_right,
    _sign_in_elsewhere,
    _write_of_themselves,
    _cancel,
    _fail_to_pay,
    _see_what_is_held,
    _keep_a_calendar,
    _write_to_each_other,
    _block_for_a_while,
)


def _use_everything(stage: Stage, random: Random) -> str:
    """Have everybody use everything, and an hour be sold, held and paid; return the account."""
    account_id = stage.onboard()
    doings = [(use, person) for use in _FEATURES for person in stage.people]
    random.shuffle(doings)
    for use, person in doings:
        status = use(stage, person)
        assert status < 300, (use.__name__, status)
    stage.settle()
    stage.book().pay().capture()
    stage.jump(CONTEST_OVER)
    stage.fund(1_000_000)
    stage.cron("payouts")
    assert {each["state"] for each in stage.payouts} == {"paid"}
    stage.jump(AT_THE_BANK)
    for job in ("meetings", "purchases", "bookings", "exports"):
        stage.cron(job)
    stage.settle()
    return account_id


# ── what is left ─────────────────────────────────────────────────────────────────────────────────


def _wanted(person: App) -> list[Wanted]:
    profile = person.get("/v1/profile").json
    secrets = [person.access_token, person.refresh_token]
    secrets += [sessions.hashed(each) for each in secrets]
    subject = rows(
        "SELECT subject FROM identity WHERE person_id = %(id)s", {"id": person.person_id}
    )
    return [
        slow_scan.email(profile["email"]),
        slow_scan.phone(profile["phone"]),
        slow_scan.name(profile["given_name"], profile["family_name"]),
        *(slow_scan.key(each) for each in [*secrets, *(row["subject"] for row in subject)]),
    ]


def _freshly(stage: Stage, person: App) -> App:
    """Sign the person in again, as an erasure demands."""
    now = stage.now
    tokens = transact(
        lambda db: sessions.open_session(
            db, person_id=person.person_id, device_name="Telefon", authenticated_at=now, now=now
        )
    )
    person.access_token, person.refresh_token = tokens.access_token, tokens.refresh_token
    return person


def _have_an_archive(stage: Stage, person: App) -> None:
    assert _ask_for_an_archive(stage, person) < 300
    until(lambda: person.get("/v1/privacy/exports").json["exports"][0]["state"] == "ready")


def _erased(stage: Stage, person: App) -> dict[str, Any]:
    answer = person.post("/v1/privacy/erasure")
    assert answer.status == 202, answer.json
    token = answer.json["receipt_token"]
    assert stage.cast.app().is_erased(token)
    body: dict[str, Any] = stage.cast.app().get(f"/v1/privacy/erasures/{token}").json["receipt"]
    return dict(body["body"])


def _left_in_database(world: World, wanted: list[Wanted], body: dict[str, Any]) -> list[object]:
    allowed = {(part["table"], column) for part in body["kept"] for column in part["columns"]}
    allowed |= {(part["table"], part["column"]) for part in body["mentions"]}
    found = slow_scan.scan(slow_scan.read(world.database_url), wanted)
    return [spot for spot in found if (spot.table, spot.column) not in allowed]


def _left_at_suppliers(world: World, wanted: list[Wanted], person: App) -> list[tuple[str, str]]:
    """Return what the simulators hold: whatever tells of the person, or bears their key."""
    providers = world.providers
    assert providers.vipps
    assert providers.stripe
    assert providers.whereby
    assert providers.aws
    stripe = {
        kind: objects
        for (_, kind), objects in providers.stripe.state._objects.items()
        # Stripe's own log of what happened; it goes by itself after thirty days.
        if kind != "event"
    }
    held: dict[str, object] = {
        "vipps": providers.vipps.payments,
        "stripe": stripe,
        "whereby": providers.whereby.rooms,
        "aws": providers.aws.keys(),
    }
    mine = [*wanted, slow_scan.key(person.person_id)]
    return [
        (supplier, one.name)
        for supplier, thing in held.items()
        for text in slow_scan.words_in(thing)
        for one in mine
        if one.stands_in(slow_scan.plainly(text))
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_who_has_used_everything_is_erased_from_everywhere(stage: Stage, seed: int) -> None:
    account_id = _use_everything(stage, Random(seed))  # noqa: S311 (chance, not a secret)
    for person, known_at in ((stage.mentee, {"aws"}), (stage.mentor, {"aws", "stripe"})):
        wanted = _wanted(_freshly(stage, person))
        _have_an_archive(stage, person)
        assert {name for name, _ in _left_at_suppliers(stage.world, wanted, person)} == known_at
        before = slow_scan.scan(slow_scan.read(stage.world.database_url), wanted)
        assert {spot.wanted for spot in before} == {one.name for one in wanted}
        body = _erased(stage, person)
        assert {one["supplier"] for one in body["suppliers"] if one["state"] != "done"} == set()
        assert _left_in_database(stage.world, wanted, body) == []
        assert _left_at_suppliers(stage.world, wanted, person) == []
    assert len(stage.stripe.requests("DELETE", f"/v1/accounts/{account_id}")) == 1
    rooms = stage.whereby.control("GET", "meetings")
    assert [room for room in rooms if room["alive"]] == []
    assert stage.books()


@pytest.mark.parametrize("supplier", sorted(erasure_suppliers.ERASERS))
def test_an_eraser_that_does_nothing_is_found_out_by_asking_the_supplier(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, supplier: str
) -> None:
    stage.onboard()
    assert stage.mentor.post("/v1/privacy/exports", {"right": "access"}).status == 202
    session = stage.book().pay()
    stage.settle()
    until(lambda: stage.mentor.get("/v1/privacy/exports").json["exports"][0]["link"])
    person_id = stage.mentor.person_id
    session.mentee.post(f"/v1/bookings/{session.booking_id}/cancel", {"reason": "Syk"})
    stage.settle()
    # Only what is told is looked at here: nothing is carried out by a function meanwhile.
    planned = transact(lambda db: service.request_erasure(db, person_id, stage.now))
    act = erasure_suppliers.eraser
    with monkeypatch.context() as patched:
        patched.setattr(
            erasure_suppliers,
            "eraser",
            lambda key: (lambda *_: "all_gone") if key == supplier else act(key),
        )
        told = service.carry_out(person_id, stage.now)
    assert (told.state, told.receipt) == ("planned", None)
    answers = {one.supplier: (one.state, one.answer) for one in told.suppliers}
    assert answers.pop(supplier) == ("waiting", "still_there")
    assert {state for state, _ in answers.values()} == {"done"}
    done = service.carry_out(person_id, stage.now + timedelta(minutes=5))
    assert (done.id, done.state) == (planned.id, "done")


def test_what_leaving_ends_is_over_when_it_is_asked_for(stage: Stage) -> None:
    buy_pack(stage)
    _have_more_to_end(stage)
    assert set(_over(stage).values()) == {False}
    assert _freshly(stage, stage.mentor).post("/v1/privacy/erasure").status == 202
    assert set(_over(stage).values()) == {True}


@pytest.mark.parametrize("place", [ending.place for ending in leaving.endings()])
def test_what_should_end_and_goes_on_stops_the_plan(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    buy_pack(stage)
    _have_more_to_end(stage)
    kept = leaving.endings()
    broken = [
        service.Ending(one.place, lambda *_: None, one.is_over) if one.place == place else one
        for one in kept
    ]
    monkeypatch.setattr(leaving, "endings", lambda: broken)
    person_id = stage.mentor.person_id
    with pytest.raises(ErasureIncompleteError) as refusal:
        transact(lambda db: leaving.ask(db, person_id=person_id, now=stage.now))
    assert refusal.value.places == [place]
    assert rows("SELECT id FROM erasure") == []


def test_what_others_did_since_the_snapshot_of_who_leaves_is_over_too(stage: Stage) -> None:
    pack = buy_pack(stage)
    _have_more_to_end(stage)
    person_id, now = stage.mentor.person_id, stage.now

    def leave(db: Db) -> dict[str, bool]:
        assert purchases.sale(db, purchase_id=pack.purchase_id)  # the snapshot is taken
        papers.receipt(pack.purchase_id, now)
        transact(lambda other: purchases.end_packs_of(other, person_id, now))
        ends = {one.place: one for one in leaving.endings()}
        return {at: ends[at].is_over(db, person_id, now) for at in ("paper", "purchase")}

    assert transact(leave) == {"paper": True, "purchase": True}


def _have_more_to_end(stage: Stage) -> None:
    """Have papers be missing, as where they could not be issued, and sessions at an address."""
    stage.settle()
    change("DELETE FROM paper")
    assert _keep_a_calendar(stage, stage.mentor) == 201


def _over(stage: Stage) -> dict[str, bool]:
    person_id, now = stage.mentor.person_id, stage.now
    return transact(
        lambda db: {
            ending.place: ending.is_over(db, person_id, now) for ending in leaving.endings()
        }
    )
