"""The books as an operator reads them, explains what is off, and takes an entry back."""

from datetime import timedelta

import pytest

from lib.core import ids
from sandbox.app import Answer, App
from tests.acting import operator
from tests.cast import refusal
from tests.stage import FEE_ORE, FEE_VAT_ORE, PRICE_ORE, SHARE_ORE, Session, Stage, change, rows

READ = "?reason=Avstemming"
BOOKS = "/v1/operator/books"


@pytest.fixture
def session(stage: Stage) -> Session:
    session = stage.book().pay().capture()
    stage.settle()
    return session


@pytest.fixture
def henrik(stage: Stage) -> App:
    return operator(stage.cast)


def statement(henrik: App, kind: str, owner: str = "", **more: object) -> Answer:
    query = "".join(f"&{name}={value}" for name, value in {"owner": owner, **more}.items())
    return henrik.get(f"{BOOKS}/statement{READ}&kind={kind}{query}")


def correct(henrik: App, transfer_id: str, key: str | None = None) -> Answer:
    body = {"transfer_id": transfer_id, "reason": "Ført to ganger for hånd"}
    return henrik.post(f"{BOOKS}/corrections", body, key=key)


def entry(step: str) -> str:
    found = rows("SELECT id FROM ledger_transfer WHERE step = %(step)s LIMIT 1", {"step": step})
    return str(found[0]["id"])


@pytest.mark.usefixtures("session")
def test_the_trial_balance_is_that_of_the_last_whole_round(stage: Stage, henrik: App) -> None:
    assert refusal(henrik.get(f"{BOOKS}{READ}")) == (404, "not_found")  # never checked yet
    stage.cron("books")
    found = henrik.get(f"{BOOKS}{READ}").json
    assert {each["kind"]: each["balance_ore"] for each in found["accounts"]} == stage.books()
    assert (found["sum_ore"], found["differences"]) == (0, 0)
    assert {"entries", "purchases", "rails"} <= {each["check"] for each in found["checks"]}


def test_a_statement_has_a_running_balance_with_cause_and_step_newest_first(
    stage: Stage, session: Session, henrik: App
) -> None:
    for hours in (4, 8):
        stage.book(hours).pay().capture()
    reserved = stage.book(12).pay()
    henrik.refresh()
    found = statement(henrik, "vipps_receivable").json
    assert found["balance_ore"] == -3 * PRICE_ORE
    assert [each["balance_ore"] for each in found["entries"]] == [
        -3 * PRICE_ORE,
        -3 * PRICE_ORE,
        -2 * PRICE_ORE,
        -PRICE_ORE,
    ]
    first = found["entries"][0]
    assert (first["cause_id"], first["outcome"], first["change_ore"]) == (
        reserved.purchase_id,
        "pending",
        0,
    )
    last = found["entries"][-1]
    assert (last["step"], last["outcome"], last["change_ore"]) == ("reserve", "posted", -PRICE_ORE)
    assert (last["other_kind"], last["other_owner"]) == ("prepaid", session.purchase_id)
    paged, after = [], ""
    while True:
        more = {"after": after} if after else {}
        page = statement(henrik, "vipps_receivable", limit=1, **more).json
        paged += page["entries"]
        if page["next"] is None:
            break
        after = page["next"]
    assert paged == found["entries"]


@pytest.mark.usefixtures("session")
def test_a_mentors_statement_is_read_about_the_mentor_who_sees_that(
    stage: Stage, henrik: App
) -> None:
    mentor_id = stage.mentor.person_id
    found = statement(henrik, "mentor_payable", mentor_id).json
    assert (found["balance_ore"], found["owner"][:4]) == (SHARE_ORE, "own_")
    assert statement(henrik, "mentor_payable", found["owner"]).json == found
    readings = stage.mentor.get("/v1/privacy/readings").json["readings"]
    assert [(each["action"], each["reason"]) for each in readings] == [
        ("read_statement", "Avstemming"),
        ("read_statement", "Avstemming"),
    ]
    assert refusal(statement(henrik, "mentor_payable", stage.mentee.person_id)) == (
        404,
        "not_found",
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&kind=under_the_mattress",
        "&kind=bank&owner=x",
        "&kind=bank&after=x",
        "&kind=bank&limit=0",
        "&kind=bank&limit=101",
    ],
)
def test_an_account_that_can_t_be_is_refused(henrik: App, query: str) -> None:
    assert refusal(henrik.get(f"{BOOKS}/statement{READ}{query}")) == (422, "invalid")


