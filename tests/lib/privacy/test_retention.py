"""What is due goes, and nothing else: edges, holds, crashes, two at once, many rows."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from lib.core import clock
from lib.core.db import Db
from lib.privacy import due, retention, retention_repository
from lib.privacy.contract import load
from lib.privacy.due import Rule
from lib.privacy.model import Chain
from lib.privacy.retention_schemas import RetentionReport
from lib.privacy.statements import Key
from sandbox.database import connect
from tests.lib.privacy.cast import NOW, filled, leaver, others
from tests.lib.privacy.filler import Filler, Snapshot, Someone, snapshot
from tests.stage import at_once

_RULES = due.retention_rules(load())
_TIMED = [rule for rule in _RULES if rule.table.keep.rule != "account"]
_ACCOUNT = [rule for rule in _RULES if rule.table.keep.rule == "account"]
_LATER = timedelta(seconds=1)
_KEYS = load()["idempotency_key"]


def _no_holds(db: Db, people: Sequence[str], now: datetime) -> set[str]:
    del db, people, now
    return set()


def _run(now: datetime = NOW, size: int = 1_000, **more: bool) -> RetentionReport:
    return retention.run(now, _deadline(), holds=_no_holds, size=size, **more)


def _deadline() -> datetime:
    return clock.now() + timedelta(seconds=60)


def _sql(url: str, statement: str, *values: object) -> int:
    stored = [
        value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        for value in values
    ]
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        return int(cursor.execute(statement, stored))


def _set_clocks(url: str, at: datetime) -> None:
    """Set the clock of every rule to one moment."""
    for rule in _TIMED:
        value = int(at.timestamp()) // 900 if rule.is_counted else at
        _sql(url, f"UPDATE `{rule.clock_table.name}` SET `{rule.clock}` = %s", value)  # noqa: S608 (names of the contract)


def _gone(before: Snapshot, after: Snapshot) -> dict[str, set[tuple[object, ...]]]:
    return {name: set(rows) - set(after[name]) for name, rows in before.items() if rows}


def _filled(url: str) -> tuple[Someone, Someone, Someone]:
    people = (leaver(), *others())
    filler = filled(url, *people)
    # An erasure is nobody's yet, where the filler is used otherwise.
    for table in (load()["erasure"], *load().children("erasure")):
        if not snapshot(url, load())[table.name]:
            filler.insert(table, *(filler._row(table, (person,)) for person in people))
    # What was earned was paid out: what was not is kept for as long as that takes.
    _sql(
        url,
        "UPDATE earning SET payout_id ="
        " (SELECT payout.id FROM payout WHERE payout.mentor_id = earning.mentor_id)",
    )
    return people


def _first_and_others(rule: Rule, url: str) -> tuple[object, list[object]]:
    """Return the key of a row with the rule's clock, and those of the others."""
    (key,) = rule.clock_table.primary_key[:1]
    keys = sorted(
        {row[key] for row in snapshot(url, load())[rule.clock_table.name].values()}, key=str
    )
    return keys[0], list(keys[1:])


@pytest.mark.parametrize("rule", _TIMED, ids=[rule.name for rule in _TIMED])
def test_a_row_goes_at_its_second_and_nothing_else_does(database: str, rule: Rule) -> None:
    _filled(database)
    _set_clocks(database, NOW)
    for wait in rule.waits:
        if not wait.unless_there:
            _sql(database, f"DELETE FROM `{wait.other}`")  # noqa: S608 (names of the contract)
    if not snapshot(database, load())[rule.table.name]:
        pytest.fail(f"the filler writes no {rule.table.name}")
    last = rule.last_due(NOW)
    beyond = last + 1 if isinstance(last, int) else last + _LATER
    key = rule.clock_table.primary_key[0]
    first, rest = _first_and_others(rule, database)
    statement = f"UPDATE `{rule.clock_table.name}` SET `{rule.clock}` = %s WHERE `{key}` "  # noqa: S608 (names of the contract)
    _sql(database, statement + "= %s", last, first)
    for other in rest:
        _sql(database, statement + "= %s", beyond, other)
    before = snapshot(database, load())
    report = _run()
    after = snapshot(database, load())
    gone = _gone(before, after)
    # What has the same clock falls due with it: all that hangs on the row.
    expected = {
        one.table.name: _with_clock_of(one, before, first)
        for one in _TIMED
        if one.clock_table == rule.clock_table
    }
    assert report.finished
    for name, keys in expected.items():
        assert gone.get(name, set()) == keys
    assert expected[rule.table.name]
    assert {n: rows for n, rows in before.items() if n not in expected} == {
        n: rows for n, rows in after.items() if n not in expected
    }


