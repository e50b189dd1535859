"""The books: they sum to zero, a step is booked once, and what is reserved is resolved once."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core import ids
from lib.core.db import CheckFailedError, Db, DuplicateError, transact
from lib.ledger import repository, service
from lib.ledger.errors import ContradictionError
from lib.ledger.rules import TRANSIT, Account, Entry
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
    entry = Entry(step, debit, credit, amount_ore, is_pending)
    transact(lambda db: service.book(db, [entry], cause_id=cause, now=NOW))


def balances() -> dict[Side, int]:
    found = transact(lambda db: repository.balances(db, after="", limit=1000))
    return {(Account(each.kind), each.owner): each.balance_ore for each in found}


RECEIVABLE = (Account.VIPPS_RECEIVABLE, "")
PREPAID = (Account.PREPAID, "pur_1")

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["transfer", "reserve", "post", "part", "void", "expire"]),
        st.integers(0, 4),  # which cause
        st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
        st.integers(1, 10**12),
    ),
    max_size=16,
)


class Model:
    """What the books should hold, kept in a dictionary; each act says whether it is allowed."""

    def __init__(self) -> None:
        self.balances: Counter[Side] = Counter()
        self.booked: dict[tuple[str, str], tuple[Side, Side, int]] = {}
        self.resolved: dict[str, tuple[str, int]] = {}

    def transfer(self, cause: str, sides: list[Side], amount_ore: int) -> bool:
        is_new = (cause, "earn") not in self.booked
        if self._book(cause, "earn", sides, amount_ore) and is_new:
            self.move(cause, "earn", amount_ore)
        return self.booked[cause, "earn"] == (sides[0], sides[1], amount_ore)

    def reserve(self, cause: str, sides: list[Side], amount_ore: int) -> bool:
        return self._book(cause, "reserve", sides, amount_ore)

    def resolve(self, cause: str, kind: str, amount_ore: int) -> bool:
        if (cause, "reserve") not in self.booked:
            return False
        whole_ore = self.booked[cause, "reserve"][2]
        posted_ore = {"post": whole_ore, "part": amount_ore}.get(kind, 0)
        if posted_ore > whole_ore:
            return False
        outcome = ("post" if posted_ore else kind, posted_ore)
        if cause not in self.resolved:
            self.resolved[cause] = outcome
            self.move(cause, "reserve", posted_ore)
        return self.resolved[cause] == outcome

    def move(self, cause: str, step: str, amount_ore: int) -> None:
        debit, credit, _ = self.booked[cause, step]
        self.balances[debit] -= amount_ore
        self.balances[credit] += amount_ore

    def _book(self, cause: str, step: str, sides: list[Side], amount_ore: int) -> bool:
        wanted = (sides[0], sides[1], amount_ore)
        return self.booked.setdefault((cause, step), wanted) == wanted


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
            is_allowed = model.transfer(cause, sides, amount_ore)
            act = partial(book, sides[0], sides[1], amount_ore, cause=cause)
        elif kind == "reserve":
            is_allowed = model.reserve(cause, sides, amount_ore)
            act = partial(
                book, sides[0], sides[1], amount_ore, cause=cause, step="reserve", is_pending=True
            )
        else:
            is_allowed = model.resolve(cause, kind, amount_ore)
            act = partial(resolve, kind, cause, amount_ore)
        if is_allowed:
            act()
        else:
            with pytest.raises(ContradictionError):
                act()
    found = balances()
    assert {side: sum_ore for side, sum_ore in found.items() if sum_ore} == {
        side: sum_ore for side, sum_ore in model.balances.items() if sum_ore
    }
    report = transact(lambda db: service.trial_balance(db, NOW))
    assert report.sum_ore == sum(found.values()) == 0
    assert report.open_transit == len([s for s, o in found.items() if s[0] in TRANSIT and o])


def resolve(kind: str, cause: str, amount_ore: int | None = None) -> None:
    def act(db: Db) -> None:
        if kind in {"post", "part"}:
            part_ore = amount_ore if kind == "part" else None
            service.post(db, cause_id=cause, step="reserve", now=NOW, amount_ore=part_ore)
        elif kind == "void":
            service.void(db, cause_id=cause, step="reserve", now=NOW)
        else:
            service.expire(db, cause_id=cause, step="reserve", now=NOW)

    transact(act)


def test_a_part_of_what_is_reserved_is_posted_and_the_rest_is_let_go() -> None:
    book(RECEIVABLE, PREPAID, 90_000, step="reserve", is_pending=True)
    resolve("part", "pur_1", 30_000)
    assert balances() == {RECEIVABLE: -30_000, PREPAID: 30_000}
    resolve("part", "pur_1", 30_000)  # the same again changes nothing
    for other_ore in (29_999, 90_000, 60_000):
        with pytest.raises(ContradictionError, match="was posted"):
            resolve("part", "pur_1", other_ore)
    assert balances() == {RECEIVABLE: -30_000, PREPAID: 30_000}


@pytest.mark.parametrize("amount_ore", [0, -1, 90_001])
def test_no_more_is_posted_than_was_reserved_and_not_nothing(amount_ore: int) -> None:
    book(RECEIVABLE, PREPAID, 90_000, step="reserve", is_pending=True)
    with pytest.raises(ContradictionError, match="can't be posted"):
        resolve("part", "pur_1", amount_ore)
    assert rows("SELECT transfer_id FROM ledger_resolution") == []


def test_several_entries_of_a_cause_are_booked_all_or_none() -> None:
    entries = [
        Entry("share", PREPAID, (Account.MENTOR_PAYABLE, "own_a"), 76_500),
        Entry("fee", PREPAID, (Account.PLATFORM_INCOME, ""), 10_800),
        Entry("fee_vat", PREPAID, (Account.VAT, ""), 2_700),
        Entry("nothing", PREPAID, (Account.GOODWILL, ""), 0),
    ]
    wrong = [*entries, Entry("wrong", PREPAID, PREPAID, 1)]
    with pytest.raises(CheckFailedError):
        transact(lambda db: service.book(db, wrong, cause_id="ern_1", now=NOW))
    assert balances() == {}
    for _ in range(2):
        transact(lambda db: service.book(db, entries, cause_id="ern_1", now=NOW))
    assert len(rows("SELECT id FROM ledger_transfer")) == 3
    assert balances()[PREPAID] == -90_000


def test_what_is_missing_of_a_cause_is_added_to_what_is_there() -> None:
    share = Entry("share", PREPAID, (Account.MENTOR_PAYABLE, "own_a"), 76_500)
    fee = Entry("fee", PREPAID, (Account.PLATFORM_INCOME, ""), 13_500)
    transact(lambda db: service.book(db, [share], cause_id="ern_1", now=NOW))
    transact(lambda db: service.book(db, [share, fee], cause_id="ern_1", now=NOW))
    assert balances()[PREPAID] == -90_000


@pytest.mark.parametrize(
    "other",
    [
        Entry("earn", RECEIVABLE, PREPAID, 2),
        Entry("earn", RECEIVABLE, (Account.PREPAID, "pur_2"), 1),
        Entry("earn", PREPAID, RECEIVABLE, 1),
        Entry("earn", RECEIVABLE, PREPAID, 1, is_pending=True),
    ],
)
def test_a_step_is_never_booked_again_with_something_else(other: Entry) -> None:
    book(RECEIVABLE, PREPAID, 1)
    with pytest.raises(ContradictionError, match="booked otherwise"):
        transact(lambda db: service.book(db, [other], cause_id="pur_1", now=NOW))
    assert balances() == {RECEIVABLE: -1, PREPAID: 1}


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


@pytest.mark.parametrize(
    "rivals", [("post", "void"), ("post", "post"), ("void", "void"), ("void", "expire")]
)
def test_what_is_reserved_is_resolved_once_however_many_try(rivals: tuple[str, str]) -> None:
    book(RECEIVABLE, PREPAID, 90_000, step="reserve", is_pending=True)
    assert balances() == {RECEIVABLE: 0, PREPAID: 0}
    turn = iter(rivals * 5)
    outcomes = at_once(lambda: resolve(next(turn), "pur_1"), 10)
    refused = [each for each in outcomes if each is not None]
    assert all(isinstance(each, ContradictionError) for each in refused)
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
            with pytest.raises(ContradictionError, match="not pending"):
                resolve(kind, cause)


@pytest.mark.parametrize("amount_ore", [-1, -90_000])
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