@pytest.mark.usefixtures("session")
def test_a_page_key_that_we_never_gave_is_refused(henrik: App) -> None:
    from lib.core import page_keys

    for forged in (("x",), ("x", "p", "-1"), ("x", "q", "1"), ("x", "p", "one")):
        answer = statement(henrik, "vipps_receivable", after=page_keys.encode(*forged))
        assert refusal(answer) == (422, "invalid"), forged


def test_every_entry_of_a_cause_is_traced_with_both_accounts(session: Session, henrik: App) -> None:
    found = henrik.get(f"{BOOKS}/causes/{session.purchase_id}{READ}").json
    (reserve,) = found["entries"]
    assert (reserve["debit_kind"], reserve["credit_kind"]) == ("vipps_receivable", "prepaid")
    assert (reserve["outcome"], reserve["resolved_ore"]) == ("posted", PRICE_ORE)
    earning = rows("SELECT id FROM earning")[0]["id"]
    traced = henrik.get(f"{BOOKS}/causes/{earning}{READ}").json["entries"]
    assert {each["step"]: each["amount_ore"] for each in traced} == {
        "share": SHARE_ORE,
        "fee": FEE_ORE - FEE_VAT_ORE,
        "fee_vat": FEE_VAT_ORE,
    }
    nobody = f"{BOOKS}/causes/{ids.new('pur')}{READ}"
    assert refusal(henrik.get(nobody)) == (404, "not_found")


