"""/cron/retention: what has served its time goes within the hour, and the log says so."""

from datetime import timedelta

from lib.core.db import transact
from tests.stage import Stage, rows, until

_INSERT = (
    "INSERT INTO outbox (id, topic, subject_id, created_at, due_at, attempts, delivered_at)"
    " VALUES (%(id)s, 'books', %(id)s, %(at)s, %(at)s, 1, %(at)s)"
)
_SAID = '"event":"retention_run","finished":true,"gone":1,"held":0'


def test_a_delivered_message_goes_after_ninety_days(stage: Stage) -> None:
    for name, days in (("old", 90), ("new", 89)):
        values = {"id": name, "at": stage.now - timedelta(days=days)}
        transact(lambda db, values=values: db.execute(_INSERT, values))  # type: ignore[misc]
    report = stage.cron("retention")
    assert report["finished"] is True
    gone = {rule["table"]: rule["gone"] for rule in report["rules"] if rule["gone"]}
    assert gone == {"outbox": 1}
    assert rows("SELECT id FROM outbox") == [{"id": "new"}]
    # A function's line may come after its answer.
    until(lambda: [line for line in stage.world.functions.logs() if _SAID in line.text])


def test_running_it_again_changes_nothing(stage: Stage) -> None:
    assert stage.cron("retention")["finished"] is True
    assert sum(rule["gone"] for rule in stage.cron("retention")["rules"]) == 0


def test_what_people_have_now_stays(stage: Stage) -> None:
    session = stage.book().pay()
    assert stage.cron("retention")["finished"] is True
    assert session.states == ("confirmed", "authorised")
    assert len(rows("SELECT id FROM session")) == len(stage.people)
    assert rows("SELECT booking_id FROM calendar_atom LIMIT 1")
