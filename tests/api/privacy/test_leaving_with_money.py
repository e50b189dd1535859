"""A mentor who leaves while money is owed to them: nobody is kept, and nothing is lost."""

from datetime import timedelta
from typing import Any

import pytest

from lib.core.db import transact
from lib.ledger import service as ledger
from lib.reconciliation import service as reconciliation
from lib.sessions import service as sessions
from sandbox.app import App
from tests.stage import Stage, at_once, rows, until

SHARE_ORE = 76_500


@pytest.fixture
def ola(stage: Stage) -> App:
    """Ola, who has given an hour and has no account that it could be paid to."""
    stage.book().pay().capture()
    stage.settle()
    tokens = transact(
        lambda db: sessions.open_session(
            db,
            person_id=stage.mentor.person_id,
            device_name="Telefon",
            authenticated_at=stage.now,
            now=stage.now,
        )
    )
    stage.mentor.access_token, stage.mentor.refresh_token = (
        tokens.access_token,
        tokens.refresh_token,
    )
    return stage.mentor


def preview(person: App) -> dict[str, Any]:
    found: dict[str, Any] = person.get("/v1/privacy/erasure").json
    return found


def balance(stage: Stage, kind: str) -> int:
    found = transact(lambda db: ledger.trial_balance(db, stage.now))
    return {each.kind: each.balance_ore for each in found.accounts}.get(kind, 0)


def test_it_stands_in_the_way_until_the_sum_is_confirmed_to_the_ore(stage: Stage, ola: App) -> None:
    told = preview(ola)
    assert (told["obstacles"], told["unpaid_ore"]) == (["earnings"], SHARE_ORE)
    refused = ola.post("/v1/privacy/erasure")
    assert (refused.status, refused.json["obstacles"]) == (409, ["earnings"])
    for wrong in (SHARE_ORE - 1, SHARE_ORE + 1):
        differs = ola.post("/v1/privacy/erasure", {"leave_unpaid_ore": wrong})
        assert (differs.status, differs.json["code"]) == (409, "unpaid_differs")
        assert differs.json["unpaid_ore"] == SHARE_ORE
    assert balance(stage, "mentor_payable") == SHARE_ORE
    assert rows("SELECT id FROM payout") == []


def test_what_is_left_behind_is_owed_in_the_books_and_never_sent(stage: Stage, ola: App) -> None:
    asked = ola.post("/v1/privacy/erasure", {"leave_unpaid_ore": SHARE_ORE})
    assert asked.status == 202, asked.json
    until(lambda: rows("SELECT state FROM erasure")[0]["state"] == "done")
    assert (balance(stage, "unclaimed"), balance(stage, "mentor_payable")) == (SHARE_ORE, 0)
    stage.world.clock.advance(timedelta(days=60))
    stage.cron("payouts")
    assert stage.stripe.requests("POST", "/v1/transfers") == []
    (payout,) = rows("SELECT state, amount_ore, destination FROM payout")
    assert (payout["state"], payout["amount_ore"], payout["destination"]) == ("left", SHARE_ORE, "")
    report = reconciliation.check(stage.now, stage.now + timedelta(minutes=5))
    of_it = rows("SELECT kind FROM book_difference WHERE kind LIKE 'pay%'")
    assert (report.sum_ore, of_it) == (0, [])


def test_another_obstacle_keeps_the_money_where_it_is(stage: Stage, ola: App) -> None:
    stage.book(5.0).pay()
    refused = ola.post("/v1/privacy/erasure", {"leave_unpaid_ore": SHARE_ORE})
    assert (refused.status, refused.json["code"]) == (409, "erasure_refused")
    assert (balance(stage, "unclaimed"), balance(stage, "mentor_payable")) == (0, SHARE_ORE)


def test_who_is_owed_nothing_leaves_nothing(stage: Stage) -> None:
    assert preview(stage.stranger)["unpaid_ore"] == 0
    answer = stage.stranger.post("/v1/privacy/erasure", {"leave_unpaid_ore": 1})
    assert (answer.status, answer.json["unpaid_ore"]) == (409, 0)


def test_ten_who_leave_at_once_leave_it_once(stage: Stage, ola: App) -> None:
    at_once(lambda: ola.post("/v1/privacy/erasure", {"leave_unpaid_ore": SHARE_ORE}), 10)
    until(lambda: rows("SELECT state FROM erasure")[0]["state"] == "done")
    assert balance(stage, "unclaimed") == SHARE_ORE
    assert len(rows("SELECT id FROM payout")) == 1


@pytest.mark.parametrize("wrong", [0, -1, "76500", 1.5, True])
def test_a_wrong_sum_is_refused_as_such(ola: App, wrong: object) -> None:
    answer = ola.post("/v1/privacy/erasure", {"leave_unpaid_ore": wrong})
    assert (answer.status, answer.json["code"]) == (422, "invalid")
