"""Having what is held about you erased."""

from lib.payouts.schemas import UnpaidDiffersError
from lib.privacy import leaving
from lib.privacy.errors import ErasureRefusedError
from lib.privacy.schemas import Erase, ErasurePreview, ErasureStatus, ReceiptKey
from lib.web.auth import bearer
from lib.web.endpoint import Endpoint
from lib.web.route import FRESHLY_SIGNED_IN, SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/privacy/erasure, /v1/privacy/erasures, /v1/privacy/receipt-key."""

    @get("/v1/privacy/erasure", auth=SIGNED_IN)
    def preview(self, call: Call[None]) -> ErasurePreview:
        """See what an erasure would do: what goes, what the law keeps and until when."""
        return leaving.preview(call.db, person_id=call.person_id, now=call.now)

    @post(
        "/v1/privacy/erasure",
        auth=FRESHLY_SIGNED_IN,
        idempotent=True,
        status=202,
        finish=leaving.told,
        again=leaving.asked_before,
        errors=(ErasureRefusedError, UnpaidDiffersError),
    )
    def erase(self, call: Call[Erase]) -> leaving.ErasureAsked:
        """Have your account and your data erased, from now on; this can't be undone.

        Demands a fresh sign-in. What is under way must be over first: see `obstacles`. You are
        signed out; `receipt_token` is all that leads to the erasure afterwards, so keep it.
        """
        return leaving.ask(
            call.db,
            person_id=call.person_id,
            now=call.now,
            access_token=bearer(call.headers),
            leave_unpaid_ore=call.input.leave_unpaid_ore,
        )

    @get("/v1/privacy/erasures/{receipt_token}")
    def follow(self, call: Call[None], receipt_token: str) -> ErasureStatus:
        """See how far an erasure is, with the receipt token alone; once done, its receipt."""
        return leaving.follow(call.db, receipt_token=receipt_token)

    @get("/v1/privacy/receipt-key")
    def receipt_key(self, call: Call[None]) -> ReceiptKey:
        """Get the public key with which a receipt can be verified without us."""
        del call
        return leaving.receipt_key()
