"""What two operators agree on: an erasure for somebody who has written, and an archive by hand."""

import json
from datetime import timedelta
from typing import Any

import pytest
import requests

from lib.core.db import transact
from lib.operators import service as operators
from lib.privacy import receipt
from sandbox.app import Answer, App
from tests.acting import asked, granted, mailed, operator, second_operator
from tests.cast import Cast
from tests.stage import change, rows, until

REASON = {"reason": "Som bedt om i brev"}


@pytest.fixture
def henrik(cast: Cast) -> App:
    """Henrik, an operator."""
    return operator(cast)


@pytest.fixture
def other(cast: Cast) -> App:
    """Another operator."""
    return second_operator(cast)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def carry_out(henrik: App, request_id: str, **more: object) -> Answer:
    return henrik.post(f"/v1/operator/requests/{request_id}/carry-out", {**REASON, **more})


def proposed(henrik: App, request_id: str, **more: object) -> str:
    answer = carry_out(henrik, request_id, **more)
    assert answer.status == 200, answer.json
    assert answer.json["approval"]["state"] == "proposed"
    return str(answer.json["approval"]["id"])


def approve(person: App, approval_id: str) -> Answer:
    return person.post(f"/v1/operator/approvals/{approval_id}/approve", REASON)


def refuse(person: App, approval_id: str) -> Answer:
    return person.post(f"/v1/operator/approvals/{approval_id}/refuse", REASON)


def outcome(person: App, request_id: str) -> dict[str, Any]:
    answer = person.get(f"/v1/operator/requests/{request_id}/outcome")
    assert answer.status == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


# ── erasure ──────────────────────────────────────────────────────────────────────────────────────


def test_two_operators_erase_somebody_who_has_written_and_the_token_leads_to_the_receipt(
    henrik: App, other: App, cast: Cast
) -> None:
    kari = cast.mentee
    request_id = granted(henrik, cast, kari, "erasure")
    approval_id = proposed(henrik, request_id)
    assert kari.get("/v1/profile").status == 200, "not before another has approved"
    assert outcome(henrik, request_id)["erasure"] is None

    answer = approve(other, approval_id)
    assert (answer.status, answer.json["state"], answer.json["is_own"]) == (200, "approved", False)
    assert kari.get("/v1/profile").status == 401
    token = outcome(henrik, request_id)["erasure"]["receipt_token"]
    until(lambda: cast.app().get(f"/v1/privacy/erasures/{token}").json["state"] == "done")
    done = cast.app().get(f"/v1/privacy/erasures/{token}").json
    key = cast.app().get("/v1/privacy/receipt-key").json["public_key"]
    receipt.verify(receipt.Signed.read(done["receipt"]), key)
    (request,) = rows("SELECT state, closed_at FROM privacy_request")
    assert request["state"] == "closed"
    assert outcome(henrik, request_id)["is_done"]
    assert token not in json.dumps(rows("SELECT reply FROM idempotency_key"))


def test_whom_it_is_about_sees_each_step(henrik: App, other: App, cast: Cast) -> None:
    kari = cast.mentee
    request_id = granted(henrik, cast, kari, "erasure")
    approval_id = proposed(henrik, request_id)
    assert other.get("/v1/operator/approvals").json["approvals"][0]["id"] == approval_id
    refuse(other, approval_id)
    seen = {each["action"]: each for each in kari.get("/v1/privacy/readings").json["readings"]}
    steps = {"propose_erase_person", "read_erase_person", "refuse_erase_person"}
    assert steps <= seen.keys()
    assert {seen[step]["object_id"] for step in steps} == {request_id}
    tables = {t["table"]: t["rows"] for t in kari.get("/v1/privacy/export").json["tables"]}
    (shown,) = tables["approval"]
    assert (shown["action"], shown["state"]) == ("erase_person", "refused")
    assert henrik.person_id not in json.dumps(shown)
    assert other.person_id not in json.dumps(shown)


