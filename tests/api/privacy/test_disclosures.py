"""Who has received what of a person, over HTTP: noted as it is disclosed, told of what changes."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest

from lib.accounts import service as accounts
from lib.accounts.schemas import CorrectProfile
from lib.core.db import transact
from lib.disclosures import rules, telling
from lib.outbox import service as outbox
from lib.privacy import archives, disclosed, exports
from lib.privacy.contract import load
from lib.privacy.model import Table
from lib.privacy.repository import Page, rows_about
from lib.providers.aws.making import OverError
from lib.purchases import refunds
from sandbox.app import Answer, App
from sandbox.simulators.aws import AwsSimulator
from sandbox.world import World
from tests.acting import asked, operator
from tests.cast import Cast
from tests.market import open_stall
from tests.packs import buy_pack
from tests.rails import BOTH, STRIPE, Rail
from tests.stage import Provider, Session, Stage, change, rows, until

_PATH = "/v1/privacy/disclosures"
# A shorter value stands somewhere by accident.
_SHORTEST = 5


@pytest.fixture
def henrik(cast: Cast) -> App:
    """Henrik, an operator."""
    return operator(cast)


@pytest.fixture
def s3(world: World) -> AwsSimulator:
    """S3 of the local world."""
    assert world.providers.aws
    return world.providers.aws


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def disclosures(app: App) -> list[dict[str, Any]]:
    answer = app.get(_PATH)
    assert answer.status == 200, answer.json
    found: list[dict[str, Any]] = answer.json["disclosures"]
    return found


def received_by(app: App, recipient: str, context_id: str = "") -> dict[str, Any]:
    """Return the one row of who has received what, by the recipient's key, and for what."""
    (found,) = [
        each
        for each in disclosures(app)
        if each["recipient"]["key"] == recipient and context_id in {"", each["context_id"]}
    ]
    return found


def fields(disclosure: dict[str, Any]) -> set[str]:
    return {each["field"] for each in disclosure["fields"]}


def notices(app: App) -> list[dict[str, Any]]:
    answer = app.get("/v1/privacy/notices")
    assert answer.status == 200, answer.json
    found: list[dict[str, Any]] = answer.json["notices"]
    return found


def booked(world: World, cast: Cast) -> str:
    """Have Kari hold an hour of Ola's; return the booking."""
    answer = open_stall(world, cast.mentor).book(cast.mentee)
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


def give_back(stage: Stage, session: Session, amount_ore: int) -> None:
    """Have some of a payment given back, and wait until its credit note is there."""
    transact(
        lambda db: refunds.give(
            db,
            purchase_id=session.purchase_id,
            amount_ore=amount_ore,
            is_borne_by_mentor=True,
            reason="Lyden var borte",
            operator_id=stage.stranger.person_id,
            now=stage.now,
        )
    )
    stage.cron("outbox")
    until(lambda: rows("SELECT id FROM paper WHERE kind = 'credit_note'") != [])


# ── noted ────────────────────────────────────────────────────────────────────────────────────────


def test_both_parties_of_a_deal_see_that_the_other_has_their_name(world: World, cast: Cast) -> None:
    booking_id = booked(world, cast)
    for one, other, name in (
        (cast.mentee, cast.mentor, "Ola H."),
        (cast.mentor, cast.mentee, "Kari S."),
    ):
        (found,) = disclosures(one)
        assert found["recipient"] == {"kind": "person", "key": other.person_id, "name": name}
        assert fields(found) == set(rules.DEAL)
        assert found["context_id"] == booking_id
        assert found["purpose"]["en"] == "To arrange a session."
        assert found["basis"]["nb"].startswith("Avtalen med deg")
        assert found["told"] == []
        by_field = {each["field"]: each for each in found["fields"]}
        assert by_field["person.family_name"]["category"] == "user.name.last"
        assert by_field["booking.*"]["why"]
    assert disclosures(cast.stranger) == []
    assert cast.app().get(_PATH).status == 401
    exported = {t["table"]: t["rows"] for t in cast.mentee.get("/v1/privacy/export").json["tables"]}
    assert exported["disclosure"][0]["recipient"] == cast.mentor.person_id


def test_a_slot_that_is_taken_discloses_nobody_to_the_mentor(world: World, cast: Cast) -> None:
    stall = open_stall(world, cast.mentor)
    stall.book(cast.mentee)
    assert code(stall.book(cast.stranger)) == (409, "slot_taken")
    assert disclosures(cast.stranger) == []


