"""The books: they sum to zero, a step is booked once, and what is reserved is resolved once."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core import ids
from lib.core.db import CheckFailedError, Db, DuplicateError, transact
from lib.ledger import repository, service
from lib.ledger.rules import TRANSIT, Account
from sandbox import database
from sandbox.world import World
from tests.stage import at_once, rows

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OWNERS = ("", "own_a", "own_b")
ACCOUNTS = [(kind, owner) for kind in Account for owner in OWNERS]

type Side = tuple[Account, str]


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    del world


def book(
    debit: Side,
    credit: Side,
    amount_ore: int,
    *,
    cause: str = "pur_1",
    step: str = "earn",
    is_pending: bool = False,
) -> None:
    transact(
        lambda db: service.transfer(
            db,
            debit=debit,
            credit=credit,
            amount_ore=amount_ore,
            cause_id=cause,
            step=step,
            is_pending=is_pending,
            now=NOW,
        )
    )


def balances() -> dict[Side, int]:
    found = transact(lambda db: repository.balances(db, after="", limit=1000))
    return {(Account(each.kind), each.owner): each.balance_ore for each in found}


RECEIVABLE = (Account.VIPPS_RECEIVABLE, "")
PREPAID = (Account.PREPAID, "pur_1")

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["transfer", "reserve", "post", "void"]),
        st.integers(0, 4),  # which cause
        st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
        st.integers(1, 10**12),
    ),
    max_size=12,
)


class Model:
    """What the books should hold, kept in a dictionary."""

    def __init__(self) -> None:
        self.balances: Counter[Side] = Counter()
        self.booked: dict[tuple[str, str], tuple[Side, Side, int]] = {}
        self.resolved: dict[str, str] = {}

    def transfer(self, cause: str, sides: list[Side], amount_ore: int) -> None:
        if (cause, "earn") not in self.booked:
            self.booked[cause, "earn"] = (sides[0], sides[1], amount_ore)
            self.move(cause, "earn")

    def reserve(self, cause: str, sides: list[Side], amount_ore: int) -> None:
        self.booked.setdefault((cause, "reserve"), (sides[0], sides[1], amount_ore))

    def resolve(self, cause: str, outcome: str) -> bool:
        """Return whether that is allowed."""
        if (cause, "reserve") not in self.booked:
            return False
        if cause not in self.resolved:
            self.resolved[cause] = outcome
            if outcome == "post":
                self.move(cause, "reserve")
        return self.resolved[cause] == outcome

    def move(self, cause: str, step: str) -> None:
        debit, credit, amount_ore = self.booked[cause, step]
        self.balances[debit] -= amount_ore
        self.balances[credit] += amount_ore


def forget(url: str) -> None:
    """Empty the books between two examples."""
    connection = database.connect(url)
    with connection, connection.cursor() as cursor:
        for table in ("ledger_resolution", "ledger_transfer", "ledger_account"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (three names, written above)
        connection.commit()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_any_sequence_of_bookings_sums_to_zero_and_to_what_a_dictionary_says(
    world: World, steps: list[tuple[str, int, list[Side], int]]
) -> None:
    forget(world.database_url)
    model = Model()
    for kind, number, sides, amount_ore in steps:
        cause = f"pur_{number}"
        if kind == "transfer":
            book(sides[0], sides[1], amount_ore, cause=cause)
            model.transfer(cause, sides, amount_ore)
        elif kind == "reserve":
            book(sides[0], sides[1], amount_ore, cause=cause, step="reserve", is_pending=True)
            model.reserve(cause, sides, amount_ore)
        elif model.resolve(cause, kind):
            resolve(kind, cause)
        else:
            with pytest.raises(ValueError, match="reserve of"):
                resolve(kind, cause)
    found = balances()
    assert {side: sum_ore for side, sum_ore in found.items() if sum_ore} == {
        side: sum_ore for side, sum_ore in model.balances.items() if sum_ore
    }
    report = transact(lambda db: service.trial_balance(db, NOW))
    assert report.sum_ore == sum(found.values()) == 0
    assert report.open_transit == len([s for s, o in found.items() if s[0] in TRANSIT and o])


def resolve(kind: str, cause: str) -> None:
    act = service.post if kind == "post" else service.void
    transact(lambda db: act(db, cause_id=cause, step="reserve", now=NOW))


def test_the_same_step_booked_by_twenty_at_once_is_booked_once() -> None:
    outcomes = at_once(lambda: book(RECEIVABLE, PREPAID, 90_000), 20)
    assert [each for each in outcomes if each is not None] == []
    assert len(rows("SELECT id FROM ledger_transfer")) == 1
    assert len(rows("SELECT id FROM ledger_account")) == 2
    assert balances() == {RECEIVABLE: -90_000, PREPAID: 90_000}


def test_different_steps_and_causes_booked_at_once_are_all_booked() -> None:
    causes = [(f"pur_{number}", step) for number in range(5) for step in ("earn", "fee")]

    def all_of_them() -> None:
        for cause, step in causes:
            book(RECEIVABLE, PREPAID, 100, cause=cause, step=step)

    outcomes = at_once(all_of_them, 4)
    assert [each for each in outcomes if each is not None] == []
    assert balances() == {RECEIVABLE: -1000, PREPAID: 1000}


@pytest.mark.parametrize("rivals", [("post", "void"), ("post", "post"), ("void", "void")])
def test_what_is_reserved_is_resolved_once_however_many_try(rivals: tuple[str, str]) -> None:
    book(RECEIVABLE, PREPAID, 90_000, step="reserve", is_pending=True)
    assert balances() == {RECEIVABLE: 0, PREPAID: 0}
    turn = iter(rivals * 5)
    outcomes = at_once(lambda: resolve(next(turn), "pur_1"), 10)
    refused = [each for each in outcomes if each is not None]
    assert all(isinstance(each, ValueError) for each in refused)
    assert len(refused) == (5 if len(set(rivals)) == 2 else 0)
    outcome = rows("SELECT outcome, amount_ore FROM ledger_resolution")
    assert len(outcome) == 1
    posted = 90_000 if outcome[0]["outcome"] == "posted" else 0
    assert outcome[0]["amount_ore"] == posted
    assert balances() == {RECEIVABLE: -posted, PREPAID: posted}


def test_nothing_that_was_never_reserved_is_resolved() -> None:
    book(RECEIVABLE, PREPAID, 1, step="earn")
    for kind in ("post", "void"):
        for cause in ("pur_1", "pur_nothing"):
            with pytest.raises(ValueError, match="can't be"):
                resolve(kind, cause)


@pytest.mark.parametrize("amount_ore", [0, -1])
def test_the_schema_itself_refuses_amounts_that_are_not_positive(amount_ore: int) -> None:
    with pytest.raises(CheckFailedError, match="ledger_transfer_positive"):
        book(RECEIVABLE, PREPAID, amount_ore)
    assert rows("SELECT id FROM ledger_transfer") == []


def test_the_schema_itself_refuses_an_entry_with_one_side() -> None:
    with pytest.raises(CheckFailedError, match="ledger_transfer_two_sides"):
        book(PREPAID, PREPAID, 1)


@pytest.mark.parametrize(("outcome", "amount_ore"), [("posted", 0), ("voided", 5), ("lost", 0)])
def test_the_schema_itself_refuses_a_resolution_that_makes_no_sense(
    outcome: str, amount_ore: int
) -> None:
    values = {"transfer_id": "trf_1", "outcome": outcome, "amount_ore": amount_ore, "now": NOW}
    with pytest.raises(CheckFailedError, match="ledger_resolution_outcome"):
        transact(lambda db: repository.insert_resolution(db, values))


def test_the_schema_itself_refuses_a_second_resolution() -> None:
    values = {"transfer_id": "trf_1", "outcome": "posted", "amount_ore": 1, "now": NOW}
    transact(lambda db: repository.insert_resolution(db, values))
    gone = {**values, "outcome": "expired", "amount_ore": 0}
    with pytest.raises(DuplicateError):
        transact(lambda db: repository.insert_resolution(db, gone))


def test_a_person_has_one_pseudonym_however_many_ask_at_once() -> None:
    person_id = ids.new("per")

    def owner(db: Db) -> str:
        return service.owner_of(db, person_id=person_id, now=NOW)

    outcomes = at_once(lambda: transact(owner), 20)
    assert len(set(outcomes)) == 1
    assert len(rows("SELECT pseudonym FROM ledger_owner")) == 1


def test_the_trial_balance_adds_up_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        book(RECEIVABLE, (Account.PREPAID, f"pur_{number}"), number + 1, cause=f"pur_{number}")
    whole = transact(lambda db: service.trial_balance(db, NOW))
    for page in (1, 2, 3, 8):
        monkeypatch.setattr(service, "_PAGE", page)
        assert transact(lambda db: service.trial_balance(db, NOW)) == whole
    prepaid = next(each for each in whole.accounts if each.kind == "prepaid")
    assert (prepaid.accounts, prepaid.balance_ore, whole.open_transit) == (7, 28, 7)
    assert whole.sum_ore == 0


def test_amounts_beyond_32_bits_are_whole() -> None:
    book(RECEIVABLE, PREPAID, 9_007_199_254_740_993)
    assert balances()[PREPAID] == 9_007_199_254_740_993
