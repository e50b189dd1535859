"""Statistics over HTTP: open to anyone, published once, and nobody in them can be found."""

from datetime import UTC, datetime, timedelta

from lib.core import ids
from lib.core.db import transact
from sandbox.world import World
from tests.cast import Cast
from tests.stage import Stage, change, rows

_MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)
_DUMP = "SELECT period, skill, sessions FROM statistics_cell ORDER BY period, skill"


def _hold(pairs: list[tuple[int, int]], ends_at: datetime, decided: timedelta) -> None:
    """Have sessions been held: which mentor with which mentee."""
    values: list[dict[str, object]] = [
        {
            "id": ids.new("bkg"),
            "offer_id": ids.new("ofr"),
            "mentor": f"per_mentor{mentor}",
            "mentee": f"per_mentee{mentee}",
            "starts_at": ends_at - timedelta(hours=1),
            "ends_at": ends_at,
            "closed_at": ends_at + decided,
        }
        for mentor, mentee in pairs
    ]
    transact(
        lambda db: db.insert_all(
            """
            INSERT INTO booking (id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at,
                   price_ore, currency, state, version, hold_expires_at, created_at, closed_at)
            VALUES (%(id)s, %(offer_id)s, %(mentor)s, %(mentee)s, 'An hour', %(starts_at)s,
                   %(ends_at)s, 90000, 'NOK', 'completed', 0, %(starts_at)s, %(starts_at)s,
                   %(closed_at)s)
            """,
            values,
        )
    )


def _teach(mentors: range, skill: str) -> None:
    for each in mentors:
        change(
            "INSERT INTO mentor_skill (person_id, skill) VALUES (%(id)s, %(skill)s)",
            {"id": f"per_mentor{each}", "skill": skill},
        )


def _crowd(first: int, number: int) -> list[tuple[int, int]]:
    return [(at, at) for at in range(first, first + number)]


def _figures(cast: Cast, query: str) -> dict[str, dict[str | None, int]]:
    answer = cast.app().get(f"/v1/statistics?{query}")
    assert answer.status == 200, answer.json
    assert answer.json["k"] == 10
    return {
        one["period"]: {each["skill"]: each["sessions"] for each in one["figures"]}
        for one in answer.json["periods"]
    }


def test_anyone_reads_what_ten_on_each_side_stand_behind(stage: Stage, cast: Cast) -> None:
    _teach(range(10), " Ledelse")
    _teach(range(10, 15), "Sjakk")
    _hold(_crowd(0, 20), _MARCH, timedelta(hours=1))
    _hold(_crowd(0, 9), _MARCH + timedelta(days=31), timedelta(hours=1))
    stage.cron("statistics")
    by_month = _figures(cast, "by=month")
    assert by_month["2026-03"] == {None: 20}
    assert by_month["2026-04"] == {}, "nine are too few"
    # Ten teach one thing, and the other ten are left; five are told of by nothing.
    assert _figures(cast, "by=skill")["2026-03"] == {"ledelse": 10}


def test_what_is_published_stays_as_it_was_told(stage: Stage, cast: Cast) -> None:
    _hold(_crowd(0, 12), _MARCH, timedelta(hours=1))
    assert stage.cron("statistics")["figures"] == 1
    before = rows(_DUMP)
    _hold(_crowd(50, 30), _MARCH, timedelta(days=60))
    assert stage.cron("statistics") == {"periods": 0, "figures": 0}
    assert rows(_DUMP) == before
    assert _figures(cast, "by=month")["2026-03"] == {None: 12}


def test_a_year_that_would_tell_of_one_late_session_is_kept_back(
    stage: Stage, cast: Cast, world: World
) -> None:
    _hold(_crowd(0, 12), _MARCH, timedelta(hours=1))
    _hold(_crowd(0, 1), _MARCH, timedelta(days=60))
    world.clock.set_to(datetime(2027, 1, 20, tzinfo=UTC))
    stage.cron("statistics")
    assert _figures(cast, "by=month&limit=24")["2026-03"] == {None: 12}
    assert _figures(cast, "by=year") == {"2026": {}}


def test_a_year_is_told_where_many_stand_behind_what_its_months_leave_over(
    stage: Stage, cast: Cast, world: World
) -> None:
    _hold(_crowd(0, 12), _MARCH, timedelta(hours=1))
    for month in (4, 5):
        _hold(_crowd(month * 5, 5), _MARCH.replace(month=month), timedelta(hours=1))
    world.clock.set_to(datetime(2027, 1, 20, tzinfo=UTC))
    stage.cron("statistics")
    assert _figures(cast, "by=year") == {"2026": {None: 22}}


def test_a_history_that_can_t_be_counted_again_ends_what_is_told(
    stage: Stage, cast: Cast, world: World
) -> None:
    _hold(_crowd(0, 30), _MARCH, timedelta(hours=1))
    stage.cron("statistics")
    change("DELETE FROM booking WHERE mentor_id = 'per_mentor0'")
    world.clock.set_to(datetime(2027, 1, 20, tzinfo=UTC))
    stage.cron("statistics")
    assert _figures(cast, "by=year") == {"2026": {}}


def test_a_month_is_not_told_before_it_has_settled(stage: Stage, world: World) -> None:
    _hold(_crowd(0, 12), _MARCH, timedelta(hours=1))
    world.clock.set_to(datetime(2026, 4, 7, 21, 59, tzinfo=UTC))
    assert stage.cron("statistics") == {"periods": 0, "figures": 0}
    world.clock.set_to(datetime(2026, 4, 7, 22, 1, tzinfo=UTC))
    assert stage.cron("statistics") == {"periods": 1, "figures": 1}


def test_the_list_goes_on_where_a_page_ends(stage: Stage, cast: Cast) -> None:
    _hold(_crowd(0, 12), _MARCH, timedelta(hours=1))
    stage.cron("statistics")
    first = cast.app().get("/v1/statistics?limit=2").json
    then = cast.app().get(f"/v1/statistics?limit=24&after={first['next']}").json
    periods = [one["period"] for page in (first, then) for one in page["periods"]]
    assert periods == sorted(set(periods), reverse=True)
    assert periods[-1] == "2026-03"
    assert then["next"] is None


def test_a_question_of_one_s_own_is_refused(cast: Cast) -> None:
    for query in ("by=mentor", "skill=sjakk", "by=month&from=2026-03-10", "after=x", "limit=0"):
        answer = cast.app().get(f"/v1/statistics?{query}")
        assert (answer.status, answer.json["code"]) == (422, "invalid"), query


def test_who_objects_to_being_counted_is_not_counted_from_then_on(stage: Stage, cast: Cast) -> None:
    change(
        "INSERT INTO objection (person_id, purpose, raised_at)"
        " VALUES ('per_mentee0', 'statistics', %(at)s)",
        {"at": _MARCH + timedelta(days=1)},
    )
    _hold(_crowd(0, 12), _MARCH, timedelta(hours=1))
    _hold(_crowd(0, 12), _MARCH + timedelta(days=31), timedelta(hours=1))
    stage.cron("statistics")
    figures = _figures(cast, "by=month")
    assert (figures["2026-03"], figures["2026-04"]) == ({None: 12}, {None: 11})