def test_nobody_approves_what_they_have_proposed_or_what_is_about_them(
    henrik: App, other: App, cast: Cast
) -> None:
    approval_id = proposed(henrik, granted(henrik, cast, cast.mentee, "erasure"))
    assert code(approve(henrik, approval_id)) == (403, "four_eyes")
    about_other = proposed(henrik, granted(henrik, cast, other, "erasure"))
    assert code(approve(other, about_other)) == (403, "four_eyes")
    about_henrik = granted(henrik, cast, henrik, "erasure")
    assert code(carry_out(henrik, about_henrik)) == (403, "four_eyes")
    assert rows("SELECT id FROM erasure") == []


def test_who_is_no_operator_any_more_has_proposed_nothing(
    henrik: App, other: App, cast: Cast
) -> None:
    approval_id = proposed(henrik, granted(henrik, cast, cast.mentee, "erasure"))
    now = cast.world.clock.now()
    transact(lambda db: operators.end(db, henrik.person_id, "Sluttet", now))
    assert code(approve(other, approval_id)) == (409, "approval_state")
    assert code(approve(henrik, approval_id)) == (403, "not_an_operator")


def test_what_is_under_way_is_shown_with_the_proposal_and_stops_the_approval(
    henrik: App, other: App, cast: Cast
) -> None:
    kari = cast.mentee
    request_id = granted(henrik, cast, kari, "erasure")
    hold = {"person_id": kari.person_id, "ground": "claim", "reason": "Stevnet", "days": 30}
    placed = henrik.post("/v1/operator/holds", hold).json
    answer = carry_out(henrik, request_id)
    assert answer.json["obstacles"] == ["legal_hold"]
    approval_id = answer.json["approval"]["id"]
    refused = approve(other, approval_id)
    assert code(refused) == (409, "erasure_refused")
    assert refused.json["obstacles"] == ["legal_hold"]
    assert [each["state"] for each in rows("SELECT state FROM approval")] == ["proposed"]
    assert kari.get("/v1/profile").status == 200

    assert henrik.delete(f"/v1/operator/holds/{placed['id']}").status == 204
    assert approve(other, approval_id).status == 200
    assert kari.get("/v1/profile").status == 401


def test_a_request_that_the_person_takes_back_is_carried_out_by_nobody(
    henrik: App, other: App, cast: Cast
) -> None:
    kari = cast.mentee
    request_id = granted(henrik, cast, kari, "erasure")
    approval_id = proposed(henrik, request_id)
    assert cast.stranger.post(f"/v1/privacy/requests/{request_id}/withdraw").status == 404
    taken = kari.post(f"/v1/privacy/requests/{request_id}/withdraw")
    assert (taken.json["state"], taken.json["decision"]) == ("closed", "withdrawn")
    assert code(approve(other, approval_id)) == (409, "request_state")
    assert code(carry_out(henrik, request_id)) == (409, "request_state")
    again = kari.post(f"/v1/privacy/requests/{request_id}/withdraw")
    assert code(again) == (409, "request_state")
    assert kari.get("/v1/profile").status == 200


def test_a_proposal_lapses_and_is_decided_on_once(henrik: App, other: App, cast: Cast) -> None:
    request_id = granted(henrik, cast, cast.mentee, "erasure")
    first = proposed(henrik, request_id)
    assert proposed(henrik, request_id) == first, "what stands proposed is not proposed again"
    assert refuse(henrik, first).json["state"] == "refused", "one's own is taken back"
    assert code(approve(other, first)) == (409, "approval_state")
    assert code(refuse(other, first)) == (409, "approval_state")
    late = proposed(henrik, request_id)
    change("UPDATE approval SET lapses_at = %(now)s", {"now": cast.world.clock.now()})
    assert code(approve(other, late)) == (409, "approval_state")
    assert other.get("/v1/operator/approvals").json["approvals"] == []


