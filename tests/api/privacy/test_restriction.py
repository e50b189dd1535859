"""Who has processing restricted (Art. 18): standing deals end well, nothing new begins.

docs/restriction.md says of each job, topic and call what it does then; each is shown here or where
that page says.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib.core import ids
from lib.core.db import Db, transact
from lib.privacy import leaving
from sandbox.app import Answer, App
from sandbox.world import World
from tests.acting import asked, operator
from tests.cast import Cast
from tests.market import open_stall
from tests.stage import Stage, change, rows, until


def restrict(*people: App, restricted: bool = True) -> None:
    for app in people:
        answer = app.call("PUT", "/v1/privacy/restriction", {"restricted": restricted})
        assert (answer.status, answer.json["restricted"]) == (200, restricted), answer.json


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


@pytest.fixture
def henrik(cast: Cast) -> App:
    """Henrik, an operator."""
    return operator(cast)


# ── the deal that stands ─────────────────────────────────────────────────────────────────────────


def test_a_deal_that_stands_is_carried_to_its_end(stage: Stage) -> None:
    # Met, taken, paid out, and the room gone: for the sake of the other party (Art. 18(2)).
    account_id = stage.onboard()
    session = stage.book().pay()
    stage.settle()
    restrict(stage.mentor, stage.mentee)
    for person in (stage.mentor, stage.mentee):
        read = person.get(f"/v1/bookings/{session.booking_id}")
        assert (read.status, read.json["counterpart"] != "") == (200, True)
    session.capture()
    stage.fund(1_000_000)
    stage.jump(timedelta(hours=49))
    stage.cron("payouts")
    assert [each["state"] for each in stage.payouts] == ["paid"]
    assert stage.received(account_id) == 76_500
    assert stage.mentor.get("/v1/payouts").json["payouts"][0]["state"] == "paid"
    stage.cron("meetings")
    assert [each["deleted_at"] is None for each in rows("SELECT deleted_at FROM meeting")] == [
        False
    ]


@pytest.mark.parametrize("heard", ["webhook", "cron"])
def test_a_payment_that_was_begun_is_followed_and_its_room_is_made(
    stage: Stage, heard: str
) -> None:
    session = stage.book().ask_to_pay()
    restrict(stage.mentor, stage.mentee)
    if heard == "cron":
        stage.vipps.webhooks("lose")
    session.act("approve")
    if heard == "cron":
        stage.jump(timedelta(seconds=31))
        assert stage.cron("purchases")["checked"] == 1
    until(lambda: session.states == ("confirmed", "authorised"))
    until(lambda: rows("SELECT provider_id FROM meeting")[0]["provider_id"] is not None)


def test_a_session_is_called_off_by_who_is_restricted_and_the_money_let_go(stage: Stage) -> None:
    session = stage.book().pay()
    restrict(stage.mentee)
    target = f"/v1/bookings/{session.booking_id}/cancel"
    assert stage.mentee.post(target, {"reason": "Vil ikke mer"}).json["state"] == "cancelled"
    until(lambda: session.states == ("cancelled", "released"))
    assert session.sums["cancelled"] == session.sums["authorized"]


def test_money_that_is_approved_too_late_is_let_go(stage: Stage) -> None:
    stage.vipps.webhooks("hold")
    session = stage.book().ask_to_pay()
    restrict(stage.mentor, stage.mentee)
    change("UPDATE purchase SET state = 'failed', closed_at = %(at)s", {"at": stage.now})
    change("UPDATE booking SET state = 'expired'")
    session.act("approve")
    stage.vipps.webhooks("deliver")
    stage.vipps.release()
    until(lambda: session.sums["cancelled"] == session.sums["authorized"] > 0)


def test_the_mentees_word_counts(stage: Stage) -> None:
    session = stage.book().pay()
    restrict(stage.mentee)
    stage.jump_to(session.ends_at)
    said = stage.mentee.post(f"/v1/bookings/{session.booking_id}/delivery")
    assert (said.status, said.json["ground"]) == (200, "mentee_word")
    until(lambda: session.states == ("completed", "captured"))


# ── nothing new begins ───────────────────────────────────────────────────────────────────────────


def test_a_held_hour_is_no_deal_yet_and_can_not_be_paid_for(stage: Stage) -> None:
    session = stage.book()
    restrict(stage.mentor)
    assert code(session.start_payment()) == (409, "booking_not_payable")
    stage.jump(timedelta(minutes=11))
    assert stage.cron("bookings")["released"] == 1
    assert session.booking["state"] == "expired"
    assert rows("SELECT quarter_hour FROM calendar_atom") == []


@pytest.mark.parametrize(
    ("who", "refusal"), [("mentor", "slot_not_offered"), ("mentee", "processing_restricted")]
)
def test_who_is_restricted_at_the_very_moment_is_not_booked(
    world: World, cast: Cast, who: str, refusal: str
) -> None:
    """The booking has seen nobody restricted; before it has their calendars, somebody is."""
    people = dict(zip(("mentor", "mentee"), cast.crowd(2), strict=True))
    stall = open_stall(world, people["mentor"])
    both = {"ids": [each.person_id for each in people.values()]}

    with ThreadPoolExecutor(1) as pool:

        def restrict_while_it_waits(db: Db) -> Future[Answer]:
            db.rows("SELECT id FROM person WHERE id IN %(ids)s FOR UPDATE", both)
            booking = pool.submit(stall.book, people["mentee"])
            until(lambda: rows(_WAITING)[0]["number"] == 1)
            since = "UPDATE person SET restricted_at = created_at WHERE id = %(id)s"
            db.execute(since, {"id": people[who].person_id})
            return booking

        answer = transact(restrict_while_it_waits, repeatable=False).result(timeout=20)
    assert code(answer) == (409, refusal)
    assert rows("SELECT id FROM booking") == []


# ── what else goes on with their data ────────────────────────────────────────────────────────────


def test_an_archive_is_made_and_a_request_is_counted(cast: Cast, world: World) -> None:
    kari = cast.mentee
    restrict(kari)
    export_id = kari.post("/v1/privacy/exports", {"right": "access"}).json["id"]
    until(lambda: kari.get(f"/v1/privacy/exports/{export_id}").json["state"] == "ready", seconds=30)
    asked(kari, "rectification")
    world.clock.advance(timedelta(days=40))
    assert json.loads(world.run_cron("/cron/cases")[1])["requests"] == 1


def test_what_is_corrected_meanwhile_is_told_to_a_supplier(cast: Cast) -> None:
    kari = cast.mentee
    export_id = kari.post("/v1/privacy/exports", {"right": "access"}).json["id"]
    until(lambda: kari.get(f"/v1/privacy/exports/{export_id}").json["state"] == "ready", seconds=30)
    restrict(kari)
    assert kari.patch("/v1/profile", {"given_name": "Karin"}).status == 200
    until(
        lambda: kari.get(f"/v1/privacy/exports/{export_id}").json["state"] == "deleted", seconds=30
    )


def test_who_is_restricted_has_themselves_erased(cast: Cast) -> None:
    kari = cast.mentee
    restrict(kari)
    assert kari.is_erased(kari.post("/v1/privacy/erasure").json["receipt_token"])


def test_an_erasure_of_who_is_restricted_is_gone_on_with_by_cron(cast: Cast, world: World) -> None:
    kari, now = cast.mentee, world.clock.now()
    restrict(kari)
    transact(lambda db: leaving.ask(db, person_id=kari.person_id, now=now))
    assert json.loads(world.run_cron("/cron/privacy")[1])["finished"] == 1


def test_nothing_is_deleted_of_who_has_had_it_kept(cast: Cast, world: World) -> None:
    kari, ingrid = cast.mentee, cast.stranger
    restrict(kari)
    world.clock.advance(timedelta(days=200))
    assert world.run_cron("/cron/retention")[0] == 200
    left = {each["person_id"] for each in rows("SELECT person_id FROM session")}
    assert left == {kari.person_id}
    assert ingrid.person_id not in left


def test_who_is_restricted_is_in_no_figure_that_is_published_from_then_on(
    stage: Stage, cast: Cast, world: World
) -> None:
    march = datetime(2026, 3, 10, 12, tzinfo=UTC)
    held(12, march)
    held(12, march + timedelta(days=31))
    held(30, march + timedelta(days=61))
    world.clock.set_to(datetime(2026, 4, 8, tzinfo=UTC))
    stage.cron("statistics")
    # Since after March was published, and before April was: the sessions themselves were earlier.
    turn("per_mentee0", is_restricted=True, at=datetime(2026, 5, 1, tzinfo=UTC))
    world.clock.set_to(datetime(2026, 5, 8, tzinfo=UTC))
    stage.cron("statistics")
    turn("per_mentee0", is_restricted=False, at=datetime(2026, 5, 20, tzinfo=UTC))
    world.clock.set_to(datetime(2026, 6, 8, tzinfo=UTC))
    stage.cron("statistics")
    told = {
        each["period"]: [figure["sessions"] for figure in each["figures"]]
        for each in cast.app().get("/v1/statistics?by=month").json["periods"]
    }
    assert (told["2026-03"], told["2026-04"], told["2026-05"]) == ([12], [11], [30])


def test_a_year_that_would_tell_who_was_restricted_is_kept_back(
    stage: Stage, cast: Cast, world: World
) -> None:
    held(12, datetime(2026, 3, 10, 12, tzinfo=UTC))
    world.clock.set_to(datetime(2026, 4, 8, tzinfo=UTC))
    stage.cron("statistics")
    turn("per_mentor3", is_restricted=True, at=datetime(2026, 6, 1, tzinfo=UTC))
    world.clock.set_to(datetime(2027, 1, 20, tzinfo=UTC))
    stage.cron("statistics")
    # Twelve in March less eleven in the year would be the one.
    (year,) = cast.app().get("/v1/statistics?by=year").json["periods"]
    assert (year["period"], year["figures"]) == ("2026", [])


# ── operators ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reason", ["support", "security", "request"])
def test_an_operator_does_not_read_what_may_only_be_kept(
    henrik: App, cast: Cast, reason: str
) -> None:
    kari = cast.mentee
    target = f"/v1/operator/people/{kari.person_id}?reason={reason}"
    assert henrik.get(target).status == 200
    restrict(kari)
    assert code(henrik.get(target)) == (409, "processing_restricted")


@pytest.mark.parametrize("reason", ["dispute", "breach"])
def test_an_operator_reads_it_for_a_claim_and_the_person_sees_that(
    henrik: App, cast: Cast, reason: str
) -> None:
    kari = cast.mentee
    restrict(kari)
    target = f"/v1/operator/people/{kari.person_id}"
    assert henrik.get(f"{target}?reason={reason}").status == 200
    assert henrik.get(target).status == 422
    (reading,) = kari.get("/v1/privacy/readings").json["readings"]
    assert (reading["action"], reading["reason"]) == ("read_person", reason)


def test_an_operator_reads_and_corrects_what_the_person_has_asked_for(
    henrik: App, cast: Cast
) -> None:
    kari = cast.mentee
    restrict(kari)
    request_id = asked(kari, "rectification")["id"]
    target = f"/v1/operator/people/{kari.person_id}"
    assert henrik.get(f"{target}?reason=request").status == 200
    change = {"request_id": request_id, "family_name": "Solberg-Lie"}
    assert henrik.patch(target, change).json["family_name"] == "Solberg-Lie"


# ── lifting ──────────────────────────────────────────────────────────────────────────────────────


def lift(henrik: App, person: App, reason: str = "Navnet er kontrollert") -> Answer:
    target = f"/v1/operator/people/{person.person_id}/lifting"
    return henrik.call("PUT", target, {"reason": reason})


def test_an_operator_who_lifts_it_tells_the_person_before(
    henrik: App, cast: Cast, world: World
) -> None:
    kari = cast.mentee
    restrict(kari)
    announced = lift(henrik, kari)
    assert (announced.status, announced.json["restricted"]) == (200, True)
    lifts_at = datetime.fromisoformat(announced.json["lifts_at"])
    assert lifts_at - world.clock.now() > timedelta(days=13)
    # Twice is once, and the person sees when and why, in two places.
    assert lift(henrik, kari, "Noe annet").json == announced.json
    assert kari.get("/v1/privacy/restriction").json == announced.json
    (notice,) = kari.get("/v1/privacy/notices").json["notices"]
    assert (notice["kind"], notice["person_id"]) == ("lifting", kari.person_id)
    assert (notice["name"], notice["context_id"]) == (None, None)
    assert "Datatilsynet" in notice["text"]["nb"]
    (reading,) = kari.get("/v1/privacy/readings").json["readings"]
    assert (reading["action"], reading["reason"]) == ("announce_lifting", "Navnet er kontrollert")

    world.clock.set_to(lifts_at - timedelta(seconds=30))
    assert json.loads(world.run_cron("/cron/privacy")[1])["lifted"] == 0
    assert (kari.refresh().status, code(kari.get("/v1/mentors/me"))[1]) == (
        200,
        "processing_restricted",
    )
    world.clock.set_to(lifts_at)
    assert json.loads(world.run_cron("/cron/privacy")[1])["lifted"] == 1
    assert code(kari.get("/v1/mentors/me"))[1] == "not_a_mentor"
    assert json.loads(world.run_cron("/cron/privacy")[1])["lifted"] == 0


def test_an_announced_end_is_told_to_who_was_told_of_the_beginning(
    henrik: App, stage: Stage, world: World
) -> None:
    session = stage.book()
    restrict(session.mentee)
    lift(henrik, session.mentee)
    stage.settle()
    assert [each["kind"] for each in told_to(stage.mentor)] == ["restriction"]
    world.clock.advance(timedelta(days=15))
    assert json.loads(world.run_cron("/cron/privacy")[1])["lifted"] == 1
    stage.mentor.refresh()
    until(lambda: len(told_to(stage.mentor)) == 2)
    assert told_to(stage.mentor)[0]["kind"] == "restriction_end"


def test_who_ends_it_themselves_and_begins_again_is_not_lifted_by_what_was_announced_before(
    henrik: App, cast: Cast, world: World
) -> None:
    kari = cast.mentee
    restrict(kari)
    lift(henrik, kari)
    restrict(kari, restricted=False)
    world.clock.advance(timedelta(minutes=1))
    restrict(kari)
    assert kari.get("/v1/privacy/restriction").json["lifts_at"] is None
    world.clock.advance(timedelta(days=20))
    assert json.loads(world.run_cron("/cron/privacy")[1])["lifted"] == 0
    kari.refresh()
    assert kari.get("/v1/privacy/restriction").json["restricted"] is True


def test_what_is_not_restricted_is_not_lifted(henrik: App, cast: Cast) -> None:
    assert code(lift(henrik, cast.mentee)) == (404, "not_found")
    assert code(lift(henrik, cast.mentee, "x")) == (422, "invalid")
    assert code(lift(cast.stranger, cast.mentee)) == (403, "not_an_operator")


# ── what the tests stand on ──────────────────────────────────────────────────────────────────────

# A statement of our own user that waits for the lock on both people.
_WAITING = (
    "SELECT COUNT(*) AS number FROM information_schema.processlist"
    " WHERE info LIKE '%%restricted_at%%FOR UPDATE%%' AND id <> CONNECTION_ID()"
)


def told_to(person: App) -> list[dict[str, Any]]:
    """Return the notices that a person has been given, newest first."""
    found: list[dict[str, Any]] = person.get("/v1/privacy/notices").json["notices"]
    return found


def turn(person_id: str, *, is_restricted: bool, at: datetime) -> None:
    """Have somebody restrict processing, or end that, at a time in the past of the test."""
    change(
        "INSERT INTO restriction (id, person_id, is_restricted, decided_at)"
        " VALUES (%(id)s, %(person)s, %(is_restricted)s, %(at)s)",
        {"id": ids.new("rst"), "person": person_id, "is_restricted": is_restricted, "at": at},
    )


def held(number: int, ends_at: datetime) -> None:
    """Have so many sessions been held, each of people of its own."""
    values: list[dict[str, object]] = [
        {
            "id": ids.new("bkg"),
            "mentor": f"per_mentor{at}",
            "mentee": f"per_mentee{at}",
            "starts_at": ends_at - timedelta(hours=1),
            "ends_at": ends_at,
        }
        for at in range(number)
    ]
    transact(
        lambda db: db.insert_all(
            """
            INSERT INTO booking (id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at,
                   price_ore, currency, state, version, hold_expires_at, created_at, closed_at)
            VALUES (%(id)s, 'ofr_x', %(mentor)s, %(mentee)s, 'An hour', %(starts_at)s,
                   %(ends_at)s, 90000, 'NOK', 'completed', 0, %(starts_at)s, %(starts_at)s,
                   %(ends_at)s)
            """,
            values,
        )
    )
