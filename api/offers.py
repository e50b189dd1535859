"""What a mentor sells, kept by the mentor."""

from lib.mentors import offers
from lib.mentors.schemas import (
    ChangeOffer,
    CreateOffer,
    ListOwn,
    NotAMentorError,
    Offer,
    Offers,
    OfferWithdrawnError,
    TooManyOffersError,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, delete, get, patch, post


class handler(Endpoint):
    """/v1/offers."""

    @get("/v1/offers", auth=SIGNED_IN, errors=(NotAMentorError,))
    def list_own(self, call: Call[ListOwn]) -> Offers:
        """List your own offers, newest first, withdrawn ones included."""
        return offers.list_own(call.db, call.input, mentor_id=call.person_id)

    @post(
        "/v1/offers",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(NotAMentorError, TooManyOffersError),
    )
    def create(self, call: Call[CreateOffer]) -> Offer:
        """Offer a kind of session."""
        return offers.create(call.db, call.input, mentor_id=call.person_id, now=call.now)

    @patch(
        "/v1/offers/{offer_id}",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(NotAMentorError, OfferWithdrawnError),
    )
    def change(self, call: Call[ChangeOffer], offer_id: str) -> Offer:
        """Change an offer; bookings that are made already keep their title and price."""
        return offers.change(
            call.db, call.input, mentor_id=call.person_id, offer_id=offer_id, now=call.now
        )

    @delete("/v1/offers/{offer_id}", auth=SIGNED_IN, errors=(NotAMentorError,))
    def withdraw(self, call: Call[None], offer_id: str) -> None:
        """Withdraw an offer; bookings that are made already stand."""
        offers.withdraw(call.db, mentor_id=call.person_id, offer_id=offer_id, now=call.now)
