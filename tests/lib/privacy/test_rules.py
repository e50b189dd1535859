"""Terms, orders and choices of columns, without a database."""

from datetime import UTC, date, datetime

import pytest

from lib.privacy import rules
from lib.privacy.contract import compiled, load
from lib.privacy.grammar import Keep
from lib.privacy.tables import read_tables
from tests.lib.privacy.samples import GOOD, broken


def test_books_are_kept_five_years_after_the_end_of_the_year_in_norway() -> None:
    keep = Keep("bookkeeping", "made_at")
    until = datetime(2031, 12, 31, 23, tzinfo=UTC)
    assert rules.kept_until(keep, datetime(2026, 1, 1, tzinfo=UTC)) == until
    assert rules.kept_until(keep, datetime(2026, 12, 31, 22, 59, tzinfo=UTC)) == until
    a_year_later = datetime(2032, 12, 31, 23, tzinfo=UTC)
    assert rules.kept_until(keep, datetime(2026, 12, 31, 23, tzinfo=UTC)) == a_year_later


def test_a_term_in_days_runs_from_its_clock() -> None:
    keep = Keep("term", "made_at", 90, "D")
    until = datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert rules.kept_until(keep, datetime(2026, 1, 1, 12, tzinfo=UTC)) == until
    assert rules.kept_until(keep, date(2026, 1, 1)) == datetime(2026, 4, 1, tzinfo=UTC)


def test_a_term_in_years_knows_the_leap_day() -> None:
    keep = Keep("term", "made_at", 3, "Y")
    leap_day = datetime(2028, 2, 29, tzinfo=UTC)
    assert rules.kept_until(keep, leap_day) == datetime(2031, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("rule", ["account", "forever"])
def test_where_no_term_runs_there_is_no_date(rule: str) -> None:
    keep = Keep("account") if rule == "account" else Keep("forever")
    assert rules.kept_until(keep, datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_terms_are_told_in_both_languages() -> None:
    words = {str(keep): rules.kept_words(keep) for keep in _keeps()}
    assert words["P1D@at"] == ("1 dag", "1 day")
    assert words["P3Y@at"] == ("3 år", "3 years")
    assert "bokføringsloven" in words["bookkeeping@at"].nb
    assert words["account"].en == "For as long as you have the account"
    assert words["forever"].en.endswith("about nobody")


def _keeps() -> list[Keep]:
    return [
        Keep("term", "at", 1, "D"),
        Keep("term", "at", 3, "Y"),
        Keep("bookkeeping", "at"),
        Keep("account"),
        Keep("forever"),
    ]


def test_rows_are_erased_before_the_rows_they_hang_on() -> None:
    contract = load()
    order = rules.erasure_order(contract)
    names = [table.name for table in (*order.early, *order.late)]
    hanging = [(table.name, parent) for table in contract for parent in table.parents]
    assert hanging
    for child, parent in hanging:
        assert names.index(child) < names.index(parent), f"{child} hangs on {parent}"


def test_every_table_about_somebody_is_erased_once_and_the_people_last() -> None:
    contract = load()
    order = rules.erasure_order(contract)
    names = [table.name for table in (*order.early, *order.late)]
    assert sorted(names) == sorted(table.name for table in contract if table.chains)
    assert names[-1] == "person"


def test_what_identifies_a_person_is_erased_after_everything_else() -> None:
    order = rules.erasure_order(load())
    late = {table.name for table in order.late}
    assert {"person", "identity", "session", "refresh_token", "mentor"} <= late
    assert {"booking", "offer", "meeting"} <= {table.name for table in order.early}


def test_a_row_about_two_people_shows_what_both_may_see() -> None:
    contract = load()
    for table in contract:
        if table.is_of_two:
            shown = rules.shown_columns(table, "access")
            assert {column.tier for column in shown} <= {"public", "party"}, table.name
    meeting = contract["meeting"]
    assert meeting.is_of_two
    assert "host_room_url" not in [c.name for c in rules.shown_columns(meeting, "access")]


def test_what_only_one_of_two_may_see_is_shown_to_neither() -> None:
    alone = "  remark     VARCHAR(100) NOT NULL COMMENT 'data=user.content.private erase=blank; "
    text = (
        broken("subject=person_id purpose=bookkeeping", "subject=person_id,payer purpose=payment")
        .replace(
            "keep=bookkeeping@made_at erase=columns export=access tier=self",
            "keep=bookkeeping@made_at erase=columns export=access tier=party",
        )
        .replace(alone, alone.replace("blank; ", "blank tier=self; "))
        .replace(
            "  made_at    DATETIME(6)",
            "  payer      CHAR(30)     NOT NULL COMMENT"
            " 'data=user.unique_id.pseudonymous erase=keep; the other',\n  made_at    DATETIME(6)",
        )
    )
    invoice = compiled(read_tables(text))["invoice"]
    assert invoice.is_of_two
    shown = [column.name for column in rules.shown_columns(invoice, "access")]
    assert shown == ["id", "person_id", "payer", "made_at"]


def test_what_was_not_provided_is_not_portable() -> None:
    contract = load()
    portable = {t.name for t in contract if rules.shown_columns(t, "portability")}
    assert "person" in portable
    assert not portable & {"session", "booking", "payout", "ledger_owner"}


def test_only_rows_kept_by_a_term_may_still_tell_of_the_person() -> None:
    contract = compiled(read_tables(GOOD))
    held = {
        f"{table.name}.{column.name}"
        for table in contract
        for column in table.columns
        if rules.may_hold_traces(table, column)
    }
    assert held == {"invoice.person_id", "invoice.made_at"}


def test_what_ends_up_in_the_books_stays_by_law() -> None:
    contract = load()
    assert rules.stays_basis(contract["booking"]) == "legal_obligation"
    assert rules.stays_basis(contract["person"]) == "contract"
