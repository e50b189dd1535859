"""Packs of hours that a mentor sells, kept by the mentor."""

from lib.mentors import packs
from lib.mentors.schemas import (
    ChangePack,
    CreatePack,
    ListOwn,
    NotAMentorError,
    Pack,
    Packs,
    PackWithdrawnError,
    TooManyPacksError,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, delete, get, patch, post


class handler(Endpoint):
    """/v1/packs."""

    @get("/v1/packs", auth=SIGNED_IN, errors=(NotAMentorError,))
    def list_own(self, call: Call[ListOwn]) -> Packs:
        """List your own packs of hours, newest first, withdrawn ones included."""
        return packs.list_own(call.db, call.input, mentor_id=call.person_id)

    @post(
        "/v1/packs",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(NotAMentorError, TooManyPacksError),
    )
    def create(self, call: Call[CreatePack]) -> Pack:
        """Sell hours together."""
        return packs.create(call.db, call.input, mentor_id=call.person_id, now=call.now)

    @patch(
        "/v1/packs/{pack_id}",
        auth=SIGNED_IN,
        idempotent=True,
        errors=(NotAMentorError, PackWithdrawnError),
    )
    def change(self, call: Call[ChangePack], pack_id: str) -> Pack:
        """Change a pack; what is sold already keeps its hours, its price and its time."""
        return packs.change(
            call.db, call.input, mentor_id=call.person_id, pack_id=pack_id, now=call.now
        )

    @delete("/v1/packs/{pack_id}", auth=SIGNED_IN, errors=(NotAMentorError,))
    def withdraw(self, call: Call[None], pack_id: str) -> None:
        """Withdraw a pack; whoever has bought it keeps their hours."""
        packs.withdraw(call.db, mentor_id=call.person_id, pack_id=pack_id, now=call.now)