def _with_clock_of(rule: Rule, rows: Snapshot, first: object) -> set[tuple[object, ...]]:
    """Return the keys of a rule's rows whose clock stands in the row with the key `first`."""
    column = rule.way[0].column if rule.table != rule.clock_table else rule.table.primary_key[0]
    return {key for key, row in rows[rule.table.name].items() if row[column] == first}


def test_nothing_goes_before_its_time(database: str) -> None:
    _filled(database)
    _set_clocks(database, NOW)
    before = snapshot(database, load())
    report = _run()
    assert snapshot(database, load()) == before
    assert report.finished
    assert sum(rule.gone for rule in report.rules) == 0
    oldest = {rule.table: rule.oldest for rule in report.rules}
    assert oldest["session"] == NOW


def test_a_clock_that_has_not_begun_keeps_its_row(database: str) -> None:
    _filled(database)
    _set_clocks(database, NOW - timedelta(days=3_000))
    _sql(database, "UPDATE outbox SET delivered_at = NULL")
    _sql(database, "UPDATE privacy_request SET closed_at = NULL")
    before = snapshot(database, load())
    _run()
    after = snapshot(database, load())
    for name in ("outbox", "privacy_request"):
        assert after[name] == before[name]
        assert after[name]


def test_eight_years_on_only_accounts_and_books_are_left(database: str) -> None:
    _filled(database)
    _set_clocks(database, NOW)
    report = _run(NOW.replace(year=2034))
    left = {name for name, rows in snapshot(database, load()).items() if rows}
    assert report.finished
    assert not left & {rule.table.name for rule in _TIMED}
    assert left == {t.name for t in load() if t.keep.rule in {"forever", "account"}} & left
    assert {"person", "mentor", "offer", "ledger_transfer"} <= left


@pytest.mark.parametrize("rule", _ACCOUNT, ids=[rule.table.name for rule in _ACCOUNT])
def test_what_is_kept_with_an_account_goes_once_its_person_is_erased(
    database: str, rule: Rule
) -> None:
    person, kari, _ = _filled(database)
    _set_clocks(database, NOW)
    _sql(database, "UPDATE person SET erased_at = %s WHERE id = %s", NOW + _LATER, person.person_id)
    before = snapshot(database, load())
    _run()
    assert snapshot(database, load()) == before
    _sql(database, "UPDATE person SET erased_at = %s WHERE id = %s", NOW, person.person_id)
    _run()
    after = snapshot(database, load())
    mine = _about(rule.way, before, person)
    assert mine
    if rule.empties:
        emptied = [c for c in rule.table.columns if c.erase in {"null", "blank"}]
        assert all(
            after[rule.table.name][key][c.name] in {None, ""} for key in mine for c in emptied
        )
    else:
        assert not mine & set(after[rule.table.name])
    theirs = _about(rule.way, before, kari)
    for key in theirs:
        assert after[rule.table.name][key] == before[rule.table.name][key]


def _about(way: Chain, rows: Snapshot, person: Someone) -> set[tuple[object, ...]]:
    """Return the keys of the rows at the beginning of a way that lead to the person."""
    found: set[object] = {person.person_id}
    keys: set[tuple[object, ...]] = set()
    for step in reversed(way):
        there = {k: row for k, row in rows[step.table].items() if row[step.column] in found}
        keys, found = set(there), {row[step.key] for row in there.values()}
    return keys


def test_what_a_hold_protects_stays_and_goes_when_the_hold_ends(database: str) -> None:
    _, kari, _ = _filled(database)
    _set_clocks(database, NOW)
    _sql(database, "DELETE FROM legal_hold")
    _sql(database, "UPDATE person SET restricted_at = NULL")
    later = NOW.replace(year=2034)
    _hold(database, kari, until=later + _LATER)
    before = snapshot(database, load())
    report = retention.run(later, _deadline())
    after = snapshot(database, load())
    assert report.finished
    assert sum(rule.held for rule in report.rules) > 10
    for rule in _TIMED:
        if rule.table.name != "legal_hold":
            rows = after[rule.table.name]
            chains = rule.table.chains
            about = {key for way in chains for key in _about(way, before, kari)}
            assert about <= set(rows), rule.name
            assert bool(about) == bool(rows), rule.name
    assert retention.run(later + 2 * _LATER, _deadline()).finished
    assert not any(snapshot(database, load())[n] for n in ("booking", "session", "earning"))


