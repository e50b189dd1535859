"""What other domains do with a booking: payment, confirmation, release, settlement."""

from datetime import timedelta

import pytest

from lib.core.errors import NotFoundError
from lib.outbox import repository as outbox
from lib.scheduling import booking, rules, service
from lib.scheduling.schemas import (
    BookingNotCancellableError,
    BookingNotPayableError,
    BookSlot,
)
from tests.lib.scheduling.conftest import Deal

MINUTE = timedelta(minutes=1)
# The mentor's hour with a quarter hour after it, and the mentee's hour.
ATOMS = 5 + 4


def confirmed(deal: Deal) -> Deal:
    deal.run(lambda db: service.await_payment(db, deal.booking_id, deal.now + MINUTE, deal.now))
    assert deal.run(lambda db: service.confirm(db, deal.booking_id, deal.now))
    return deal


def test_a_hold_takes_the_mentors_buffer_and_the_time_of_both(deal: Deal) -> None:
    assert deal.booking().state == "held"
    assert deal.atoms() == ATOMS


def test_its_mentee_can_pay_for_a_hold_until_it_runs_out(deal: Deal) -> None:
    before = deal.now + 10 * MINUTE - timedelta(microseconds=1)
    found = deal.run(lambda db: service.payable(db, deal.booking_id, deal.mentee_id, before))
    assert found.id == deal.booking_id
    after = deal.now + 10 * MINUTE
    with pytest.raises(BookingNotPayableError):
        deal.run(lambda db: service.payable(db, deal.booking_id, deal.mentee_id, after))


def test_nobody_else_can_pay_for_it(deal: Deal) -> None:
    for person_id in (deal.mentor_id, "per_nobody"):
        with pytest.raises(NotFoundError):
            deal.run(
                lambda db, payer=person_id: service.payable(db, deal.booking_id, payer, deal.now)  # type: ignore[misc]
            )


def test_a_payment_that_is_begun_keeps_the_time_beyond_the_hold(deal: Deal) -> None:
    until = deal.now + 60 * MINUTE
    deal.run(lambda db: service.await_payment(db, deal.booking_id, until, deal.now))
    later = deal.now + 30 * MINUTE
    assert service.release_run_out(later, later + timedelta(days=365)) == 0
    assert deal.booking().state == "awaiting_payment"
    assert deal.booking().hold_expires_at == until
    again = deal.run(lambda db: service.payable(db, deal.booking_id, deal.mentee_id, later))
    assert again.state == "awaiting_payment"


def test_a_payment_can_not_be_begun_for_a_hold_that_has_run_out(deal: Deal) -> None:
    late = deal.now + 11 * MINUTE
    with pytest.raises(BookingNotPayableError):
        deal.run(lambda db: service.await_payment(db, deal.booking_id, late + MINUTE, late))


def test_a_booking_is_confirmed_once(deal: Deal) -> None:
    confirmed(deal)
    assert deal.booking().confirmed_at == deal.now
    assert not deal.run(lambda db: service.confirm(db, deal.booking_id, deal.now))
    assert deal.booking().state == "confirmed"
    assert deal.atoms() == ATOMS


def test_a_confirmed_booking_can_be_neither_paid_for_nor_released(deal: Deal) -> None:
    confirmed(deal)
    with pytest.raises(BookingNotPayableError):
        deal.run(lambda db: service.payable(db, deal.booking_id, deal.mentee_id, deal.now))
    assert not deal.run(lambda db: service.release(db, deal.booking_id, deal.now))
    assert deal.atoms() == ATOMS


def test_a_hold_is_not_confirmed_without_a_payment(deal: Deal) -> None:
    assert not deal.run(lambda db: service.confirm(db, deal.booking_id, deal.now))
    assert deal.booking().state == "held"


@pytest.mark.parametrize("is_awaiting", [False, True])
def test_an_unpaid_booking_gives_its_time_back_once(deal: Deal, *, is_awaiting: bool) -> None:
    if is_awaiting:
        deal.run(lambda db: service.await_payment(db, deal.booking_id, deal.now, deal.now))
    assert deal.run(lambda db: service.release(db, deal.booking_id, deal.now))
    assert not deal.run(lambda db: service.release(db, deal.booking_id, deal.now))
    assert deal.booking().state == "expired"
    assert deal.booking().closed_at == deal.now
    assert deal.atoms() == 0


def test_money_that_comes_too_late_is_refused(deal: Deal) -> None:
    deal.run(lambda db: service.await_payment(db, deal.booking_id, deal.now, deal.now))
    deal.run(lambda db: service.release(db, deal.booking_id, deal.now))
    assert not deal.run(lambda db: service.confirm(db, deal.booking_id, deal.now))