def test_nothing_is_carried_out_that_was_not_asked_for_and_granted(
    henrik: App, other: App, cast: Cast
) -> None:
    nothing = f"prq_{'0' * 26}"
    assert code(carry_out(henrik, nothing)) == (404, "not_found")
    undecided = asked(cast.mentee, "erasure")["id"]
    assert code(carry_out(henrik, undecided)) == (409, "request_state")
    unfit = granted(henrik, cast, cast.mentee, "complaint")
    assert code(carry_out(henrik, unfit)) == (409, "request_state")
    assert code(approve(other, f"apv_{'0' * 26}")) == (404, "not_found")
    assert code(refuse(other, f"apv_{'0' * 26}")) == (404, "not_found")


def test_a_stranger_decides_nothing(henrik: App, cast: Cast) -> None:
    request_id = granted(henrik, cast, cast.mentee, "erasure")
    approval_id = proposed(henrik, request_id)
    for answer in (
        approve(cast.stranger, approval_id),
        refuse(cast.stranger, approval_id),
        carry_out(cast.stranger, request_id),
        cast.stranger.get("/v1/operator/approvals"),
        cast.stranger.get(f"/v1/operator/requests/{request_id}/outcome"),
    ):
        assert code(answer) == (403, "not_an_operator")


# ── restriction, and archives ────────────────────────────────────────────────────────────────────


def test_a_restriction_is_carried_out_at_once(henrik: App, cast: Cast) -> None:
    request_id = granted(henrik, cast, cast.mentee, "restriction")
    assert carry_out(henrik, request_id).json["is_done"]
    assert cast.mentee.get("/v1/privacy/restriction").json["restricted"]
    (shown,) = cast.mentee.get("/v1/privacy/requests").json["requests"]
    assert shown["state"] == "closed"
    assert outcome(henrik, request_id)["is_done"]


def test_an_archive_that_an_operator_has_made_is_fetched_by_the_person_alone(
    henrik: App, cast: Cast
) -> None:
    request_id = granted(henrik, cast, cast.mentee, "access")
    answer = carry_out(henrik, request_id)
    assert (answer.json["is_done"], answer.json["approval"]) == (False, None)
    until(lambda: outcome(henrik, request_id)["export"] == "ready")
    told = outcome(henrik, request_id)
    assert (told["is_done"], told["link"], told["code"]) == (True, None, None)
    assert "http" not in json.dumps(told)
    (export,) = cast.mentee.get("/v1/privacy/exports").json["exports"]
    assert requests.get(export["link"], timeout=20).content[:2] == b"PK"


@pytest.fixture
def handed(henrik: App, other: App, cast: Cast) -> tuple[str, str, str]:
    """An archive that two operators hand over: the request, and both halves."""
    request_id = granted(henrik, cast, cast.mentee, "portability")
    approval_id = proposed(henrik, request_id, by_hand=True)
    assert approve(other, approval_id).status == 200
    until(lambda: outcome(henrik, request_id)["export"] == "ready")
    first, last = outcome(henrik, request_id), outcome(other, request_id)
    assert (first["code"], last["link"]) == (None, None), "each has one half"
    page, _, secret = first["link"].partition("#")
    assert page.endswith("/dine-data")
    return request_id, secret, last["code"]


def collect(app: App, link: str, secret: str) -> Answer:
    return app.post("/v1/privacy/collections", {"link": link, "code": secret})


def test_who_can_not_sign_in_opens_an_archive_with_two_halves_from_two_operators(
    handed: tuple[str, str, str], cast: Cast
) -> None:
    _, link, secret = handed
    answer = collect(cast.app(), link, secret.lower().replace("-", " "))
    assert answer.status == 200, answer.json
    assert requests.get(answer.json["url"], timeout=20).content[:2] == b"PK"
    tables = {t["table"]: t["rows"] for t in cast.mentee.get("/v1/privacy/export").json["tables"]}
    (shown,) = tables["archive_collection"]
    assert shown["collected_at"] is not None
    for text in (link, secret.replace("-", "")):
        assert text not in json.dumps(rows("SELECT * FROM archive_collection"), default=str)
        assert text not in json.dumps(rows("SELECT reply FROM idempotency_key"), default=str)

    cast.world.clock.advance(timedelta(hours=25))
    assert code(collect(cast.app(), link, secret)) == (404, "not_found")