def test_what_a_person_has_had_kept_stays_until_they_end_that_or_are_erased(database: str) -> None:
    # Art. 18: with the exception of storage nothing may be done with it, deletion included.
    _, kari, _ = _filled(database)
    _set_clocks(database, NOW)
    _sql(database, "DELETE FROM legal_hold")
    _sql(database, "UPDATE person SET restricted_at = NULL")
    restrict = "UPDATE person SET restricted_at = %s WHERE id = %s"
    _sql(database, restrict, NOW, kari.person_id)
    later = NOW.replace(year=2034)
    before = snapshot(database, load())
    assert sum(rule.held for rule in retention.run(later, _deadline()).rules) > 10
    after = snapshot(database, load())
    for rule in _TIMED:
        about = {key for way in rule.table.chains for key in _about(way, before, kari)}
        assert about <= set(after[rule.table.name]), rule.name
        assert rule.table.name == "legal_hold" or bool(about) == bool(after[rule.table.name])
    # Who is erased has asked for that since: what the law kept goes when its time has come.
    _sql(database, "UPDATE person SET erased_at = %s WHERE id = %s", later, kari.person_id)
    assert retention.run(later, _deadline()).finished
    assert not any(snapshot(database, load())[n] for n in ("booking", "session", "paper"))


def _hold(url: str, person: Someone, until: datetime) -> None:
    filler = Filler(url, load(), NOW)
    row = filler._row(load()["legal_hold"], (person,))
    filler.insert(load()["legal_hold"], row | {"ends_at": until, "placed_at": NOW})


def test_an_earning_that_was_not_paid_out_stays_with_all_that_pays_it_out(database: str) -> None:
    _filled(database)
    _set_clocks(database, NOW)
    _sql(database, "UPDATE earning SET payout_id = NULL")
    _hang_together(database)
    before = snapshot(database, load())
    report = _run(NOW.replace(year=2034))
    after = snapshot(database, load())
    assert report.finished
    for name in ("earning", "purchase", "booking", "ledger_owner"):
        assert after[name] == before[name]
        assert after[name]


def test_what_says_that_an_earning_was_paid_out_goes_after_it(database: str) -> None:
    # The other way round it would be paid out again, or could be explained by nothing any more.
    _filled(database)
    _set_clocks(database, NOW - timedelta(days=3_000))
    _sql(database, "UPDATE earning SET earned_at = %s", NOW)
    _hang_together(database)
    before = snapshot(database, load())
    _run()
    after = snapshot(database, load())
    for name in ("earning", "payout", "purchase", "booking", "ledger_owner"):
        assert after[name] == before[name]
        assert after[name]
    _run(NOW.replace(year=2034))
    left = snapshot(database, load())
    names = ("earning", "payout", "purchase", "booking", "ledger_owner")
    assert not any(left[name] for name in names)


def test_a_session_that_was_paid_with_hours_of_a_pack_stays_with_the_pack(database: str) -> None:
    _filled(database)
    _set_clocks(database, NOW - timedelta(days=3_000))
    _sql(database, "UPDATE purchase SET created_at = %s", NOW)
    _sql(database, "DELETE FROM earning")
    _hang_together(database)
    _sql(database, "UPDATE purchase SET booking_id = NULL, pack_id = 'pck_x'")
    before = snapshot(database, load())
    _run()
    after = snapshot(database, load())
    for name in ("hour_entry", "purchase", "booking"):
        assert after[name] == before[name]
        assert after[name]
    _run(NOW.replace(year=2034))
    left = snapshot(database, load())
    assert not any(left[name] for name in ("hour_entry", "purchase", "booking"))


def _hang_together(url: str) -> None:
    """Let each purchase, its hours and its earning be for a booking, and one and the same."""
    rows = snapshot(url, load())
    for (booking,), (purchase,) in zip(rows["booking"], rows["purchase"], strict=True):
        _sql(url, "UPDATE purchase SET booking_id = %s WHERE id = %s", booking, purchase)
        _sql(url, "UPDATE hour_entry SET cause_id = %s WHERE purchase_id = %s", booking, purchase)
    for (earning,), (purchase,) in zip(rows["earning"], rows["purchase"], strict=False):
        _sql(url, "UPDATE earning SET purchase_id = %s WHERE id = %s", purchase, earning)


