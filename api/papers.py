"""Receipts, credit notes, invoices and statements: to you, or issued in your name."""

from lib.papers import reading
from lib.papers.schemas import Paper, PaperPage, Papers
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get


class handler(Endpoint):
    """/v1/papers."""

    @get("/v1/papers", auth=SIGNED_IN, allow_restricted=True)
    def papers(self, call: Call[PaperPage]) -> Papers:
        """List your papers, newest first: those to you and those issued in your name."""
        return reading.page(
            call.db,
            person_id=call.person_id,
            after=call.input.after,
            limit=call.input.limit,
        )

    @get("/v1/papers/{paper_id}", auth=SIGNED_IN, allow_restricted=True)
    def read(self, call: Call[None], paper_id: str) -> Paper:
        """Read a paper, as data; it never changes."""
        return reading.read(call.db, paper_id=paper_id, person_id=call.person_id)

    @get(
        "/v1/papers/{paper_id}/pdf",
        auth=SIGNED_IN,
        allow_restricted=True,
        finish=reading.document,
        media_type="application/pdf",
    )
    def document(self, call: Call[None], paper_id: str) -> Paper:
        """Get a paper as PDF, in your language; the same bytes each time."""
        return reading.read(call.db, paper_id=paper_id, person_id=call.person_id)