@pytest.mark.usefixtures("session")
def test_an_entry_is_taken_back_by_a_new_one_once_and_never_changed(
    stage: Stage, henrik: App
) -> None:
    wrong = entry("fee_vat")
    before = rows("SELECT * FROM ledger_transfer ORDER BY id")
    key = ids.new("key")
    answers = [correct(henrik, wrong, key=key) for _ in range(2)]
    assert [each.status for each in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    after = rows("SELECT * FROM ledger_transfer ORDER BY id")
    assert after[:-1] == before
    mirrored = after[-1]
    original = next(each for each in before if each["id"] == wrong)
    assert mirrored["debit_account_id"] == original["credit_account_id"]
    assert mirrored["credit_account_id"] == original["debit_account_id"]
    assert (mirrored["cause_id"], mirrored["amount_ore"]) == (answers[0].json["id"], FEE_VAT_ORE)
    assert stage.books()["vat"] == 0
    again = correct(henrik, wrong)
    assert (refusal(again), again.json["why"]) == (
        (409, "entry_not_correctable"),
        "corrected_before",
    )
    # What the correction itself did wrong can be taken back, too.
    assert correct(henrik, mirrored["id"]).status == 201
    assert stage.books()["vat"] == FEE_VAT_ORE
    noted = rows("SELECT reason, noted_by FROM ledger_correction")
    assert {each["noted_by"] for each in noted} == {henrik.person_id}


@pytest.mark.usefixtures("session")
def test_what_was_only_reserved_is_not_taken_back(stage: Stage, henrik: App) -> None:
    posted = entry("reserve")
    reserved = stage.book(4).pay()
    pending = rows(
        "SELECT id FROM ledger_transfer WHERE cause_id = %(id)s", {"id": reserved.purchase_id}
    )[0]["id"]
    answer = correct(henrik, pending)
    assert (refusal(answer), answer.json["why"]) == ((409, "entry_not_correctable"), "pending")
    cancelled = f"/v1/bookings/{reserved.booking_id}/cancel"
    assert stage.mentee.post(cancelled, {"reason": "Syk"}).status == 200
    stage.settle()
    assert correct(henrik, pending).json["why"] == "voided"
    assert correct(henrik, posted).json["amount_ore"] == PRICE_ORE
    assert refusal(correct(henrik, ids.new("trf"))) == (404, "not_found")
    assert refusal(correct(henrik, ids.new("pur"))) == (422, "invalid")


@pytest.mark.usefixtures("session")
def test_a_correction_that_nobody_wanted_is_seen_by_the_checks(stage: Stage, henrik: App) -> None:
    correct(henrik, entry("share"))
    assert stage.cron("books")["differences"] >= 2  # the purchase and the mentor
    kinds = {each["kind"] for each in rows("SELECT kind FROM book_difference")}
    assert {"prepaid_differs", "payable_differs"} <= kinds


def test_a_difference_is_explained_in_words_and_stays_so_while_its_figures_are_the_same(
    stage: Stage, session: Session, henrik: App
) -> None:
    session.act("portal_refund", amount=500)
    stage.settle()
    stage.cron("books")
    (found,) = henrik.get(f"{BOOKS}/differences{READ}").json["differences"]
    assert (found["kind"], found["subject_id"]) == ("rail_refunded", session.purchase_id)
    assert (found["expected_ore"], found["found_ore"]) == (0, 500)
    path = f"{BOOKS}/differences/{found['id']}/explain"
    assert refusal(henrik.post(path, {"explanation": "Vet ikke"})) == (422, "invalid")
    words = {"explanation": "Gitt tilbake i portalen etter avtale"}
    answer = henrik.post(path, words)
    assert (answer.status, answer.json["explanation"]) == (200, words["explanation"])
    assert henrik.get(f"{BOOKS}/differences{READ}").json["differences"] == []
    (closed,) = henrik.get(f"{BOOKS}/differences{READ}&state=closed").json["differences"]
    assert closed["id"] == found["id"]
    change("UPDATE purchase SET compared_at = NULL")
    stage.jump(timedelta(hours=2))
    assert stage.cron("books")["differences"] == 0
    session.act("portal_refund", amount=1)
    stage.settle()
    change("UPDATE purchase SET compared_at = NULL")
    stage.jump(timedelta(hours=2))
    assert stage.cron("books")["differences"] == 1
    henrik.refresh()
    unknown = f"{BOOKS}/differences/{ids.new('dif')}/explain"
    assert refusal(henrik.post(unknown, words)) == (404, "not_found")


def test_every_reading_and_doing_is_logged_with_its_reason(
    stage: Stage, session: Session, henrik: App
) -> None:
    stage.cron("books")
    henrik.get(f"{BOOKS}{READ}")
    statement(henrik, "platform_income")
    henrik.get(f"{BOOKS}/causes/{session.purchase_id}{READ}")
    henrik.get(f"{BOOKS}/differences{READ}")
    correct(henrik, entry("fee"))
    lines = rows("SELECT action, operator_id, reason FROM operator_log ORDER BY id")[1:]
    assert [each["action"] for each in lines] == [
        "read_books",
        "read_statement",
        "read_trace",
        "read_differences",
        "correct_entry",
    ]
    assert {each["operator_id"] for each in lines} == {henrik.person_id}
    assert lines[-1]["reason"] == "Ført to ganger for hånd"


def test_who_is_no_operator_reads_and_corrects_nothing(stage: Stage, session: Session) -> None:
    stage.cron("books")
    for person in (stage.mentor, stage.mentee, stage.stranger):
        for path in ("", "/differences", f"/causes/{session.purchase_id}"):
            assert refusal(person.get(f"{BOOKS}{path}{READ}")) == (403, "not_an_operator")
        own = statement(person, "mentor_payable", stage.mentor.person_id)
        assert refusal(own) == (403, "not_an_operator")
        assert refusal(correct(person, entry("fee"))) == (403, "not_an_operator")
    assert rows("SELECT id FROM ledger_correction") == []
