"""Cron: let in by its secret alone, one run of a job at a time, and the dead let go."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from lib.core import ids
from lib.core.db import transact
from lib.web import repository
from sandbox.app import Answer, send
from sandbox.functions import Functions
from sandbox.gateway import Gateway
from sandbox.world import ROOT, World
from tests.cast import refusal
from tests.stage import rows

JOBS = [cron["path"] for cron in json.loads((ROOT / "vercel.json").read_text())["crons"]]
WEBHOOKS = ("vipps", "stripe", "whereby")


def call(url: str, authorization: str | None) -> Answer:
    return send("GET", url, None, {"Authorization": authorization} if authorization else {})


@pytest.mark.parametrize("job", JOBS)
def test_a_job_runs_for_who_has_the_secret_and_for_nobody_else(world: World, job: str) -> None:
    secret = world.environment()["CRON_SECRET"]
    for wrong in (None, "", "Bearer", "Bearer ", f"Bearer {secret}x", f"Basic {secret}", secret):
        assert refusal(call(world.url + job, wrong)) == (401, "unauthenticated")
    assert refusal(call(world.url + job, f"Bearer {secret[:-1]}ø")) == (401, "unauthenticated")
    assert rows("SELECT job FROM cron_lease") == []
    status, body = world.run_cron(job)
    assert status == 200, body
    assert isinstance(json.loads(body), dict)
    assert rows("SELECT job FROM cron_lease") == [{"job": job}]
    assert rows("SELECT job FROM cron_lease WHERE finished_at IS NULL") == []


@pytest.fixture
def bare(world: World, tmp_path: Path) -> Iterator[str]:
    """The product deployed by somebody who has set no secrets."""
    unset = dict.fromkeys(
        ("CRON_SECRET", "VIPPS_WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRETS", "WHEREBY_WEBHOOK_SECRET"),
        "",
    )
    functions = Functions(ROOT, {**world.environment(), **unset}, log=tmp_path / "functions.log")
    try:
        with Gateway(functions, ROOT / "vercel.json") as gateway:
            yield gateway.url
    finally:
        functions.stop()
    logged = [line.text for line in functions.logs()]
    assert not [text for text in logged if "unexpected_error" in text]


def test_an_empty_secret_lets_nobody_in_and_turns_webhooks_off(bare: str) -> None:
    for authorization in (None, "", "Bearer", "Bearer "):
        assert refusal(call(f"{bare}/cron/books", authorization)) == (401, "unauthenticated")
    for name in WEBHOOKS:
        signed = {"Stripe-Signature": "t=1,v1=0", "Whereby-Signature": "t=1,v1=0"}
        answer = send("POST", f"{bare}/v1/webhooks/{name}", b"{}", signed)
        assert refusal(answer) == (404, "not_found"), name


def lease(world: World, job: str) -> bool:
    """Take a lease as a run does that never comes to its end."""
    now = world.clock.now()
    values = {
        "job": job,
        "holder": ids.new("run"),
        "now": now,
        "until": now + timedelta(seconds=60),
    }
    return transact(lambda db: repository.take_lease(db, values))


def test_a_second_run_goes_home_and_another_job_does_not(world: World) -> None:
    assert lease(world, "/cron/books")
    status, body = world.run_cron("/cron/books")
    assert (status, json.loads(body)["code"]) == (409, "already_running")
    assert world.run_cron("/cron/outbox")[0] == 200


def test_the_lease_of_a_dead_run_ends_after_a_minute(world: World) -> None:
    assert lease(world, "/cron/books")
    world.clock.advance(timedelta(seconds=55))
    assert world.run_cron("/cron/books")[0] == 409
    world.clock.advance(timedelta(seconds=5))
    assert world.run_cron("/cron/books")[0] == 200
    assert world.run_cron("/cron/books")[0] == 200  # and a living one lets go at its end


def test_of_many_who_take_a_lease_at_once_one_has_it(world: World) -> None:
    for _ in range(3):
        with ThreadPoolExecutor(10) as pool:
            taken = list(pool.map(lambda _: lease(world, "/cron/books"), range(10)))
        assert taken.count(True) == 1
        world.clock.advance(timedelta(seconds=60))


def test_who_has_lost_the_lease_does_not_let_go_of_another_ones(world: World) -> None:
    assert lease(world, "/cron/books")
    gone = {"job": "/cron/books", "holder": ids.new("run"), "now": world.clock.now()}
    transact(lambda db: repository.let_lease_go(db, gone))
    assert world.run_cron("/cron/books")[0] == 409
