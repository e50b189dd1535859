"""Having what is held about you erased."""

from lib.privacy import leaving
from lib.privacy.errors import ErasureIncompleteError, ErasureRefusedError
from lib.privacy.schemas import ErasurePreview
from lib.web.endpoint import Endpoint
from lib.web.route import FRESHLY_SIGNED_IN, SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/privacy/erasure."""

    @get("/v1/privacy/erasure", auth=SIGNED_IN)
    def preview(self, call: Call[None]) -> ErasurePreview:
        """See what an erasure would do: what goes, what the law keeps and until when."""
        return leaving.preview(call.db, person_id=call.person_id, now=call.now)

    @post(
        "/v1/privacy/erasure",
        auth=FRESHLY_SIGNED_IN,
        idempotent=True,
        finish=leaving.carry_out,
        errors=(ErasureRefusedError, ErasureIncompleteError),
    )
    def erase(self, call: Call[None]) -> leaving.ErasureAsked:
        """Have your account and your data erased, now; this can't be undone.

        Demands a fresh sign-in. What is under way must be over first: see `obstacles`.
        """
        return leaving.ask(call.db, person_id=call.person_id, now=call.now)
