"""How the database is asked: how often, and by which key."""

from datetime import timedelta
from typing import Any

import pytest

from lib.core.db import Db, transact
from lib.scheduling import limiting, slots
from lib.scheduling.limit_schemas import SetLimits
from lib.scheduling.schemas import FindSlots
from tests.lib.scheduling.conftest import Deal


@pytest.mark.parametrize("most", [None, 90])
def test_slots_take_three_statements(
    deal: Deal, monkeypatch: pytest.MonkeyPatch, most: int | None
) -> None:
    limits = SetLimits.model_validate({"in_all": {"day": most}})
    transact(lambda db: limiting.replace(db, limits, mentor_id=deal.mentor_id))
    statements: list[str] = []
    run = Db._run

    def counted(self: Db, sql: str, params: Any) -> Any:  # noqa: ANN401 (as it is declared)
        statements.append(sql)
        return run(self, sql, params)

    monkeypatch.setattr(Db, "_run", counted)
    wanted = FindSlots.model_validate({"from": deal.now, "to": deal.now + timedelta(days=31)})
    found = transact(lambda db: slots.find(db, wanted, offer_id=deal.offer_id, now=deal.now))
    assert len(found.slots) > 2000
    assert len(statements) == 3


def test_time_is_given_back_by_key_and_not_by_reading_the_whole_calendar(deal: Deal) -> None:
    def plan(db: Db) -> dict[str, Any]:
        return db.rows(
            "EXPLAIN DELETE FROM calendar_atom WHERE booking_id IN %(ids)s",
            {"ids": [deal.booking_id]},
        )[0]

    # Other people's time, as in a real calendar: on a few rows the planner may prefer to read all.
    rows: list[dict[str, object]] = [
        {"person": f"per_{number}", "quarter": quarter, "booking": f"bkg_{number}"}
        for number in range(50)
        for quarter in range(20)
    ]
    transact(
        lambda db: db.insert_all(
            "INSERT INTO calendar_atom (person_id, quarter_hour, booking_id)"
            " VALUES (%(person)s, %(quarter)s, %(booking)s)",
            rows,
        )
    )
    assert transact(plan)["key"] == "calendar_atom_by_booking"