def _keys(url: str, number: int, person: Someone) -> None:
    """Write idempotency keys that are due."""
    row = "(%s, %s, 'x', '', 200, '{}', %s)"
    statement = "INSERT INTO idempotency_key (person_id, idempotency_key, operation, input_hash,"
    statement += " status, reply, created_at) VALUES "
    old = NOW - timedelta(days=40)
    for begin in range(0, number, 500):
        some = range(begin, min(begin + 500, number))
        values = [v for i in some for v in (person.person_id, f"k{i}", old - timedelta(seconds=i))]
        _sql(url, statement + ", ".join([row] * len(some)), *values)


def _left(url: str) -> int:
    return _sql(url, "SELECT person_id FROM idempotency_key")


def test_no_batch_is_larger_than_a_thousand_rows(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keys(database, 3_300, leaver())
    sizes: list[int] = []
    delete = retention_repository.delete

    def counted(db: Db, rule: Rule, now: datetime, keys: Sequence[Key]) -> int:
        sizes.append(len(keys))
        return delete(db, rule, now, keys)

    monkeypatch.setattr(retention_repository, "delete", counted)
    report = retention.run(NOW, _deadline())
    assert sizes == [1_000, 1_000, 1_000, 300]
    assert _left(database) == 0
    assert [rule.gone for rule in report.rules if rule.table == "idempotency_key"] == [3_300]


@pytest.mark.parametrize("crash_at", range(4))
def test_after_a_crash_the_next_run_goes_on(
    database: str, monkeypatch: pytest.MonkeyPatch, crash_at: int
) -> None:
    _keys(database, 7, leaver())
    batches: list[int] = []
    delete = retention_repository.delete

    def crashing(db: Db, rule: Rule, now: datetime, keys: Sequence[Key]) -> int:
        gone = delete(db, rule, now, keys)
        if len(batches) == crash_at:
            raise RuntimeError
        batches.append(gone)
        return gone

    with monkeypatch.context() as patch:
        patch.setattr(retention_repository, "delete", crashing)
        with pytest.raises(RuntimeError):
            _run(size=2)
    assert _left(database) == 7 - 2 * crash_at
    assert _run(size=2).finished
    assert _left(database) == 0


def test_two_runs_at_once_delete_each_row_once(database: str) -> None:
    _keys(database, 400, leaver())
    reports = at_once(lambda: _run(size=10), 2)
    assert all(isinstance(one, RetentionReport) and one.finished for one in reports), reports
    rules = [r for one in reports if isinstance(one, RetentionReport) for r in one.rules]
    assert sum(rule.gone for rule in rules if rule.table == "idempotency_key") == 400
    assert _left(database) == 0


def test_a_run_whose_time_is_up_leaves_the_rest_to_the_next(database: str) -> None:
    _keys(database, 5, leaver())
    report = retention.run(NOW, clock.now(), holds=_no_holds)
    assert not report.finished
    assert _left(database) == 5
    assert _run().finished
    assert _left(database) == 0


def test_a_dry_run_counts_what_would_go_and_deletes_nothing(database: str) -> None:
    _filled(database)
    _set_clocks(database, NOW)
    _sql(database, "DELETE FROM idempotency_key")
    _keys(database, 7, leaver())
    before = snapshot(database, load())
    dry = _run(size=3, dry=True)
    assert snapshot(database, load()) == before
    assert dry.rules == [
        rule.model_copy(update={"oldest": o.oldest})
        for rule, o in zip(_run(size=3).rules, dry.rules, strict=True)
    ]
    assert {rule.table: rule.gone for rule in dry.rules if rule.gone} == {"idempotency_key": 7}


def test_a_session_that_is_used_meanwhile_stays(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(database)
    _set_clocks(database, NOW)
    _sql(database, "DELETE FROM refresh_token")
    _sql(database, "UPDATE session SET expires_at = %s", NOW - timedelta(days=31))
    delete = retention_repository.delete

    def late(db: Db, rule: Rule, now: datetime, keys: Sequence[Key]) -> int:
        _sql(database, "UPDATE session SET expires_at = %s", NOW)
        return delete(db, rule, now, keys)

    monkeypatch.setattr(retention_repository, "delete", late)
    _run()
    assert len(snapshot(database, load())["session"]) == 3


def test_the_command_prints_what_is_due(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    _keys(database, 3, leaver())
    assert retention.main(["--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [one for one in lines if one.startswith("idempotency_key ")]
    assert line.split()[:4] == ["idempotency_key", "P30D@created_at", "3", "0"]
    assert _left(database) == 3
    with pytest.raises(SystemExit):
        retention.main([])