def test_each_supplier_is_noted_with_what_it_was_sent_and_when_last(stage: Stage) -> None:
    stage.onboard()
    session = stage.book().pay().capture()
    stage.fund(1_000_000)
    stage.jump(timedelta(hours=49))
    stage.cron("payouts")
    mentor, mentee = stage.mentor, session.mentee
    for person in (mentor, mentee):
        vipps = received_by(person, "vipps")
        assert fields(vipps) == set(rules.VIPPS_PAYMENT.fields)
        assert vipps["recipient"]["name"] == "Vipps MobilePay AS"
        assert vipps["first_at"] < vipps["last_at"]  # when it was captured
        assert fields(received_by(person, "whereby")) <= {
            "meeting.mentor_key",
            "meeting.mentee_key",
        }
    stripe = received_by(mentor, "stripe")
    assert fields(stripe) == {*rules.STRIPE_ACCOUNT.fields, *rules.STRIPE_TRANSFER.fields}
    assert "stripe" not in {each["recipient"]["key"] for each in disclosures(mentee)}
    other = received_by(mentee, mentor.person_id, session.booking_id)
    assert fields(other) == {*rules.DEAL, "purchase.*", "attendance.*", "delivery.*"}


def test_whereby_is_noted_for_who_never_came_once_it_is_asked_who_did(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    stage.jump_to(session.ends_at + timedelta(hours=25))
    stage.cron("meetings")
    for person, role in ((stage.mentor, "mentor"), (session.mentee, "mentee")):
        whereby = received_by(person, "whereby")
        assert fields(whereby) == {f"meeting.{role}_key"}


def test_who_came_is_seen_by_the_other_however_we_heard_of_it(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    stage.whereby.webhooks("lose")
    session.meet()
    stage.jump_to(session.ends_at + timedelta(hours=25))
    stage.cron("meetings")
    for person, other in ((stage.mentor, session.mentee), (session.mentee, stage.mentor)):
        deal = received_by(person, other.person_id, session.booking_id)
        assert set(rules.ATTENDANCE) <= fields(deal)


def test_what_is_paid_by_card_is_noted_at_stripe_and_what_goes_back_with_it(stage: Stage) -> None:
    stage.rail = STRIPE
    session = stage.book().pay().capture()
    for person in (stage.mentor, session.mentee):
        assert fields(received_by(person, "stripe")) == set(rules.STRIPE_PAYMENT.fields)
        assert "vipps" not in {each["recipient"]["key"] for each in disclosures(person)}
    give_back(stage, session, 10_000)
    for person, other in ((stage.mentor, session.mentee), (session.mentee, stage.mentor)):
        stripe = received_by(person, "stripe")
        assert fields(stripe) == {*rules.STRIPE_PAYMENT.fields, *rules.GIVEN_BACK}
        assert stripe["context_id"] == session.booking_id
        shown = received_by(person, other.person_id, session.booking_id)
        assert set(rules.REFUND) <= fields(shown)


def test_a_pack_is_noted_with_its_purchase_and_its_hours(stage: Stage) -> None:
    pack = buy_pack(stage)
    for person, other in ((stage.mentor, stage.mentee), (stage.mentee, stage.mentor)):
        deal = received_by(person, other.person_id, pack.purchase_id)
        assert fields(deal) == {*rules.PAYMENT, *rules.HOURS}
        assert received_by(person, "vipps")["context_id"] == pack.purchase_id


def test_a_payment_that_is_contested_is_noted_between_the_two(stage: Stage) -> None:
    stage.rail = STRIPE
    session = stage.book().pay().capture()
    found = stage.stripe.control("GET", f"checkout/{session.purchase['provider_id']}")
    stage.stripe.control("POST", "disputes", {"payment_intent": found["payment_intent"]["id"]})
    stage.settle()
    until(lambda: rows("SELECT id FROM dispute") != [])
    shown = received_by(session.mentee, stage.mentor.person_id, session.booking_id)
    assert set(rules.DISPUTE) <= fields(shown)


def test_a_paper_names_each_party_to_the_other_as_the_law_wants(stage: Stage) -> None:
    stage.open_for_business()
    business = {"organisation_number": "987654325", "is_vat_registered": True}
    assert stage.mentor.patch("/v1/mentors/me", business).status == 200
    session = stage.book().pay().capture()
    until(lambda: session.mentee.get("/v1/papers").json["papers"] != [])
    (paper,) = session.mentee.get("/v1/papers").json["papers"]
    seller = received_by(stage.mentor, session.mentee.person_id, paper["id"])
    buyer = received_by(session.mentee, stage.mentor.person_id, paper["id"])
    assert fields(buyer) == set(rules.PAPER)
    assert fields(seller) == {*rules.PAPER, *rules.SELLER}
    assert seller["basis"]["en"].startswith("An obligation")
    assert "Bookkeeping Act" in seller["purpose"]["en"]


def test_another_organisation_number_is_told_to_who_has_a_paper_and_a_first_one_is_not(
    stage: Stage,
) -> None:
    session = stage.book().pay().capture()
    until(lambda: session.mentee.get("/v1/papers").json["papers"] != [])
    business = {"organisation_number": "987654325", "is_vat_registered": True}
    assert stage.mentor.patch("/v1/mentors/me", business).status == 200
    stage.settle()
    assert notices(session.mentee) == []
    for _ in range(2):
        again = {"organisation_number": "974760673"}
        assert stage.mentor.patch("/v1/mentors/me", again).status == 200
        stage.settle()
    (notice,) = notices(session.mentee)
    assert notice["fields"] == ["mentor.organisation_number"]
    assert "organisasjonsnummer" in notice["text"]["nb"]


def test_an_archive_is_noted_with_the_tables_that_are_in_it(cast: Cast) -> None:
    kari = cast.mentee
    export_id = kari.post("/v1/privacy/exports", {"right": "portability"}).json["id"]
    aws = received_by(kari, "aws")
    assert (aws["context_id"], "person.*" in fields(aws)) == (export_id, True)
    assert aws["basis"]["nb"].startswith("En plikt")


def test_the_list_goes_on_where_a_page_ends_and_has_each_once(stage: Stage) -> None:
    for hours in range(3):
        stage.book(hours * 2).ask_to_pay()
    whole = [each["id"] for each in disclosures(stage.mentee)]
    assert len(whole) == len(set(whole)) == 6
    shown: list[str] = []
    after = ""
    while True:
        page = stage.mentee.get(f"{_PATH}?limit=4{after}").json
        shown += [each["id"] for each in page["disclosures"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert shown == whole == sorted(whole, reverse=True)
    for wrong in ("x", "1.x"):
        assert stage.mentee.get(f"{_PATH}?after={wrong}").status == 422


# ── nothing leaves that is not noted ─────────────────────────────────────────────────────────────


def values_of(person_id: str) -> Iterator[tuple[Table, str, str]]:
    """Yield every value that is held about a person: table, field, and the value as text."""
    for table in load():
        if not table.chains or table.name.startswith("disclosure"):
            continue  # about nobody, or the notes themselves
        names = [column.name for column in table.columns]
        read = partial(rows_about, table=table, person_id=person_id, page=Page(200), columns=names)
        for row in transact(read):
            for column in table.columns:
                value = row[column.name]
                if isinstance(value, datetime):
                    value = value.astimezone(UTC).isoformat().removesuffix("+00:00")
                text = "" if value is None else str(value)
                if f"{table.name}.{column.name}" in disclosed.vocabulary(load()):
                    yield table, column.name, text


def noted_values(person_id: str, recipient: str) -> set[str]:
    """Return the values that are noted as disclosed to a recipient."""
    found = rows(
        "SELECT fields FROM disclosure WHERE person_id = %(id)s AND recipient = %(to)s",
        {"id": person_id, "to": recipient},
    )
    noted = {field for row in found for field in json.loads(row["fields"])}
    return {
        value
        for table, column, value in values_of(person_id)
        if {f"{table.name}.{column}", rules.whole(table.name)} & noted
    }


def stands_in(value: str, text: str) -> bool:
    """Return whether a value stands in a text by itself, not as a piece of another word."""
    return len(value) >= _SHORTEST and bool(
        re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text)
    )


def sent_to(provider: Provider) -> str:
    """Return all that a provider was sent, without the headers that say who calls."""
    requests = provider.control("GET", "requests")
    return unquote(
        "\n".join(f"{each['path']}?{each['query']} {each['body']}" for each in requests)
    ).replace("+", " ")


@pytest.mark.parametrize("rail", BOTH, ids=lambda rail: rail.name)
def test_nothing_of_a_person_reaches_a_supplier_that_is_not_noted(stage: Stage, rail: Rail) -> None:
    """Every value that is held about the two is looked for in all that the three were sent."""
    stage.rail = rail
    stage.onboard()
    sold = {"title": "En time hos Person Nummer 0"}
    assert stage.mentor.patch(f"/v1/offers/{stage.stall.offer_id}", sold).status == 200
    session = stage.book().pay().capture()
    stage.fund(1_000_000)
    stage.jump(timedelta(hours=49))
    stage.cron("payouts")
    give_back(stage, session, 12_345)
    found = 0
    for name in ("vipps", "stripe", "whereby"):
        text = sent_to(getattr(stage, name))
        for person, other in ((stage.mentor, session.mentee), (session.mentee, stage.mentor)):
            noted = noted_values(person.person_id, name)
            for table, column, value in values_of(person.person_id):
                # The other's key stands in rows about both; it is not this person's.
                is_code = re.fullmatch("[a-z_]+", value)  # `receipt` is also a word of Vipps'
                if stands_in(value, text) and value != other.person_id and not is_code:
                    is_noted = any(value in each for each in noted)  # a name, in a title
                    assert is_noted, f"{name} was sent {table.name}.{column}"
                    found += 1
    assert found > 10
    # The control: what is not noted would be found.
    assert session.purchase_id in sent_to(session.carrier)
    assert session.purchase_id not in noted_values(stage.stranger.person_id, rail.name)


def test_nothing_of_a_person_is_shown_to_the_other_party_that_is_not_noted(stage: Stage) -> None:
    pack = buy_pack(stage)
    pack.book(30)
    session = stage.book().pay().capture()
    stage.cron("meetings")
    give_back(stage, session, 10_000)
    calls = [
        f"/v1/bookings/{session.booking_id}",
        "/v1/bookings",
        "/v1/bookings?role=mentor",
        f"/v1/purchases/{session.purchase_id}",
        "/v1/purchases",
        "/v1/hours",
        "/v1/earnings",
        "/v1/payouts",
        "/v1/papers",
        "/v1/privacy/export",
        "/v1/privacy/notices",
    ]
    found = 0
    for viewer, other in ((stage.mentor, session.mentee), (session.mentee, stage.mentor)):
        papers = [f"/v1/papers/{each['id']}" for each in viewer.get("/v1/papers").json["papers"]]
        assert len(papers) == 3  # of the pack, of the session, of what went back
        answers = [viewer.get(target).json for target in [*calls, *papers]]
        shown = json.dumps(answers, ensure_ascii=False)
        noted = noted_values(other.person_id, viewer.person_id)
        own = {value for table, _, value in values_of(viewer.person_id) if not table.is_of_two}
        for table, column, value in values_of(other.person_id):
            about = table.column(column)
            is_public = about is not None and about.tier == "public"
            if stands_in(value, shown) and not is_public and value not in own:
                assert value in noted, f"{table.name}.{column} is shown"
                found += 1
    assert found > 20


# ── a correction is told ─────────────────────────────────────────────────────────────────────────


def test_a_correction_is_told_to_the_other_party_and_the_person_sees_that(
    world: World, cast: Cast
) -> None:
    booking_id = booked(world, cast)
    ola, kari = cast.mentor, cast.mentee
    assert kari.patch("/v1/profile", {"family_name": "Dahl", "language": "en"}).status == 200
    until(lambda: notices(ola) != [])
    (notice,) = notices(ola)
    assert (notice["kind"], notice["fields"]) == ("rectification", ["person.family_name"])
    assert (notice["person_id"], notice["context_id"]) == (kari.person_id, booking_id)
    assert notice["name"] == "Kari D."
    assert "etternavn" in notice["text"]["nb"]
    assert "family name" in notice["text"]["en"]
    (told,) = received_by(kari, ola.person_id)["told"]
    assert (told["kind"], told["state"]) == ("rectification", "told")
    assert (told["fields"], told["why_not"]) == (["person.family_name"], None)
    # Nobody else, and not the one who corrected it.
    assert notices(kari) == notices(cast.stranger) == []
    assert cast.app().get("/v1/privacy/notices").status == 401


def test_a_notice_is_new_once(world: World, cast: Cast) -> None:
    booked(world, cast)
    cast.mentee.patch("/v1/profile", {"given_name": "Karin"})
    until(lambda: rows("SELECT id FROM disclosure_notice") != [])
    assert [each["seen_at"] for each in notices(cast.mentor)] == [None]
    seen = [each["seen_at"] for each in notices(cast.mentor)]
    assert seen != [None]
    world.clock.advance(timedelta(minutes=1))
    assert [each["seen_at"] for each in notices(cast.mentor)] == seen


def test_notices_are_listed_page_by_page(world: World, cast: Cast) -> None:
    booked(world, cast)
    for name in ("Karin", "Karina", "Kari"):
        cast.mentee.patch("/v1/profile", {"given_name": name})
    until(lambda: len(rows("SELECT id FROM disclosure_notice")) == 3)
    first = cast.mentor.get("/v1/privacy/notices?limit=2").json
    then = cast.mentor.get(f"/v1/privacy/notices?limit=2&after={first['next']}").json
    shown = [each["id"] for page in (first, then) for each in page["notices"]]
    assert shown == sorted(set(shown), reverse=True)
    assert (len(shown), then["next"]) == (3, None)


def test_a_correction_of_what_nobody_received_is_told_to_nobody(world: World, cast: Cast) -> None:
    booked(world, cast)
    cast.mentee.patch("/v1/profile", {"email": "ny@example.no", "phone": "4790000777"})
    until(lambda: rows("SELECT told_at FROM disclosure_change")[0]["told_at"] is not None)
    assert notices(cast.mentor) == []
    assert received_by(cast.mentee, cast.mentor.person_id)["told"] == []


def test_what_an_operator_corrects_is_told_as_well(henrik: App, world: World, cast: Cast) -> None:
    booked(world, cast)
    request_id = asked(cast.mentee, "rectification")["id"]
    wanted = {"request_id": request_id, "given_name": "Karin"}
    assert henrik.patch(f"/v1/operator/people/{cast.mentee.person_id}", wanted).status == 200
    until(lambda: notices(cast.mentor) != [])


# ── a supplier is told ───────────────────────────────────────────────────────────────────────────


def archive(kari: App) -> str:
    """Have an archive made over HTTP; return where it lies."""
    export_id = str(kari.post("/v1/privacy/exports", {"right": "access"}).json["id"])
    target = f"/v1/privacy/exports/{export_id}"
    until(lambda: kari.get(target).json["state"] == "ready", seconds=30)
    return f"exports/{kari.person_id}/{export_id}/archive.zip"


def archive_here(kari: App, world: World) -> str:
    """Have an archive made by this process alone, so that no function is at the outbox."""
    now = world.clock.now()
    asked = transact(lambda db: exports.ask(db, person_id=kari.person_id, right="access", now=now))
    change("DELETE FROM outbox")
    assert archives.make_due(now, now + timedelta(seconds=60)) == (1, 0)
    return f"exports/{kari.person_id}/{asked.id}/archive.zip"


def lying(s3: AwsSimulator) -> list[str]:
    """Return what lies in S3."""
    found: list[str] = s3.keys()
    return found


def test_an_archive_in_which_something_wrong_stands_is_taken_back(
    cast: Cast, s3: AwsSimulator
) -> None:
    kari = cast.mentee
    lies_at = archive(kari)
    assert lies_at in lying(s3)
    kari.patch("/v1/profile", {"given_name": "Karin"})
    until(
        lambda: [each["state"] for each in received_by(kari, "aws")["told"]] == ["told"], seconds=30
    )
    assert lies_at not in lying(s3)
    assert kari.get("/v1/privacy/exports").json["exports"][0]["state"] == "deleted"
    (told,) = rows("SELECT answer, attempts FROM disclosure_notice")
    assert told == {"answer": "archives_deleted", "attempts": 1}
    assert received_by(kari, "aws")["told"][0]["answered_at"] is not None


def test_a_mentor_who_is_named_in_what_was_sold_is_told_that_it_stays_so_at_vipps(
    stage: Stage,
) -> None:
    sold = {"title": "En time hos Person"}
    assert stage.mentor.patch(f"/v1/offers/{stage.stall.offer_id}", sold).status == 200
    session = stage.book().ask_to_pay()
    assert "person.given_name" in fields(received_by(stage.mentor, "vipps"))
    # The mentee has the same name: they are called so, too.
    assert stage.mentor.patch("/v1/profile", {"family_name": "Dahl"}).status == 200
    stage.settle()
    assert received_by(stage.mentor, "vipps")["told"] == []
    assert stage.mentor.patch("/v1/profile", {"given_name": "Ola"}).status == 200
    stage.settle()
    (told,) = received_by(stage.mentor, "vipps")["told"]
    assert (told["state"], told["fields"]) == ("impossible", ["person.given_name"])
    assert "slik den ble solgt" in told["why_not"]["nb"]
    assert session.booking["title"] == "En time hos Person"


def test_a_supplier_that_is_silent_is_told_again_by_the_outbox(
    cast: Cast, world: World, s3: AwsSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    kari = cast.mentee
    lies_at = archive_here(kari, world)
    now, correction = world.clock.now(), CorrectProfile(given_name="Karin")
    with monkeypatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nobody listens there
        transact(lambda db: accounts.correct(db, correction, person_id=kari.person_id, now=now))
        assert outbox.drain(world.clock.now() + timedelta(seconds=30)) == (1, 1)
    (told,) = received_by(kari, "aws")["told"]
    assert told["state"] == "waiting"
    assert lies_at in lying(s3)
    (waits,) = rows("SELECT attempts, last_error FROM outbox WHERE delivered_at IS NULL")
    assert waits == {"attempts": 1, "last_error": "provider_unavailable"}
    world.clock.advance(timedelta(seconds=30))
    world.run_cron("/cron/outbox")
    assert [each["state"] for each in received_by(kari, "aws")["told"]] == ["told"]
    assert lies_at not in lying(s3)


def test_a_supplier_that_refuses_to_the_last_is_written_down_and_seen_by_an_operator(
    cast: Cast, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kari = cast.mentee
    archive_here(kari, world)
    monkeypatch.setattr(rules, "MOST_TRIES", 2)
    monkeypatch.setenv("EXPORT_BUCKET", "no-such-bucket")
    now, correction = world.clock.now(), CorrectProfile(given_name="Karin")
    transact(lambda db: accounts.correct(db, correction, person_id=kari.person_id, now=now))
    assert outbox.drain(world.clock.now() + timedelta(seconds=30)) == (1, 1)
    assert [each["state"] for each in received_by(kari, "aws")["told"]] == ["waiting"]
    world.clock.advance(timedelta(seconds=30))
    assert outbox.drain(world.clock.now() + timedelta(seconds=30)) == (0, 1)
    assert [each["state"] for each in received_by(kari, "aws")["told"]] == ["refused"]
    (parked,) = rows("SELECT topic, last_error FROM outbox WHERE parked_at IS NOT NULL")
    assert parked == {"topic": telling.TELL, "last_error": "aws_NoSuchBucket"}


def test_an_archive_that_is_being_made_is_made_with_what_is_right(
    cast: Cast, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The correction comes between the page of the person's own row and the end of the archive."""
    kari, now = cast.mentee, world.clock.now()
    made = transact(lambda db: exports.ask(db, person_id=kari.person_id, right="access", now=now))
    job = transact(lambda db: archives.driver().claim(made.id, now, db))
    assert job
    monkeypatch.setattr(archives._Making, "pages_a_place", 3)
    making = archives._Making(job, job.step + 1)
    assert making._more(world.clock.now() + timedelta(seconds=20))
    assert exports.take_back(kari.person_id, now, now) == "archives_deleted"
    with pytest.raises(OverError):
        making.run(world.clock.now() + timedelta(seconds=20))
    assert kari.patch("/v1/profile", {"given_name": "Karin"}).status == 200
    world.run_cron("/cron/exports")
    until(lambda: kari.get(f"/v1/privacy/exports/{made.id}").json["state"] != "making", seconds=30)


# ── restriction and erasure are told ─────────────────────────────────────────────────────────────


def test_a_restriction_and_its_end_are_told_without_the_reason(world: World, cast: Cast) -> None:
    booked(world, cast)
    ola, kari = cast.mentor, cast.mentee
    reason = {"restricted": True, "reason": "Jeg krangler med Ola"}
    kari.call("PUT", "/v1/privacy/restriction", reason)
    until(lambda: len(notices(ola)) == 1)
    kari.call("PUT", "/v1/privacy/restriction", {"restricted": False})
    until(lambda: len(notices(ola)) == 2)
    ended, began = notices(ola)
    assert (began["kind"], ended["kind"]) == ("restriction", "restriction_end")
    assert began["fields"] == sorted(rules.DEAL)
    assert "krangler" not in json.dumps(notices(ola))
    # Who is restricted themselves reads their notices all the same.
    ola.call("PUT", "/v1/privacy/restriction", {"restricted": True})
    assert len(notices(ola)) == 2


def test_who_can_not_be_told_of_a_restriction_is_named_with_the_reason(stage: Stage) -> None:
    session = stage.book().pay()
    stage.settle()
    stage.jump_to(session.starts_at)
    assert session.way_in(session.mentee).status == 200
    session.mentee.call("PUT", "/v1/privacy/restriction", {"restricted": True})
    stage.settle()
    (vipps,) = received_by(session.mentee, "vipps")["told"]
    (whereby,) = received_by(session.mentee, "whereby")["told"]
    assert (vipps["state"], whereby["state"]) == ("impossible", "needless")
    assert "behandlingsansvarlig" in vipps["why_not"]["nb"]
    assert whereby["why_not"]["en"].startswith("Does only what we ask")


def test_an_erasure_is_told_and_no_name_is_kept_in_the_telling(world: World, cast: Cast) -> None:
    booking_id = booked(world, cast)
    ola, kari = cast.mentor, cast.mentee
    kari.patch("/v1/profile", {"family_name": "Solberg-Lie"})
    kari.post(f"/v1/bookings/{booking_id}/cancel", {"reason": "Reiser bort"})
    until(lambda: len(notices(ola)) == 1)
    archive(kari)  # suppliers have their own way of being told of an erasure
    asked_for = kari.post("/v1/privacy/erasure").json
    assert kari.is_erased(asked_for["receipt_token"])
    erased, corrected = notices(ola)
    assert (erased["kind"], erased["context_id"]) == ("erasure", booking_id)
    assert erased["name"] is corrected["name"] is None
    assert erased["person_id"] == kari.person_id
    kept = json.dumps(rows("SELECT * FROM disclosure_notice"), default=str)
    assert "Kari" not in kept
    assert "Solberg" not in kept
    assert rows("SELECT id FROM disclosure WHERE person_id = %(id)s", {"id": kari.person_id}) == []
    # Of Ola's own the row is left: somebody received his name, who is nobody now.
    assert received_by(ola, kari.person_id)["recipient"]["name"] is None
    status = cast.app().get(f"/v1/privacy/erasures/{asked_for['receipt_token']}").json
    told = [{"recipient_kind": "person", "state": "told", "number": 1}]
    assert status["recipients"] == status["receipt"]["body"]["recipients"] == told
    staying = {each["table"]: each["rows"] for each in status["kept"]}
    assert staying["disclosure_notice"] == 2


def test_an_erasure_tells_its_recipients_before_a_silent_supplier_has_answered(
    stage: Stage,
) -> None:
    stage.onboard()
    session = stage.book()
    session.mentee.post(f"/v1/bookings/{session.booking_id}/cancel", {"reason": "Syk"})
    stage.stripe.order("fail", "DELETE", r"/v1/accounts/[^/]+")
    assert stage.mentor.post("/v1/privacy/erasure").status == 202
    until(lambda: notices(session.mentee) != [])
    assert rows("SELECT state FROM erasure") == [{"state": "planned"}]


# ── an authority ─────────────────────────────────────────────────────────────────────────────────

_ANSWER = {
    "recipient": "Økokrim",
    "reference": "2026/1234",
    "fields": ["person.given_name", "person.email", "purchase.*"],
    "basis": "legal_obligation",
    "ground": "Straffeprosessloven § 210, kjennelse fra Oslo tingrett",
    "reason": "Pålegg mottatt i dag",
}


def given(henrik: App, person: App, **changes: object) -> Answer:
    target = f"/v1/operator/people/{person.person_id}/disclosures"
    return henrik.post(target, {**_ANSWER, **changes})


def test_what_an_authority_was_given_is_logged_and_shown_to_the_person(
    henrik: App, cast: Cast
) -> None:
    kari = cast.mentee
    answer = given(henrik, kari)
    assert answer.status == 201, answer.json
    (found,) = disclosures(kari)
    assert found["recipient"] == {"kind": "authority", "key": "Økokrim", "name": "Økokrim"}
    assert fields(found) == set(_ANSWER["fields"])
    assert (found["ground"], found["context_id"]) == (_ANSWER["ground"], "2026/1234")
    assert found["purpose"]["nb"].startswith("Å svare en myndighet")
    assert found["basis"]["en"].startswith("An obligation")
    (reading,) = kari.get("/v1/privacy/readings").json["readings"]
    assert (reading["action"], reading["reason"]) == ("disclose", "Pålegg mottatt i dag")
    assert reading["object_id"] == answer.json["id"] == found["id"]
    # The same case again is the same row, with what it adds.
    again = given(henrik, kari, fields=["person.phone"])
    assert again.json["id"] == answer.json["id"]
    assert fields(disclosures(kari)[0]) == {*_ANSWER["fields"], "person.phone"}
    assert disclosures(cast.stranger) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("basis", "legitimate_interest"),
        ("basis", "contract"),
        ("ground", ""),
        ("reason", "x"),
        ("recipient", "N"),
        ("reference", "saken til Kari"),
        ("fields", []),
        ("fields", ["person"]),
        ("fields", ["person.shoe_size"]),
        ("fields", ["outbox.topic"]),
    ],
)
def test_nothing_is_disclosed_but_by_consent_or_law_and_in_the_contract_s_words(
    henrik: App, cast: Cast, field: str, value: object
) -> None:
    assert code(given(henrik, cast.mentee, **{field: value})) == (422, "invalid")
    assert disclosures(cast.mentee) == []


def test_nobody_else_notes_a_disclosure_and_there_is_none_of_nobody(
    henrik: App, cast: Cast
) -> None:
    assert code(given(cast.stranger, cast.mentee)) == (403, "not_an_operator")
    nobody = f"/v1/operator/people/per_{'0' * 26}/disclosures"
    assert code(henrik.post(nobody, _ANSWER)) == (404, "not_found")


def test_an_operator_passes_on_what_an_authority_has_to_be_told(henrik: App, cast: Cast) -> None:
    kari = cast.mentee
    given(henrik, kari)
    kari.patch("/v1/profile", {"email": "ny@example.no"})
    until(lambda: rows("SELECT id FROM disclosure_notice") != [])
    (waits,) = henrik.get("/v1/operator/notices").json["notices"]
    assert (waits["recipient"], waits["reference"]) == ("Økokrim", "2026/1234")
    assert (waits["kind"], waits["fields"]) == ("rectification", ["person.email"])
    assert waits["person_id"] == kari.person_id
    assert disclosures(kari)[0]["told"][0]["state"] == "waiting"
    target = f"/v1/operator/notices/{waits['id']}"
    done = {"outcome": "told", "reason": "Brev sendt"}
    assert code(cast.stranger.post(target, done)) == (403, "not_an_operator")
    assert henrik.post(target, done).json["state"] == "told"
    assert code(henrik.post(target, done)) == (409, "notice_answered")
    assert code(henrik.post(f"/v1/operator/notices/ntc_{'0' * 26}", done)) == (404, "not_found")
    assert henrik.get("/v1/operator/notices").json == {"notices": [], "next": None}
    assert disclosures(kari)[0]["told"][0]["state"] == "told"
    actions = [each["action"] for each in kari.get("/v1/privacy/readings").json["readings"]]
    assert sorted(actions) == ["disclose", "pass_on_notice", "read_notice"]


def test_an_operator_passes_on_nothing_that_reaches_its_recipient_by_itself(
    henrik: App, world: World, cast: Cast
) -> None:
    booked(world, cast)
    cast.mentee.patch("/v1/profile", {"given_name": "Karin"})
    until(lambda: rows("SELECT id FROM disclosure_notice") != [])
    (notice,) = rows("SELECT id FROM disclosure_notice")
    done = {"outcome": "needless", "reason": "Brev sendt"}
    answer = henrik.post(f"/v1/operator/notices/{notice['id']}", done)
    assert code(answer) == (404, "not_found")


def test_an_erasure_is_passed_on_by_the_authority_s_own_reference(henrik: App, cast: Cast) -> None:
    kari = cast.mentee
    given(henrik, kari)
    assert kari.is_erased(kari.post("/v1/privacy/erasure").json["receipt_token"])
    (waits,) = henrik.get("/v1/operator/notices").json["notices"]
    assert (waits["kind"], waits["reference"]) == ("erasure", "2026/1234")
    assert "Straffeprosessloven" not in json.dumps(rows("SELECT * FROM disclosure"), default=str)
