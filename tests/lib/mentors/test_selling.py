"""What purchases and papers ask of mentors: what is for sale, and who sells it."""

from threading import Barrier

import pytest

from lib.core.db import Db, transact
from lib.core.errors import NotFoundError
from lib.mentors import packs, rules
from lib.mentors import service as mentors
from lib.mentors.offer_repository import OfferForSale
from lib.mentors.pack_repository import PackForSale
from lib.mentors.repository import Seller
from lib.mentors.schemas import CreatePack, Pack, TooManyPacksError
from lib.privacy import service as privacy
from sandbox.app import App
from sandbox.world import World
from tests.cast import Cast
from tests.market import OFFER, PACK, become_mentor, create_offer, create_pack
from tests.stage import at_once

NUMBER = "927683172"


@pytest.fixture
def mentor(cast: Cast) -> App:
    """A mentor with a business, whose name is Person Nummer 0."""
    (somebody,) = cast.crowd(1)
    become_mentor(somebody, organisation_number=NUMBER, is_vat_registered=True)
    return somebody


def pack_for_sale(pack_id: str) -> PackForSale:
    return transact(lambda db: mentors.pack_for_sale(db, pack_id))


def offer_for_sale(offer_id: str) -> OfferForSale:
    return transact(lambda db: mentors.offer_for_sale(db, offer_id))


def seller(mentor_id: str) -> Seller:
    return transact(lambda db: mentors.seller(db, mentor_id))


def test_a_pack_is_sold_as_it_is_offered(mentor: App) -> None:
    pack_id = create_pack(mentor)
    pack = pack_for_sale(pack_id)
    assert pack == PackForSale(
        id=pack_id,
        mentor_id=mentor.person_id,
        mentor_state="listed",
        title=str(PACK["title"]),
        quarters=20,
        price_ore=400_000,
        currency="NOK",
        valid_days=180,
    )
    assert pack.is_for_sale


def test_an_offer_says_whether_hours_pay_for_it(mentor: App) -> None:
    taken = offer_for_sale(create_offer(mentor))
    assert (taken.title, taken.accepts_hours) == (OFFER["title"], True)
    assert offer_for_sale(create_offer(mentor, accepts_hours=False)).accepts_hours is False


def test_a_mentor_who_is_paused_sells_no_pack(mentor: App) -> None:
    pack_id = create_pack(mentor)
    mentor.patch("/v1/mentors/me", {"state": "paused"})
    assert not pack_for_sale(pack_id).is_for_sale
    mentor.patch("/v1/mentors/me", {"state": "listed"})
    assert pack_for_sale(pack_id).is_for_sale


def test_a_mentor_whose_data_is_only_kept_sells_no_pack(mentor: App) -> None:
    pack_id = create_pack(mentor)
    restriction = "/v1/privacy/restriction"
    assert mentor.call("PUT", restriction, {"restricted": True}).status == 200
    pack = pack_for_sale(pack_id)
    assert (pack.mentor_state, pack.is_for_sale) == ("paused", False)


def test_a_pack_that_is_withdrawn_or_was_never_there_is_not_found(mentor: App) -> None:
    pack_id = create_pack(mentor)
    mentor.delete(f"/v1/packs/{pack_id}")
    for unknown in (pack_id, "pck_nothing", create_offer(mentor)):
        with pytest.raises(NotFoundError):
            pack_for_sale(unknown)


def test_an_erased_mentor_sells_nothing_and_is_nobody_on_papers(world: World, mentor: App) -> None:
    pack_id = create_pack(mentor)
    privacy.erase(mentor.person_id, world.clock.now())
    with pytest.raises(NotFoundError):
        pack_for_sale(pack_id)
    with pytest.raises(NotFoundError):
        seller(mentor.person_id)


def test_two_who_make_the_last_pack_at_once_make_one(world: World, mentor: App) -> None:
    for _ in range(rules.MAX_ACTIVE_PACKS - 1):
        create_pack(mentor)
    both_have_begun = Barrier(2)

    def work(db: Db) -> Pack:
        # What each sees of unlocked rows is as of this read, before either has made one.
        mentors.require_mentor(db, mentor.person_id)
        both_have_begun.wait(10)
        wanted = CreatePack.model_validate(PACK)
        return packs.create(db, wanted, mentor_id=mentor.person_id, now=world.clock.now())

    answers = at_once(lambda: transact(work), 2)
    assert {type(answer) for answer in answers} == {Pack, TooManyPacksError}
    assert len(mentor.get(f"/v1/mentors/{mentor.person_id}").json["packs"]) == 20


def test_papers_name_the_seller_in_full(mentor: App) -> None:
    named = Seller(name="Person Nummer 0", organisation_number=NUMBER, is_vat_registered=True)
    assert seller(mentor.person_id) == named
    # They are owed for what was sold before as well.
    mentor.patch("/v1/mentors/me", {"state": "paused"})
    assert seller(mentor.person_id) == named
    mentor.call("PUT", "/v1/privacy/restriction", {"restricted": True})
    assert seller(mentor.person_id) == named


def test_a_seller_without_a_business_is_a_person_with_a_name(cast: Cast) -> None:
    (somebody,) = cast.crowd(1)
    with pytest.raises(NotFoundError):
        seller(somebody.person_id)
    become_mentor(somebody)
    assert seller(somebody.person_id) == Seller("Person Nummer 0", None, is_vat_registered=False)
