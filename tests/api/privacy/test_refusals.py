"""What nobody may do with another's rights: refused, seen in the log, and nothing is changed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from lib.core.db import transact
from lib.privacy import chain, receipt, replay
from sandbox.app import Answer, App, send
from sandbox.restore_drill import Dump, dump
from sandbox.world import World
from tests.cast import Cast
from tests.stage import until

_ERASURE = "/v1/privacy/erasure"
# Written by every call, whatever is asked for with it: who is signed in, and how far cron is.
_OF_EVERY_CALL = ("session", "refresh_token", "cron_lease")


@pytest.fixture
def kari(cast: Cast) -> App:
    """Kari, freshly signed in, about whom it all is."""
    return cast.mentee


@pytest.fixture
def ingrid(cast: Cast) -> App:
    """Ingrid, freshly signed in, who has no business with Kari's data."""
    return cast.stranger


@pytest.fixture
def unchanged(world: World, kari: App, ingrid: App) -> Iterator[None]:
    """Look, after the test, that every row is what it was when it began."""
    assert kari.person_id != ingrid.person_id
    before = _all_rows(world)
    yield
    assert _all_rows(world) == before


def _all_rows(world: World) -> Dump:
    found = dump(world.database_url)
    return {table: found[table] for table in found if table not in _OF_EVERY_CALL}


def _refused(world: World, answer: Answer, status: int, code: str) -> None:
    """Expect a refusal, and the line in the log that says so."""
    assert (answer.status, answer.json["code"]) == (status, code)
    words = (answer.headers["x-request-id"], f'"status":{status}', f'"code":"{code}"')
    until(lambda: [x for x in world.functions.logs() if all(word in x.text for word in words)])


@pytest.mark.usefixtures("unchanged")
def test_nobody_erases_anybody_but_themselves(world: World, kari: App, ingrid: App) -> None:
    _refused(world, ingrid.post(_ERASURE, {"person_id": kari.person_id}), 422, "invalid")
    _refused(world, ingrid.post(f"{_ERASURE}?person_id={kari.person_id}"), 422, "invalid")
    _refused(world, ingrid.post(f"{_ERASURE}/{kari.person_id}"), 404, "not_found")
    _refused(world, ingrid.post(_ERASURE, {"leave_unpaid_ore": 0}), 422, "invalid")


@pytest.mark.usefixtures("unchanged")
def test_a_sign_in_that_is_stale_erases_nobody(world: World, kari: App) -> None:
    world.clock.advance(timedelta(minutes=6))
    assert kari.refresh().status == 200
    _refused(world, kari.post(_ERASURE), 403, "fresh_sign_in_required")
    world.clock.advance(timedelta(days=1))
    _refused(world, kari.post(_ERASURE), 401, "unauthenticated")


@pytest.mark.usefixtures("unchanged")
def test_a_forged_token_leads_to_no_erasure_and_ends_no_consent(world: World, cast: Cast) -> None:
    nobody = cast.app()
    _refused(world, nobody.get(f"/v1/privacy/erasures/{'x' * 43}"), 404, "not_found")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    address = f"{world.url}/v1/unsubscribe/{'x' * 57}"
    answer = send("POST", address, b"List-Unsubscribe=One-Click", form)
    _refused(world, answer, 404, "not_found")


def test_a_link_that_is_forged_or_expired_leaves_the_archive_as_it_is(
    world: World, kari: App, ingrid: App
) -> None:
    asked = kari.post("/v1/privacy/exports", {"right": "access"}).json
    address = f"/v1/privacy/exports/{asked['id']}"
    until(lambda: kari.get(address).json["state"] == "ready")
    link = kari.get(address).json["link"]
    s3 = world.providers.aws
    assert s3
    until(lambda: len(s3.keys()) == 1)
    before, objects = _all_rows(world), s3.keys()

    _refused(world, ingrid.get(address), 404, "not_found")
    altered = link[:-1] + ("0" if link[-1] != "0" else "1")
    for forged in (link.replace(kari.person_id, ingrid.person_id), altered):
        assert _tried(forged, "GET", "HEAD", "PUT", "DELETE") == {403}
    assert (_tried(link, "PUT", "DELETE"), _tried(link, "GET")) == ({403}, {200})
    world.clock.advance(timedelta(hours=25))
    assert _tried(link, "GET") == {403}

    assert (_all_rows(world), s3.keys()) == (before, objects)


def _tried(link: str, *methods: str) -> set[int]:
    """Use a link in these ways; return what was answered."""
    return {requests.request(method, link, timeout=10).status_code for method in methods}


def test_a_ledger_that_is_altered_by_one_byte_is_refused_and_erases_nobody(
    world: World, kari: App, ingrid: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = kari.post(_ERASURE).json["receipt_token"]
    until(lambda: ingrid.get(f"/v1/privacy/erasures/{token}").json["state"] == "done")
    genuine, file = receipt.canonical(transact(chain.ledger).document()), tmp_path / "ledger.json"
    before = _all_rows(world)
    # Every seventh byte: each part of the ledger is met, and each refusal is a search of its own.
    for at in range(0, len(genuine), 7):
        other = "1" if genuine[at] != "1" else "2"
        file.write_text(genuine[:at] + other + genuine[at + 1 :], encoding="utf-8")
        assert replay.main([str(file), "--key", receipt.public_key()]) == 1
        assert capsys.readouterr().err.startswith("not genuine: ")
    assert _all_rows(world) == before
