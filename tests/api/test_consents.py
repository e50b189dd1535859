"""/v1/consents and /v1/unsubscribe: given, withdrawn, and undone by one click."""

import hashlib
from typing import Any

import pytest

from lib.consent import rules, service
from lib.core import ids
from lib.core.db import transact
from lib.outbox import repository as outbox
from sandbox.app import Answer, App, send
from sandbox.world import World
from tests.cast import Cast
from tests.stage import rows

VERSION = rules.CONSENTS["marketing"].version
ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.fixture
def people(cast: Cast) -> list[App]:
    return cast.crowd(2)


def consent(app: App, purpose: str = "marketing") -> dict[str, Any]:
    answer = app.get("/v1/consents")
    assert answer.status == 200, answer.json
    found: dict[str, Any] = {each["purpose"]: each for each in answer.json["consents"]}[purpose]
    return found


def say(app: App, *, given: bool, purpose: str = "marketing", **more: object) -> Answer:
    body: dict[str, object] = {"given": given, **({"version": VERSION} if given else {}), **more}
    return app.call("PUT", f"/v1/consents/{purpose}", body)


def said(app: App) -> list[tuple[str, str]]:
    found = rows(
        "SELECT state, surface FROM consent WHERE person_id = %(id)s ORDER BY purpose, turn",
        {"id": app.person_id},
    )
    return [(each["state"], each["surface"]) for each in found]


def link(world: World, app: App) -> str:
    """Return the link of an e-mail, as a mail program reads it out of the headers."""
    headers = service.unsubscribe_headers(app.person_id)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].removeprefix("<").removesuffix(">")
    return world.url + address[address.index("/v1/") :]


def click(address: str, body: bytes = ONE_CLICK) -> Answer:
    return send("POST", address, body, {"Content-Type": "application/x-www-form-urlencoded"})


def queue(world: World, topic: str, subject: str) -> None:
    now = world.clock.now()
    message = {"id": ids.new("out"), "topic": topic, "subject_id": subject, "now": now}
    transact(lambda db: outbox.insert(db, {**message, "due_at": now.replace(year=2099)}))


def test_nobody_has_agreed_to_anything_until_they_say_so(people: list[App]) -> None:
    for purpose in rules.CONSENTS:
        assert consent(people[0], purpose)["given"] is False
        assert consent(people[0], purpose)["text"]


def test_a_yes_is_kept_with_wording_time_and_place(people: list[App]) -> None:
    answer = say(people[0], given=True, surface="web")
    assert (answer.status, answer.json["given"], answer.json["said_version"]) == (
        200,
        True,
        VERSION,
    )
    (row,) = rows("SELECT version, state, surface, text_hash, person_id FROM consent")
    shown = hashlib.sha256(answer.json["text"].encode()).hexdigest()
    assert row == {
        "version": VERSION,
        "state": "given",
        "surface": "web",
        "text_hash": shown,
        "person_id": people[0].person_id,
    }
    assert consent(people[1])["given"] is False


def test_a_consent_is_withdrawn_by_one_call_that_needs_nothing_more(people: list[App]) -> None:
    say(people[0], given=True)
    assert say(people[0], given=False).json["given"] is False
    assert consent(people[0])["given"] is False
    assert said(people[0]) == [("given", "app"), ("withdrawn", "app")]


def test_saying_the_same_again_writes_nothing(people: list[App]) -> None:
    for given in (False, True, True, False, False, True):
        assert say(people[0], given=given).status == 200
    assert [state for state, _ in said(people[0])] == ["given", "withdrawn", "given"]


def test_one_purpose_is_not_another(people: list[App]) -> None:
    say(people[0], given=True)
    say(people[0], given=True, purpose="surveys")
    say(people[0], given=False)
    assert consent(people[0], "surveys")["given"] is True


def test_a_yes_to_another_wording_than_the_current_is_none(people: list[App]) -> None:
    for version in (None, "2025-01-01", ""):
        answer = say(people[0], given=True, version=version)
        assert (answer.status, answer.json["code"]) == (409, "consent_outdated"), answer.json
        assert answer.json["version"] == VERSION
    assert said(people[0]) == []


def test_an_unknown_purpose_is_not_found(people: list[App]) -> None:
    assert say(people[0], given=True, purpose="everything").status == 404


def test_without_a_sign_in_nobody_consents_for_anybody(cast: Cast) -> None:
    assert say(cast.app(), given=True).status == 401
    assert cast.app().get("/v1/consents").status == 401


def test_a_withdrawal_takes_away_what_is_queued_for_that_person_and_purpose_only(
    world: World, people: list[App]
) -> None:
    one, other = (each.person_id for each in people)
    for each in people:
        say(each, given=True)
    kept = [("surveys.send", one), ("marketing.send", other), ("marketing.send", f"{other}:news")]
    for topic, subject in [("marketing.send", one), ("marketing.tip", f"{one}:news"), *kept]:
        queue(world, topic, subject)
    say(people[0], given=False)
    left = rows("SELECT topic, subject_id FROM outbox")
    assert {(each["topic"], each["subject_id"]) for each in left} == set(kept)


# ── one click ────────────────────────────────────────────────────────────────────────────────────


def test_one_click_in_an_e_mail_withdraws_without_a_sign_in(
    world: World, people: list[App]
) -> None:
    for each in people:
        say(each, given=True)
    for _ in range(3):
        answer = click(link(world, people[0]))
        assert (answer.status, answer.json) == (200, {"purpose": "marketing", "given": False})
    assert said(people[0]) == [("given", "app"), ("withdrawn", "unsubscribe")]
    assert consent(people[1])["given"] is True


def test_a_mail_program_may_send_its_form_as_multipart(world: World, people: list[App]) -> None:
    say(people[0], given=True)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--'
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert send("POST", link(world, people[0]), body, kind).status == 200
    assert consent(people[0])["given"] is False


def test_a_program_that_only_looks_at_the_link_withdraws_nothing(
    world: World, people: list[App]
) -> None:
    say(people[0], given=True)
    assert send("GET", link(world, people[0])).status == 405
    assert click(link(world, people[0]), b"").status == 422
    assert consent(people[0])["given"] is True


def test_a_link_that_is_altered_anywhere_is_nobodys(world: World, people: list[App]) -> None:
    one, other = people
    say(one, given=True)
    say(other, given=True)
    good = link(world, one)
    base, _, token = good.rpartition("/")
    theirs = link(world, other).rpartition("/")[2]
    forged = [token[:-1] + ("A" if token[-1] != "A" else "B"), theirs[:26] + token[26:], token[:27]]
    forged += [token[:26] + "s" + token[27:], "x" * 57, token + "A"]
    for each in forged:
        answer = click(f"{base}/{each}")
        assert (answer.status, answer.json["code"]) == (404, "not_found"), each
    assert consent(one)["given"] is consent(other)["given"] is True
