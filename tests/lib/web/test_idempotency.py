"""Idempotency-Key over HTTP: what came through is never done twice, what failed may be repeated."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.app import Answer, App, send
from sandbox.database import connect
from sandbox.faultproxy import FaultProxy
from sandbox.functions import Functions
from sandbox.gateway import Gateway
from sandbox.world import ROOT, World
from tests.cast import Cast
from tests.market import APPLICATION, OFFER, become_mentor


@pytest.fixture
def mentor(cast: Cast) -> App:
    (person,) = cast.crowd(1)
    become_mentor(person)
    return person


def count(world: World, table: str) -> int:
    with closing(connect(world.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM `{table}`")  # noqa: S608 (a name from this file)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def keys_kept(world: World) -> int:
    return count(world, "idempotency_key")


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer.json


# ── the key itself ───────────────────────────────────────────────────────────────────────────────


def test_without_a_key_nothing_happens(world: World, mentor: App) -> None:
    token = {"Authorization": f"Bearer {mentor.access_token}"}
    before = keys_kept(world)
    refused(send("POST", f"{world.url}/v1/offers", OFFER, token), 400, "idempotency_key_missing")
    assert (count(world, "offer"), keys_kept(world)) == (0, before)


@pytest.mark.parametrize(
    "key",
    ["", " ", "short12", "x" * 65, "with space", "semi;colon", "blåbær-123", "a/b/c/d/e/f", "'--'"],
)
def test_a_key_of_another_shape_is_none(world: World, mentor: App, key: str) -> None:
    headers = {
        "Authorization": f"Bearer {mentor.access_token}",
        "Idempotency-Key": key.encode().decode("latin-1"),
    }
    answer = send("POST", f"{world.url}/v1/offers", OFFER, headers)
    refused(answer, 400, "idempotency_key_missing")
    assert count(world, "offer") == 0


@pytest.mark.parametrize("key", ["x" * 8, "x" * 64, "A-Za-z_09"])
def test_a_key_of_the_right_shape_is_taken(mentor: App, key: str) -> None:
    assert mentor.post("/v1/offers", OFFER, key=key).status == 201


# ── a call that is repeated ──────────────────────────────────────────────────────────────────────


def test_a_repeated_call_is_answered_as_before_and_marked(world: World, mentor: App) -> None:
    first = mentor.post("/v1/offers", OFFER, key="offer-0001")
    second = mentor.post("/v1/offers", OFFER, key="offer-0001")
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert count(world, "offer") == 1


def test_the_answer_stays_what_it_was_when_the_thing_has_changed_since(mentor: App) -> None:
    first = mentor.post("/v1/offers", OFFER, key="offer-0001")
    changed = mentor.patch(f"/v1/offers/{first.json['id']}", {"title": "Another title"})
    assert changed.json["title"] == "Another title"
    assert mentor.post("/v1/offers", OFFER, key="offer-0001").json == first.json


def test_a_key_lasts_as_long_as_what_it_made(world: World, mentor: App) -> None:
    first = mentor.post("/v1/offers", OFFER, key="offer-0001")
    world.clock.advance(timedelta(days=50))
    world.run_cron("/cron/privacy")
    assert mentor.refresh().status == 200
    assert mentor.post("/v1/offers", OFFER, key="offer-0001").json == first.json
    assert count(world, "offer") == 1


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({**OFFER, "price_ore": 90_100}, 409, "idempotency_key_reused"),
        (dict(reversed(OFFER.items())), 409, "idempotency_key_reused"),
        ({**OFFER, "surprise": 1}, 422, "invalid"),
    ],
)
def test_the_same_key_with_another_body_is_refused(
    world: World, mentor: App, other: dict[str, object], status: int, code: str
) -> None:
    mentor.post("/v1/offers", OFFER, key="offer-0001")
    refused(mentor.post("/v1/offers", other, key="offer-0001"), status, code)
    assert count(world, "offer") == 1


def test_the_same_key_on_another_address_is_refused(world: World, mentor: App) -> None:
    one = mentor.post("/v1/offers", OFFER, key="offer-0001").json["id"]
    other = mentor.post("/v1/offers", OFFER, key="offer-0002").json["id"]
    change = {"title": "New"}
    assert mentor.patch(f"/v1/offers/{one}", change, key="change-01").status == 200
    refused(
        mentor.patch(f"/v1/offers/{other}", change, key="change-01"), 409, "idempotency_key_reused"
    )
    refused(mentor.patch("/v1/profile", {}, key="change-01"), 409, "idempotency_key_reused")
    refused(mentor.post("/v1/offers", OFFER, key="change-01"), 409, "idempotency_key_reused")
    titles = {offer["id"]: offer["title"] for offer in mentor.get("/v1/offers").json["offers"]}
    assert titles == {one: "New", other: OFFER["title"]}
    assert count(world, "offer") == 2


def test_another_person_s_same_key_is_another_key(world: World, cast: Cast) -> None:
    one, other = cast.crowd(2)
    answers = [person.post("/v1/mentors", APPLICATION, key="the-same-1") for person in (one, other)]
    assert [answer.status for answer in answers] == [201, 201]
    assert {answer.json["id"] for answer in answers} == {one.person_id, other.person_id}
    assert count(world, "mentor") == 2


# ── a call that failed ───────────────────────────────────────────────────────────────────────────


def test_a_failure_leaves_no_key_and_the_call_may_be_made_again(world: World, cast: Cast) -> None:
    (person,) = cast.crowd(1)
    refused(person.post("/v1/offers", OFFER, key="offer-0001"), 403, "not_a_mentor")
    refused(person.post("/v1/offers", {}, key="offer-0001"), 422, "invalid")
    assert keys_kept(world) == 0
    become_mentor(person)
    assert person.post("/v1/offers", OFFER, key="offer-0001").status == 201


def test_who_is_not_signed_in_uses_no_key_up(world: World, mentor: App, cast: Cast) -> None:
    before = keys_kept(world)
    refused(cast.app().post("/v1/offers", OFFER, key="offer-0001"), 401, "unauthenticated")
    assert keys_kept(world) == before
    assert mentor.post("/v1/offers", OFFER, key="offer-0001").status == 201


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def test_twenty_calls_at_once_with_one_key_do_one_thing_and_say_one_thing(
    world: World, mentor: App
) -> None:
    with ThreadPoolExecutor(20) as threads:
        calls = [threads.submit(mentor.post, "/v1/offers", OFFER, "offer-0001") for _ in range(20)]
        answers = [call.result(30) for call in calls]
    assert {answer.status for answer in answers} == {201}
    assert len({repr(answer.json) for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert count(world, "offer") == 1


def test_twenty_calls_at_once_with_keys_of_their_own_do_twenty_things(
    world: World, mentor: App
) -> None:
    with ThreadPoolExecutor(20) as threads:
        calls = [
            threads.submit(mentor.post, "/v1/offers", OFFER, f"offer-{number:04}")
            for number in range(20)
        ]
        answers = [call.result(30) for call in calls]
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == count(world, "offer") == 20


# ── a commit whose reply is lost ─────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def shaky(
    running_world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, FaultProxy]]:
    """The same functions, whose way to the database can be disturbed; yields where they are."""
    log = tmp_path_factory.mktemp("shaky") / "log"
    with FaultProxy.before(running_world.database_url) as proxy:
        environment = {
            **running_world.environment(),
            "DATABASE_URL": proxy.url(running_world.database_url),
        }
        functions = Functions(ROOT, environment, log=Path(log))
        with Gateway(functions, ROOT / "vercel.json") as gateway:
            yield gateway.url, proxy
        functions.stop()


@pytest.fixture
def far(shaky: tuple[str, FaultProxy], mentor: App) -> Iterator[tuple[App, FaultProxy]]:
    """A mentor who is served by those functions."""
    url, proxy = shaky
    mentor.url = url
    proxy.set("pass")
    yield mentor, proxy
    proxy.set("pass")


@pytest.mark.parametrize("mode", ["drop_commit_reply", "drop_commit_request"])
def test_a_lost_commit_is_finished_exactly_once_unseen_by_the_caller(
    world: World, far: tuple[App, FaultProxy], mode: str
) -> None:
    mentor, proxy = far
    proxy.set(mode, times=1)  # type: ignore[arg-type]
    answer = mentor.post("/v1/offers", OFFER, key="offer-0001")
    assert proxy.hits == 1
    assert answer.status == 201, answer.json
    assert count(world, "offer") == 1
    assert mentor.post("/v1/offers", OFFER, key="offer-0001").json == answer.json
    assert mentor.get("/v1/offers").json["offers"] == [answer.json]


def test_a_database_that_keeps_losing_commits_is_told_and_the_call_safe_to_repeat(
    world: World, far: tuple[App, FaultProxy]
) -> None:
    mentor, proxy = far
    proxy.set("drop_commit_reply")
    refused(mentor.post("/v1/offers", OFFER, key="offer-0001"), 503, "try_again")
    assert count(world, "offer") == 1, "it did happen, and only the reply was lost"
    proxy.set("pass")
    answer = mentor.post("/v1/offers", OFFER, key="offer-0001")
    assert answer.status == 201
    assert count(world, "offer") == 1


def test_a_database_that_is_away_is_told_in_a_problem_document(
    far: tuple[App, FaultProxy],
) -> None:
    mentor, proxy = far
    proxy.set("refuse")
    proxy.cut_open()
    answer = mentor.get("/v1/profile")
    refused(answer, 503, "try_again")
    assert answer.headers["content-type"] == "application/problem+json"
    proxy.set("pass")
    assert mentor.get("/v1/profile").status == 200


def test_a_refresh_whose_commit_was_lost_is_sent_again_and_answered(
    far: tuple[App, FaultProxy],
) -> None:
    mentor, proxy = far
    proxy.set("drop_commit_reply", times=1)
    answer = mentor.refresh()
    refused(answer, 503, "try_again")
    assert mentor.refresh().status == 200
    assert mentor.get("/v1/profile").status == 200


# ── every call that wants a key ──────────────────────────────────────────────────────────────────


def test_every_call_that_changes_something_by_post_or_patch_wants_a_key_or_has_its_own_way(
    world: World,
) -> None:
    described = send("GET", f"{world.url}/v1/openapi.json").json["paths"]
    without = {
        path
        for path, operations in described.items()
        for method, operation in operations.items()
        if method in {"post", "patch"}
        and not any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", []))
    }
    # Sign-in has its attempt, sign-up its token, refresh its grace, webhooks their event's id.
    # An archive is opened by its link and code, as often as they are right.
    # An unsubscribe link (RFC 8058) is clicked by a mail program, and says its one thing again.
    assert without == {
        "/v1/privacy/collections",
        "/v1/sign-in",
        "/v1/sign-in/complete",
        "/v1/sign-up",
        "/v1/sessions/refresh",
        "/v1/unsubscribe/{token}",
        "/v1/webhooks/stripe",
        "/v1/webhooks/vipps",
        "/v1/webhooks/whereby",
    }
