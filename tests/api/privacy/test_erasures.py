"""An erasure over HTTP: asked for once, followed with a token, told to the suppliers."""

from datetime import timedelta
from typing import Any

import pytest

from lib.core import ids
from lib.core.db import transact
from lib.privacy import erasure_repository as erasures
from lib.privacy import erasure_suppliers, receipt
from lib.providers.register import SUPPLIERS
from sandbox.app import App, AppError
from tests.cast import Cast
from tests.stage import Stage, rows, until

_ACCOUNT = r"/v1/accounts/[^/]+"


def _asked(person: App) -> dict[str, Any]:
    answer = person.post("/v1/privacy/erasure")
    assert answer.status == 202, answer.json
    asked: dict[str, Any] = answer.json
    return asked


def _followed(app: App, asked: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = app.get(f"/v1/privacy/erasures/{asked['receipt_token']}").json
    return found


def _answers(status: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["supplier"]: (one["state"], one["answer"]) for one in status["suppliers"]}


def test_whoever_has_the_token_follows_the_erasure_to_its_receipt(cast: Cast) -> None:
    asked = _asked(cast.mentee)
    nobody = cast.app()
    until(lambda: _followed(nobody, asked)["state"] == "done")
    done = _followed(nobody, asked)
    key = nobody.get("/v1/privacy/receipt-key").json["public_key"]
    receipt.verify(receipt.Signed.read(done["receipt"]), key)
    assert "receipt_token" not in done


def test_a_token_that_was_never_given_leads_nowhere_nor_does_an_id(cast: Cast) -> None:
    asked = _asked(cast.mentee)
    for token in (asked["id"], cast.mentee.person_id, "x" * 43, asked["receipt_token"][:-1]):
        assert cast.stranger.get(f"/v1/privacy/erasures/{token}").status == 404


def test_the_token_stands_nowhere_in_the_database(cast: Cast) -> None:
    token = _asked(cast.mentee)["receipt_token"]
    replies = rows("SELECT reply FROM idempotency_key")
    found = rows("SELECT token_hash FROM erasure")
    assert token not in str(replies)
    assert found == [{"token_hash": receipt.token_hash(token)}]


def test_who_lost_the_answer_gets_it_again_though_signed_out(stage: Stage) -> None:
    stage.onboard()
    stage.stripe.order("fail", "DELETE", _ACCOUNT)
    mentor = stage.mentor
    first = mentor.post("/v1/privacy/erasure", key="erase-me-just-once")
    again = mentor.post("/v1/privacy/erasure", key="erase-me-just-once")
    other = mentor.post("/v1/privacy/erasure")
    assert [one.status for one in (first, again, other)] == [202] * 3
    tokens = {one.json["receipt_token"] for one in (first, again, other)}
    assert tokens == {first.json["receipt_token"]}
    assert mentor.get("/v1/profile").status == 401
    assert len(rows("SELECT id FROM erasure")) == 1


def test_nobody_else_is_told_of_it(stage: Stage) -> None:
    stage.onboard()
    stage.stripe.order("fail", "DELETE", _ACCOUNT)
    _asked(stage.mentor)
    assert stage.cast.app().post("/v1/privacy/erasure").status == 401
    assert stage.stranger.post("/v1/privacy/erasure").status == 202
    assert len(rows("SELECT id FROM erasure")) == 2


def test_the_account_at_stripe_is_deleted_and_the_answer_kept(stage: Stage) -> None:
    account_id = stage.onboard()
    asked = _asked(stage.mentor)
    until(lambda: _followed(stage.stranger, asked)["state"] == "done")
    assert _answers(_followed(stage.stranger, asked))["stripe"] == ("done", "account_deleted")
    assert len(stage.stripe.requests("DELETE", f"/v1/accounts/{account_id}")) == 1


def test_a_supplier_that_fails_is_told_again_and_nothing_is_forgotten_meanwhile(
    stage: Stage,
) -> None:
    stage.onboard()
    stage.stripe.order("fail", "DELETE", _ACCOUNT)
    asked = _asked(stage.mentor)
    until(lambda: _answers(_followed(stage.stranger, asked))["stripe"][1])
    told = _followed(stage.stranger, asked)
    assert (told["state"], told["receipt"]) == ("planned", None)
    assert _answers(told)["stripe"] == ("waiting", "provider_unavailable")
    assert len(rows("SELECT mentor_id FROM payout_account")) == 1
    stage.world.clock.advance(timedelta(minutes=2))
    stage.cron("privacy")
    assert _followed(stage.stranger, asked)["state"] == "done"
    assert rows("SELECT mentor_id FROM payout_account") == []


def test_an_obstacle_at_a_supplier_ends_before_the_month_does(stage: Stage) -> None:
    account_id = stage.onboard()
    stage.stripe.order("fail", "DELETE", _ACCOUNT, times=1)
    asked = _asked(stage.mentor)
    until(lambda: _answers(_followed(stage.stranger, asked))["stripe"][1])
    stage.stripe.order("fail", "DELETE", _ACCOUNT, times=1)
    stage.world.clock.advance(timedelta(days=22))
    stage.cron("privacy")
    done = _followed(stage.stranger, asked)
    assert done["state"] == "done"
    assert _answers(done)["stripe"][0] == "refused"
    assert account_id not in str(done)


def test_somebody_who_is_being_erased_can_not_sign_in_meanwhile(cast: Cast, stage: Stage) -> None:
    kari = cast.mentee
    transact(lambda db: erasures.insert(db, _planned(kari.person_id, stage)))
    with pytest.raises(AppError, match="erasure_under_way"):
        cast.app().sign_in("kari")


def _planned(person_id: str, stage: Stage) -> erasures.Erasure:
    return erasures.Erasure(
        id=ids.new("ers"),
        person_id=person_id,
        plan="{}",
        state="planned",
        token_hash="0" * 64,
        asked_hash=None,
        progress=None,
        requested_at=stage.now,
        finished_at=None,
    )


@pytest.mark.parametrize("supplier", [one.key for one in SUPPLIERS])
def test_every_supplier_declares_how_it_erases_a_person_or_why_it_holds_nobody(
    supplier: str,
) -> None:
    declared = (supplier in erasure_suppliers.ERASERS, supplier in erasure_suppliers.HOLD_NOBODY)
    assert sorted(declared) == [False, True], f"{supplier} declares nothing, or both"
    if supplier in erasure_suppliers.ERASERS:
        assert callable(erasure_suppliers.eraser(supplier))


def test_nobody_declares_for_a_supplier_that_is_not_there() -> None:
    declared = {*erasure_suppliers.ERASERS, *erasure_suppliers.HOLD_NOBODY}
    assert declared == {one.key for one in SUPPLIERS}