def test_each_keeps_a_half_of_what_is_handed_out_though_it_is_proposed_once_more(
    handed: tuple[str, str, str], henrik: App, other: App
) -> None:
    request_id, secret, last = handed
    proposed(henrik, request_id, by_hand=True)
    assert outcome(henrik, request_id)["link"].endswith(secret)
    assert outcome(other, request_id)["code"] == last


def test_what_was_never_granted_is_not_done(henrik: App, cast: Cast) -> None:
    for decision in ("", "refused"):
        request_id = str(mailed(henrik, cast, "restriction")["id"])
        path = f"/v1/operator/requests/{request_id}"
        body = {"person_id": cast.mentee.person_id, "reason": "Ringte tilbake"}
        assert henrik.post(f"{path}/identify", body).status == 200
        if decision:
            body = {"decision": decision, "reason": "Du har ikke rett til det"}
            assert henrik.post(f"{path}/decide", body).status == 200
        assert outcome(henrik, request_id)["is_done"] is False


def test_half_of_it_opens_nothing_and_five_tries_end_it(
    handed: tuple[str, str, str], cast: Cast
) -> None:
    _, link, secret = handed
    assert code(collect(cast.app(), "x" * 43, secret)) == (404, "not_found")
    for _ in range(4):
        assert code(collect(cast.app(), link, "AAAAA-AAAAA")) == (403, "code_wrong")
    assert collect(cast.app(), link, secret).status == 200, "the fifth may be right"
    assert code(collect(cast.app(), link, "AAAAA-AAAAA")) == (403, "code_wrong")
    assert code(collect(cast.app(), link, secret)) == (404, "not_found")


def test_a_third_operator_has_neither_half(handed: tuple[str, str, str], cast: Cast) -> None:
    (third,) = cast.crowd(1)
    now = cast.world.clock.now()
    transact(lambda db: operators.grant(db, third.person_id, "Ansatt", now))
    told = outcome(third, handed[0])
    assert (told["link"], told["code"]) == (None, None)


def test_an_archive_that_is_gone_or_not_ready_is_not_opened(
    handed: tuple[str, str, str], cast: Cast
) -> None:
    _, link, secret = handed
    made = rows("SELECT ready_at FROM privacy_export")[0]["ready_at"]
    change(
        "UPDATE privacy_export SET state = 'making', ready_at = NULL, claimed_until = %(t)s",
        {"t": made + timedelta(days=9)},
    )
    assert code(collect(cast.app(), link, secret)) == (409, "archive_not_ready")
    change("UPDATE privacy_export SET state = 'ready', ready_at = %(t)s", {"t": made})
    cast.world.clock.set_to(made + timedelta(days=7))
    assert code(collect(cast.app(), link, secret)) == (404, "not_found")


def test_nothing_is_handed_over_of_which_there_is_no_archive(
    henrik: App, other: App, cast: Cast
) -> None:
    request_id = granted(henrik, cast, cast.mentee, "access")
    approval_id = proposed(henrik, request_id, by_hand=True)
    change("UPDATE privacy_export SET state = 'failed'")
    assert code(approve(other, approval_id)) == (409, "request_state")
    assert rows("SELECT id FROM archive_collection") == []


def test_whoever_is_erased_leaves_no_archive_to_collect(
    handed: tuple[str, str, str], cast: Cast
) -> None:
    _, link, secret = handed
    token = cast.mentee.post("/v1/privacy/erasure").json["receipt_token"]
    until(lambda: cast.app().get(f"/v1/privacy/erasures/{token}").json["state"] == "done")
    assert code(collect(cast.app(), link, secret)) == (404, "not_found")
    assert rows("SELECT id FROM archive_collection") == []
