"""Sessions: tokens that are short or good once, devices, and what demands a fresh sign-in."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from lib.core.db import transact
from lib.sessions import service
from sandbox.app import Answer, App
from sandbox.database import connect, tables
from sandbox.world import World
from tests.api.vipps_login import Steps
from tests.cast import Cast
from tests.market import become_mentor


@pytest.fixture
def app(cast: Cast) -> App:
    """A device that was signed in a moment ago."""
    (person,) = cast.crowd(1)
    return person


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer.json


def refresh(app: App, token: str) -> Answer:
    return app.post("/v1/sessions/refresh", {"refresh_token": token})


def is_in(app: App, access_token: str) -> bool:
    """Whether an access token is good."""
    app.access_token = access_token
    answer = app.get("/v1/profile")
    assert answer.status in {200, 401}, answer.json
    return answer.status == 200


def another_device(world: World, cast: Cast, app: App, name: str = "Nettbrett") -> App:
    """Sign the same person in on another device."""
    now = world.clock.now()
    tokens = transact(
        lambda db: service.open_session(
            db, person_id=app.person_id, device_name=name, authenticated_at=now, now=now
        )
    )
    other = cast.app()
    other.person_id = app.person_id
    other.access_token, other.refresh_token = tokens.access_token, tokens.refresh_token
    return other


# ── access tokens ────────────────────────────────────────────────────────────────────────────────


def test_an_access_token_lasts_fifteen_minutes(app: App, world: World) -> None:
    world.clock.advance(timedelta(minutes=14, seconds=50))
    assert app.get("/v1/profile").status == 200
    world.clock.advance(timedelta(seconds=20))
    refused(app.get("/v1/profile"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {token}",
        "Token {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer x{token}",
        "Bearer {token} {token}",
        "Bearer {token},",
        "Bearer '{token}'",
        "Bearer {refresh}",
        "Bearer {session}",
        "Bearer {hash}",
        "Bearer æøå",
        "Bearer " + "x" * 5000,
    ],
)
def test_nothing_but_the_token_itself_is_the_token(app: App, authorization: str) -> None:
    values = {
        "token": app.access_token,
        "refresh": app.refresh_token,
        "session": app.get("/v1/sessions").json["devices"][0]["id"],
        "hash": service.hashed(app.access_token),
    }
    app.access_token = ""
    app.headers["Authorization"] = authorization.format(**values)
    refused(app.get("/v1/profile"), 401, "unauthenticated")


def test_the_scheme_is_not_a_matter_of_case(app: App) -> None:
    app.headers["Authorization"] = f"bearer {app.access_token}"
    app.access_token = ""
    assert app.get("/v1/profile").status == 200


def test_a_token_in_the_query_is_not_a_token(app: App) -> None:
    token, app.access_token = app.access_token, ""
    refused(app.get(f"/v1/profile?access_token={token}"), 401, "unauthenticated")


# ── refresh tokens ───────────────────────────────────────────────────────────────────────────────


def test_a_refresh_gives_a_new_pair_and_ends_the_old_access_token(app: App) -> None:
    old_access, old_refresh = app.access_token, app.refresh_token
    answer = refresh(app, old_refresh)
    assert answer.status == 200
    new = answer.json
    assert new["access_token"] != old_access
    assert new["refresh_token"] != old_refresh
    assert is_in(app, new["access_token"])
    assert not is_in(app, old_access)


def test_what_a_refresh_says_of_its_tokens_ends_is_so(app: App, world: World) -> None:
    new = refresh(app, app.refresh_token).json
    now = world.clock.now()
    access_left = datetime.fromisoformat(new["access_expires_at"]) - now
    refresh_left = datetime.fromisoformat(new["refresh_expires_at"]) - now
    assert timedelta(minutes=14) < access_left <= timedelta(minutes=15)
    assert timedelta(days=59) < refresh_left <= timedelta(days=60)


def test_a_refresh_needs_no_access_token_and_heeds_none(app: App, world: World) -> None:
    world.clock.advance(timedelta(days=30))
    app.access_token = "expired long ago"
    assert refresh(app, app.refresh_token).status == 200


def test_when_the_reply_was_lost_the_same_token_gives_another_pair_for_a_minute(
    app: App, world: World
) -> None:
    token = app.refresh_token
    lost = refresh(app, token).json
    world.clock.advance(timedelta(seconds=50))
    second = refresh(app, token)
    assert second.status == 200
    assert is_in(app, second.json["access_token"])
    assert not is_in(app, lost["access_token"]), "the pair that was lost is good for nobody"
    refused(refresh(app, lost["refresh_token"]), 401, "refresh_refused")
    assert refresh(app, second.json["refresh_token"]).status == 200


def test_the_minute_counts_from_the_first_use_and_not_from_the_last(app: App, world: World) -> None:
    token = app.refresh_token
    assert refresh(app, token).status == 200
    world.clock.advance(timedelta(seconds=40))
    assert refresh(app, token).status == 200
    world.clock.advance(timedelta(seconds=40))
    refused(refresh(app, token), 401, "refresh_reused")


def test_a_token_that_comes_back_later_signs_the_device_out(app: App, world: World) -> None:
    token = app.refresh_token
    new = refresh(app, token).json
    world.clock.advance(timedelta(seconds=61))
    refused(refresh(app, token), 401, "refresh_reused")
    assert not is_in(app, new["access_token"])
    refused(refresh(app, new["refresh_token"]), 401, "refresh_refused")


def test_a_token_that_comes_back_after_its_successor_was_used_signs_the_device_out_at_once(
    app: App,
) -> None:
    token = app.refresh_token
    second = refresh(app, token).json
    third = refresh(app, second["refresh_token"]).json
    refused(refresh(app, token), 401, "refresh_reused")
    assert not is_in(app, third["access_token"])
    refused(refresh(app, third["refresh_token"]), 401, "refresh_refused")
    refused(refresh(app, token), 401, "refresh_refused")


def test_a_stolen_token_signs_out_its_own_device_and_no_other(
    app: App, world: World, cast: Cast
) -> None:
    other = another_device(world, cast, app)
    token = app.refresh_token
    second = refresh(app, token).json
    refresh(app, second["refresh_token"])
    refused(refresh(app, token), 401, "refresh_reused")
    assert other.get("/v1/profile").status == 200
    assert len(other.get("/v1/sessions").json["devices"]) == 1


def test_of_many_refreshes_at_once_one_pair_is_good_and_nobody_is_signed_out(app: App) -> None:
    token = app.refresh_token
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: refresh(app, token), range(10)))
    assert {answer.status for answer in answers} == {200}
    good = [answer.json for answer in answers if is_in(app, answer.json["access_token"])]
    assert len(good) == 1
    assert refresh(app, good[0]["refresh_token"]).status == 200


def test_a_device_that_rests_for_sixty_days_is_signed_out(app: App, world: World) -> None:
    world.clock.advance(timedelta(days=59))
    tokens = refresh(app, app.refresh_token).json
    world.clock.advance(timedelta(days=59, hours=23))
    tokens = refresh(app, tokens["refresh_token"]).json
    world.clock.advance(timedelta(days=60, seconds=1))
    refused(refresh(app, tokens["refresh_token"]), 401, "refresh_refused")


def test_other_tokens_are_no_refresh_tokens(app: App) -> None:
    session = app.get("/v1/sessions").json["devices"][0]["id"]
    for token in (app.access_token, session, service.hashed(app.refresh_token), "x" * 43):
        refused(refresh(app, token), 401, "refresh_refused")
    for token in ("", "short", "x" * 101):
        refused(refresh(app, token), 422, "invalid")


def test_a_refresh_does_not_make_a_sign_in_fresh(app: App, world: World) -> None:
    world.clock.advance(timedelta(minutes=6))
    assert app.refresh().status == 200
    refused(app.post("/v1/privacy/erasure"), 403, "fresh_sign_in_required")


# ── devices ──────────────────────────────────────────────────────────────────────────────────────


def test_a_person_sees_their_devices_and_which_one_they_hold(
    app: App, world: World, cast: Cast
) -> None:
    world.clock.advance(timedelta(seconds=2))
    other = another_device(world, cast, app, "Ærlig Nettbrett 📱")
    mine = app.get("/v1/sessions").json["devices"]
    assert [(each["device_name"], each["is_current"]) for each in mine] == [
        ("Ærlig Nettbrett 📱", False),
        ("Telefon", True),
    ]
    theirs = other.get("/v1/sessions").json["devices"]
    assert [each["is_current"] for each in theirs] == [True, False]
    assert set(mine[0]) == {
        "id",
        "device_name",
        "created_at",
        "refreshed_at",
        "expires_at",
        "is_current",
    }


def test_nobody_sees_somebody_else_s_devices(cast: Cast) -> None:
    one, other = cast.crowd(2)
    seen = {each["id"] for app in (one, other) for each in app.get("/v1/sessions").json["devices"]}
    assert len(seen) == 2
    assert len(one.get("/v1/sessions").json["devices"]) == 1


def test_one_device_is_signed_out_and_the_others_stay(app: App, world: World, cast: Cast) -> None:
    other = another_device(world, cast, app)
    (lost,) = [
        each["id"] for each in app.get("/v1/sessions").json["devices"] if not each["is_current"]
    ]
    answer = app.delete(f"/v1/sessions/{lost}")
    assert (answer.status, answer.json) == (204, None)
    refused(other.get("/v1/profile"), 401, "unauthenticated")
    refused(refresh(other, other.refresh_token), 401, "refresh_refused")
    assert [each["is_current"] for each in app.get("/v1/sessions").json["devices"]] == [True]
    refused(app.delete(f"/v1/sessions/{lost}"), 404, "not_found")


def test_a_device_signs_itself_out(app: App) -> None:
    (own,) = app.get("/v1/sessions").json["devices"]
    assert app.delete(f"/v1/sessions/{own['id']}").status == 204
    refused(app.get("/v1/profile"), 401, "unauthenticated")
    refused(refresh(app, app.refresh_token), 401, "refresh_refused")


def test_every_device_is_signed_out_at_once_but_nobody_else(
    app: App, world: World, cast: Cast
) -> None:
    other = another_device(world, cast, app)
    stranger = cast.stranger
    assert app.delete("/v1/sessions").status == 204
    for device in (app, other):
        refused(device.get("/v1/profile"), 401, "unauthenticated")
        refused(refresh(device, device.refresh_token), 401, "refresh_refused")
    assert stranger.get("/v1/profile").status == 200


def test_somebody_else_s_device_is_not_found(cast: Cast) -> None:
    one, other = cast.crowd(2)
    theirs = other.get("/v1/sessions").json["devices"][0]["id"]
    for session in (theirs, theirs.upper(), "ses_" + "0" * 26, "ses_", "%27", "me"):
        refused(one.delete(f"/v1/sessions/{session}"), 404, "not_found")
    assert other.get("/v1/profile").status == 200


# ── what is stored ───────────────────────────────────────────────────────────────────────────────


def test_no_token_stands_in_the_database_only_its_hash(world: World, cast: Cast) -> None:
    steps = Steps(world, cast.app())
    begun = steps.begin()
    back = steps.back(begun, "kari")
    offer = steps.complete(begun, back).json["sign_up"]
    first = steps.sign_up(offer).json["session"]
    second = refresh(steps.app, first["refresh_token"]).json
    secrets = [
        begun["attempt"],
        back["state"],
        back["code"],
        offer["sign_up_token"],
        *(each[name] for each in (first, second) for name in ("access_token", "refresh_token")),
    ]
    with closing(connect(world.database_url)) as connection, connection.cursor() as cursor:
        everything = ""
        for table in tables(world.database_url):
            cursor.execute(f"SELECT * FROM `{table}`")  # noqa: S608 (a name of the schema)
            everything += repr(cursor.fetchall())
    assert service.hashed(second["access_token"]) in everything
    assert service.hashed(second["refresh_token"]) in everything
    assert not [secret for secret in secrets if secret in everything]


# ── a fresh sign-in ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def steps(world: World, cast: Cast) -> Steps:
    """Kari, signed up."""
    steps = Steps(world, cast.app())
    steps.app.sign_in("kari")
    return steps


def sign_in_aged(steps: Steps, age: timedelta) -> None:
    """Sign in by a proof of who one is that is so old."""
    moment = (steps.world.clock.now() - age).isoformat()
    answer = steps.through("kari", auth_time=moment)
    assert answer.json["status"] == "signed_in", answer.json
    steps.app.access_token = answer.json["session"]["access_token"]


@pytest.mark.parametrize("path", ["/v1/privacy/erasure", "/v1/payout-account"])
def test_what_can_t_be_undone_demands_a_proof_that_is_five_minutes_old_at_most(
    steps: Steps, path: str
) -> None:
    become_mentor(steps.app)
    sign_in_aged(steps, timedelta(minutes=5, seconds=2))
    refused(steps.app.post(path), 403, "fresh_sign_in_required")
    assert steps.app.get("/v1/profile").status == 200
    sign_in_aged(steps, timedelta(minutes=4, seconds=30))
    assert steps.app.post(path).status in {200, 201, 202}


def test_a_proof_grows_old_while_one_is_signed_in(steps: Steps) -> None:
    steps.world.clock.advance(timedelta(minutes=5, seconds=5))
    refused(steps.app.post("/v1/privacy/erasure"), 403, "fresh_sign_in_required")
    assert steps.app.get("/v1/profile").status == 200


def test_a_proof_from_the_future_is_no_fresher_than_now(steps: Steps) -> None:
    sign_in_aged(steps, timedelta(days=-1))
    steps.world.clock.advance(timedelta(minutes=5, seconds=5))
    refused(steps.app.post("/v1/privacy/erasure"), 403, "fresh_sign_in_required")