@pytest.mark.parametrize(("is_delivered", "state"), [(True, "completed"), (False, "undelivered")])
def test_a_session_is_settled_once(deal: Deal, state: str, *, is_delivered: bool) -> None:
    confirmed(deal)
    later = deal.now + timedelta(days=2)

    def settle(*, delivered: bool) -> bool:
        return deal.run(
            lambda db: service.settle(db, deal.booking_id, is_delivered=delivered, now=later)
        )

    assert settle(delivered=is_delivered)
    assert not settle(delivered=not is_delivered)
    assert deal.booking().state == state
    assert deal.booking().closed_at == later


def test_a_session_that_is_over_waits_to_be_settled(deal: Deal) -> None:
    confirmed(deal)
    ends_at = deal.booking().ends_at

    def waiting(before: int, after: str = "") -> list[str]:
        found = deal.run(
            lambda db: service.ended_unsettled(
                db, before=ends_at + timedelta(microseconds=before), after=after, limit=10
            )
        )
        return [each.id for each in found]

    assert waiting(-1) == []
    assert waiting(0) == [deal.booking_id]
    assert waiting(0, after=deal.booking_id) == []
    deal.run(lambda db: service.settle(db, deal.booking_id, is_delivered=True, now=ends_at))
    assert waiting(0) == []


def test_what_is_under_way_is_known_for_both_parties_until_it_is_over(deal: Deal) -> None:
    def under_way(person_id: str) -> list[str]:
        return deal.run(lambda db: service.open_for(db, person_id))

    assert under_way(deal.mentor_id) == under_way(deal.mentee_id) == [deal.booking_id]
    confirmed(deal)
    assert under_way(deal.mentor_id) == under_way(deal.mentee_id) == [deal.booking_id]
    deal.run(lambda db: service.settle(db, deal.booking_id, is_delivered=True, now=deal.now))
    assert under_way(deal.mentor_id) == under_way(deal.mentee_id) == []
    assert under_way("per_nobody") == []


@pytest.mark.parametrize("state", ["held", "awaiting_payment", "confirmed"])
def test_the_payment_of_a_cancelled_booking_is_released_if_there_is_one(
    deal: Deal, state: str
) -> None:
    if state != "held":
        until = deal.now + MINUTE
        deal.run(lambda db: service.await_payment(db, deal.booking_id, until, deal.now))
    if state == "confirmed":
        deal.run(lambda db: service.confirm(db, deal.booking_id, deal.now))
    deal.run(
        lambda db: service.cancel(
            db, deal.booking_id, "Ill", person_id=deal.mentor_id, now=deal.now
        )
    )
    messages = deal.run(lambda db: outbox.lock_due(db, now=deal.now, limit=10))
    told = [(message.topic, message.subject_id) for message in messages]
    assert told == ([] if state == "held" else [("purchases.release", deal.booking_id)])
    assert deal.booking().closed_by == deal.mentor_id
    assert deal.atoms() == 0


def test_a_session_that_has_begun_can_not_be_called_off(deal: Deal) -> None:
    confirmed(deal)
    starts_at = deal.booking().starts_at

    def cancel(before_start: timedelta) -> None:
        now = starts_at - before_start
        deal.run(
            lambda db: service.cancel(db, deal.booking_id, "Ill", person_id=deal.mentee_id, now=now)
        )

    with pytest.raises(BookingNotCancellableError):
        cancel(timedelta(0))
    assert deal.booking().state == "confirmed"
    assert deal.atoms() == ATOMS
    cancel(timedelta(microseconds=1))
    assert deal.booking().state == "cancelled"


def test_holds_are_released_batch_by_batch_until_none_is_left(
    deal: Deal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "RELEASE_BATCH", 2)
    for hours in (2, 4, 6, 8):
        wanted = BookSlot(
            offer_id=deal.offer_id, starts_at=deal.booking().starts_at + timedelta(hours=hours)
        )
        deal.run(
            lambda db, wanted=wanted: booking.book(  # type: ignore[misc]
                db, wanted, mentee_id=deal.mentee_id, now=deal.now
            )
        )
    late = deal.now + 10 * MINUTE
    assert service.release_run_out(late, deal.now - MINUTE) == 0  # no time left to begin with
    assert service.release_run_out(late - MINUTE, late + timedelta(days=1)) == 0
    assert service.release_run_out(late, late + timedelta(days=1)) == 5
    assert deal.atoms() == 0


def test_a_booking_that_nobody_made_is_not_found(deal: Deal) -> None:
    assert deal.run(lambda db: service.find(db, "bkg_nothing")) is None
    assert not deal.run(lambda db: service.release(db, "bkg_nothing", deal.now))
    with pytest.raises(NotFoundError):
        deal.run(lambda db: service.confirm(db, "bkg_nothing", deal.now))
    with pytest.raises(NotFoundError):
        deal.run(lambda db: service.for_participant(db, deal.booking_id, "per_nobody"))
