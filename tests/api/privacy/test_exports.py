"""Archives of a person's data, over HTTP and with S3: asked for, made, fetched, deleted."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import jsonschema
import pytest
import requests

from lib.core import ids
from lib.core.db import transact
from lib.core.errors import ProviderUnavailableError
from lib.privacy import archives, export_repository, exports, leaving
from lib.providers.aws import storage
from lib.providers.aws.making import OverError
from sandbox.app import App
from sandbox.simulators.aws import AwsSimulator
from sandbox.world import World
from tests.cast import Cast
from tests.market import open_stall
from tests.stage import change, rows, until

_PATH = "/v1/privacy/exports"


@pytest.fixture
def kari(cast: Cast) -> App:
    """Kari, freshly signed in."""
    return cast.mentee


@pytest.fixture
def s3(world: World) -> AwsSimulator:
    """S3 of the local world."""
    assert world.providers.aws
    return world.providers.aws


@pytest.fixture
def many_rows(kari: App, monkeypatch: pytest.MonkeyPatch) -> int:
    """Kari has more rows than a run reads between two places that it saves."""
    monkeypatch.setattr(archives, "_PAGE_ROWS", 20)
    number = 1500
    values: list[dict[str, object]] = [
        {"id": ids.new("exp"), "person": kari.person_id, "now": datetime(2026, 11, 1, tzinfo=UTC)}
        for _ in range(number)
    ]
    transact(
        lambda db: db.insert_all(
            "INSERT INTO privacy_export (id, person_id, kind, state, asked_at, rows_done,"
            " tables_done, tables_total, step)"
            " VALUES (%(id)s, %(person)s, 'access', 'deleted', %(now)s, 0, 0, 0, 0)",
            values,
        )
    )
    return number + len(("the one that is made",))


def _ready(person: App, right: str = "access") -> Any:  # noqa: ANN401 (JSON)
    asked = person.post(_PATH, {"right": right})
    assert asked.status == 202, asked.json
    return _wait(person, asked.json["id"])


def _wait(person: App, export_id: str) -> Any:  # noqa: ANN401 (JSON)
    until(lambda: person.get(f"{_PATH}/{export_id}").json["state"] == "ready")
    return person.get(f"{_PATH}/{export_id}").json


def _fetched(link: str) -> zipfile.ZipFile:
    answer = requests.get(link, timeout=10)
    assert answer.status_code == 200, answer.text
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    return found


def _ask_here(person: App, world: World) -> str:
    """Ask as the function does, and leave the making to the test."""
    now = world.clock.now()
    asked = transact(
        lambda db: exports.ask(db, person_id=person.person_id, right="access", now=now)
    )
    change("DELETE FROM outbox WHERE topic = 'privacy.export'")
    return asked.id


def test_an_archive_of_everything_is_made_and_fetched_by_a_link(
    cast: Cast, kari: App, world: World
) -> None:
    stall = open_stall(world, cast.mentor)
    assert stall.book(kari).status == 201

    asked = kari.post(_PATH, {"right": "access"})
    assert (asked.status, asked.json["state"], asked.json["link"]) == (202, "making", None)
    assert asked.json["tables_total"] > 10
    done = _wait(kari, asked.json["id"])

    assert done["tables_done"] == done["tables_total"]
    archive = _fetched(done["link"])
    assert archive.namelist() == [
        "data.json",
        "portability.json",
        "portability.schema.json",
        "index.html",
    ]
    assert done["size"] == len(requests.get(done["link"], timeout=10).content)
    data = json.loads(archive.read("data.json"))
    tables = {table["table"]: table for table in data["tables"]}
    assert done["rows_done"] == sum(len(table["rows"]) for table in data["tables"])
    assert tables["person"]["rows"][0]["email"] == "kari.solberg@example.no"
    assert {"Vipps MobilePay AS", "Amazon Web Services EMEA SARL"} <= {
        each["name"] for each in data["recipients"]
    }
    whole = "".join(archive.read(name).decode() for name in archive.namelist())
    assert stall.offer_id in whole
    assert not [word for word in ("ola.hagen@", "Hagen", "4790000102") if word in whole]
    assert kari.access_token not in whole


def test_it_has_the_rows_that_the_paged_export_has(cast: Cast, kari: App, world: World) -> None:
    open_stall(world, cast.mentor).book(kari)
    data = json.loads(_fetched(_ready(kari)["link"]).read("data.json"))

    for paged in kari.get("/v1/privacy/export").json["tables"]:
        if paged["table"] not in {"privacy_export", "idempotency_key", "session"}:
            assert paged in data["tables"]


def test_what_is_taken_along_has_the_form_that_its_schema_says(kari: App) -> None:
    archive = _fetched(_ready(kari, "portability")["link"])

    assert archive.namelist() == ["portability.json", "portability.schema.json", "index.html"]
    portable = json.loads(archive.read("portability.json"))
    schema = json.loads(archive.read("portability.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(portable, schema)
    assert list(portable["data"]) == ["person"]
    assert portable["data"]["person"][0]["given_name"] == "Kari"
    portable["data"]["person"][0]["shoe_size"] = 38
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(portable, schema)


def test_the_page_can_be_read_without_scripts_and_loads_nothing(kari: App) -> None:
    assert kari.patch("/v1/profile", {"given_name": "<script>alert(1)</script>"}).status == 200

    page = _fetched(_ready(kari)["link"]).read("index.html").decode()

    assert '<html lang="nb">' in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "src=" not in page
    assert "Datatilsynet" in page
    for word in ("Hvorfor", "Grunnlag", "Hvor lenge", "Hvem ser det", "Hvem som får noe"):
        assert word in page
    assert page.count("<table>") == page.count("<caption>") == page.count("</table>")
    assert page.count("<section") == page.count("</section>")


def test_a_link_that_is_a_day_old_opens_nothing(kari: App, world: World) -> None:
    done = _ready(kari)
    world.clock.set_to(datetime.fromisoformat(done["link_until"]) - timedelta(seconds=30))
    assert requests.get(done["link"], timeout=10).status_code == 200

    world.clock.set_to(datetime.fromisoformat(done["link_until"]) + timedelta(seconds=1))
    refused = requests.get(done["link"], timeout=10)

    assert (refused.status_code, "Request has expired" in refused.text) == (403, True)
    assert kari.refresh().status == 200
    again = kari.get(f"{_PATH}/{done['id']}").json["link"]
    assert requests.get(again, timeout=10).status_code == 200


def test_a_forged_link_opens_nothing(cast: Cast, kari: App) -> None:
    done, other = _ready(kari), _ready(cast.stranger)
    mine = f"exports/{kari.person_id}/{done['id']}"
    theirs = f"exports/{cast.stranger.person_id}/{other['id']}"
    assert mine in done["link"]

    for forged in (
        done["link"].replace(mine, theirs),
        done["link"].replace("X-Amz-Expires=86400", "X-Amz-Expires=864000"),
        done["link"].rpartition("X-Amz-Signature=")[0] + "X-Amz-Signature=" + "0" * 64,
        done["link"].partition("?")[0],
    ):
        assert forged != done["link"]
        assert requests.get(forged, timeout=10).status_code == 403


def test_an_archive_is_nobody_elses(cast: Cast, kari: App) -> None:
    done = _ready(kari)

    assert cast.stranger.get(f"{_PATH}/{done['id']}").status == 404
    assert cast.stranger.get(_PATH).json == {"exports": [], "next": None}
    assert kari.get(f"{_PATH}/{ids.new('exp')}").status == 404
    assert [each["id"] for each in kari.get(_PATH).json["exports"]] == [done["id"]]
    nobody = cast.app()
    for answer in (nobody.post(_PATH, {}), nobody.get(_PATH), nobody.get(f"{_PATH}/{done['id']}")):
        assert answer.status == 401


def test_asked_twice_it_is_made_once_and_five_a_day_are_enough(kari: App, world: World) -> None:
    first = _ask_here(kari, world)

    assert kari.post(_PATH, {"right": "access"}).json["id"] == first
    change("UPDATE privacy_export SET state = 'deleted'")
    for _ in range(4):
        assert kari.post(_PATH, {"right": "portability"}).status == 202
        change("UPDATE privacy_export SET state = 'deleted'")
    refused = kari.post(_PATH, {"right": "access"})
    assert (refused.status, refused.json["code"]) == (429, "too_many_exports")
    assert kari.post(_PATH, {"right": "everything"}).status == 422
    world.clock.set_to(world.clock.now() + timedelta(days=1, minutes=1))
    kari.refresh()
    assert kari.post(_PATH, {"right": "access"}).status == 202


def test_archives_are_listed_page_by_page(kari: App) -> None:
    made = [_ready(kari)["id"], _ready(kari, "portability")["id"]]

    first = kari.get(f"{_PATH}?limit=1").json
    second = kari.get(f"{_PATH}?limit=1&after={first['next']}").json

    assert [first["exports"][0]["id"], second["exports"][0]["id"]] == made[::-1]
    assert second["next"] is None


def test_an_archive_is_deleted_after_seven_days(kari: App, world: World, s3: AwsSimulator) -> None:
    done = _ready(kari)
    # What was laid aside while it was made is cleared away once it is ready.
    until(lambda: s3.keys() == [f"exports/{kari.person_id}/{done['id']}/archive.zip"])
    ends = datetime.fromisoformat(done["kept_until"])
    assert ends - datetime.fromisoformat(done["ready_at"]) == timedelta(days=7)

    world.clock.set_to(ends - timedelta(seconds=30))
    assert json.loads(world.run_cron("/cron/exports")[1])["deleted"] == 0
    world.clock.set_to(ends)
    assert json.loads(world.run_cron("/cron/exports")[1])["deleted"] == 1

    assert s3.keys() == []
    kari.refresh()
    gone = kari.get(f"{_PATH}/{done['id']}").json
    assert (gone["state"], gone["link"], gone["deleted_at"] is not None) == ("deleted", None, True)


def test_an_archive_is_gone_with_an_erasure(cast: Cast, kari: App, s3: AwsSimulator) -> None:
    done, other = _ready(kari), _ready(cast.stranger)

    assert kari.post("/v1/privacy/erasure").status in {200, 202}
    until(lambda: [row["state"] for row in rows("SELECT state FROM erasure")] == ["done"])

    until(lambda: s3.keys() == [f"exports/{cast.stranger.person_id}/{other['id']}/archive.zip"])
    assert requests.get(done["link"], timeout=10).status_code in {403, 404}
    assert [row["id"] for row in rows("SELECT id FROM privacy_export")] == [other["id"]]


@pytest.mark.parametrize("dies_at", [1, 2, 3, 5])
def test_a_run_that_dies_midway_is_gone_on_with_and_nothing_is_lost_or_twice(
    kari: App,
    world: World,
    many_rows: int,
    s3: AwsSimulator,
    monkeypatch: pytest.MonkeyPatch,
    dies_at: int,
) -> None:
    export_id = _ask_here(kari, world)
    calls = 0
    write = storage.write

    def dying(key: str, content: bytes) -> None:
        nonlocal calls
        calls += 1
        write(key, content)
        if calls == dies_at:
            raise SystemExit

    monkeypatch.setattr(storage, "write", dying)
    now = world.clock.now()
    with pytest.raises(SystemExit):
        archives.make_due(now, now + timedelta(seconds=60))
    assert archives.make_due(now, now + timedelta(seconds=60)) == (0, 0)

    world.clock.set_to(now + timedelta(seconds=61))
    progress = kari.get(f"{_PATH}/{export_id}").json
    assert progress["state"] == "making"
    assert progress["rows_done"] > 0 or dies_at == 1
    status, body = world.run_cron("/cron/exports")

    assert (status, json.loads(body)["finished"]) == (200, 1)
    done = kari.get(f"{_PATH}/{export_id}").json
    data = json.loads(_fetched(done["link"]).read("data.json"))
    asked = next(t["rows"] for t in data["tables"] if t["table"] == "privacy_export")
    assert len(asked) == len({row["id"] for row in asked}) == many_rows
    assert s3.keys() == [f"exports/{kari.person_id}/{export_id}/archive.zip"]
    assert s3.uploads() == 0


def test_a_run_stops_at_its_deadline_and_the_next_goes_on(
    kari: App, world: World, many_rows: int
) -> None:
    export_id = _ask_here(kari, world)
    runs = 0
    while kari.get(f"{_PATH}/{export_id}").json["state"] == "making":
        now = world.clock.now()
        job = transact(partial(archives.driver().claim, export_id, now))
        assert job
        archives.driver().tried(job, now)
        runs += 1
        assert runs < 2000

    assert runs > 50
    data = json.loads(_fetched(kari.get(f"{_PATH}/{export_id}").json["link"]).read("data.json"))
    asked = next(t["rows"] for t in data["tables"] if t["table"] == "privacy_export")
    assert len(asked) == many_rows


def test_of_parts_that_are_large_enough_one_archive_is_made(
    kari: App, world: World, many_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a real bucket takes as a part is 5 MiB at least: the pages are made as large as that.
    export_id = _ask_here(kari, world)
    padding = "".join(ids.secret() for _ in range(150_000))
    change(
        "INSERT INTO idempotency_key (person_id, idempotency_key, operation, input_hash, status,"
        " reply, created_at) SELECT id, 'k', 'o', 'h', 200, JSON_QUOTE(%(text)s), created_at"
        " FROM person WHERE id = %(id)s",
        {"text": padding, "id": kari.person_id},
    )
    tags: list[str] = []
    upload = storage.upload_part

    def noted(key: str, upload_id: str, number: int, content: bytes) -> str:
        tags.append(f"{number} {len(content) >= storage.SMALLEST_PART}")
        return upload(key, upload_id, number, content)

    monkeypatch.setattr(storage, "upload_part", noted)
    now = world.clock.now()
    assert archives.make_due(now, now + timedelta(seconds=60)) == (1, 0)

    assert len(tags) > 1
    assert all(tag.endswith("True") for tag in tags[:-1])
    archive = _fetched(kari.get(f"{_PATH}/{export_id}").json["link"])
    assert many_rows
    assert padding in archive.read("data.json").decode()


def test_a_run_that_meets_an_erasure_takes_back_what_it_wrote(
    kari: App, world: World, many_rows: int, s3: AwsSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ask_here(kari, world)
    write = storage.write

    def late(key: str, content: bytes) -> None:
        exports.delete_all_of(kari.person_id, world.clock.now())
        write(key, content)

    monkeypatch.setattr(storage, "write", late)
    now = world.clock.now()

    assert archives.make_due(now, now + timedelta(seconds=60)) == (0, 1)

    assert many_rows
    assert s3.keys() == []
    assert s3.uploads() == 0


def test_an_upload_that_is_gone_is_begun_anew(
    kari: App, world: World, many_rows: int, s3: AwsSimulator
) -> None:
    export_id = _ask_here(kari, world)
    now = world.clock.now()
    job = transact(lambda db: archives.driver().claim(export_id, now, db))
    assert job
    archives.driver().tried(job, now)
    storage.delete_below("exports/")

    assert archives.make_due(now, now + timedelta(seconds=60)) == (0, 1)
    later = now + timedelta(seconds=90)
    assert archives.make_due(later, later + timedelta(seconds=60)) == (1, 0)

    assert many_rows
    assert s3.keys() == [f"exports/{kari.person_id}/{export_id}/archive.zip"]


def test_nothing_is_made_of_who_is_being_erased(kari: App, world: World) -> None:
    export_id = _ask_here(kari, world)
    planned_at = world.clock.now()
    transact(lambda db: leaving.ask(db, person_id=kari.person_id, now=planned_at))
    now = world.clock.now()

    assert archives.make_due(now, now + timedelta(seconds=20)) == (0, 0)
    assert transact(lambda db: export_repository.find(db, export_id)) is not None


def test_what_can_t_be_made_in_a_day_is_given_up_and_can_be_asked_for_again(
    kari: App, world: World
) -> None:
    export_id = _ask_here(kari, world)
    world.clock.set_to(world.clock.now() + timedelta(days=1, minutes=1))

    world.run_cron("/cron/exports")

    kari.refresh()
    assert kari.get(f"{_PATH}/{export_id}").json["state"] == "failed"
    assert _ready(kari)["state"] == "ready"


def test_one_that_s3_does_not_let_go_of_stops_no_other_and_is_given_up_later(
    cast: Cast, kari: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlived = _ask_here(kari, world)
    world.clock.set_to(world.clock.now() + timedelta(days=1, minutes=1))
    young, now = _ask_here(cast.stranger, world), world.clock.now()
    delete = storage.delete_below

    def stuck(prefix: str, *, sparing: str | None = None) -> int:
        if outlived in prefix:
            raise ProviderUnavailableError
        return delete(prefix, sparing=sparing)

    with monkeypatch.context() as patched:
        patched.setattr(storage, "delete_below", stuck)
        assert archives.make_due(now, now + timedelta(seconds=60)) == (1, 1)
    states = "SELECT id, state FROM privacy_export ORDER BY id"
    assert [(row["id"], row["state"]) for row in rows(states)] == [
        (outlived, "making"),
        (young, "ready"),
    ]
    later = now + timedelta(minutes=2)
    world.clock.set_to(later)
    assert archives.make_due(later, later + timedelta(seconds=60)) == (0, 1)
    assert rows(states)[0]["state"] == "failed"


def test_a_run_that_comes_late_leaves_what_another_has_finished(
    kari: App, world: World, s3: AwsSimulator
) -> None:
    export_id = _ask_here(kari, world)
    now = world.clock.now()
    late = transact(lambda db: archives.driver().claim(export_id, now, db))
    assert late
    after = now + timedelta(minutes=2)
    assert archives.make_due(after, after + timedelta(seconds=60)) == (1, 0)
    finished = s3.keys()
    overtaken = replace(archives.driver(), run=_over)
    assert overtaken.tried(late, now) is False
    assert s3.keys() == finished == [f"exports/{kari.person_id}/{export_id}/archive.zip"]


def _over(*_: object) -> bool:
    raise OverError


def test_an_archive_is_encrypted_where_it_lies(kari: App, world: World) -> None:
    done = _ready(kari)
    with storage._asked() as client:
        head = client.head_object(
            Bucket=storage.bucket(), Key=f"exports/{kari.person_id}/{done['id']}/archive.zip"
        )
    assert world.url
    assert head["ServerSideEncryption"] == "AES256"


def test_each_field_is_explained_with_its_value_ground_audience_and_end(
    cast: Cast, kari: App
) -> None:
    explained = kari.get("/v1/privacy/explained")

    assert explained.status == 200
    tables = {table["table"]: table for table in explained.json["tables"]}
    fields = {field["name"]: field for field in tables["person"]["fields"]}
    assert fields["email"]["values"] == ["kari.solberg@example.no"]
    assert fields["email"]["seen_by"]["nb"].startswith("Bare du ser det")
    assert fields["email"]["why"]
    assert tables["person"]["basis"]["nb"].startswith("Avtalen med deg")
    ends = {field["name"]: field for field in tables["session"]["fields"]}["expires_at"]
    goes_at = datetime.fromisoformat(tables["session"]["last_goes_at"])
    assert goes_at - datetime.fromisoformat(ends["values"][0]) == timedelta(days=30)
    assert "access_hash" not in {field["name"] for field in tables["session"]["fields"]}
    assert {each["name"] for each in explained.json["recipients"]} >= {"Whereby AS"}
    assert cast.app().get("/v1/privacy/explained").status == 401
    assert kari.person_id not in json.dumps(cast.stranger.get("/v1/privacy/explained").json)
